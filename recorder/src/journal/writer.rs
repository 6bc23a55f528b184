use super::folder::{StoredJournal, journal_of, manifest_file, scan};
use super::name::{has_take, ids_of};
use super::open::{OpenTake, session_of};
use super::queue::{Message, Position, Queue};
use super::together::together;
use super::tries::Tries;
use super::unrecorded::Unrecorded;
use crate::config::Config;
use crate::library::Library;
use crate::metrics::{Health, Metrics};
use archive::manifest::{Manifest, State};
use archive::tap::{Body, Decoder, Hello, KnownRoom, Record, Recording, RoomOpened};
use session::Keys;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The most rooms that are recorded at a time; the gateway is told of others.
const OPEN_TAKES: usize = 200;
/// What was said is on disk within this time, or it is counted.
const ON_DISK_WITHIN: Duration = Duration::from_secs(1);
/// How often a take that could not be sealed is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// What the gateway said as the tap was connected last.
#[derive(Debug, Default)]
struct Gateway {
    run: Option<String>,
    /// The number of the next record: lower ones were said before the tap was connected.
    next: u64,
    rooms: BTreeMap<u32, KnownRoom>,
}

impl Gateway {
    fn of(hello: &Hello) -> Self {
        let rooms = hello.rooms.iter().map(|room| (room.room, *room)).collect();
        Self { run: Some(hello.run.clone()), next: hello.next, rooms }
    }
}

/// The one thread that writes journals.
#[derive(Debug)]
pub(crate) struct Writer {
    config: Config,
    /// Of which the ids of people in the log are made.
    keys: watch::Receiver<Keys>,
    library: Arc<Library>,
    metrics: Metrics,
    gateway: Gateway,
    takes: BTreeMap<u32, OpenTake>,
    /// Takes from before a restart, until the gateway tells whether it goes on with them.
    waiting: Vec<OpenTake>,
    /// Closed takes that could not be sealed yet.
    closing: Vec<OpenTake>,
    pending: usize,
    lost_since: Option<Instant>,
    unrecorded: Unrecorded,
}

impl Writer {
    /// A writer that has looked at what lies in the data folder: finished recordings and takes to
    /// assemble are in the library, and takes that were open wait for their gateway.
    ///
    /// # Errors
    /// If the folder cannot be made or read.
    pub(crate) fn new(
        config: Config,
        keys: watch::Receiver<Keys>,
        library: Arc<Library>,
        metrics: Metrics,
        health: Arc<Health>,
        told: watch::Sender<Recording>,
    ) -> std::io::Result<(Self, Option<Position>)> {
        std::fs::create_dir_all(library.root())?;
        let mut writer = Self {
            config,
            keys,
            library,
            unrecorded: Unrecorded::new(metrics.clone(), health, told),
            metrics,
            gateway: Gateway::default(),
            takes: BTreeMap::new(),
            waiting: Vec::new(),
            closing: Vec::new(),
            pending: 0,
            lost_since: None,
        };
        for entry in std::fs::read_dir(writer.library.root())? {
            let folder = entry?.path();
            let Some(id) = folder.file_name().and_then(|it| it.to_str()) else { continue };
            let span = tracing::info_span!("take", recording = id);
            if let Err(error) = span.in_scope(|| writer.find(id, &folder)) {
                tracing::error!(recording = id, %error, "a recording cannot be read");
            }
        }
        let position = writer
            .waiting
            .iter()
            .map(|it| Position { run: it.run().to_owned(), after: Some(it.take.last_seq) });
        let position = position.min_by_key(|it| it.after);
        Ok((writer, position))
    }

    fn find(&mut self, id: &str, folder: &std::path::Path) -> std::io::Result<()> {
        if let Ok(text) = std::fs::read(manifest_file(folder))
            && let Ok(manifest) = serde_json::from_slice::<Manifest>(&text)
        {
            let done = manifest.state == State::Ready || Tries::of(folder).are_over();
            let state = if done { manifest.state } else { State::Assembling };
            self.library.put(Manifest { id: id.to_owned(), state, ..manifest });
            return Ok(());
        }
        let found = scan(&journal_of(folder))?;
        let take = OpenTake::new(id, folder, found);
        if take.take.closed.is_some() {
            self.library.put(take.manifest(State::Assembling));
        } else if take.take.first_us != 0 {
            self.library.put(take.manifest(State::Recording));
            self.waiting.push(take);
        }
        Ok(())
    }

