//! The tap: what recorded rooms say and show, for the recorder, over an authenticated WebSocket.
//!
//! The shard hands records over a bounded queue and never waits. The tap keeps the last seconds,
//! so that a recorder that broke off resumes without a hole.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use archive::tap::{Body, Hello, Record, Recording, Rtp, SenderReport, encode};
use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::FutureExt as _;
use serde::Deserialize;
use session::AccessToken;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{interval, timeout};

use crate::Entry;
use crate::metrics::Metrics;

/// Records waiting between the shard and the tap.
const QUEUED: usize = 8_192;
/// Below so much free room, video is dropped, so that sound and events still find a place.
const RESERVED: usize = QUEUED / 4;
/// Below so much free room, sound is dropped as well.
const RESERVED_FOR_EVENTS: usize = QUEUED / 16;
/// Events that wait when there is no place at all; over it they are dropped.
const OWED_MAX: usize = 1_024;
/// What is kept for a recorder that comes back.
const KEPT_US: u64 = 10_000_000;
const KEPT_BYTES: usize = 32 << 20;
/// Bytes of one frame, at most about.
const FRAME: usize = 64 * 1024;
/// Packets are gathered for so long before a frame goes out.
const GATHER: Duration = Duration::from_millis(20);
/// A recorder that takes nothing for so long is cut off; it resumes when it is well again.
const STALLED: Duration = Duration::from_secs(10);
/// The longest message of a recorder, bytes: it names rooms.
const SAID_MAX: usize = 64 * 1024;
/// When the gateway stops, a recorder has so long to take what was said last.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What the shard hands over.
#[derive(Debug)]
pub(crate) enum Said {
    /// A packet of a track and layer, header of 12 bytes first.
    Rtp { track: u32, layer: u8, video: bool, packet: Vec<u8> },
    /// A sender report.
    Report(SenderReport),
    /// Anything else.
    Event(Body<'static>),
}

/// One thing said in one room.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) room: u32,
    pub(crate) at_us: u64,
    pub(crate) said: Said,
}

/// An item, and how many before it were dropped.
pub(crate) type Handed = (u64, Item);

/// The shard's end of the tap.
#[derive(Debug)]
pub(crate) struct TapSender {
    queue: mpsc::Sender<Handed>,
    /// Events that wait for a place, oldest first.
    owed: VecDeque<Item>,
    /// Items dropped since the last one that was handed over.
    lost: u64,
    /// What the recorder says of itself.
    heard: watch::Receiver<Recording>,
    metrics: Metrics,
}

impl TapSender {
    /// What the recorder said of itself, if it is new.
    pub(crate) fn heard(&mut self) -> Option<Recording> {
        let new = self.heard.has_changed().unwrap_or_default();
        new.then(|| self.heard.borrow_and_update().clone())
    }

    /// Hands one item over. Over the bound media is dropped and counted, video first; events wait.
    pub(crate) fn say(&mut self, item: Item) {
        self.flush();
        let free = self.queue.capacity();
        let (free_at_least, counted) = match item.said {
            Said::Rtp { video: true, .. } => (RESERVED, "tap_video"),
            Said::Rtp { .. } | Said::Report(_) => (RESERVED_FOR_EVENTS, "tap_full"),
            Said::Event(_) if self.owed.len() < OWED_MAX => {
                self.owed.push_back(item);
                return self.flush();
            }
            Said::Event(_) => (usize::MAX, "tap_full"),
        };
        if free < free_at_least || self.queue.try_send((self.lost, item)).is_err() {
            self.lost += 1;
            return self.metrics.drop_one(counted);
        }
        self.lost = 0;
    }

    /// Hands over what waits, as far as there is room.
    pub(crate) fn flush(&mut self) {
        while !self.owed.is_empty()
            && let Ok(place) = self.queue.try_reserve()
            && let Some(item) = self.owed.pop_front()
        {
            place.send((std::mem::take(&mut self.lost), item));
        }
    }
}

#[derive(Debug)]
struct Kept {
    seq: u64,
    at_us: u64,
    record: Bytes,
}

/// The last seconds, and what a recorder that comes anew must know.
#[derive(Debug, Default)]
struct Backlog {
    next: u64,
    bytes: usize,
    kept: VecDeque<Kept>,
    /// Rooms, people and tracks that are there now, in the order in which they came.
    present: BTreeMap<(u32, u64), Body<'static>>,
}

