//! What is wrong with a request for a booking, all of it at once, before the store is asked.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use session::{Kind, Role};

use crate::interval::{EmptyInterval, Interval, UnixS};

/// The bounds of one booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Shortest session, seconds.
    pub seconds_min: u64,
    /// Longest session, seconds.
    pub seconds_max: u64,
    /// Furthest start from now, seconds.
    pub ahead_s_max: u64,
    /// How long ago a session may have begun, seconds: who fills in a form is a little late.
    pub begun_s_max: u64,
    /// Most participants.
    pub participants_max: usize,
    /// Most rooms.
    pub rooms_max: usize,
    /// Most terminals.
    pub terminals_max: usize,
    /// Longest title, characters.
    pub title_chars_max: usize,
}

impl Default for Limits {
    /// One minute to twelve hours, from five minutes ago to a leap year ahead, 50 people, 10 rooms, 20 terminals, 120 characters.
    fn default() -> Self {
        Self {
            seconds_min: 60,
            seconds_max: 12 * 3600,
            ahead_s_max: 366 * 86_400,
            begun_s_max: 5 * 60,
            participants_max: 50,
            rooms_max: 10,
            terminals_max: 20,
            title_chars_max: 120,
        }
    }
}

/// One person in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Participant<'a> {
    /// Person id.
    pub person: &'a str,
    /// What the person is to be in this session.
    pub role: Role,
}

/// A wish: who, where, when, for what.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What the session is for.
    pub kind: Kind,
    /// Shown to everybody in it.
    pub title: &'a str,
    /// First second.
    pub start: UnixS,
    /// First second after it.
    pub end: UnixS,
    /// Room ids; may be empty (a session that needs no room).
    pub rooms: &'a [&'a str],
    /// Terminal ids; may be empty.
    pub terminals: &'a [&'a str],
    /// People and their roles.
    pub participants: &'a [Participant<'a>],
}

/// One thing that is wrong with a request. The texts are for people and say what is needed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The title is blank, or has control characters.
    #[error("the title must be one line of text")]
    Title,
    /// The title is too long.
    #[error("the title must have at most {most} characters")]
    LongTitle {
        /// Most characters.
        most: usize,
    },
    /// The end is not after the start.
    #[error("the end must be after the start")]
    Empty,
    /// Shorter than a session may be.
    #[error("a session lasts at least {least} seconds")]
    TooShort {
        /// Fewest seconds.
        least: u64,
    },
    /// Longer than a session may be.
    #[error("a session lasts at most {most} seconds; book the rest as a second session")]
    TooLong {
        /// Most seconds.
        most: u64,
    },
    /// It would have begun before it is booked.
    #[error("the start is in the past; choose a time to come")]
    Past,
    /// Too far in the future.
    #[error("a session can be booked at most {days} days ahead")]
    TooFarAhead {
        /// Most days.
        days: u64,
    },
    /// It has begun, and its start would be another.
    #[error(
        "the session has begun: its start stays; choose another end, or cancel it and book a new one"
    )]
    Begun,
    /// It would be over at once.
    #[error("the end is in the past; choose a time to come, or cancel the session")]
    EndPast,
    /// People may be inside who were told whether it is recorded.
    #[error(
        "people may be in the room already and know whether it is recorded; leave that as it is, or cancel and book anew"
    )]
    RecordingTold,
    /// A role that the kind cannot do without.
    #[error("a {kind} needs at least one participant with the role {role}")]
    Needs {
        /// Kind of the session.
        kind: Kind,
        /// The role that nobody has.
        role: Role,
    },
    /// More than one person with a role that is for one.
    #[error("a {kind} has exactly one participant with the role {role}")]
    OnlyOne {
        /// Kind of the session.
        kind: Kind,
        /// The role that several have.
        role: Role,
    },
    /// Nobody who can speak.
    #[error("a {kind} needs at least one participant who can speak; observers only listen")]
    NobodySpeaks {
        /// Kind of the session.
        kind: Kind,
    },
    /// A person twice.
    #[error("the person {0} is in the list twice")]
    PersonTwice(String),
    /// A room twice.
    #[error("the room {0} is in the list twice")]
    RoomTwice(String),
    /// A terminal twice.
    #[error("the terminal {0} is in the list twice")]
    TerminalTwice(String),
    /// Too many people.
    #[error("at most {most} people can take part")]
    TooManyPeople {
        /// Most people.
        most: usize,
    },
    /// Too many rooms.
    #[error("at most {most} rooms can be booked together")]
    TooManyRooms {
        /// Most rooms.
        most: usize,
    },
    /// Too many terminals.
    #[error("at most {most} terminals can be booked together")]
    TooManyTerminals {
        /// Most terminals.
        most: usize,
    },
}

