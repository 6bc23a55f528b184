use crate::metrics::Metrics;
use archive::tap::{Body, Decoder, Hello, Malformed, Media, Record};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

/// Frames that may wait for the writer.
const FRAMES: usize = 4_096;
/// Video tracks that are remembered as such; over it, tracks count as sound and are not dropped.
const VIDEO_TRACKS: usize = 10_000;

/// Where a tap client goes on.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Position {
    /// The gateway's run.
    pub(crate) run: String,
    /// The last record that is there, if there is one.
    pub(crate) after: Option<u64>,
}

/// What the writer is told.
#[derive(Debug)]
pub(crate) enum Message {
    /// The tap is connected.
    Hello(Hello),
    /// The tap is gone.
    Lost,
    /// So many records never came.
    Missed(u64),
    /// Records, each after its length.
    Frame(Vec<u8>),
    /// Write, sync and end; takes stay open.
    Stop,
}

/// The tap's end: it never waits for long. Over half of the bytes video is dropped and counted;
/// when all places are taken the sender waits, and the gateway keeps the last seconds.
#[derive(Debug)]
pub(crate) struct QueueSender {
    sender: SyncSender<Message>,
    bytes: Arc<AtomicUsize>,
    limit: usize,
    video: BTreeSet<(u32, u32)>,
    /// From this number on the gateway has every record; lower ones are said again, with holes.
    whole_from: u64,
    last_seq: Option<u64>,
    metrics: Metrics,
}

/// The writer's end.
#[derive(Debug)]
pub(crate) struct Queue {
    receiver: Receiver<Message>,
    bytes: Arc<AtomicUsize>,
}

impl Queue {
    /// Both ends of a queue for `limit` bytes.
    pub(crate) fn new(limit: usize, metrics: Metrics) -> (QueueSender, Self) {
        let (sender, receiver) = sync_channel(FRAMES);
        let bytes = Arc::new(AtomicUsize::new(0));
        let feed = QueueSender {
            sender,
            bytes: bytes.clone(),
            limit,
            video: BTreeSet::new(),
            whole_from: 0,
            last_seq: None,
            metrics,
        };
        (feed, Self { receiver, bytes })
    }

    pub(super) fn next(&self, wait: Duration) -> Option<Message> {
        match self.receiver.recv_timeout(wait) {
            Ok(message) => {
                if let Message::Frame(frame) = &message {
                    self.bytes.fetch_sub(frame.len(), Ordering::Relaxed);
                }
                Some(message)
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Message::Stop),
        }
    }
}

impl QueueSender {
    /// Hands over a frame of the tap.
    ///
    /// # Errors
    /// [`Malformed`] if it is not made of whole records; nothing of it is handed over then.
    pub(crate) async fn frame(&mut self, frame: &[u8]) -> Result<(), Malformed> {
        let crowded = self.bytes.load(Ordering::Relaxed) > self.limit / 2;
        let mut kept = Vec::with_capacity(if crowded { 0 } else { frame.len() });
        let mut decoder = Decoder::new(frame);
        let (mut dropped, mut missed) = (0, 0);
        while let Some(bytes) = decoder.next_bytes() {
            let bytes = bytes?;
            let record = Record::decode(bytes)?;
            if record.seq >= self.whole_from {
                let next = self.last_seq.map_or(record.seq, |it| it.saturating_add(1));
                missed += record.seq.saturating_sub(next);
                self.last_seq = Some(record.seq);
            }
            self.remember(&record);
            if crowded && self.is_video(&record) {
                dropped += 1;
                continue;
            }
            let len = u32::try_from(bytes.len()).unwrap_or_default();
            kept.extend_from_slice(&len.to_le_bytes());
            kept.extend_from_slice(bytes);
        }
        self.metrics.dropped_video.inc_by(dropped);
        if missed > 0 {
            self.send(Message::Missed(missed)).await;
        }
        self.send(Message::Frame(kept)).await;
        Ok(())
    }

    /// Hands over what the tap begins with.
    pub(crate) async fn hello(&mut self, hello: Hello) {
        (self.last_seq, self.whole_from) = (None, hello.oldest);
        self.send(Message::Hello(hello)).await;
    }

    /// Hands over anything else.
    pub(crate) async fn send(&self, mut message: Message) {
        if let Message::Frame(frame) = &message {
            while self.bytes.load(Ordering::Relaxed) > self.limit {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            self.bytes.fetch_add(frame.len(), Ordering::Relaxed);
        }
        while let Err(TrySendError::Full(back)) = self.sender.try_send(message) {
            message = back;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn remember(&mut self, record: &Record<'_>) {
        match &record.body {
            Body::TrackPublished(it)
                if it.media == Media::Video && self.video.len() < VIDEO_TRACKS =>
            {
                self.video.insert((record.room, it.track));
            }
            Body::RoomClosed(_) => self.video.retain(|(room, _)| *room != record.room),
            _ => {}
        }
    }

    fn is_video(&self, record: &Record<'_>) -> bool {
        matches!(&record.body, Body::Rtp(it) if self.video.contains(&(record.room, it.track)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use archive::tap::{Rtp, TrackPublished, encode};

    fn frame(bodies: Vec<Body<'_>>) -> Vec<u8> {
        let mut frame = Vec::new();
        for body in bodies {
            encode(&Record { room: 1, seq: 1, at_us: 1, body }, &mut frame).unwrap();
        }
        frame
    }

    fn rtp(track: u32, packet: &[u8]) -> Body<'_> {
        Body::Rtp(Rtp { track, layer: 0, packet })
    }

    #[tokio::test]
    async fn in_a_crowd_video_is_dropped_and_counted_and_sound_is_not() {
        let metrics = Metrics::default();
        let (mut feed, queue) = Queue::new(4_000, metrics.clone());
        let track = |track, media| {
            Body::TrackPublished(TrackPublished { track, media, ..TrackPublished::default() })
        };
        let said = vec![track(1, Media::Audio), track(2, Media::Video)];
        feed.frame(&frame(said)).await.unwrap();
        let packet = [0x80; 1_000];
        for _ in 0..3 {
            feed.frame(&frame(vec![rtp(1, &packet), rtp(2, &packet)])).await.unwrap();
        }
        assert_eq!(metrics.dropped_video.get(), 2);
        let mut sound = 0;
        while let Some(Message::Frame(frame)) = queue.next(Duration::ZERO) {
            for record in Decoder::new(&frame) {
                sound +=
                    usize::from(matches!(record.unwrap().body, Body::Rtp(it) if it.track == 1));
            }
        }
        assert_eq!(sound, 3);
        feed.frame(&frame(vec![rtp(2, &packet)])).await.unwrap();
        assert_eq!(metrics.dropped_video.get(), 2, "there is room again");
    }

    #[tokio::test]
    async fn a_broken_frame_is_refused_as_a_whole() {
        let (mut feed, queue) = Queue::new(4_000, Metrics::default());
        let mut broken = frame(vec![rtp(1, &[0x80; 20])]);
        broken.extend_from_slice(&[9, 0, 0]);
        assert_eq!(feed.frame(&broken).await, Err(Malformed::Cut));
        assert!(queue.next(Duration::ZERO).is_none());
    }
}