    /// Writes until it is told to stop.
    #[expect(clippy::disallowed_methods, reason = "the writer's loop is the outermost one")]
    pub(crate) fn run(mut self, queue: &Queue) {
        let batch = Duration::from_millis(self.config.batch_milliseconds.into());
        let sync = Duration::from_millis(self.config.sync_milliseconds.into());
        let mut now = Instant::now();
        let started = now;
        let (mut flushed, mut synced, mut retried) = (now, now, now);
        self.lost_since = Some(now);
        loop {
            let message = queue.next(batch / 4);
            now = Instant::now();
            match message {
                Some(Message::Frame(frame)) => self.frame(&frame, now),
                Some(Message::Hello(hello)) => self.hello(&hello, now),
                Some(Message::Missed(records)) => {
                    self.mark_gap(records, "records were lost on the tap")
                }
                Some(Message::Lost) => self.lost_since = Some(now),
                Some(Message::Stop) => break,
                None => {}
            }
            if now.duration_since(flushed) >= batch {
                self.flush();
                flushed = now;
            }
            if now.duration_since(synced) >= sync {
                self.sync(now);
                if !self.takes.is_empty() && synced.elapsed() > ON_DISK_WITHIN {
                    self.metrics.late_syncs.inc();
                }
                synced = now;
            }
            if now.duration_since(retried) >= RETRY {
                self.give_up_waiting(now, started);
                for take in self.takes.values() {
                    self.library.change(&take.id, |it| it.duration_ms = take.duration_ms());
                }
                self.finish();
                retried = now;
            }
        }
        self.flush();
        self.sync(now);
        self.finish();
    }

    fn hello(&mut self, hello: &Hello, now: Instant) {
        self.lost_since = None;
        let anew = self.gateway.run.as_ref() != Some(&hello.run);
        self.gateway = Gateway::of(hello);
        if anew {
            for (_, take) in std::mem::take(&mut self.takes) {
                self.close(take, "the gateway started anew", now);
            }
            for take in std::mem::take(&mut self.waiting) {
                if take.run() == hello.run {
                    self.takes.insert(take.take.number, take);
                } else {
                    self.close(take, "the recorder or the gateway was stopped", now);
                }
            }
        }
        self.unrecorded.retain(|room| !anew && self.gateway.rooms.contains_key(&room));
        let over = self.takes.extract_if(.., |room, _| !self.gateway.rooms.contains_key(room));
        for (_, take) in over.collect::<Vec<_>>() {
            self.metrics.missed.inc();
            self.close(take, "the room was closed while the recorder could not hear it", now);
        }
        for (room, take) in &mut self.takes {
            let whole_from = self.gateway.rooms.get(room).map_or(0, |it| it.whole_from);
            if whole_from > take.take.last_seq.saturating_add(1) {
                self.metrics.missed.inc();
                take.mark_gap(0, "the recorder could not reach the gateway");
            }
        }
        self.finish();
    }

    /// Whether a room was over when the tap was connected, or its recording was and another had begun, and has a take; others
    /// may be deleted.
    fn is_done(&self, record: &Record<'_>, room: &RoomOpened) -> bool {
        let known = self.gateway.rooms.get(&record.room);
        let goes_on = known.is_some_and(|it| it.open && it.opened <= record.seq);
        let begins = (record.room, record.seq);
        record.seq < self.gateway.next && !goes_on && has_take(self.library.root(), begins, room)
    }

    fn mark_gap(&mut self, records: u64, reason: &'static str) {
        self.metrics.missed.inc_by(records.max(1));
        for take in self.takes.values_mut() {
            take.mark_gap(records, reason);
        }
    }

