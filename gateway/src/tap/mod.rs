//! The tap: what recorded rooms say and show, for the recorder, over an authenticated WebSocket.
//!
//! The shard hands records over a bounded queue and never waits. The tap keeps the last seconds,
//! so that a recorder that broke off resumes without a hole, and tells which rooms have one all the same.

mod backlog;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use archive::tap::{Body, Hello, Missed, Recording, Rtp, SenderReport};
use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::FutureExt as _;
use serde::Deserialize;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{interval, timeout};

use self::backlog::{Backlog, gather};
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
pub(crate) enum TapContent {
    /// A packet of a track and layer, header of 12 bytes first.
    Rtp { track: u32, layer: u8, video: bool, packet: Vec<u8> },
    /// A sender report.
    Report(SenderReport),
    /// Anything else.
    Event(Body<'static>),
}

/// One thing said in one room.
#[derive(Debug)]
pub(crate) struct TapItem {
    pub(crate) room: u32,
    pub(crate) at_us: u64,
    pub(crate) said: TapContent,
}

/// What was dropped of one room: how many items, and when the first came.
#[derive(Debug)]
pub(crate) struct Dropped {
    items: u64,
    from_us: u64,
}

/// An item, and what was dropped before it, by room.
pub(crate) type Handed = (BTreeMap<u32, Dropped>, TapItem);

/// The shard's end of the tap.
#[derive(Debug)]
pub(crate) struct TapSender {
    queue: mpsc::Sender<Handed>,
    /// Events that wait for a place, oldest first.
    owed: VecDeque<TapItem>,
    /// What was dropped since the last item that was handed over; no more rooms than there are.
    lost: BTreeMap<u32, Dropped>,
    /// What the recorder says of itself.
    heard: watch::Receiver<Recording>,
    /// Recorders that are connected.
    readers: Arc<AtomicUsize>,
    metrics: Metrics,
}

impl TapSender {
    /// Whether a recorder is connected.
    pub(crate) fn has_reader(&self) -> bool {
        self.readers.load(Ordering::Relaxed) > 0
    }

    /// Another shard's end.
    pub(crate) fn another(&self) -> Self {
        let (queue, heard, readers) =
            (self.queue.clone(), self.heard.clone(), Arc::clone(&self.readers));
        let (owed, lost, metrics) = (VecDeque::new(), BTreeMap::new(), self.metrics.clone());
        Self { queue, owed, lost, heard, readers, metrics }
    }

    /// What the recorder said of itself, if it is new.
    pub(crate) fn heard(&mut self) -> Option<Recording> {
        let new = self.heard.has_changed().unwrap_or_default();
        new.then(|| self.heard.borrow_and_update().clone())
    }