impl Backlog {
    fn append(&mut self, room: u32, at_us: u64, body: &Body<'_>) -> bool {
        let mut record = Vec::new();
        if encode(&Record { room, seq: self.next, at_us, body: body.clone() }, &mut record).is_err()
        {
            return false;
        }
        self.bytes += record.len();
        self.kept.push_back(Kept { seq: self.next, at_us, record: record.into() });
        self.next += 1;
        while let Some(first) = self.kept.front()
            && (self.bytes > KEPT_BYTES || first.at_us + KEPT_US < at_us)
        {
            self.bytes = self.bytes.saturating_sub(first.record.len());
            self.kept.pop_front();
        }
        true
    }

    /// Follows what is there now.
    fn note(&mut self, room: u32, body: &Body<'static>) {
        let key = (room, self.next);
        match body {
            Body::RoomOpened(_) | Body::TrackPublished(_) | Body::ParticipantJoined(_) => {
                self.present.insert(key, body.clone());
            }
            Body::ClockSet(_) => {
                self.present.retain(|key, it| key.0 != room || !matches!(it, Body::ClockSet(_)));
                self.present.insert(key, body.clone());
            }
            Body::TrackUnpublished(gone) => self.present.retain(|key, it| {
                key.0 != room || !matches!(it, Body::TrackPublished(it) if it.track == gone.track)
            }),
            Body::ParticipantLeft(gone) => self.present.retain(|key, it| {
                key.0 != room
                    || !matches!(it, Body::ParticipantJoined(it) if it.identity == gone.identity)
            }),
            Body::RoomClosed(_) => self.present.retain(|key, _| key.0 != room),
            _ => {}
        }
    }

    fn oldest(&self) -> u64 {
        self.kept.front().map_or(self.next, |first| first.seq)
    }

    /// Says again what is there, for a recorder that missed the beginning.
    fn repeat(&mut self) {
        let at_us = self.kept.back().map_or(0, |last| last.at_us);
        let present: Vec<_> =
            self.present.iter().map(|(key, body)| (key.0, body.clone())).collect();
        for (room, body) in present {
            self.append(room, at_us, &body);
        }
    }

    /// The next frame from record `from` on, and where to go on; `None` if that record is gone.
    fn frame(&self, from: u64) -> Option<(Vec<u8>, u64)> {
        if from < self.oldest() {
            return None;
        }
        let skip = self.kept.partition_point(|kept| kept.seq < from);
        let (mut frame, mut next) = (Vec::new(), from);
        for kept in self.kept.iter().skip(skip) {
            frame.extend_from_slice(&kept.record);
            next = kept.seq + 1;
            if frame.len() >= FRAME {
                break;
            }
        }
        Some((frame, next))
    }
}

/// The tap of one gateway.
#[derive(Debug)]
pub(crate) struct Tap {
    run: String,
    backlog: Mutex<Backlog>,
    /// Every record before this one was handed to a recorder's connection.
    sent: AtomicU64,
    ended: AtomicBool,
    heard: watch::Sender<Recording>,
    news: Notify,
    metrics: Metrics,
}

impl Tap {
    /// A tap and the shard's end of it; the returned task must be run.
    pub(crate) fn new(
        run: String,
        metrics: Metrics,
    ) -> (Arc<Self>, TapSender, mpsc::Receiver<Handed>) {
        let (queue, items) = mpsc::channel(QUEUED);
        let (owed, lost) = (VecDeque::new(), 0);
        let (telling, heard) = watch::channel(Recording::default());
        let sender = TapSender { queue, owed, lost, heard, metrics: metrics.clone() };
        let (sent, ended) = (AtomicU64::new(0), AtomicBool::new(false));
        let backlog = Mutex::default();
        let news = Notify::new();
        let tap = Self { run, backlog, sent, ended, heard: telling, news, metrics };
        (Arc::new(tap), sender, items)
    }

    fn backlog(&self) -> MutexGuard<'_, Backlog> {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what the shard says until the shard ends.
    pub(crate) async fn run(self: Arc<Self>, mut items: mpsc::Receiver<Handed>) {
        let mut batch = Vec::new();
        while items.recv_many(&mut batch, 512).await > 0 {
            self.keep(&mut batch);
            self.news.notify_waiters();
        }
        self.ended.store(true, Ordering::Relaxed);
        self.deliver().await;
    }

    /// Gives a connected recorder what was said last.
    async fn deliver(&self) {
        let all = self.backlog().next;
        let mut grain = interval(Duration::from_millis(5));
        let delivered = async {
            while self.metrics.tap_readers.get() > 0 && self.sent.load(Ordering::Relaxed) < all {
                self.news.notify_waiters();
                grain.tick().await;
            }
        };
        if timeout(LAST_WORDS, delivered).await.is_err() {
            self.metrics.drop_one("tap_last_words");
        }
    }

