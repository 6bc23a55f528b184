//! How much of a session each participant is sent: by its own choice, by its token and by its data budget. What a mode does
//! not have is neither sent to it nor, where its client follows dynacast, asked of it.

use std::str::FromStr as _;
use std::time::{Duration, Instant};

use media::{Layer, MediaKind};
use session::{Mode, Own};

use crate::Signalling;
use crate::effect::Effect;
use crate::ids::{ParticipantId, RoomId, TrackId};
use crate::tables::publications::Published;
use crate::tables::receptions::{Reception, ReceptionNotice};
use crate::tables::rooms::Room;
use crate::tables::sections::Section;
use crate::words::participant::State;
use crate::words::stream::{Asks, Cause, StreamState};
use crate::words::track::TrackSource;
use crate::words::usage::{RoomSpent, Spent, Used};

/// The attribute by which a participant chooses its mode, and by which the others see it.
pub(crate) const MODE: &str = "mode";
/// Topic of the data packets in which our page is told its mode and what is used.
const TOPIC: &str = "mode";
/// What is used is told at most so often, unless the mode changes with it.
const TOLD_EVERY: Duration = Duration::from_secs(5);
/// Frames a second of a small picture.
const SMALL_FRAMES_PER_S: u32 = 15;
/// A picture of one size alone is no small one if it is wider, pixels.
const SMALL_WIDTH: u32 = 400;

/// Why a mode is not chosen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Refused {
    /// There is none of this name.
    Unknown,
    /// The token allows no more than this.
    TooMuch(Mode),
}

impl Signalling {
    /// Somebody comes into a room that was open before, in this run of the gateway or another: what people had used then.
    pub(crate) fn remember_spent(&mut self, room: RoomId, spent: &[Spent]) {
        let room = self.rooms.get_mut(room);
        room.into_iter().for_each(|room| room.memory.receptions.remember(spent));
    }

    /// What is to be kept of the people in rooms where anybody has a data budget, or has chosen a mode, so that it outlives
    /// the room and the gateway: it comes again in [`Join::spent`](crate::words::request::Join).
    #[must_use]
    pub fn spent(&self) -> Vec<RoomSpent> {
        let spent = |room: &Room| {
            let (ends_s, people) = room.memory.receptions.spent()?;
            Some(RoomSpent { room: room.name.clone(), ends_s, people })
        };
        self.rooms.iter().filter_map(spent).collect()
    }

    /// Somebody comes in, or back, with a token that says `own`.
    pub(crate) fn receive_as(&mut self, now: Instant, id: ParticipantId, own: &Own) {
        let now_s = self.rules.clock.wall_s(now);
        let Some(me) = self.roster.get(id) else { return };
        let attribute = me.profile.attributes.get(MODE).and_then(|word| Mode::from_str(word).ok());
        let Some(room) = self.rooms.get_mut(me.room) else { return };
        let (members, receptions) = (&room.members, &mut room.memory.receptions);
        let identity = &me.profile.identity;
        let forgotten = receptions.come(identity, (own, attribute), |of| members.contains_key(of));
        receptions.get_mut(identity).into_iter().for_each(|reception| reception.said = None);
        receptions.pass(identity, now_s);
        if forgotten {
            self.drop_one("receptions_full");
        }
        self.change_mode(id);
    }

    /// Somebody chooses a mode; an empty word takes the choice back.
    pub(crate) fn choose_mode(&mut self, id: ParticipantId, word: &str) -> Result<(), Refused> {
        let chosen = match word {
            "" => None,
            word => Some(Mode::from_str(word).map_err(|_| Refused::Unknown)?),
        };
        let Some(reception) = self.reception_mut(id) else { return Ok(()) };
        if !reception.choose(chosen) {
            return Err(Refused::TooMuch(reception.most()));
        }
        self.change_mode(id);
        self.tell_mode_anew(id);
        Ok(())
    }

