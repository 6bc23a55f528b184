//! A client as an SDK behaves: it keeps what it was told, answers, publishes, and comes back.

use std::collections::BTreeMap;

use media::MediaKind;
use session::AccessToken;
use signalling::effect::Describe;
use signalling::ids::SignalId;
use signalling::words::message::{Joined, Message};
use signalling::words::participant::{Next, ParticipantInfo, State};
use signalling::words::request::Description;
use signalling::words::track::{Announcement, TrackSource};
use transport::payload::CodecKind;
use transport::sdp::{Codec, Kind, Media, Remote, Section, Setup};

/// How a client comes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    /// Two connections (`/rtc`).
    Two,
    /// One connection for both directions (`/rtc/v1`).
    One,
    /// It publishes by HTTP (WHIP).
    Publishes,
    /// It watches by HTTP (WHEP).
    Watches,
}

/// How far a client is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Stand {
    /// It is not in the room.
    Out,
    /// It waits at the door.
    Knocks,
    /// It believes to be in the room.
    In,
    /// It came by HTTP; the last part of its session's address.
    Visits(String),
}

/// A track that it sends, or wants to send.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    pub(crate) cid: String,
    pub(crate) kind: MediaKind,
    pub(crate) source: TrackSource,
    /// The gateway's name for it.
    pub(crate) sid: Option<String>,
    pub(crate) muted: bool,
    pub(crate) simulcast: bool,
}

/// One section of its own description.
#[derive(Clone, Debug)]
enum Part {
    /// It sends this track there, or has sent it.
    Sends(Own, bool),
    /// It receives there.
    Seat(Kind),
}

pub(crate) struct Device {
    pub(crate) way: Way,
    pub(crate) stand: Stand,
    pub(crate) token: AccessToken,
    pub(crate) signal: Option<SignalId>,
    pub(crate) sid: String,
    pub(crate) auto: bool,
    pub(crate) ours: bool,
    /// Everybody else, by identity.
    pub(crate) others: BTreeMap<String, ParticipantInfo>,
    pub(crate) own: Vec<Own>,
    parts: Vec<Part>,
    /// The track that each section carries to it.
    pub(crate) carried: BTreeMap<String, String>,
    certificate: u64,
    ice: u64,
    offers: u32,
    cids: u64,
    /// It takes no codec of this kind.
    pub(crate) lacks: Option<CodecKind>,
    /// When its person chose it, milliseconds since 1970.
    pub(crate) chosen_ms: u64,
    /// What the room's metadata say, as it was last told.
    pub(crate) about: String,
}

impl Device {
    pub(crate) fn new(way: Way, token: AccessToken, number: u64) -> Self {
        Self {
            way,
            stand: Stand::Out,
            token,
            signal: None,
            sid: String::new(),
            auto: true,
            ours: false,
            others: BTreeMap::new(),
            own: vec![],
            parts: vec![],
            carried: BTreeMap::new(),
            certificate: number << 32,
            ice: 0,
            offers: 0,
            cids: 0,
            lacks: None,
            chosen_ms: 0,
            about: String::new(),
        }
    }

    /// Begins anew: another peer connection, and nothing known.
    pub(crate) fn begin(&mut self) {
        self.others.clear();
        self.carried.clear();
        self.drop_sender();
        self.sid.clear();
    }

    /// Its sending connection is no more, nor are its tracks.
    pub(crate) fn drop_sender(&mut self) {
        self.own.clear();
        self.parts.clear();
        self.certificate += 1;
        self.ice = 0;
    }

    pub(crate) const fn restart_ice(&mut self) {
        self.ice += 1;
    }

    /// Takes one more track into its mind; what is to be announced.
    pub(crate) fn announce(&mut self, source: TrackSource, simulcast: bool) -> Announcement {
        use TrackSource::{Camera, ScreenShare};
        self.cids += 1;
        let video = matches!(source, Camera | ScreenShare);
        let kind = if video { MediaKind::Video } else { MediaKind::Audio };
        let cid = format!("{}-{}", self.certificate, self.cids);
        let simulcast = simulcast && video;
        let own = Own { cid, kind, source, sid: None, muted: false, simulcast };
        let announcement = announcement(&own);
        self.own.push(own);
        announcement
    }

