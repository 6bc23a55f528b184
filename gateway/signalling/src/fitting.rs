//! Whether every section of an offer by HTTP can work: there is one answer, and nobody is told anything afterwards.

use transport::payload::CodecKind;
use transport::sdp::{Kind, Remote, Section, Setup};

use crate::Signalling;
use crate::ids::RoomId;
use crate::words::visit::{Flaw, VisitFault};

impl Signalling {
    /// The first section that the room cannot be shown in is named, with why.
    pub(crate) fn to_watch(&self, room: Option<RoomId>, remote: &Remote) -> Result<(), VisitFault> {
        to_connect(remote)?;
        if !live_media(remote).any(|(_, section)| section.receives) {
            return Err(VisitFault::NothingOffered);
        }
        let mut kinds = vec![];
        for (place, section) in live_media(remote) {
            let flaw = match () {
                () if !section.receives => Some(Flaw::WrongWay),
                () if kinds.contains(&section.kind) => Some(Flaw::OneTooMany),
                () if section.codecs.is_empty() => Some(Flaw::NoCodec),
                () => self.only_in(room, section).map(Flaw::OtherCodec),
            };
            if let Some(flaw) = flaw {
                return Err(VisitFault::Section(place, section.kind, flaw));
            }
            kinds.push(section.kind);
        }
        Ok(())
    }

    /// The codec of what a room shows at present, if the section takes none of what there is.
    fn only_in(&self, room: Option<RoomId>, section: &Section) -> Option<CodecKind> {
        let tracks = room.into_iter().flat_map(|room| self.publications.in_room(room));
        let audio = section.kind == Kind::Audio;
        let codecs = tracks
            .filter(|(_, published)| published.video() != audio)
            .map(|(_, published)| published.encoded.codec);
        let codecs: Vec<CodecKind> = codecs.collect();
        let takes = |codec: &CodecKind| section.codecs.iter().any(|offered| offered.kind == *codec);
        codecs.first().copied().filter(|_| !codecs.iter().any(takes))
    }
}

/// The first section that cannot be sent in is named, with why; a token `grants` sound or pictures, a participant has
/// `most` tracks.
pub(crate) fn to_publish(
    remote: &Remote,
    grants: impl Fn(Kind) -> bool,
    most: usize,
) -> Result<(), VisitFault> {
    to_connect(remote)?;
    let media: Vec<(usize, &Section)> = live_media(remote).collect();
    if !media.iter().any(|(_, section)| section.sends) {
        return Err(VisitFault::NothingOffered);
    }
    for (place, section) in &media {
        let flaw = match () {
            () if !section.sends => Flaw::WrongWay,
            () if section.codecs.is_empty() => Flaw::NoCodec,
            () if !grants(section.kind) => Flaw::NotGranted,
            () => continue,
        };
        return Err(VisitFault::Section(*place, section.kind, flaw));
    }
    if media.len() > most { Err(VisitFault::TooManyTracks) } else { Ok(()) }
}

/// What has to be right before media can flow either way.
fn to_connect(remote: &Remote) -> Result<(), VisitFault> {
    let live = || remote.sections.iter().enumerate().filter(|(_, section)| is_live(section));
    if remote.ice_lite {
        return Err(VisitFault::Unfit);
    }
    if remote.setup == Setup::Passive && live().any(|(_, section)| section.kind == Kind::Data) {
        return Err(VisitFault::ChannelsPassive);
    }
    let shared = live().count() > 1;
    for (place, section) in live() {
        let flaw = match () {
            () if !section.muxed && section.kind != Kind::Data => Flaw::NotMuxed,
            () if shared && !section.bundled => Flaw::NotBundled,
            () => continue,
        };
        return Err(VisitFault::Section(place, section.kind, flaw));
    }
    Ok(())
}

fn is_live(section: &Section) -> bool {
    !section.rejected && (section.sends || section.receives)
}

fn live_media(remote: &Remote) -> impl Iterator<Item = (usize, &Section)> {
    let sections = remote.sections.iter().enumerate();
    sections.filter(|(_, section)| is_live(section) && section.kind != Kind::Data)
}