/// A value that an error speaks of, for whoever says it in another language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Param {
    /// A number in the unit that its name tells.
    Number(u64),
    /// An id, or a word of one of the lists.
    Text(String),
}

impl RequestError {
    /// The word by which a program knows this error; it never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Title => "title-missing",
            Self::LongTitle { .. } => "title-too-long",
            Self::Empty => "end-before-start",
            Self::TooShort { .. } => "too-short",
            Self::TooLong { .. } => "too-long",
            Self::Past => "start-in-the-past",
            Self::TooFarAhead { .. } => "too-far-ahead",
            Self::Begun => "session-has-begun",
            Self::EndPast => "end-in-the-past",
            Self::RecordingTold => "recording-told",
            Self::Needs { .. } => "role-missing",
            Self::OnlyOne { .. } => "role-only-once",
            Self::NobodySpeaks { .. } => "nobody-speaks",
            Self::PersonTwice(_) => "person-twice",
            Self::RoomTwice(_) => "room-twice",
            Self::TerminalTwice(_) => "terminal-twice",
            Self::TooManyPeople { .. } => "too-many-people",
            Self::TooManyRooms { .. } => "too-many-rooms",
            Self::TooManyTerminals { .. } => "too-many-terminals",
        }
    }

    /// The params of the sentence of this error, by name.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, Param)> {
        let count = |most: &usize| Param::Number(u64::try_from(*most).unwrap_or(u64::MAX));
        let word = |word: &dyn ToString| Param::Text(word.to_string());
        match self {
            Self::Title | Self::Empty | Self::Past => Vec::new(),
            Self::Begun | Self::EndPast | Self::RecordingTold => Vec::new(),
            Self::LongTitle { most }
            | Self::TooManyPeople { most }
            | Self::TooManyRooms { most }
            | Self::TooManyTerminals { most } => [("most", count(most))].into(),
            Self::TooShort { least } => [("minutes", Param::Number(least.div_ceil(60)))].into(),
            Self::TooLong { most } => [("hours", Param::Number(most / 3600))].into(),
            Self::TooFarAhead { days } => [("days", Param::Number(*days))].into(),
            Self::Needs { kind, role } | Self::OnlyOne { kind, role } => {
                [("kind", word(kind)), ("role", word(role))].into()
            }
            Self::NobodySpeaks { kind } => [("kind", word(kind))].into(),
            Self::PersonTwice(id) | Self::RoomTwice(id) | Self::TerminalTwice(id) => {
                [("id", word(id))].into()
            }
        }
    }

    /// The member of the request that is to be changed, as it is called in the API.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Title | Self::LongTitle { .. } => "title",
            Self::Empty | Self::TooShort { .. } | Self::TooLong { .. } | Self::EndPast => "endsAt",
            Self::Past | Self::TooFarAhead { .. } | Self::Begun => "startsAt",
            Self::RecordingTold => "recording",
            Self::RoomTwice(_) | Self::TooManyRooms { .. } => "roomIds",
            Self::TerminalTwice(_) | Self::TooManyTerminals { .. } => "terminalIds",
            Self::Needs { .. }
            | Self::OnlyOne { .. }
            | Self::NobodySpeaks { .. }
            | Self::PersonTwice(_)
            | Self::TooManyPeople { .. } => "participants",
        }
    }
}

/// The interval of a request that could be booked at `now`, or everything that is wrong with it (never empty).
pub fn check(
    request: &Request<'_>,
    limits: &Limits,
    now: UnixS,
) -> Result<Interval, Vec<RequestError>> {
    check_with(request, limits, |interval, errors| {
        errors.extend(check_start(interval.start(), limits, now).err());
    })
}