    pub(crate) fn keep(&self, batch: &mut Vec<Handed>) {
        let mut backlog = self.backlog();
        for (lost, Item { room, at_us, said }) in batch.drain(..) {
            // A number for each that was dropped: the recorder sees the hole and marks it.
            backlog.next += lost;
            let written = match said {
                Said::Rtp { track, layer, packet, .. } => {
                    backlog.append(room, at_us, &Body::Rtp(Rtp { track, layer, packet: &packet }))
                }
                Said::Report(report) => backlog.append(room, at_us, &Body::SenderReport(report)),
                Said::Event(mut body) => {
                    if let Body::RoomOpened(room) = &mut body {
                        room.run.clone_from(&self.run);
                    }
                    backlog.note(room, &body);
                    backlog.append(room, at_us, &body)
                }
            };
            match written {
                true => drop(self.metrics.tap_records.inc()),
                false => self.metrics.drop_one("tap_unfit"),
            }
        }
    }

    /// Where a recorder begins, and whether it has missed something.
    fn begin(&self, ask: &Ask) -> (Hello, u64) {
        let mut backlog = self.backlog();
        let same_run = ask.run.as_deref() == Some(self.run.as_str());
        let wanted = ask.after.filter(|_| same_run).map_or(0, |after| after.saturating_add(1));
        let resumable = (backlog.oldest()..=backlog.next).contains(&wanted);
        let from = match resumable {
            true => wanted,
            false => {
                let from = backlog.next;
                backlog.repeat();
                from
            }
        };
        let hello = Hello {
            run: self.run.clone(),
            oldest: backlog.oldest(),
            next: backlog.next,
            gap: !resumable,
        };
        (hello, from)
    }

    /// Takes in what the recorder says of itself.
    fn listen(&self, text: &str) {
        match serde_json::from_str::<Recording>(text) {
            Ok(said) => drop(self.heard.send_replace(said)),
            Err(_) => self.metrics.drop_one("tap_unreadable"),
        }
    }

