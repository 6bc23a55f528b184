//! Signalling: who is in which room, sends and hears what, and is told of it.
//!
//! A pure state machine. The caller gives [`Signalling::handle`] the time and one [`Input`]; every consequence is among
//! the [`Effect`]s that the call appended when it returns. No socket, clock, channel or randomness is in here: keys are
//! counted, names come from a seed, and time is told.
//!
//! # Reading order
//! [`words`] (what people, rooms and tracks are called), [`input`] and [`effect`] (both closed), `tables` (what is known),
//! then the verbs, each file using only those before it: `marks` → `tell` → `view` → `announce` → `chat`, `room_state` → `modes` → `subscriptions` → `streams` → `sides` → `stills` → `tracks` →
//! `rights` → `leaving` → `closing` → `recording` → `clearance` → `seating` → `sections` → `offers` → `joining` → `fitting` → `visiting`, `screens`, `serving`, `devices`,
//! `data`, `signs`, `scenarios`, `requests`, `timers` → `settle`.
//!
//! # Invariants
//! - Nothing recurses: whom an offer is to be made to, whose sections may flow and what is to be answered is marked, and
//!   drained once at the end of the call (`settle`).
//! - At most one offer is out on a connection.
//! - A stream number (SSRC) is given once on a connection.
//! - What a server decided about somebody is held against every token that comes, as long as the room lives.
//! - Every table has a bound, and going over it is an [`effect::Counted`].

mod announce;
mod chat;
mod clearance;
mod clock;
mod closing;
mod data;
mod devices;
pub mod effect;
mod fitting;
pub mod ids;
pub mod input;
mod joining;
mod leaving;
pub mod limits;
mod marks;
mod modes;
mod offers;
pub mod pace;
mod recording;
mod requests;
mod rights;
mod room_state;
mod scenarios;
mod screens;
mod seating;
mod sections;
mod serving;
mod settle;
mod sides;
mod signs;
mod stills;
mod streams;
mod subscriptions;
mod tables;
mod tell;
mod timers;
mod tracks;
mod view;
mod visiting;
pub mod words;

use std::time::{Duration, Instant};

use clock::Clock;
use effect::Effect;
use ids::{Names, Numbering};
use input::Input;
use limits::Limits;
use marks::Marks;
use signs::Signs;
use tables::admission::Admission;
use tables::clearances::Clearances;
use tables::closing::Closed;
use tables::connections::Connections;
use tables::kept::Kept;
use tables::publications::Publications;
use tables::recorder::Recorder;
use tables::rooms::Rooms;
use tables::roster::Roster;
use tables::visits::Visits;
use tables::withdrawals::Withdrawals;
use tell::Consequences;
use timers::Timers;

/// How often [`input::Input::Heard`] is to be given.
pub const PULSES_EVERY: Duration = Duration::from_millis(250);
/// How often [`input::Input::Levels`] is to be given.
pub const LEVELS_EVERY: Duration = Duration::from_millis(400);
/// How often [`input::Input::Arrived`] is to be given.
pub const ARRIVALS_EVERY: Duration = Duration::from_millis(2_500);

/// Joins that wait, rooms and tokens that are refused, what rooms are cleared for, and what waits for those who come back.
#[derive(Debug, Default)]
struct Gate {
    admission: Admission,
    closed: Closed,
    withdrawn: Withdrawals,
    cleared: Clearances,
    kept: Kept,
}

/// What the core goes by: measures, time, names.
#[derive(Debug)]
struct Rules {
    limits: Limits,
    clock: Clock,
    names: Names,
}

/// The tables of one core. Each is changed by the verbs of few files; see the reading order.
#[derive(Debug)]
pub struct Signalling {
    rules: Rules,
    rooms: Rooms,
    roster: Roster,
    publications: Publications,
    /// What each listening connection carries.
    listening: tables::sections::Listening,
    connections: Connections,
    visits: Visits,
    door: Gate,
    recorder: Recorder,
    signs: Signs,
    timers: Timers,
    consequences: Consequences,
}

