//! Publishers are told which layers of their pictures anybody uses (LiveKit's dynacast).

use std::time::{Duration, Instant};

use livekit_protocol as lk;
use lk::VideoQuality;
use lk::signal_response::Message;
use sfu::TrackId;

use super::Shard;
use crate::ids::ParticipantId;
use crate::room::publications::Published;
use crate::room::roster::Room;

/// The grain in which wishes are counted: what comes together is counted once.
const GRAIN: Duration = Duration::from_millis(100);
/// LiveKit's names of layers, smallest first.
const QUALITIES: [VideoQuality; 3] = [VideoQuality::Low, VideoQuality::Medium, VideoQuality::High];

impl Shard {
    /// Counts anew where a wish has changed.
    pub(super) fn watch_uses(&mut self, now: Instant) {
        if now < self.next_uses {
            return;
        }
        self.next_uses = now + GRAIN;
        let open = self.publications.tracks.iter().filter(|(_, it)| layered(it) && it.uses.open());
        let open: Vec<TrackId> = open.map(|(track, _)| *track).collect();
        for track in open {
            let Some(wanted) = self.wanted(track) else { continue };
            let Some(it) = self.publications.tracks.get_mut(&track) else { continue };
            if it.uses.count(now, wanted).is_some() {
                self.tell_uses(track);
            }
        }
    }

    /// A page that lost its connection may have missed what it was told.
    pub(super) fn repeat_uses(&mut self, id: ParticipantId) {
        let own = self.publications.of(id).filter(|(_, it)| layered(it));
        let own: Vec<TrackId> = own.map(|(track, _)| track).collect();
        own.into_iter().for_each(|track| self.tell_uses(track));
    }

    /// How many layers of a track, from the lowest up, somebody has a use for. A recording takes
    /// the best there is.
    fn wanted(&self, track: TrackId) -> Option<u8> {
        let published = self.publications.tracks.get(&track)?;
        let layers = published.qualities();
        if self.roster.rooms.get(&published.room).is_some_and(Room::recorded) {
            return Some(layers);
        }
        let members = self.roster.members(published.room);
        let tops = members.filter_map(|it| {
            let sections = self.sections.get(&it.id)?;
            sections.list.get(sections.place(track)?)?.top
        });
        Some(tops.map(|top| top.0.saturating_add(1)).max().unwrap_or(0).min(layers))
    }

    #[expect(deprecated, reason = "older SDKs read the qualities beside the codecs")]
    fn tell_uses(&mut self, track: TrackId) {
        let Some(it) = self.publications.tracks.get(&track) else { return };
        let (owner, used) = (it.owner, usize::from(it.uses.told()));
        let quality = |(place, quality): (usize, VideoQuality)| lk::SubscribedQuality {
            quality: quality.into(),
            enabled: place < used,
        };
        let qualities: Vec<_> = QUALITIES.into_iter().enumerate().map(quality).collect();
        let codec = it.codec.name().to_ascii_lowercase();
        let update = lk::SubscribedQualityUpdate {
            track_sid: it.info.sid.clone(),
            subscribed_qualities: qualities.clone(),
            subscribed_codecs: vec![lk::SubscribedCodec { codec, qualities }],
        };
        self.say(owner, Message::SubscribedQualityUpdate(update));
    }
}

/// Whether a track has layers that can be left out.
fn layered(it: &Published) -> bool {
    it.video() && it.qualities() > 1
}