    /// What people have used; to be told every second.
    pub(crate) fn note_used(&mut self, now: Instant, used: &[Used]) {
        for usage in used {
            let room = self.rooms.find(&usage.room).map(|room| room.id);
            let room = room.and_then(|room| self.rooms.get_mut(room));
            room.into_iter()
                .for_each(|room| room.memory.receptions.spend(&usage.identity, usage.bytes));
        }
        let now_s = self.rules.clock.wall_s(now);
        let members: Vec<ParticipantId> = self.roster.which(|_| true);
        for id in members {
            let changed = self.pass_second(id, now_s);
            let small = self.reception(id).is_some_and(|reception| reception.mode() == Mode::Small);
            if changed {
                self.change_mode(id);
            } else if small {
                // Which picture is shown small changes with who speaks.
                self.hold_to_mode(id);
            }
            self.tell_mode(now, id);
        }
    }

    /// A second is over for somebody; whether it is sent more or less now.
    fn pass_second(&mut self, id: ParticipantId, now_s: u64) -> bool {
        let Some(me) = self.roster.get(id) else { return false };
        let Some(room) = self.rooms.get_mut(me.room) else { return false };
        let (identity, receptions) = (&me.profile.identity, &mut room.memory.receptions);
        let had_sound =
            receptions.of(identity).is_some_and(|reception| reception.mode().has_sound());
        let changed = receptions.pass(identity, now_s);
        let is_out = receptions.of(identity).is_some_and(|reception| !reception.mode().has_sound());
        if changed && had_sound && is_out {
            self.drop_one("data_budget_out");
        }
        changed
    }

    /// How much somebody is sent.
    pub(crate) fn reception(&self, id: ParticipantId) -> Option<&Reception> {
        let me = self.roster.get(id)?;
        self.rooms.get(me.room)?.memory.receptions.of(&me.profile.identity)
    }

    fn reception_mut(&mut self, id: ParticipantId) -> Option<&mut Reception> {
        let me = self.roster.get(id)?;
        self.rooms.get_mut(me.room)?.memory.receptions.get_mut(&me.profile.identity)
    }

    /// The mode of somebody.
    pub(crate) fn mode_of(&self, id: ParticipantId) -> Mode {
        self.reception(id).map_or(Mode::Full, Reception::mode)
    }

    /// Gives a listener of each track what it asks for, as far as its mode has that.
    pub(crate) fn hold_to_mode(&mut self, id: ParticipantId) {
        let Some(me) = self.roster.get(id) else { return };
        let (room, connection) = (me.room, me.paths.subscriber);
        let (mode, cause) = self
            .reception(id)
            .map_or((Mode::Full, Cause::Mode), |reception| (reception.mode(), reception.cause()));
        let shown = if mode == Mode::Small { self.shown_small(id, room) } else { None };
        let Some(sections) = self.listening.get_mut(id) else { return };
        let (mut changed, mut news) = (vec![], false);
        for section in sections.list.iter_mut().filter(|section| section.is_used()) {
            let Some(published) = self.publications.get(section.track) else { continue };
            let portion = &mut section.portion;
            let gets = within(mode, portion.asks, (published, shown == Some(section.track)));
            let why = withheld(portion.asks, gets, cause);
            if portion.why != why {
                portion.why = why;
                news |= sections.streams.note(section.track, why.unwrap_or_default());
            }
            if portion.gets != gets {
                portion.gets = gets;
                changed.push((section.track, gets.top));
            }
        }
        if news {
            self.consequences.marks.streams(id);
        }
        for (track, top) in changed {
            self.publications.stir(track);
            if let Some(connection) = connection {
                self.effect(Effect::Want { room, track, connection, top });
            }
        }
    }

    /// A participant's mode has changed: what it is sent, and what is asked of it.
    fn change_mode(&mut self, id: ParticipantId) {
        self.hold_to_mode(id);
        let own: Vec<TrackId> = self.publications.of(id).map(|(track, _)| track).collect();
        own.into_iter().for_each(|track| self.publications.stir(track));
    }

    /// The one picture that a listener of small pictures is sent: the one that it looks at, or of who speaks, or the one
    /// that it has.
    fn shown_small(&self, id: ParticipantId, room: RoomId) -> Option<TrackId> {
        let seen = self.rooms.get(room)?.floor.seen_by(id);
        let sections = self.listening.get(id)?.list.iter();
        let pictures =
            sections.filter(|section| section.is_used() && section.kind == MediaKind::Video);
        let rank = |section: &Section| {
            let published = self.publications.get(section.track)?;
            let camera = published.info.source != TrackSource::ScreenShare;
            let portion = &section.portion;
            let comes = camera && portion.asks.top.is_some() && !published.info.muted;
            let last = (
                portion.asks.priority != 1,
                seen != Some(published.owner),
                portion.gets.top.is_none(),
                section.track,
            );
            (comes && is_small(published)).then_some(last)
        };
        pictures.filter_map(rank).min().map(|(.., track)| track)
    }