impl Signalling {
    /// An empty core that begins at `now`, when the wall clock shows `wall_us` microseconds since 1970; `seed` makes its
    /// names.
    #[must_use]
    pub fn new(
        now: Instant,
        wall_us: u64,
        seed: [u8; 32],
        numbering: Numbering,
        limits: Limits,
    ) -> Self {
        let rules = Rules { limits, clock: Clock::new(now, wall_us), names: Names::new(seed) };
        Self {
            rules,
            rooms: Rooms::new(numbering),
            roster: Roster::new(numbering),
            publications: Publications::new(numbering),
            listening: tables::sections::Listening::default(),
            connections: Connections::new(numbering),
            visits: Visits::default(),
            door: Gate::default(),
            recorder: Recorder::default(),
            signs: Signs::default(),
            timers: Timers::new(now),
            consequences: Consequences { out: vec![], marks: Marks::default() },
        }
    }

    /// Takes one input at `now` and appends its consequences to `out`. An input that names somebody or something that is
    /// not there any more has none, or is counted.
    pub fn handle(&mut self, now: Instant, input: Input<'_>, out: &mut Vec<Effect>) {
        std::mem::swap(&mut self.consequences.out, out);
        match input {
            Input::Join(signal, join) => self.join(now, signal, join),
            Input::Request(signal, request) => self.request(now, signal, request),
            Input::Alive(signal) => self.alive(now, signal),
            Input::SignalLost(signal) => self.signal_lost(now, signal),
            Input::Renew(signal, token) => self.renew(signal, *token),
            Input::Call(call) => self.serve(now, *call),
            Input::Visit(want) => self.visit(now, *want),
            Input::Connection(connection, event) => self.connection(now, connection, event),
            Input::Data { from, reliable, packet } => self.data(now, from, reliable, packet),
            Input::Skipped(connection) => self.skipped(now, connection),
            Input::Report { connection, fraction_lost, round_trip_ms } => {
                self.reported(connection, fraction_lost, round_trip_ms);
            }
            Input::Heard(heard) => self.heard(now, heard),
            Input::Levels(levels) => self.tell_speakers(levels),
            Input::Arrived(arrivals) => self.tell_quality(now, arrivals),
            Input::Streams(streamed) => self.note_streams(now, streamed),
            Input::Fed(fed) => self.note_fed(now, fed),
            Input::Ways(ways) => {
                self.note_ways(now, ways);
                self.ask_stills(now);
            }
            Input::SpatialLayers(track, layers) => self.note_spatial(track, layers),
            Input::Used(used) => self.note_used(now, used),
            Input::Recorder { listens, says } => self.watch_recorder(listens, says),
            Input::Wall(unix_us) => self.set_wall(now, unix_us),
            Input::Tick => self.tick(now),
            Input::Shutdown => self.shut_down(now),
        }
        self.settle(now);
        std::mem::swap(&mut self.consequences.out, out);
    }

    /// How many rooms are open, and how many participants are in them.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        (self.rooms.len(), self.roster.len())
    }

    /// Whether a room of this name is open.
    #[must_use]
    pub fn is_open(&self, room: &str) -> bool {
        self.rooms.find(room).is_some()
    }

    /// Whether a room of this name is remembered: it has closed, and tokens from before do not open it again, or everybody
    /// has left it, and who comes back finds what it showed and no more cleared than it was.
    #[must_use]
    pub fn is_remembered(&self, room: &str) -> bool {
        self.door.closed.refuses(room, 0).is_some()
            || self.door.kept.has(room)
            || self.door.cleared.of(room).is_some()
    }

    /// How many members a room has.
    #[must_use]
    pub fn members_of(&self, room: ids::RoomId) -> usize {
        self.rooms.get(room).map_or(0, |room| room.members.len())
    }

    /// Entries in all tables of people, connections, tracks and those who wait.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.roster.entries()
            + self.connections.len()
            + self.publications.announced.len()
            + self.publications.tracks.len()
            + self.listening.len()
            + self.visits.list.len()
            + self.door.admission.len()
            + self.signs.weak.len()
            + self.signs.stills.len()
    }
}
