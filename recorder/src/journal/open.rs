use super::folder::{StoredJournal, journal_of};
use super::segment::{Retired, Segment};
use crate::config::Config;
use archive::manifest::{Manifest, Person, State};
use archive::take::Take;
use archive::tap::{Body, Missed, Record, RoomClosed, RoomOpened, encode};
use archive::timeline::Extent;
use session::Keys;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Bytes of a record's length on the tap, which a journal leaves out.
const LENGTH: usize = 4;
/// Segments whose sync failed and that wait to be cut; above it nothing more is written.
const RETIRED: usize = 8;

/// A take whose journal grows.
#[derive(Debug)]
pub(super) struct OpenTake {
    pub(super) id: String,
    /// What the log says of this take is said in it.
    pub(super) span: tracing::Span,
    /// What it tells so far, without packets.
    pub(super) take: Take,
    journal: PathBuf,
    segment: Option<Segment>,
    /// Segments whose sync failed and that are not cut and sealed yet.
    retired: Vec<Retired>,
    /// Whether the segment's last sync failed: nothing of it is believed until it is retired.
    doubtful: bool,
    /// Number and head of the last seal.
    sealed: (u32, String),
    /// From when records are missing, until the next one comes.
    gap: Option<(u64, u64, &'static str)>,
}

impl OpenTake {
    /// A new take in a recording's folder, or one that is gone on with after a restart.
    pub(super) fn new(id: &str, recording: &Path, found: StoredJournal) -> Self {
        let sealed = found.seals.last().map(|it| (it.segment, it.head.clone())).unwrap_or_default();
        Self {
            id: id.to_owned(),
            span: tracing::info_span!(parent: None, "take", recording = id),
            take: found.take,
            journal: journal_of(recording),
            segment: None,
            retired: Vec::new(),
            doubtful: false,
            sealed,
            gap: None,
        }
    }

    /// The run of the gateway that it belongs to.
    pub(super) fn run(&self) -> &str {
        &self.take.room.run
    }

    /// Whether it has this record.
    pub(super) fn has(&self, record: &Record<'_>) -> bool {
        record.seq <= self.take.last_seq && self.take.first_us != 0
    }

    /// Takes one record; a second copy of one that it has is left out. The answer is how many
    /// bytes more are waiting to be written.
    pub(super) fn record(&mut self, bytes: &[u8], record: &Record<'_>, now: Instant) -> usize {
        if self.has(record) {
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
                self.take.read(&Record { body, ..record.clone() }, Extent::default());
            }
            _ => self.take.read(record, Extent::default()),
        }
        self.segment(now).append(bytes);
        self.pending().saturating_sub(before)
    }

    /// Tells the log who comes and goes, by the ids that the gateway and the scheduler use for them.
    pub(super) fn log(&self, body: &Body<'_>, keys: &Keys) {
        let trace = |identity: &str| keys.trace_id(&self.take.room.name, identity);
        match body {
            Body::ParticipantJoined(who) => {
                let trace = trace(&who.identity);
                tracing::info!(parent: &self.span, participant.trace = %trace, "a participant is recorded");
            }
            Body::ParticipantLeft(who) => {
                let trace = trace(&who.identity);
                let reason = who.reason.as_str();
                tracing::info!(parent: &self.span, participant.trace = %trace, reason, "a participant has left");
            }
            Body::Missed(missed) => {
                tracing::warn!(parent: &self.span, records = missed.records, "records are missing");
            }
            _ => {}
        }
    }

    /// Remembers that records are missing from here on.
    pub(super) fn mark_gap(&mut self, records: u64, reason: &'static str) {
        tracing::warn!(parent: &self.span, records, reason, "records are missing");
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

    /// Whether nothing is uncertain on disk since a sync failed.
    pub(super) fn is_settled(&self) -> bool {
        self.retired.is_empty() && !self.doubtful
    }

    pub(super) fn flush(&mut self) -> io::Result<u64> {
        if self.doubtful {
            return Err(io::Error::other("the disk fails again and again"));
        }
        self.segment.as_mut().map_or(Ok(0), Segment::flush)
    }

    /// Syncs, and seals the segment if it is long or old enough.
    pub(super) fn sync(&mut self, config: &Config, now: Instant) -> io::Result<()> {
        self.settle()?;
        let Some(segment) = &self.segment else { return Ok(()) };
        let age = Duration::from_secs(config.segment_seconds.into());
        let long = segment.bytes() >= u64::from(config.segment_megabytes) * 1_000_000;
        let old = now.saturating_duration_since(segment.since) >= age;
        if long || old { self.seal() } else { self.sync_segment() }
    }

    fn sync_segment(&mut self) -> io::Result<()> {
        let done = self.segment.as_mut().map_or(Ok(()), Segment::sync);
        if done.is_err() {
            self.doubtful = true;
            self.retire();
        }
        done
    }

    /// What a failed sync made uncertain goes into a new segment, as long as there are few of such.
    fn retire(&mut self) {
        if !self.doubtful || self.retired.len() >= RETIRED {
            return;
        }
        if let Some(segment) = self.segment.take() {
            let (retired, next) = segment.retire(&self.sealed.1);
            self.sealed = (retired.seal.segment, retired.seal.head.clone());
            self.retired.push(retired);
            self.segment = Some(next);
        }
        self.doubtful = false;
    }

    /// Cuts and seals the segments whose sync failed.
    fn settle(&mut self) -> io::Result<()> {
        while let Some(retired) = self.retired.first() {
            retired.settle()?;
            self.retired.remove(0);
            self.retire();
        }
        Ok(())
    }

    /// Seals what there is; after an error it can be called again.
    pub(super) fn seal(&mut self) -> io::Result<()> {
        self.settle()?;
        self.flush()?;
        self.sync_segment()?;
        if let Some(segment) = &mut self.segment {
            let seal = segment.seal(&self.sealed.1)?;
            self.sealed = (seal.segment, seal.head);
            self.segment = None;
        }
        Ok(())
    }

    #[cfg(test)]
    fn tell_syncs(&mut self, sync: fn(&std::fs::File) -> io::Result<()>) {
        self.segment = self.segment.take().map(|it| it.with_sync(sync));
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
            session_id: session_of(&self.take.room).to_owned(),
            title: self.take.room.title.clone(),
            kind: self.take.room.kind.clone(),
            started_at: moment(self.take.began_us()),
            duration_ms: self.duration_ms(),
            state,
            participants: self.take.participants.iter().map(person).collect(),
            ..Manifest::default()
        }
    }
}