    /// What it announced and does not know to be taken note of.
    pub(crate) fn unanswered(&self) -> Vec<Announcement> {
        self.own.iter().filter(|it| it.sid.is_none()).map(announcement).collect()
    }

    /// Stops a track of its own.
    pub(crate) fn stop(&mut self, cid: &str) {
        self.own.retain(|it| it.cid != cid);
        for part in &mut self.parts {
            if let Part::Sends(own, sends) = part
                && own.cid == cid
            {
                *sends = false;
            }
        }
    }

    pub(crate) const fn has_parts(&self) -> bool {
        !self.parts.is_empty()
    }

    pub(crate) fn makes_sections(&mut self, audio: u32, video: u32) {
        (0..audio).for_each(|_| self.parts.push(Part::Seat(Kind::Audio)));
        (0..video).for_each(|_| self.parts.push(Part::Seat(Kind::Video)));
    }

    /// What it sends and receives; tracks that have no section yet get one, sometimes one that is free.
    pub(crate) fn offer(&mut self, reuse: bool) -> Description {
        for own in self.own.iter().filter(|it| it.sid.is_some()) {
            let has = |it: &Part| matches!(it, Part::Sends(of, _) if of.cid == own.cid);
            if self.parts.iter().any(has) {
                continue;
            }
            let free = |it: &&mut Part| matches!(it, Part::Sends(of, false) if of.kind == own.kind);
            match self.parts.iter_mut().find(free).filter(|_| reuse) {
                Some(part) => *part = Part::Sends(own.clone(), true),
                None => self.parts.push(Part::Sends(own.clone(), true)),
            }
        }
        let media = self.parts.iter().enumerate();
        let media = media.map(|(place, part)| section((place + 1).to_string(), part));
        let sections = std::iter::once(data()).chain(media).collect();
        self.offers += 1;
        Description { remote: Ok(Box::new(self.remote(sections))), number: self.offers }
    }

    /// What it says to an offer.
    pub(crate) fn answer(&mut self, offer: &Describe) -> Description {
        self.carried = offer.tracks.clone();
        let sections = offer.sections.iter().map(|it| self.accepts(it)).collect();
        let mut remote = self.remote(sections);
        remote.setup = Setup::Active;
        Description { remote: Ok(Box::new(remote)), number: offer.number }
    }

    fn accepts(&self, media: &Media) -> Section {
        let Media::Send { mid, kind, codec, active, .. } = media else { return data() };
        let lacks = self.lacks == Some(codec.kind) && *active;
        let codecs = vec![codec.clone()];
        let receives = *active && !lacks;
        Section { codecs, receives, rejected: lacks, ..Section::silent(mid.clone(), *kind) }
    }

    fn remote(&self, sections: Vec<Section>) -> Remote {
        Remote {
            fingerprint: format!("{:032X}", self.certificate),
            setup: Setup::ActPass,
            ice_lite: false,
            ice_ufrag: format!("{:08x}{:04x}", self.certificate, self.ice),
            ice_pwd: "abcdefghijklmnopqrstuvwx".to_owned(),
            sections,
        }
    }

    /// An offer by HTTP.
    pub(crate) fn visit(&self, simulcast: bool) -> Box<Remote> {
        let sections = [Kind::Audio, Kind::Video].into_iter().enumerate().map(|(place, kind)| {
            let audio = kind == Kind::Audio;
            let codec = if audio { CodecKind::Opus } else { CodecKind::Vp8 };
            let (codecs, sends) = (vec![Codec::offered(codec)], self.way == Way::Publishes);
            let rids = if simulcast && sends && !audio { rids() } else { vec![] };
            let receives = !sends;
            Section { codecs, rids, sends, receives, ..Section::silent(place.to_string(), kind) }
        });
        Box::new(self.remote(sections.collect()))
    }