    async fn serve(&self, mut socket: WebSocket, ask: Ask) {
        let (hello, mut from) = self.begin(&ask);
        let Ok(hello) = serde_json::to_string(&hello) else { return };
        if socket.send(Message::Text(hello.into())).await.is_err() {
            return;
        }
        // It says anew what it does not record.
        self.heard.send_replace(Recording::default());
        self.metrics.tap_readers.inc();
        loop {
            let news = self.news.notified();
            let Some((frame, next)) = self.backlog().frame(from) else { break };
            if frame.is_empty() {
                tokio::select! {
                    () = news => if !self.ended.load(Ordering::Relaxed) {
                        tokio::time::sleep(GATHER).await;
                    },
                    heard = socket.recv() => match heard {
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                        Some(Ok(Message::Text(text))) => self.listen(&text),
                        _ => break,
                    },
                }
                continue;
            }
            from = next;
            let sent = timeout(STALLED, socket.send(Message::Binary(frame.into()))).await;
            if !matches!(sent, Ok(Ok(()))) {
                break;
            }
            self.sent.fetch_max(next, Ordering::Relaxed);
            // In a full house there is always more to send: the recorder is heard in between.
            if let Some(Some(Ok(Message::Text(text)))) = socket.recv().now_or_never() {
                self.listen(&text);
            }
        }
        self.metrics.tap_readers.dec();
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ask {
    after: Option<u64>,
    run: Option<String>,
}

/// `/tap`.
pub(crate) fn router(entry: Entry) -> Router {
    Router::new().route("/tap", get(open)).with_state(entry)
}

async fn open(
    State(entry): State<Entry>,
    Query(ask): Query<Ask>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let text = bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let token = AccessToken::read(text, &entry.keys, crate::clock::unix_s());
    if !token.is_ok_and(|it| it.is_service()) {
        entry.metrics.refuse("tap");
        return (StatusCode::UNAUTHORIZED, "the tap is for a recorder's token").into_response();
    }
    let upgrade = upgrade.max_message_size(SAID_MAX).max_frame_size(SAID_MAX);
    upgrade.on_upgrade(move |socket| async move { entry.tap.serve(socket, ask).await })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Reason;
    use archive::tap::{Decoder, RoomOpened};

    fn opened(backlog: &mut Backlog, room: u32, at_us: u64) {
        let body = Body::RoomOpened(RoomOpened::default());
        backlog.note(room, &body);
        assert!(backlog.append(room, at_us, &body));
    }

    #[test]
    fn a_recorder_resumes_at_the_record_it_asks_for() {
        let mut backlog = Backlog::default();
        (0..5).for_each(|room| opened(&mut backlog, room, 1));
        let (frame, next) = backlog.frame(3).unwrap();
        let rooms: Vec<u32> = Decoder::new(&frame).map(|it| it.unwrap().room).collect();
        assert_eq!((rooms, next), (vec![3, 4], 5));
        assert_eq!(backlog.frame(5).unwrap(), (vec![], 5));
    }

    #[test]
    fn a_recorder_that_comes_too_late_has_a_gap_and_hears_what_is_there() {
        let (tap, _sender, _items) = Tap::new("RUN_1".to_owned(), Metrics::default());
        opened(&mut tap.backlog(), 7, 1);
        opened(&mut tap.backlog(), 8, KEPT_US / 2);
        opened(&mut tap.backlog(), 9, KEPT_US + 2);
        let ask = |after| Ask { after: Some(after), run: Some("RUN_1".to_owned()) };
        let (hello, from) = tap.begin(&ask(0));
        assert_eq!((hello.gap, hello.oldest, from), (false, 1, 1));
        opened(&mut tap.backlog(), 10, 3 * KEPT_US);
        let (hello, from) = tap.begin(&ask(0));
        assert_eq!((hello.gap, hello.oldest, from), (true, 3, 4));
        let (frame, _) = tap.backlog().frame(from).unwrap();
        let rooms: Vec<u32> = Decoder::new(&frame).map(|it| it.unwrap().room).collect();
        assert_eq!(rooms, [7, 8, 9, 10]);
    }

    #[test]
    fn what_finds_no_place_shows_in_the_numbers_and_events_wait_for_one() {
        let metrics = Metrics::default();
        let (tap, mut sender, mut items) = Tap::new("RUN_1".to_owned(), metrics.clone());
        let media = |video| Said::Rtp { track: 1, layer: 0, video, packet: vec![0x80; 12] };
        let event = || Said::Event(Body::RoomOpened(RoomOpened::default()));
        let mut say = |said| sender.say(Item { room: 7, at_us: 1, said });
        (0..QUEUED + 1).for_each(|_| say(media(true)));
        (0..QUEUED + 1).for_each(|_| say(media(false)));
        (0..2 * OWED_MAX).for_each(|_| say(event()));
        let dropped = |reason| metrics.dropped.get_or_create(&Reason { reason }).get();
        assert_eq!(dropped("tap_video"), RESERVED as u64);
        let sound = QUEUED + 1 - (RESERVED - RESERVED_FOR_EVENTS);
        // As many events found a place as are kept for them, and as many again waited.
        let events = 2 * OWED_MAX - OWED_MAX - (RESERVED_FOR_EVENTS - 1);
        assert_eq!(dropped("tap_full"), (sound + events) as u64);
        let mut batch = vec![];
        while let Ok(item) = items.try_recv() {
            batch.push(item);
        }
        tap.keep(&mut batch);
        sender.flush();
        while let Ok(item) = items.try_recv() {
            batch.push(item);
        }
        assert_eq!(batch.len(), OWED_MAX, "what waited has come");
        tap.keep(&mut batch);
        let lost = dropped("tap_video") + dropped("tap_full");
        let backlog = tap.backlog();
        assert_eq!(backlog.next, backlog.kept.len() as u64 + lost, "every loss has a number");
        let (frame, next) = backlog.frame(backlog.next - 1).unwrap();
        let read: Vec<u64> = Decoder::new(&frame).map(|it| it.unwrap().seq).collect();
        assert_eq!((read, next), (vec![backlog.next - 1], backlog.next));
    }

    #[test]
    fn what_is_too_old_is_gone_and_what_is_there_is_said_again() {
        let mut backlog = Backlog::default();
        opened(&mut backlog, 7, 1);
        opened(&mut backlog, 8, KEPT_US + 2);
        assert!(backlog.frame(0).is_none());
        assert_eq!(backlog.oldest(), 1);
        backlog.repeat();
        let (frame, _) = backlog.frame(2).unwrap();
        let rooms: Vec<u32> = Decoder::new(&frame).map(|it| it.unwrap().room).collect();
        assert_eq!(rooms, [7, 8]);
    }
}