    fn frame(&mut self, frame: &[u8], now: Instant) {
        let mut decoder = Decoder::new(frame);
        let closing = self.closing.len();
        while let Some(Ok(bytes)) = decoder.next_bytes() {
            let Ok(record) = Record::decode(bytes) else { continue };
            self.record(bytes, &record, now);
        }
        if self.closing.len() > closing {
            self.finish();
        }
    }

    fn record(&mut self, bytes: &[u8], record: &Record<'_>, now: Instant) {
        if let Body::RoomOpened(room) = &record.body
            && room.record
            && !self.takes.contains_key(&record.room)
            && !self.is_done(record, room)
        {
            self.open(record.room, room);
        }
        if self.takes.get(&record.room).is_some_and(|it| it.has(record)) {
            return;
        }
        let full = self.full(record);
        let Some(take) = self.takes.get_mut(&record.room) else {
            self.metrics.foreign.inc();
            if matches!(record.body, Body::RoomClosed(_)) {
                self.unrecorded.remove(record.room);
            }
            return;
        };
        if full {
            return;
        }
        self.pending += take.record(bytes, record, now);
        self.metrics.records.inc();
        take.log(&record.body, &self.keys.borrow());
        match &record.body {
            Body::Missed(it) => drop(self.metrics.missed.inc_by(it.records)),
            Body::RoomOpened(_) | Body::ParticipantJoined(_) | Body::ClockSet(_) => {
                self.library.put(take.manifest(State::Recording));
            }
            Body::RoomClosed(_) => {
                if let Some(take) = self.takes.remove(&record.room) {
                    self.close(take, "", now);
                }
            }
            _ => {}
        }
    }

    /// Whether memory is too full for this packet, counted; events always find a place.
    fn full(&self, record: &Record<'_>) -> bool {
        let Body::Rtp(rtp) = &record.body else { return false };
        let limit = usize::try_from(self.config.memory_megabytes).unwrap_or_default() * 1_000_000;
        let take = self.takes.get(&record.room);
        let picture = take.is_some_and(|it| it.take.is_picture(rtp.track));
        if picture && self.pending > limit / 4 * 3 {
            self.metrics.dropped_video.inc();
            return true;
        }
        if self.pending > limit {
            self.metrics.dropped_all.inc();
            return true;
        }
        false
    }

    fn open(&mut self, number: u32, room: &RoomOpened) {
        if self.takes.len() >= OPEN_TAKES {
            tracing::error!("too many rooms are being recorded; this one is not");
            return self.unrecorded.refuse(number);
        }
        let mut found = StoredJournal::default();
        found.take.room = room.clone();
        let free = |id: &String| !self.library.has(id) && !self.library.folder(id).exists();
        let Some(id) = ids_of(room).find(free) else { return self.unrecorded.refuse(number) };
        let take = OpenTake::new(&id, &self.library.folder(&id), found);
        let (run, session) = (&room.run, session_of(room));
        tracing::info!(parent: &take.span, gateway.run = run, room.id = number, session, "a take begins");
        self.takes.insert(number, take);
        self.unrecorded.remove(number);
        self.count();
    }

    /// Ends a take; [`finish`](Self::finish) seals all that have ended together.
    fn close(&mut self, mut take: OpenTake, reason: &str, now: Instant) {
        take.close(reason, now);
        self.closing.push(take);
    }

    /// Seals closed takes and hands them to the assembly; what fails is tried again.
    fn finish(&mut self) {
        self.count();
        let mut closing = std::mem::take(&mut self.closing);
        let failed = together(closing.iter_mut(), OpenTake::seal);
        for take in closing {
            match failed.iter().find(|(id, _)| *id == take.id) {
                None => {
                    tracing::info!(parent: &take.span, "a take is sealed");
                    self.library.put(take.manifest(State::Assembling));
                }
                Some((_, error)) => {
                    self.trouble(&take.id, error);
                    self.closing.push(take);
                }
            }
        }
    }

