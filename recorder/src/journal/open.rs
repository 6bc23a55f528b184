use super::folder::{Found, journal_of};
use super::segment::Segment;
use crate::config::Config;
use archive::manifest::{Manifest, Person, State};
use archive::take::Take;
use archive::tap::{Body, Missed, Record, RoomClosed, encode};
use archive::timeline::Place;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Bytes of a record's length on the tap, which a journal leaves out.
const LENGTH: usize = 4;

/// A take whose journal grows.
#[derive(Debug)]
pub(super) struct OpenTake {
    pub(super) id: String,
    /// What it tells so far, without packets.
    pub(super) take: Take,
    journal: PathBuf,
    segment: Option<Segment>,
    /// Number and head of the last seal.
    sealed: (u32, String),
    /// From when records are missing, until the next one comes.
    gap: Option<(u64, u64, &'static str)>,
}

impl OpenTake {
    /// A new take in a recording's folder, or one that is gone on with after a restart.
    pub(super) fn new(id: &str, recording: &Path, found: Found) -> Self {
        let sealed = found.seals.last().map(|it| (it.segment, it.head.clone())).unwrap_or_default();
        Self {
            id: id.to_owned(),
            take: found.take,
            journal: journal_of(recording),
            segment: None,
            sealed,
            gap: None,
        }
    }

    /// The run of the gateway that it belongs to.
    pub(super) fn run(&self) -> &str {
        &self.take.room.run
    }

    /// Takes one record; a second copy of one that it has is left out. The answer is how many
    /// bytes more are waiting to be written.
    pub(super) fn record(&mut self, bytes: &[u8], record: &Record<'_>, now: Instant) -> usize {
        if record.seq <= self.take.last_seq && self.take.first_us != 0 {
            return 0;
        }
        let before = self.pending();
        if let Some((from_us, records, reason)) = self.gap.take() {
            let missed =
                Missed { from_us, to_us: record.at_us, records, reason: reason.to_owned() };
            self.note(Body::Missed(missed), record.at_us, now);
        }
        match &record.body {
            // The index of a take that is being written needs no packets.
            Body::Rtp(_) | Body::SenderReport(_) => {
                let body = Body::Other { kind: record.body.kind(), bytes: &[] };
                self.take.read(&Record { body, ..record.clone() }, Place::default());
            }
            _ => self.take.read(record, Place::default()),
        }
        self.segment(now).append(bytes);
        self.pending().saturating_sub(before)
    }

    /// Remembers that records are missing from here on.
    pub(super) fn mark_gap(&mut self, records: u64, reason: &'static str) {
        let from_us = u64::try_from(self.take.last_us).unwrap_or_default();
        self.gap.get_or_insert((from_us, records, reason));
    }

    /// Ends the journal with a reason of the recorder's own.
    pub(super) fn close(&mut self, reason: &str, now: Instant) {
        if self.take.closed.is_none() {
            let at_us = u64::try_from(self.take.last_us).unwrap_or_default();
            self.note(Body::RoomClosed(RoomClosed { reason: reason.to_owned() }), at_us, now);
            self.take.closed = Some(reason.to_owned());
        }
    }

    /// Writes a record of the recorder's own, under the number of the last.
    fn note(&mut self, body: Body<'_>, at_us: u64, now: Instant) {
        let record = Record { room: self.take.number, seq: self.take.last_seq, at_us, body };
        let mut bytes = Vec::new();
        if encode(&record, &mut bytes).is_ok() {
            self.segment(now).append(bytes.get(LENGTH..).unwrap_or_default());
        }
    }

    fn segment(&mut self, now: Instant) -> &mut Segment {
        let (journal, number) = (&self.journal, self.sealed.0 + 1);
        self.segment.get_or_insert_with(|| Segment::new(journal, number, now))
    }

    /// Bytes that wait in memory.
    pub(super) fn pending(&self) -> usize {
        self.segment.as_ref().map_or(0, Segment::pending)
    }

    pub(super) fn flush(&mut self) -> io::Result<u64> {
        self.segment.as_mut().map_or(Ok(0), Segment::flush)
    }

    /// Syncs, and seals the segment if it is long or old enough.
    pub(super) fn sync(&mut self, config: &Config, now: Instant) -> io::Result<()> {
        let Some(segment) = &mut self.segment else { return Ok(()) };
        segment.sync()?;
        let age = Duration::from_secs(config.segment_seconds.into());
        let long = segment.bytes() >= u64::from(config.segment_megabytes) * 1_000_000;
        if long || now.saturating_duration_since(segment.since) >= age {
            return self.seal();
        }
        Ok(())
    }

    /// Seals what there is; after an error it can be called again.
    pub(super) fn seal(&mut self) -> io::Result<()> {
        if let Some(segment) = &mut self.segment {
            let seal = segment.seal(&self.sealed.1)?;
            self.sealed = (seal.segment, seal.head);
            self.segment = None;
        }
        Ok(())
    }

    /// How long it is so far.
    pub(super) fn duration_ms(&self) -> u64 {
        u64::try_from((self.take.last_us - self.take.first_us) / 1_000).unwrap_or_default()
    }

    /// What is told of it while it is not assembled.
    pub(super) fn manifest(&self, state: State) -> Manifest {
        let person = |it: &archive::tap::ParticipantJoined| Person {
            identity: it.identity.clone(),
            name: it.name.clone(),
            role: it.role.clone(),
            site: it.site.clone(),
        };
        Manifest {
            v: 1,
            id: self.id.clone(),
            session_id: session_of(&self.take).to_owned(),
            title: self.take.room.title.clone(),
            kind: self.take.room.kind.clone(),
            started_at: moment(self.take.first_us),
            duration_ms: self.duration_ms(),
            state,
            participants: self.take.participants.iter().map(person).collect(),
            ..Manifest::default()
        }
    }
}

/// The session that a take belongs to: the booked one, or the room's name.
pub(super) fn session_of(take: &Take) -> &str {
    if take.room.session.is_empty() { &take.room.name } else { &take.room.session }
}

/// RFC 3339 of microseconds since 1970.
fn moment(us: i64) -> String {
    jiff::Timestamp::from_millisecond(us / 1_000).map(|it| it.to_string()).unwrap_or_default()
}
