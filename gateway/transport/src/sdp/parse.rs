//! Reading of a client's description. Only `m=` and `a=` lines matter; everything else is skipped.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AUDIO_LEVEL, Codec, CodecKind, DEPENDENCY, Kind, MAX_CODECS, MAX_LAYERS, MAX_SDP, MAX_SECTIONS,
    MID, REPAIRED_RID, RID, Remote, Section, Setup, Ssrcs, TRANSPORT_CC, Tells,
};
use crate::error::Error;

const EXTENSIONS: [&str; 6] = [MID, RID, REPAIRED_RID, TRANSPORT_CC, AUDIO_LEVEL, DEPENDENCY];
/// Longest name (mid, rid, stream, track) that is accepted, in bytes.
const MAX_NAME: usize = 256;
/// Most `a=ssrc` streams that are kept of one section.
const MAX_SSRCS: usize = 2 * MAX_LAYERS;

/// Attributes of the session or of one m-section, in order.
#[derive(Default)]
struct Attributes<'a> {
    media: &'a str, // the m-line; empty for the session
    list: Vec<(&'a str, &'a str)>,
}

impl<'a> Attributes<'a> {
    fn values(&self, key: &'static str) -> impl Iterator<Item = &'a str> {
        self.list.iter().filter(move |(k, _)| *k == key).map(|(_, v)| *v)
    }

    fn first(&self, key: &'static str) -> Option<&'a str> {
        self.values(key).next()
    }

    fn has(&self, key: &'static str) -> bool {
        self.first(key).is_some()
    }
}

/// Reads an offer or an answer.
///
/// # Errors
/// [`Error::Sdp`] when it is too long, is no SDP, or lacks what a connection needs: a SHA-256 fingerprint, a DTLS role
/// and an ICE user fragment.
pub fn parse(sdp: &str) -> Result<Remote, Error> {
    if sdp.len() > MAX_SDP {
        return refuse("too long");
    }
    let (session, media) = attributes(sdp)?;
    // Transport attributes may stand at the session level or in the first (bundled) section.
    let find = |key| session.first(key).or_else(|| media.iter().find_map(|m| m.first(key)));
    let need = |key| find(key).ok_or_else(|| Error::Sdp(format!("no a={key}")));
    let setup = match need("setup")? {
        "active" => Setup::Active,
        "passive" => Setup::Passive,
        "actpass" => Setup::ActPass,
        _ => return refuse("unknown a=setup"),
    };
    let prints =
        session.values("fingerprint").chain(media.iter().flat_map(|m| m.values("fingerprint")));
    let Some(fingerprint) = prints.into_iter().find_map(sha256) else {
        return refuse("no SHA-256 a=fingerprint");
    };
    let mut sections: Vec<Section> = media.iter().map(section).collect::<Result<_, _>>()?;
    bundle(&session, &mut sections);
    Ok(Remote {
        fingerprint,
        setup,
        ice_lite: session.has("ice-lite"),
        ice_ufrag: name(need("ice-ufrag")?)?,
        ice_pwd: name(need("ice-pwd")?)?,
        sections,
    })
}

/// Marks the sections that share one path (RFC 9143).
fn bundle(session: &Attributes<'_>, sections: &mut [Section]) {
    let groups = session.values("group").filter_map(|group| group.strip_prefix("BUNDLE "));
    let named: BTreeSet<&str> = groups.take(1).flat_map(str::split_ascii_whitespace).collect();
    let mut seen = BTreeSet::new();
    for section in sections {
        let own = seen.insert(section.mid.clone());
        section.bundled = own && named.contains(section.mid.as_str());
    }
}

fn refuse<T>(why: &str) -> Result<T, Error> {
    Err(Error::Sdp(why.to_owned()))
}

fn attributes(sdp: &str) -> Result<(Attributes<'_>, Vec<Attributes<'_>>), Error> {
    let (mut session, mut media) = (Attributes::default(), Vec::<Attributes<'_>>::new());
    let mut lines = sdp.lines().filter(|l| !l.is_empty());
    if lines.next() != Some("v=0") {
        return refuse("does not begin with v=0");
    }
    for line in lines {
        if line.chars().any(char::is_control) {
            return refuse("control character in a line");
        }
        match line.split_once('=') {
            Some(("m", _)) if media.len() == MAX_SECTIONS => return refuse("too many m-sections"),
            Some(("m", value)) => media.push(Attributes { media: value, list: vec![] }),
            Some(("a", value)) => {
                let pair = value.split_once(':').unwrap_or((value, ""));
                media.last_mut().unwrap_or(&mut session).list.push(pair);
            }
            Some((key, _)) if key.len() == 1 => {}
            _ => return refuse("a line is not of the form x=value"),
        }
    }
    Ok((session, media))
}

/// The value of a SHA-256 fingerprint in the one form that is compared.
fn sha256(value: &str) -> Option<String> {
    let (hash, value) = value.split_once(' ')?;
    let value = value.trim();
    let pairs = value
        .split(':')
        .filter(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_hexdigit()))
        .count();
    (hash.eq_ignore_ascii_case("sha-256") && pairs == 32 && value.len() == 32 * 3 - 1)
        .then(|| value.to_ascii_uppercase())
}

fn name(value: &str) -> Result<String, Error> {
    let fits = value.len() <= MAX_NAME && !value.contains(char::is_whitespace);
    if fits { Ok(value.to_owned()) } else { refuse("a name is too long or has a space in it") }
}

fn section(m: &Attributes<'_>) -> Result<Section, Error> {
    let mut words = m.media.split_ascii_whitespace();
    let kind = match words.next() {
        Some("audio") => Kind::Audio,
        Some("video") => Kind::Video,
        _ => Kind::Data,
    };
    let port = words.next().and_then(|p| p.split('/').next()?.parse::<u16>().ok());
    let Some(port) = port else { return refuse("an m-line without a port") };
    let formats = words.skip(1).filter_map(|f| f.parse().ok());
    // Older browsers name stream and track beside each SSRC.
    let of_ssrc =
        || m.values("ssrc").find_map(|line| line.split_once(" msid:")).map(|(_, names)| names);
    let mut msid = m
        .first("msid")
        .or_else(of_ssrc)
        .unwrap_or_default()
        .split(' ')
        .map(|s| name(s).ok().filter(|s| !s.is_empty()));
    let inactive = m.has("inactive");
    let (sends, receives) = (!m.has("recvonly") && !inactive, !m.has("sendonly") && !inactive);
    Ok(Section {
        mid: name(m.first("mid").unwrap_or_default())?,
        kind,
        codecs: if kind == Kind::Data { vec![] } else { codecs(m, formats, sends) },
        extensions: extensions(m),
        tells: tells(m),
        rids: rids(m)?,
        sends,
        receives,
        muxed: m.has("rtcp-mux"),
        bundled: false,
        rejected: port == 0 && !m.has("bundle-only"),
        stream: msid.next().flatten(),
        track: msid.next().flatten(),
        ssrcs: ssrcs(m),
    })
}

/// What a section says of each payload type, gathered in one pass: a list of thousands must not be read once a line.
#[derive(Default)]
struct Formats<'a> {
    encodings: BTreeMap<u8, &'a str>,
    parameters: BTreeMap<u8, &'a str>,
    /// Payload type of the retransmissions of a payload type.
    repairs: BTreeMap<u8, u8>,
    /// Payload type of RED around a payload type.
    redundant: BTreeMap<u8, u8>,
}

impl<'a> Formats<'a> {
    fn read(m: &Attributes<'a>) -> Self {
        let pair = |v: &'a str| {
            let (pt, value) = v.split_once(' ')?;
            Some((pt.parse::<u8>().ok().filter(|pt| *pt < 128)?, value))
        };
        let mut found = Self::default();
        for (pt, value) in m.values("fmtp").filter_map(pair) {
            found.parameters.entry(pt).or_insert(value.trim());
        }
        for (pt, encoding) in m.values("rtpmap").filter_map(pair) {
            found.encodings.entry(pt).or_insert(encoding);
            let apt = found.fmtp(pt).split(';').find_map(|p| p.trim().strip_prefix("apt="));
            if let Some(Ok(of)) = apt.map(|of| of.trim().parse())
                && encoding.to_ascii_lowercase().starts_with("rtx/")
            {
                found.repairs.entry(of).or_insert(pt);
            }
            // RFC 2198, section 5: the payload types of the blocks; all are of one codec here.
            let blocks = || found.fmtp(pt).split('/').map(|of| of.trim().parse::<u8>().ok());
            if encoding.eq_ignore_ascii_case("red/48000/2")
                && let Some(Some(of)) = blocks().next()
                && blocks().all(|named| named == Some(of))
            {
                found.redundant.entry(of).or_insert(pt);
            }
        }
        found
    }

