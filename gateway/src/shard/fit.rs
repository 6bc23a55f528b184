//! Whether every section of an offer by HTTP can work: there is one answer, and nobody is told anything afterwards.

use sfu::RoomId;
use transport::payload::CodecKind;
use transport::sdp::{Kind, Remote, Section, Setup};

use super::Shard;
use super::http::{Fault, Flaw};

/// The first section that cannot be sent in is named, with why; a token `grants` sound or pictures, a participant has
/// `most` tracks.
pub(super) fn to_publish(
    remote: &Remote,
    grants: impl Fn(Kind) -> bool,
    most: usize,
) -> Result<(), Fault> {
    to_connect(remote)?;
    let media: Vec<(usize, &Section)> = media(remote).collect();
    if !media.iter().any(|(_, it)| it.sends) {
        return Err(Fault::NothingOffered);
    }
    for (place, section) in &media {
        let flaw = match () {
            () if !section.sends => Flaw::WrongWay,
            () if section.codecs.is_empty() => Flaw::NoCodec,
            () if !grants(section.kind) => Flaw::NotGranted,
            () => continue,
        };
        return Err(Fault::Section(*place, section.kind, flaw));
    }
    if media.len() > most { Err(Fault::TooManyTracks) } else { Ok(()) }
}

/// What has to be right before media can flow either way.
fn to_connect(remote: &Remote) -> Result<(), Fault> {
    let live = || remote.sections.iter().enumerate().filter(|(_, it)| is_live(it));
    if remote.ice_lite {
        return Err(Fault::Unfit);
    }
    if remote.setup == Setup::Passive && live().any(|(_, it)| it.kind == Kind::Data) {
        return Err(Fault::ChannelsPassive);
    }
    let shared = live().count() > 1;
    for (place, section) in live() {
        let flaw = match () {
            () if !section.muxed && section.kind != Kind::Data => Flaw::NotMuxed,
            () if shared && !section.bundled => Flaw::NotBundled,
            () => continue,
        };
        return Err(Fault::Section(place, section.kind, flaw));
    }
    Ok(())
}

fn is_live(section: &Section) -> bool {
    !section.rejected && (section.sends || section.receives)
}

fn media(remote: &Remote) -> impl Iterator<Item = (usize, &Section)> {
    let sections = remote.sections.iter().enumerate();
    sections.filter(|(_, it)| is_live(it) && it.kind != Kind::Data)
}

impl Shard {
    /// The first section that the room cannot be shown in is named, with why.
    pub(super) fn to_watch(&self, room: Option<RoomId>, remote: &Remote) -> Result<(), Fault> {
        to_connect(remote)?;
        if !media(remote).any(|(_, it)| it.receives) {
            return Err(Fault::NothingOffered);
        }
        let mut kinds = vec![];
        for (place, section) in media(remote) {
            let flaw = match () {
                () if !section.receives => Some(Flaw::WrongWay),
                () if kinds.contains(&section.kind) => Some(Flaw::OneTooMany),
                () if section.codecs.is_empty() => Some(Flaw::NoCodec),
                () => self.only_in(room, section).map(Flaw::OtherCodec),
            };
            if let Some(flaw) = flaw {
                return Err(Fault::Section(place, section.kind, flaw));
            }
            kinds.push(section.kind);
        }
        Ok(())
    }

    /// The codec of what a room shows at present, if the section takes none of what there is.
    fn only_in(&self, room: Option<RoomId>, section: &Section) -> Option<CodecKind> {
        let tracks = room.into_iter().flat_map(|room| self.publications.in_room(room));
        let audio = section.kind == Kind::Audio;
        let mut there = tracks.map(|(_, it)| it).filter(|it| it.video() != audio).peekable();
        let first = there.peek().map(|it| it.codec);
        let takes = |codec: CodecKind| section.codecs.iter().any(|it| it.kind == codec);
        first.filter(|_| !there.any(|it| takes(it.codec)))
    }
}