/// The session that a take belongs to: the booked one, or the room's name.
pub(super) fn session_of(room: &RoomOpened) -> &str {
    if room.session.is_empty() { &room.name } else { &room.session }
}

/// RFC 3339 of microseconds since 1970.
fn moment(us: i64) -> String {
    jiff::Timestamp::from_millisecond(us / 1_000).map(|it| it.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::folder::{load, scan};
    use super::*;
    use archive::tap::{DataPacket, Decoder};

    fn bytes(record: &Record<'_>) -> Vec<u8> {
        let mut frame = Vec::new();
        encode(record, &mut frame).unwrap();
        Decoder::new(&frame).next_bytes().unwrap().unwrap().to_vec()
    }

    fn say(take: &mut OpenTake, seq: u64, now: Instant) {
        let body = match seq {
            1 => Body::RoomOpened(RoomOpened { record: true, ..RoomOpened::default() }),
            _ => Body::Data(DataPacket {
                topic: "chat".to_owned(),
                payload: format!(r#"{{"id":"{seq}","text":"line {seq}","at":1}}"#).into(),
                ..DataPacket::default()
            }),
        };
        let record = Record { room: 1, seq, at_us: seq * 1_000, body };
        take.record(&bytes(&record), &record, now);
    }

    fn fails(_: &std::fs::File) -> io::Result<()> {
        Err(io::Error::other("told to fail"))
    }

    /// The disk forgets what was not synced when a sync fails.
    fn forget(journal: &Path, number: u32, good: u64) {
        let path = journal.join(format!("{number:04}.tap"));
        let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
        let len = file.metadata().unwrap().len();
        file.set_len(good).unwrap();
        file.set_len(len).unwrap();
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a take asks for a moment")]
    fn what_a_failed_sync_made_uncertain_is_written_again_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let (config, now) = (Config::default(), Instant::now());
        let mut take = OpenTake::new("lesson-1", folder.path(), StoredJournal::default());
        let journal = journal_of(folder.path());
        say(&mut take, 1, now);
        say(&mut take, 2, now);
        take.flush().unwrap();
        take.sync(&config, now).unwrap();
        let good = std::fs::metadata(journal.join("0001.tap")).unwrap().len();
        say(&mut take, 3, now);
        take.tell_syncs(fails);
        take.flush().unwrap();
        assert!(take.sync(&config, now).is_err());
        forget(&journal, 1, good);
        // The next sync succeeds, as it does in the kernel, and says nothing of those bytes.
        take.tell_syncs(std::fs::File::sync_data);
        say(&mut take, 4, now);
        take.flush().unwrap();
        take.sync(&config, now).unwrap();
        take.close("", now);
        take.seal().unwrap();
        let found = load(&journal).unwrap();
        assert_eq!(found.faults, [""; 0]);
        assert_eq!(found.seals.len(), 2);
        assert_eq!(found.seals[0].bytes, good);
        let lines: Vec<_> = found.take.chat.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(lines, ["line 2", "line 3", "line 4"]);
        assert!(found.take.missed.is_empty());
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a take asks for a moment")]
    fn a_disk_that_fails_for_ever_fills_no_folder_and_a_first_segment_may_be_empty() {
        let folder = tempfile::tempdir().unwrap();
        let (config, now) = (Config::default(), Instant::now());
        let mut take = OpenTake::new("lesson-1", folder.path(), StoredJournal::default());
        let journal = journal_of(folder.path());
        say(&mut take, 1, now);
        take.tell_syncs(fails);
        // Settling fails as well: a folder lies where the seal shall be.
        std::fs::create_dir_all(journal.join("0001.seal/x")).unwrap();
        for seq in 2..40 {
            say(&mut take, seq, now);
            let _ = take.flush();
            take.sync_segment().unwrap_err();
        }
        let files = std::fs::read_dir(&journal).unwrap().count();
        assert!(files <= RETIRED + 2, "{files}");
        std::fs::remove_dir_all(journal.join("0001.seal")).unwrap();
        take.tell_syncs(std::fs::File::sync_data);
        take.sync(&config, now).unwrap();
        take.flush().unwrap();
        take.seal().unwrap();
        let found = scan(&journal).unwrap();
        assert_eq!(found.faults, [""; 0]);
        assert_eq!(found.take.chat.len(), 38);
    }
}
