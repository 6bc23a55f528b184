//! Writing of the gateway's descriptions.

use super::{Candidate, Carrier, Codec, Kind, Local, Media, Setup, TRANSPORT_CC, Tells};
use crate::ice::Credentials;
use crate::sctp::MAX_MESSAGE;
use std::fmt::{Arguments, Write};

/// The gateway's offer or answer; `media` in the order of the m-lines.
pub fn render(local: &Local<'_>, media: &[Media]) -> String {
    let bundle: Vec<String> = media
        .iter()
        .filter_map(|m| match m {
            Media::Receive { mid, .. } | Media::Send { mid, .. } | Media::Data { mid } => {
                Some(clean(mid))
            }
            Media::Reject { .. } => None,
        })
        .collect();
    let mut text = String::new();
    let w = &mut text;
    line(
        w,
        format_args!(
            "v=0\r\no=- {} {} IN IP4 127.0.0.1\r\ns=-\r\nt=0 0",
            local.session, local.version
        ),
    );
    line(
        w,
        format_args!(
            "a=ice-lite\r\na=group:BUNDLE {}\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS *",
            bundle.join(" ")
        ),
    );
    for m in media {
        section(w, local, m);
    }
    text
}

/// The gateway's ICE session as a fragment (RFC 8840, section 9) after a restart; `lead` is the name and kind of the
/// first bundled section, which carries the transport of all.
pub fn fragment(credentials: &Credentials, list: &[Candidate], lead: &(String, Kind)) -> String {
    let mut text = String::new();
    let (ufrag, pwd) = (&credentials.ufrag, &credentials.pwd);
    line(&mut text, format_args!("a=ice-lite\r\na=ice-ufrag:{ufrag}\r\na=ice-pwd:{pwd}"));
    let proto = if lead.1 == Kind::Data {
        "UDP/DTLS/SCTP webrtc-datachannel"
    } else {
        "UDP/TLS/RTP/SAVPF 0"
    };
    line(&mut text, format_args!("m={} 9 {proto}\r\na=mid:{}", lead.1.name(), clean(&lead.0)));
    candidates(&mut text, list);
    text
}

fn section(w: &mut String, local: &Local<'_>, media: &Media) {
    match media {
        Media::Reject { mid, kind } => {
            let proto = if *kind == Kind::Data {
                "UDP/DTLS/SCTP webrtc-datachannel"
            } else {
                "UDP/TLS/RTP/SAVPF 0"
            };
            line(
                w,
                format_args!(
                    "m={} 0 {proto}\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\na=mid:{}",
                    kind.name(),
                    clean(mid)
                ),
            );
        }
        Media::Data { mid } => {
            line(
                w,
                format_args!(
                    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0"
                ),
            );
            transport(w, local, mid);
            line(w, format_args!("a=sctp-port:5000\r\na=max-message-size:{MAX_MESSAGE}"));
        }
        Media::Receive { mid, kind, codec, extensions, rids, active } => {
            head(w, local, mid, *kind, codec, if *active { "recvonly" } else { "inactive" });
            extmaps(w, extensions);
            feedback(w, extensions, codec, Tells::Nothing);
            if *active && !rids.is_empty() {
                let rids: Vec<String> = rids.iter().map(|r| clean(r)).collect();
                rids.iter().for_each(|rid| line(w, format_args!("a=rid:{rid} recv")));
                line(w, format_args!("a=simulcast:recv {}", rids.join(";")));
            }
        }
        Media::Send { mid, kind, codec, extensions, tells, active, .. } => {
            head(w, local, mid, *kind, codec, if *active { "sendonly" } else { "inactive" });
            extmaps(w, extensions);
            feedback(w, extensions, codec, *tells);
            if *kind == Kind::Audio && local.setup == Setup::ActPass {
                // For a line without room for copies. An answer names nothing that was not offered.
                line(w, format_args!("a=rtcp-fb:{} nack", codec.pt));
            }
            if *active {
                stream(w, media);
            }
        }
    }
}

/// The name and the numbers of a stream that the gateway sends.
fn stream(w: &mut String, media: &Media) {
    let Media::Send { codec, ssrc, rtx_ssrc, stream, track, .. } = media else { return };
    let (stream, track) = (clean(stream), clean(track));
    line(w, format_args!("a=msid:{stream} {track}"));
    // The primary SSRC must be the first to be named: browsers take the first as the stream's own.
    if codec.rtx.is_some() {
        line(w, format_args!("a=ssrc-group:FID {ssrc} {rtx_ssrc}"));
    }
    for ssrc in [*ssrc].into_iter().chain(codec.rtx.map(|_| *rtx_ssrc)) {
        line(w, format_args!("a=ssrc:{ssrc} cname:gateway\r\na=ssrc:{ssrc} msid:{stream} {track}"));
    }
}