/// The same with `when`, the rule of when such a session may be.
pub(crate) fn check_with(
    request: &Request<'_>,
    limits: &Limits,
    when: impl FnOnce(Interval, &mut Vec<RequestError>),
) -> Result<Interval, Vec<RequestError>> {
    let mut errors = Vec::new();
    check_title(request.title, limits, &mut errors);
    let interval = check_time(request, limits, &mut errors);
    if let Ok(interval) = interval {
        when(interval, &mut errors);
    }
    check_people(request, limits, &mut errors);
    let most = limits.rooms_max;
    let too_many = RequestError::TooManyRooms { most };
    check_list(request.rooms, most, too_many, RequestError::RoomTwice, &mut errors);
    let most = limits.terminals_max;
    let too_many = RequestError::TooManyTerminals { most };
    check_list(request.terminals, most, too_many, RequestError::TerminalTwice, &mut errors);
    match interval {
        Ok(interval) if errors.is_empty() => Ok(interval),
        Ok(_) | Err(EmptyInterval) => Err(errors),
    }
}

fn check_title(title: &str, limits: &Limits, errors: &mut Vec<RequestError>) {
    if title.trim().is_empty() || title.chars().any(char::is_control) {
        errors.push(RequestError::Title);
    }
    if title.chars().count() > limits.title_chars_max {
        errors.push(RequestError::LongTitle { most: limits.title_chars_max });
    }
}

fn check_time(
    request: &Request<'_>,
    limits: &Limits,
    errors: &mut Vec<RequestError>,
) -> Result<Interval, EmptyInterval> {
    let interval = Interval::new(request.start, request.end)
        .inspect_err(|EmptyInterval| errors.push(RequestError::Empty))?;
    if interval.seconds() < limits.seconds_min {
        errors.push(RequestError::TooShort { least: limits.seconds_min });
    }
    if interval.seconds() > limits.seconds_max {
        errors.push(RequestError::TooLong { most: limits.seconds_max });
    }
    Ok(interval)
}

/// Whether a session may begin at `start`: [`RequestError::Past`] or [`RequestError::TooFarAhead`] if it may not.
pub fn check_start(start: UnixS, limits: &Limits, now: UnixS) -> Result<(), RequestError> {
    if start < now.minus(limits.begun_s_max) {
        return Err(RequestError::Past);
    }
    if start > now.plus(limits.ahead_s_max) {
        return Err(RequestError::TooFarAhead { days: limits.ahead_s_max / 86_400 });
    }
    Ok(())
}

fn check_people(request: &Request<'_>, limits: &Limits, errors: &mut Vec<RequestError>) {
    let people = request.participants;
    if people.len() > limits.participants_max {
        // Looking further into an over-long list would only make an over-long answer.
        errors.push(RequestError::TooManyPeople { most: limits.participants_max });
        return;
    }
    let twice = duplicates(people.iter().map(|participant| participant.person));
    errors.extend(twice.into_iter().map(|person| RequestError::PersonTwice(person.to_string())));

    let kind = request.kind;
    let count = |role: Role| people.iter().filter(|participant| participant.role == role).count();
    for role in needed(kind) {
        if count(*role) == 0 {
            errors.push(RequestError::Needs { kind, role: *role });
        }
    }
    if kind == Kind::Class && count(Role::LeadTeacher) > 1 {
        errors.push(RequestError::OnlyOne { kind, role: Role::LeadTeacher });
    }
    if needed(kind).is_empty() && !people.iter().any(|participant| participant.role.publishes()) {
        errors.push(RequestError::NobodySpeaks { kind });
    }
}

/// The roles that a session of this kind cannot do without.
const fn needed(kind: Kind) -> &'static [Role] {
    match kind {
        Kind::Consultation => &[Role::Specialist, Role::VillageDoctor],
        Kind::Class => &[Role::LeadTeacher, Role::Classroom],
        Kind::Training | Kind::Broadcast => &[],
    }
}

/// A list of rooms or terminals, with what is said of too many and of one that is named twice.
fn check_list(
    ids: &[&str],
    most: usize,
    too_many: RequestError,
    twice: fn(String) -> RequestError,
    errors: &mut Vec<RequestError>,
) {
    if ids.len() > most {
        errors.push(too_many);
        return;
    }
    let found = duplicates(ids.iter().copied());
    errors.extend(found.into_iter().map(|id| twice(id.to_string())));
}

fn duplicates<'a>(ids: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    ids.filter(|id| !seen.insert(*id)).collect()
}