    /// Our page is told its mode as soon as that may be.
    fn tell_mode_anew(&mut self, id: ParticipantId) {
        self.reception_mut(id).into_iter().for_each(|reception| reception.said = None);
    }

    /// Tells our page its mode and what is used and left, when that is news.
    fn tell_mode(&mut self, now: Instant, id: ParticipantId) {
        let Some(me) = self.roster.get(id) else { return };
        let reads = me.client.reads_reasons && me.paths.subscriber.is_some();
        if !reads || me.stay.state != State::Active {
            return;
        }
        let (room, identity) = (me.room, me.profile.identity.clone());
        let Some(room) = self.rooms.get_mut(room) else { return };
        let bound = room.memory.receptions.bound(&identity);
        let Some(reception) = room.memory.receptions.get_mut(&identity) else { return };
        let said = ReceptionNotice {
            mode: reception.mode(),
            chosen: reception.chosen(),
            most: reception.most(),
            used: reception.spending.used(),
            bound,
            at: now,
        };
        if !is_news(reception.said, said) {
            return;
        }
        reception.said = Some(said);
        let left = bound.map(|bound| bound.saturating_sub(said.used));
        let payload = serde_json::json!({
            "mode": said.mode,
            "chosen": said.chosen,
            "most": said.most,
            "reason": (said.mode != said.chosen).then(|| reception.cause().word()),
            "usedBytes": said.used,
            "budgetBytes": bound,
            "leftBytes": left,
        });
        self.say_to_page(id, TOPIC, payload.to_string().into_bytes());
    }
}

/// Whether a page that was told `before` is to be told `now`. A change of use alone is news only where there is a
/// budget.
fn is_news(before: Option<ReceptionNotice>, now: ReceptionNotice) -> bool {
    let Some(before) = before else { return true };
    let same = (before.mode, before.chosen, before.most) == (now.mode, now.chosen, now.most);
    let spent = now.bound.is_some() && before.used != now.used;
    !same || (spent && now.at.saturating_duration_since(before.at) >= TOLD_EVERY)
}

/// What a mode leaves of what is asked for of a track, which may be the one picture that is `shown`.
pub(crate) fn within(mode: Mode, asks: Asks, (published, shown): (&Published, bool)) -> Asks {
    let nothing = Asks { top: None, ..asks };
    match (mode, published.encoded.kind, published.info.source) {
        (Mode::Full, _, _) => asks,
        (Mode::Stills, _, _) => nothing,
        (_, MediaKind::Audio, _) => asks,
        (Mode::Small | Mode::Slides, MediaKind::Video, TrackSource::ScreenShare) => asks,
        (Mode::Small, MediaKind::Video, _) if shown => small(asks),
        (Mode::Small | Mode::Slides | Mode::Voice, MediaKind::Video, _) => nothing,
    }
}

/// The smallest size, and no more frames than a face needs.
fn small(asks: Asks) -> Asks {
    let frames_per_second = match asks.frames_per_second {
        0 => SMALL_FRAMES_PER_S,
        asked => asked.min(SMALL_FRAMES_PER_S),
    };
    Asks { top: asks.top.map(|_| Layer(0)), frames_per_second, ..asks }
}

/// Whether a picture has a small size.
fn is_small(published: &Published) -> bool {
    let widths = published.info.layers.iter().map(|layer| layer.width);
    published.qualities() > 1 || widths.max().unwrap_or(0) <= SMALL_WIDTH
}

/// How much of a track comes where less than asked for does.
fn withheld(asks: Asks, gets: Asks, cause: Cause) -> Option<StreamState> {
    match (asks.top, gets.top) {
        (Some(_), None) => Some(StreamState::Paused(cause)),
        (Some(asked), Some(given)) if given < asked => Some(StreamState::Smaller(cause)),
        _ => None,
    }
}