fn extmaps(w: &mut String, extensions: &[(u8, String)]) {
    extensions.iter().for_each(|(id, uri)| line(w, format_args!("a=extmap:{id} {uri}")));
}

/// The feedback that one of the extensions is for, or else what the client can tell.
fn feedback(w: &mut String, extensions: &[(u8, String)], codec: &Codec, tells: Tells) {
    let types = [Some(codec.pt), codec.red].into_iter().flatten();
    let kind = match tells {
        _ if extensions.iter().any(|(_, uri)| uri == TRANSPORT_CC) => "transport-cc",
        Tells::Estimate => "goog-remb",
        // It is for all streams of a transport or for none (RFC 8888, section 6).
        Tells::Packets => return line(w, format_args!("a=rtcp-fb:* ack ccfb")),
        Tells::Nothing => return,
    };
    types.for_each(|pt| line(w, format_args!("a=rtcp-fb:{pt} {kind}")));
}

fn head(w: &mut String, local: &Local<'_>, mid: &str, kind: Kind, codec: &Codec, direction: &str) {
    let pt = codec.pt;
    let rtx = codec.rtx.map(|p| format!(" {p}")).unwrap_or_default();
    // A client sends in the first codec that is named.
    let red = codec.red.map(|p| format!("{p} ")).unwrap_or_default();
    line(
        w,
        format_args!(
            "m={} 9 UDP/TLS/RTP/SAVPF {red}{pt}{rtx}\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0",
            kind.name()
        ),
    );
    transport(w, local, mid);
    line(
        w,
        format_args!(
            "a={direction}\r\na=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:{pt} {}",
            codec.encoding
        ),
    );
    if !codec.fmtp.is_empty() {
        line(w, format_args!("a=fmtp:{pt} {}", codec.fmtp));
    }
    if kind == Kind::Video {
        ["nack", "nack pli", "ccm fir"]
            .iter()
            .for_each(|fb| line(w, format_args!("a=rtcp-fb:{pt} {fb}")));
    }
    if let Some(p) = codec.red {
        line(w, format_args!("a=rtpmap:{p} red/48000/2\r\na=fmtp:{p} {pt}/{pt}"));
    }
    if let Some(p) = codec.rtx {
        line(w, format_args!("a=rtpmap:{p} rtx/90000\r\na=fmtp:{p} apt={pt}"));
    }
}

fn transport(w: &mut String, local: &Local<'_>, mid: &str) {
    let (ufrag, pwd) = (&local.credentials.ufrag, &local.credentials.pwd);
    line(w, format_args!("a=mid:{}\r\na=ice-ufrag:{ufrag}\r\na=ice-pwd:{pwd}", clean(mid)));
    line(w, format_args!("a=fingerprint:sha-256 {}\r\na=setup:{}", local.fingerprint, local.setup));
    candidates(w, local.candidates);
}

fn candidates(w: &mut String, list: &[Candidate]) {
    for (i, Candidate { address, carrier }) in (0u32..).zip(list) {
        let (ip, port, number) = (address.ip(), address.port(), i + 1);
        let priority = priority(*carrier, i);
        let (name, kind) = match carrier {
            Carrier::Udp => ("udp", ""),
            Carrier::Tcp => ("tcp", " tcptype passive"),
        };
        line(
            w,
            format_args!("a=candidate:{number} 1 {name} {priority} {ip} {port} typ host{kind}"),
        );
    }
    line(w, format_args!("a=end-of-candidates"));
}

/// RFC 8445, section 5.1.2: host candidates of one component, best first. Those of TCP stand below all of UDP: a lost
/// segment holds up everything behind it. Their direction preference, 4 for passive, is RFC 6544's, section 4.2.
fn priority(carrier: Carrier, place: u32) -> u32 {
    let (kind, local) = match carrier {
        Carrier::Udp => (126, 65_535u32.saturating_sub(place)),
        Carrier::Tcp => (90, (4 << 13) | 8_191u32.saturating_sub(place)),
    };
    (kind << 24) | (local << 8) | 255
}

/// A name that cannot break out of its line: spaces and control characters become underscores.
fn clean(name: &str) -> String {
    name.chars().map(|c| if c.is_whitespace() || c.is_control() { '_' } else { c }).collect()
}

fn line(w: &mut String, args: Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = w.write_fmt(args);
    w.push_str("\r\n");
}
