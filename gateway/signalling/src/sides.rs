//! Which side is weak: judged of each person's ways, and told to our pages in one data packet.

use std::collections::BTreeMap;
use std::time::Instant;

use media::MediaKind;

use crate::Signalling;
use crate::ids::ParticipantId;
use crate::tables::weak::{Relief, SideNotice, Sign, WeakSide};
use crate::words::data::UserData;
use crate::words::participant::State;
use crate::words::stream::{Cause, StreamState};
use crate::words::way::{SecondReport, WayDown};

/// Topic of the data packets in which our page is told.
const TOPIC: &str = "side";
/// Topic of those in which our page tells what it does about its own way up.
pub(crate) const UPLINK: &str = "uplink";
/// No page says more about that, in bytes.
const UPLINK_MAX: usize = 256;

impl Signalling {
    /// A second is over in which lines did so.
    pub(crate) fn note_ways(&mut self, now: Instant, ways: SecondReport<'_>) {
        self.signs.weak.late(now, ways.late_ms);
        if self.signs.weak.judges(now) {
            ways.down.iter().for_each(|way| self.judge_down(now, way));
            self.judge_up(now);
        }
        let told = self.roster.which(|participant| {
            participant.client.reads_reasons && participant.stay.state == State::Active
        });
        told.into_iter().for_each(|id| self.tell_side(now, id));
    }

    fn judge_down(&mut self, now: Instant, way: &WayDown) {
        let owner = self.connections.get(way.connection).map(|connection| connection.owner);
        let Some(me) = owner.and_then(|owner| self.roster.get(owner)) else { return };
        if me.paths.subscriber != Some(way.connection) || me.signal.pulse.lost {
            return;
        }
        let id = me.id;
        let (smaller, paused) = self.thinned(id);
        way.lost_256.into_iter().for_each(|lost| self.signs.lines.of(id).loses(lost));
        let down = &mut self.signs.weak.of(id).down;
        let lost = f64::from(way.lost_256.unwrap_or(0)) / 256.0;
        down.loses.note(now, Sign::of_loss(lost));
        down.thin.note(now, Sign::bad(smaller || paused));
        down.done = Relief { smaller, paused, protected: way.protected };
        down.bits_per_second = way.bits_per_second;
        down.tells_packets = way.lost_256.is_some();
    }

    /// Whether a picture that somebody asks for comes smaller, or not at all, because its line carries no more.
    fn thinned(&self, id: ParticipantId) -> (bool, bool) {
        let Some(sections) = self.listening.get(id) else { return (false, false) };
        let asked = sections.list.iter().filter(|section| {
            let muted =
                self.publications.get(section.track).is_none_or(|published| published.info.muted);
            section.is_used()
                && section.kind == MediaKind::Video
                && section.portion.gets.top.is_some()
                && !muted
        });
        let states = asked.map(|section| sections.streams.of(section.track));
        states.fold((false, false), |(smaller, paused), state| match state {
            StreamState::Smaller(Cause::ThinLine) => (true, paused),
            StreamState::Paused(Cause::ThinLine) => (smaller, true),
            _ => (smaller, paused),
        })
    }

    /// Looks whose larger picture is starved, and whose page has stopped its picture because of its line. Our pages
    /// know if a picture is starved for any other reason.
    fn judge_up(&mut self, now: Instant) {
        let mut starved: BTreeMap<ParticipantId, Option<bool>> = BTreeMap::new();
        let layered = self.publications.tracks.values();
        for published in layered.filter(|published| published.layered() && !published.info.muted) {
            let one = published.dynacast.starved();
            let all = starved.entry(published.owner).or_insert(Some(false));
            *all = if one == Some(true) || *all == Some(true) { Some(true) } else { all.and(one) };
        }
        for participant in self.roster.iter().filter(|participant| !participant.signal.pulse.lost) {
            let up = &mut self.signs.weak.of(participant.id).up;
            let starved = starved.get(&participant.id).copied().unwrap_or(Some(false));
            let by_line = !participant.client.reads_reasons || up.page.smaller || up.thin.weak;
            let sign = match starved {
                _ if up.page.paused => Sign::Bad,
                Some(starved) => Sign::bad(starved && by_line),
                None => Sign::Between,
            };
            up.starved = starved != Some(false);
            up.thin.note(now, sign);
        }
    }

    /// Our page tells what it does about its own way up.
    pub(crate) fn note_uplink(&mut self, from: ParticipantId, said: &UserData) {
        let small = said.payload.len() <= UPLINK_MAX;
        let read = || serde_json::from_slice::<serde_json::Value>(&said.payload).ok();
        let Some(body) = small.then(read).flatten() else {
            return self.drop_one("uplink_unreadable");
        };
        let says =
            |name: &str, word: &str| body.get(name).and_then(|value| value.as_str()) == Some(word);
        self.signs.weak.of(from).up.page = Relief {
            smaller: says("picture", "smaller"),
            paused: says("picture", "paused"),
            protected: says("voice", "protected"),
        };
    }

    /// A page that lost its connection may have missed what it was told.
    pub(crate) fn repeat_side(&mut self, id: ParticipantId) {
        self.signs.weak.of(id).unsay();
    }

    fn tell_side(&mut self, now: Instant, id: ParticipantId) {
        let person = self.signs.weak.of(id);
        let (down, up) = (person.down_is_weak(), person.up.weak());
        let own = match (down, up) {
            (true, _) => Relief {
                protected: person.down.done.protected || (up && person.up.page.protected),
                ..person.down.done
            },
            _ => person.up.done(),
        };
        let theirs = || self.weak_publisher(id).map(WeakSide::Theirs);
        let side = match (self.signs.weak.server.weak, down || up) {
            (true, _) => WeakSide::Server,
            (_, true) => WeakSide::Own { down, up },
            _ => theirs().unwrap_or_default(),
        };
        let (who, done) = match side {
            WeakSide::Own { .. } => (None, own),
            WeakSide::Theirs(who) => {
                let up = self.signs.weak.get(who).map(|weak| weak.up.done());
                (
                    self.roster.get(who).map(|participant| participant.profile.identity.clone()),
                    up.unwrap_or_default(),
                )
            }
            WeakSide::Nobody | WeakSide::Server => (None, Relief::default()),
        };
        if !self.signs.weak.of(id).say(now, SideNotice { side, done }) {
            return;
        }
        let told = serde_json::json!({ "side": side.word(), "who": who, "done": done.words() });
        self.say_to_page(id, TOPIC, told.to_string().into_bytes());
    }

    /// Whose weak way up affects somebody: the one of whom it was told before, else who has the floor, else anybody.
    fn weak_publisher(&self, id: ParticipantId) -> Option<ParticipantId> {
        let before = self.signs.weak.get(id).and_then(|weak| weak.told_of());
        let room = self.room_of(id)?;
        let seen = self.rooms.get(room)?.floor.seen_by(id);
        let sections = self.listening.get(id)?.list.iter();
        let heard =
            sections.filter(|section| section.is_used() && section.portion.gets.top.is_some());
        let weak = heard.filter_map(|section| {
            let published = self.publications.get(section.track)?;
            let (owner, muted) = (published.owner, published.info.muted || published.silenced);
            let weak = self.signs.weak.get(owner).is_some_and(|weak| weak.up.weak());
            let hides = self.roster.get(owner).is_none_or(|publisher| self.hides(publisher));
            (weak && !muted && !hides).then_some(owner)
        });
        weak.min_by_key(|owner| (Some(*owner) != before, Some(*owner) != seen, *owner))
    }
}