    fn fmtp(&self, pt: u8) -> &'a str {
        self.parameters.get(&pt).copied().unwrap_or_default()
    }
}

/// H.264 in single packets (mode 0) is a part of mode 1: all clients understand a sender of mode 0, but a client that
/// can only receive mode 0 is not served. A client that offers both has mode 1.
fn codecs(m: &Attributes<'_>, formats: impl Iterator<Item = u8>, sends: bool) -> Vec<Codec> {
    let said = Formats::read(m);
    let codec = |pt: u8| {
        let encoding = *said.encodings.get(&pt)?;
        let fmtp = said.fmtp(pt);
        let says = |what: &str| fmtp.split(';').any(|p| p.trim() == what);
        // Without a word on it the profile is 0 (RFC 9628, section 6; AV1 RTP payload 1.0, section 7.2).
        let plain = |name: &str| {
            !fmtp.split(';').any(|p| p.trim().starts_with(name)) || says(&format!("{name}0"))
        };
        let kind = match encoding.split('/').next()?.to_ascii_lowercase().as_str() {
            "opus" => CodecKind::Opus,
            "vp8" => CodecKind::Vp8,
            "h264" if h264(fmtp, sends) => CodecKind::H264,
            "vp9" if plain("profile-id=") => CodecKind::Vp9,
            "av1" if plain("profile=") => CodecKind::Av1,
            _ => return None,
        };
        let rtx = said.repairs.get(&pt).copied();
        let red = said.redundant.get(&pt).copied().filter(|_| kind.audio());
        Some(Codec { kind, encoding: encoding.to_owned(), pt, rtx, red, fmtp: fmtp.to_owned() })
    };
    let mut list: Vec<Codec> = formats.filter_map(codec).take(MAX_CODECS).collect();
    let full = |codec: &Codec| codec.kind != CodecKind::H264 || mode(&codec.fmtp) == Some("1");
    if list.iter().any(|codec| codec.kind == CodecKind::H264 && full(codec)) {
        list.retain(full);
    }
    list
}