    fn joined(&mut self, it: Joined) {
        self.stand = Stand::In;
        if !self.sid.is_empty() {
            // Nobody knew the stay that it wanted to go on with.
            self.begin();
        }
        self.sid = it.participant.sid;
        self.about = it.room.metadata;
        self.others = it.others.into_iter().map(|it| (it.identity.clone(), it)).collect();
    }

    /// As LiveKit's client does: by identity, and nothing older than what is known.
    fn learn(&mut self, it: ParticipantInfo) {
        if it.identity == self.token.identity {
            return;
        }
        if it.state == State::Disconnected {
            self.others.remove(&it.identity);
            return;
        }
        let known = self.others.get(&it.identity);
        if known.is_none_or(|known| known.sid != it.sid || known.version <= it.version) {
            self.others.insert(it.identity.clone(), it);
        }
    }

    /// Takes what it is told; what it does about it.
    pub(crate) fn hear(&mut self, message: Message) -> Does {
        match message {
            Message::Joined(it) => self.joined(*it),
            Message::Resumed { .. } => {
                self.stand = Stand::In;
                return Does::Again;
            }
            Message::Participants(people) => people.into_iter().for_each(|it| self.learn(it)),
            Message::Room(room) => self.about = room.metadata,
            Message::TrackPublished { cid, track } => {
                let own = self.own.iter_mut().find(|it| it.cid == cid && it.sid.is_none());
                let Some(own) = own else { return Does::Nothing };
                own.sid = Some(track.sid);
                own.muted = track.muted;
                return Does::Offer;
            }
            Message::TrackUnpublished { sid } => {
                let own = self.own.iter().find(|it| it.sid.as_ref() == Some(&sid));
                if let Some(cid) = own.map(|it| it.cid.clone()) {
                    self.stop(&cid);
                }
            }
            Message::Mute { sid } => {
                let own = self.own.iter_mut().find(|it| it.sid.as_ref() == Some(&sid));
                own.into_iter().for_each(|it| it.muted = true);
            }
            Message::SectionsWanted { audio, video } => {
                self.makes_sections(audio, video);
                return Does::Offer;
            }
            // Which one was refused is not told: all that wait are given up. Writes to the room's state have numbers.
            Message::Response { request: 0, .. } => self.own.retain(|it| it.sid.is_some()),
            Message::Leave { next, .. } => {
                self.stand = Stand::Out;
                return if next == Next::JoinAnew { Does::Join } else { Does::Nothing };
            }
            _ => {}
        }
        Does::Nothing
    }
}

/// What a client does about what it was told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Does {
    Nothing,
    Offer,
    /// Everything that may not have arrived.
    Again,
    Join,
}

fn announcement(own: &Own) -> Announcement {
    Announcement {
        name: "track".to_owned(),
        width: 640,
        height: 360,
        muted: own.muted,
        ..Announcement::new(own.cid.clone(), own.kind, own.source)
    }
}

fn rids() -> Vec<String> {
    ["q", "h", "f"].map(str::to_owned).to_vec()
}

fn section(mid: String, part: &Part) -> Section {
    let codecs = |audio: bool| {
        let kinds: &[CodecKind] =
            if audio { &[CodecKind::Opus] } else { &[CodecKind::Vp8, CodecKind::H264] };
        kinds.iter().map(|it| Codec::offered(*it)).collect()
    };
    match part {
        Part::Sends(own, sends) => {
            let audio = own.kind == MediaKind::Audio;
            let kind = if audio { Kind::Audio } else { Kind::Video };
            let (codecs, track) = (codecs(audio), Some(own.cid.clone()));
            let rids = if own.simulcast { rids() } else { vec![] };
            Section { codecs, rids, sends: *sends, track, ..Section::silent(mid, kind) }
        }
        Part::Seat(kind) => {
            let codecs = codecs(*kind == Kind::Audio);
            Section { codecs, receives: true, ..Section::silent(mid, *kind) }
        }
    }
}

fn data() -> Section {
    Section { sends: true, receives: true, ..Section::silent("0".to_owned(), Kind::Data) }
}