    fn flush(&mut self) {
        let mut takes = std::mem::take(&mut self.takes);
        let mut well = self.closing.is_empty();
        for take in takes.values_mut() {
            // A new segment can be written while the disk still fails to keep what was before it.
            well &= take.is_settled();
            match take.flush() {
                Ok(bytes) => drop(self.metrics.journal_bytes.inc_by(bytes)),
                Err(error) => {
                    well = false;
                    self.trouble(&take.id, &error);
                }
            }
        }
        self.pending = takes.values().map(OpenTake::pending).sum();
        self.takes = takes;
        if well && self.unrecorded.disk_holds() {
            tracing::info!("the journal can be written again");
            for take in self.takes.values() {
                self.library.put(take.manifest(State::Recording));
            }
        }
    }

    fn sync(&mut self, now: Instant) {
        let failed = together(self.takes.values_mut(), |take| take.sync(&self.config, now));
        for (id, error) in failed {
            self.trouble(&id, &error);
        }
    }

    fn trouble(&self, id: &str, error: &std::io::Error) {
        self.metrics.journal_errors.inc();
        let reason = format!(
            "The recording cannot be written ({error}); it waits in memory. Free space in the data folder."
        );
        if !self.unrecorded.disk_has_failed() {
            tracing::error!(recording = id, %error, "the journal cannot be written");
        }
        self.library.change(id, |it| it.reason = Some(reason.clone()));
        self.unrecorded.disk_fails(reason);
    }

    /// Closes takes whose gateway does not come back.
    fn give_up_waiting(&mut self, now: Instant, started: Instant) {
        let resume = Duration::from_secs(self.config.resume_seconds.into());
        if now.duration_since(started) > resume {
            for take in std::mem::take(&mut self.waiting) {
                self.close(take, "the recorder was stopped", now);
            }
        }
        let gone = Duration::from_secs(self.config.gateway_gone_seconds.into());
        if self.lost_since.is_some_and(|it| now.duration_since(it) > gone) {
            for (_, take) in std::mem::take(&mut self.takes) {
                self.close(take, "the gateway is gone", now);
            }
        }
    }

    fn count(&self) {
        self.metrics.open_takes.set(i64::try_from(self.takes.len()).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::super::together::SYNCS;
    use super::*;
    use archive::tap::{Rtp, encode};

    /// Of 400 kbit/s.
    fn half_a_second(take: &mut OpenTake, round: u64, now: Instant) {
        let packet = [0x80; 1_200];
        for part in 0..20 {
            let body = Body::Rtp(Rtp { track: 1, layer: 0, packet: &packet });
            let seq = round * 100 + part;
            let record = Record { room: 1, seq, at_us: seq, body };
            let mut bytes = Vec::new();
            encode(&record, &mut bytes).unwrap();
            take.record(&bytes[4..], &record, now);
        }
        take.flush().unwrap();
    }

    #[test]
    #[ignore = "a measurement of a minute on a real disk"]
    #[expect(clippy::disallowed_methods, clippy::print_stderr, reason = "a measurement")]
    fn how_long_a_hundred_takes_wait_for_the_disk() {
        let folder = tempfile::tempdir_in("/var/tmp").unwrap();
        let now = Instant::now();
        let take = |number: usize| {
            let id = format!("take-{number}");
            OpenTake::new(&id, &folder.path().join(&id), StoredJournal::default())
        };
        let mut takes: Vec<_> = (0..100).map(take).collect();
        for (way, threads) in [("one after another", 1), ("together", SYNCS)] {
            let mut waited_ms = Vec::new();
            for round in 1..=60_u64 {
                takes.iter_mut().for_each(|it| half_a_second(it, round, now));
                let began = Instant::now();
                let config = Config { segment_seconds: 3_600, ..Config::default() };
                let failed = match threads {
                    1 => takes.iter_mut().filter_map(|it| it.sync(&config, now).err()).count(),
                    _ => together(takes.iter_mut(), |it| it.sync(&config, now)).len(),
                };
                assert_eq!(failed, 0);
                waited_ms.push(began.elapsed().as_millis());
            }
            waited_ms.sort_unstable();
            let at = |share: usize| waited_ms[waited_ms.len() * share / 100];
            eprintln!("{way}: p50 {} ms, p99 {} ms", at(50), at(99));
            for take in &mut takes {
                take.take.last_seq = 0;
            }
        }
    }
}