/// The value of packetization-mode (RFC 6184, section 8.1).
fn mode(fmtp: &str) -> Option<&str> {
    fmtp.split(';').find_map(|part| part.trim().strip_prefix("packetization-mode="))
}

/// Whether H.264 with these parameters can be passed on: 8 bits and 4:2:0, as browsers decode it, in order.
fn h264(fmtp: &str, sends: bool) -> bool {
    /// profile_idc of baseline, main, extended and high.
    const PROFILES: [&str; 4] = ["42", "4d", "58", "64"];
    let ordered = match mode(fmtp) {
        Some("1") => true,
        Some("0") | None => sends,
        Some(_) => false,
    };
    let profile = fmtp.split(';').find_map(|part| part.trim().strip_prefix("profile-level-id="));
    let known = |profile: &str| {
        PROFILES.iter().any(|of| profile.get(..2).is_some_and(|idc| idc.eq_ignore_ascii_case(of)))
    };
    ordered && profile.is_none_or(known)
}

fn extensions(m: &Attributes<'_>) -> Vec<(u8, String)> {
    let known = |v: &str| {
        let (id, uri) = v.split_once(' ')?;
        let id: u8 = id.split('/').next()?.parse().ok()?;
        let uri = EXTENSIONS.into_iter().find(|e| Some(*e) == uri.split(' ').next())?;
        (id > 0).then(|| (id, uri.to_owned()))
    };
    m.values("extmap").filter_map(known).take(EXTENSIONS.len()).collect()
}

/// The most of what the section says that it can tell (RFC 4585, section 4.2; RFC 8888, section 6).
fn tells(m: &Attributes<'_>) -> Tells {
    let says = |what: &str| {
        let mut kinds = m.values("rtcp-fb").filter_map(|line| line.split_once(' '));
        kinds.any(|(_, kind)| kind.trim() == what)
    };
    match (says("ack ccfb"), says("goog-remb")) {
        (true, _) => Tells::Packets,
        (_, true) => Tells::Estimate,
        _ => Tells::Nothing,
    }
}

/// Layers in the order of `a=simulcast` where there is one, else in the order of `a=rid`.
fn rids(m: &Attributes<'_>) -> Result<Vec<String>, Error> {
    let sent: Vec<&str> = m
        .values("rid")
        .filter_map(|v| {
            let (rid, rest) = v.split_once(' ')?;
            (rest.split([' ', ';']).next() == Some("send")).then_some(rid)
        })
        .collect();
    let simulcast = m.first("simulcast").unwrap_or_default();
    let mut words = simulcast.split(' ').skip_while(|w| *w != "send").skip(1);
    let order = words
        .next()
        .unwrap_or_default()
        .split(';')
        .filter_map(|l| Some(l.split(',').next()?.trim_start_matches('~')));
    let named: BTreeSet<&str> = sent.iter().copied().collect();
    let listed: Vec<&str> = order.filter(|r| named.contains(r)).collect();
    let list = if listed.is_empty() { sent } else { listed };
    if list.len() > MAX_LAYERS {
        return refuse("too many simulcast layers");
    }
    list.into_iter().map(name).collect()
}

fn ssrcs(m: &Attributes<'_>) -> Vec<Ssrcs> {
    let numbers = |v: &str| v.split(' ').filter_map(|n| n.parse::<u32>().ok()).collect::<Vec<_>>();
    let groups =
        m.values("ssrc-group").filter_map(|v| v.strip_prefix("FID ")).take(MAX_SSRCS).map(numbers);
    let pairs: Vec<(u32, u32)> = groups.filter_map(|g| Some((*g.first()?, *g.get(1)?))).collect();
    let mut list: Vec<Ssrcs> = vec![];
    for ssrc in m.values("ssrc").filter_map(|v| v.split(' ').next()?.parse::<u32>().ok()) {
        if list.len() == MAX_SSRCS {
            break;
        }
        if list.iter().all(|s| s.ssrc != ssrc) && pairs.iter().all(|(_, rtx)| *rtx != ssrc) {
            list.push(Ssrcs {
                ssrc,
                rtx: pairs.iter().find(|(s, _)| *s == ssrc).map(|(_, rtx)| *rtx),
            });
        }
    }
    list
}