    /// Hands one item over. Over the bound media is dropped and counted, video first; events wait.
    pub(crate) fn say(&mut self, item: TapItem) {
        self.flush();
        let free = self.queue.capacity();
        let (free_at_least, counted) = match item.said {
            TapContent::Rtp { video: true, .. } => (RESERVED, "tap_video"),
            TapContent::Rtp { .. } | TapContent::Report(_) => (RESERVED_FOR_EVENTS, "tap_full"),
            TapContent::Event(_) if self.owed.len() < OWED_MAX => {
                self.owed.push_back(item);
                return self.flush();
            }
            TapContent::Event(_) => (usize::MAX, "tap_full"),
        };
        if free >= free_at_least
            && let Ok(place) = self.queue.try_reserve()
        {
            return place.send((std::mem::take(&mut self.lost), item));
        }
        let lost = Dropped { items: 0, from_us: item.at_us };
        self.lost.entry(item.room).or_insert(lost).items += 1;
        self.metrics.drop_one(counted);
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

/// The tap of one gateway.
#[derive(Debug)]
pub(crate) struct Tap {
    run: String,
    backlog: Mutex<Backlog>,
    /// Every record before this one was handed to a recorder's connection.
    sent: AtomicU64,
    ended: AtomicBool,
    heard: watch::Sender<Recording>,
    /// Recorders that are connected.
    readers: Arc<AtomicUsize>,
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
        let (owed, lost) = (VecDeque::new(), BTreeMap::new());
        let (telling, heard) = watch::channel(Recording::default());
        let readers = Arc::new(AtomicUsize::new(0));
        let (metrics_of_shard, readers_of_shard) = (metrics.clone(), Arc::clone(&readers));
        let sender = TapSender {
            queue,
            owed,
            lost,
            heard,
            readers: readers_of_shard,
            metrics: metrics_of_shard,
        };
        let (sent, ended) = (AtomicU64::new(0), AtomicBool::new(false));
        let backlog = Mutex::default();
        let news = Notify::new();
        let tap = Self { run, backlog, sent, ended, heard: telling, readers, news, metrics };
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
        let all = self.backlog().next();
        let mut grain = interval(Duration::from_millis(5));
        let delivered = async {
            while self.readers.load(Ordering::Relaxed) > 0
                && self.sent.load(Ordering::Relaxed) < all
            {
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
        for (lost, TapItem { room, at_us, said }) in batch.drain(..) {
            for (room, Dropped { items, from_us }) in lost {
                let reason = "records were lost on the tap".to_owned();
                let to_us = at_us.max(from_us + 1);
                let missed = Missed { from_us, to_us, records: items, reason };
                backlog.append(room, at_us, &Body::Missed(missed));
            }
            let written = match said {
                TapContent::Rtp { track, layer, packet, .. } => {
                    backlog.append(room, at_us, &Body::Rtp(Rtp { track, layer, packet: &packet }))
                }
                TapContent::Report(report) => {
                    backlog.append(room, at_us, &Body::SenderReport(report))
                }
                TapContent::Event(mut body) => {
                    if let Body::RoomOpened(room) = &mut body {
                        room.run.clone_from(&self.run);
                    }
                    backlog.append_event(room, at_us, body)
                }
            };
            match written {
                true => drop(self.metrics.tap_records.inc()),
                false => self.metrics.drop_one("tap_unfit"),
            }
        }
    }

    /// What a recorder begins with: what came after what it has, or all that is kept and, before
    /// that, what was there then; and where to go on. It is held while it is sent: the oldest records
    /// are forgotten meanwhile.
    fn begin(&self, query: &TapQuery) -> (Hello, Vec<Bytes>, u64) {
        let backlog = self.backlog();
        let (oldest, next) = (backlog.oldest(), backlog.next());
        let same_run = query.run.as_deref() == Some(self.run.as_str());
        let wanted = query.after.filter(|_| same_run).map_or(0, |after| after.saturating_add(1));
        let records = match (oldest..=next).contains(&wanted) {
            true => backlog.held(wanted),
            false => [backlog.again(), backlog.held(oldest)].concat(),
        };
        (Hello { run: self.run.clone(), oldest, next, rooms: backlog.rooms() }, records, next)
    }

    /// Takes in what the recorder says of itself.
    fn listen(&self, text: &str) {
        match serde_json::from_str::<Recording>(text) {
            Ok(said) => drop(self.heard.send_replace(said)),
            Err(_) => self.metrics.drop_one("tap_unreadable"),
        }
    }

    async fn serve(&self, mut socket: WebSocket, query: TapQuery) {
        let (hello, records, next) = self.begin(&query);
        let Ok(hello) = serde_json::to_string(&hello) else { return };
        if socket.send(Message::Text(hello.into())).await.is_err() {
            return;
        }
        // It says anew what it does not record.
        self.heard.send_replace(Recording::default());
        self.readers.fetch_add(1, Ordering::Relaxed);
        self.metrics.tap_readers.inc();
        let mut records = records.into_iter();
        let held = async {
            loop {
                let frame = gather(&mut records);
                if frame.is_empty() {
                    return true;
                }
                if !self.hand(&mut socket, frame).await {
                    return false;
                }
            }
        };
        if held.await {
            self.sent.fetch_max(next, Ordering::Relaxed);
            self.follow(&mut socket, next).await;
        }
        self.readers.fetch_sub(1, Ordering::Relaxed);
        self.metrics.tap_readers.dec();
    }

    /// Sends a frame; false if the recorder does not take it. In a full house there is always more to
    /// send: the recorder is heard in between.
    async fn hand(&self, socket: &mut WebSocket, frame: Vec<u8>) -> bool {
        let sent = timeout(STALLED, socket.send(Message::Binary(frame.into()))).await;
        if let Some(Some(Ok(Message::Text(text)))) = socket.recv().now_or_never() {
            self.listen(&text);
        }
        matches!(sent, Ok(Ok(())))
    }

    /// Sends what comes from record `from` on, as it comes.
    async fn follow(&self, socket: &mut WebSocket, mut from: u64) {
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
            if !self.hand(socket, frame).await {
                break;
            }
            self.sent.fetch_max(next, Ordering::Relaxed);
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TapQuery {
    after: Option<u64>,
    run: Option<String>,
}

/// `/tap`.
pub(crate) fn router(entry: Entry) -> Router {
    Router::new().route("/tap", get(open)).with_state(entry)
}

async fn open(
    State(entry): State<Entry>,
    Query(query): Query<TapQuery>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !session::is_service(&headers, &entry.keys.borrow(), crate::clock::unix_s()) {
        entry.metrics.refuse("tap");
        return (StatusCode::UNAUTHORIZED, "the tap is for a recorder's token").into_response();
    }
    let upgrade = upgrade.max_message_size(SAID_MAX).max_frame_size(SAID_MAX);
    upgrade.on_upgrade(move |socket| async move { entry.tap.serve(socket, query).await })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Reason;
    use archive::tap::{Decoder, KnownRoom, RoomOpened};
    use backlog::KEPT_US;

    fn opened(tap: &Tap, room: u32, at_us: u64) {
        let said = TapContent::Event(Body::RoomOpened(RoomOpened::default()));
        tap.keep(&mut vec![(BTreeMap::new(), TapItem { room, at_us, said })]);
    }

    #[test]
    fn a_recorder_that_comes_too_late_hears_what_was_there_and_all_that_is_kept() {
        let (tap, _sender, _items) = Tap::new("RUN_1".to_owned(), Metrics::default());
        opened(&tap, 7, 1);
        opened(&tap, 8, KEPT_US / 2);
        opened(&tap, 9, KEPT_US + 2);
        let query = |after| TapQuery { after: Some(after), run: Some("RUN_1".to_owned()) };
        let begin = |query: &TapQuery| {
            let (hello, records, next) = tap.begin(query);
            assert_eq!(tap.backlog().frame(next).unwrap(), (vec![], next));
            let rooms: Vec<u32> =
                Decoder::new(&records.concat()).map(|it| it.unwrap().room).collect();
            (hello, rooms)
        };
        assert_eq!(begin(&query(0)).1, [8, 9]);
        opened(&tap, 10, KEPT_US + KEPT_US / 2 + 1);
        let (hello, rooms) = begin(&query(0));
        assert_eq!((hello.oldest, hello.next, rooms), (2, 4, vec![7, 8, 9, 10]));
        let known = |room, opened, whole_from| KnownRoom { room, whole_from, open: true, opened };
        assert_eq!(hello.rooms, [known(7, 0, 1), known(8, 1, 2), known(9, 2, 0), known(10, 3, 0)]);
        assert_eq!(begin(&query(1)).1, [9, 10], "it has what came before");
        for query in [query(1_000), TapQuery::default(), TapQuery { run: None, ..query(2) }] {
            assert_eq!(begin(&query).1, [7, 8, 9, 10], "{query:?}");
        }
        // What is being sent is forgotten meanwhile.
        let (_, records, next) = tap.begin(&query(0));
        opened(&tap, 11, 9 * KEPT_US);
        assert_eq!((records.len(), tap.backlog().oldest()), (4, next));
        assert!(tap.backlog().frame(next).is_some_and(|(frame, _)| !frame.is_empty()));
    }

    #[test]
    fn what_finds_no_place_is_told_of_its_room_and_events_wait_for_one() {
        let metrics = Metrics::default();
        let (tap, mut sender, mut items) = Tap::new("RUN_1".to_owned(), metrics.clone());
        let media = |video| TapContent::Rtp { track: 1, layer: 0, video, packet: vec![0x80; 12] };
        let event = || TapContent::Event(Body::RoomOpened(RoomOpened::default()));
        let mut say = |room, said| sender.say(TapItem { room, at_us: 5, said });
        (0..QUEUED + 1).for_each(|_| say(8, media(true)));
        (0..QUEUED + 1).for_each(|_| say(7, media(false)));
        (0..2 * OWED_MAX).for_each(|_| say(7, event()));
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
        let backlog = tap.backlog();
        let mut missed = BTreeMap::<u32, u64>::new();
        let (mut from, mut read) = (0, vec![]);
        while from < backlog.next() {
            let (frame, next) = backlog.frame(from).unwrap();
            for record in Decoder::new(&frame).map(Result::unwrap) {
                read.push(record.seq);
                if let Body::Missed(it) = record.body {
                    assert!(it.from_us < it.to_us, "a hole that can be seen");
                    *missed.entry(record.room).or_default() += it.records;
                }
            }
            from = next;
        }
        assert_eq!(read, (0..backlog.next()).collect::<Vec<_>>(), "the numbers have no hole");
        let told = [(8, dropped("tap_video")), (7, dropped("tap_full"))];
        assert_eq!(missed, BTreeMap::from(told), "every loss is told of its room");
    }
}
