//! The one home of sending: every byte that leaves for a client passes here, and is counted here once.
//!
//! # The way of a packet
//! `waiting` keeps what came until it is forwarded, `gather` says how long a busy shard waits. Then:
//! `forward` takes what the core decided, listener by listener. What the listener's line does not take yet waits in its
//! pacer ([`crate::lines`]), without header and number in the log, so that both say when it really left; sound never
//! waits. `header` writes RTP header and extensions, copies the payload and seals
//! it in place → the packet is counted (`kind`, `sent`, `totals`) → `send_queue` groups datagrams into few system calls →
//! `media_socket` hands them to the system or to a link. What did not leave is taken back from the counts.
//!
//! What a peer's transport says of itself (STUN, DTLS, RTCP, SCTP) and what the TURN service answers is counted and
//! handed to `media_socket` at once.

pub(crate) mod again;
pub(crate) mod backlog;
pub(crate) mod copies;
mod forward;
pub(crate) mod gather;
mod header;
pub(crate) mod kind;
pub(crate) mod log;
pub(crate) mod media_socket;
pub(crate) mod protection;
mod receipt;
mod redundancy;
mod release;
pub(crate) mod resend_buffer;
mod send_queue;
pub(crate) mod sent;
pub(crate) mod splice;
pub(crate) mod stream;
mod totals;
pub(crate) mod waiting;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use media::Ms;
use transport::peer::{Carries, Peer};
use transport::rtp::{StreamFeedback, TransportFeedback};

pub(crate) use forward::picture;
pub(crate) use totals::FATES;

use crate::ids::ConnectionId;
use crate::lines::pacer::HeldMessage;
use crate::lines::{Line, LineId, Lines};
use crate::links::overhead::{Overhead, SendOutcome};
use crate::metrics::Metrics;
use crate::receipts::Medium;
use crate::tracks::Tracks;
use kind::TrafficKind;
use media_socket::MediaSocket;
use protection::Protection;
use send_queue::{Label, SendQueue, Unsent};
use sent::Sent;
use stream::Stream;
use totals::Totals;

/// What sending needs of one connection.
#[derive(Debug)]
pub(crate) struct Listener<'a> {
    pub(crate) peer: &'a mut Peer,
    /// By slot.
    pub(crate) streams: &'a mut [Option<Stream>],
    pub(crate) protection: &'a mut Protection,
    pub(crate) sent: &'a mut Sent,
    /// The access line that it is behind; `None` before it is known, and for one that only sends.
    pub(crate) line: Option<LineId>,
}

/// One moment on the two clocks of sending.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Of the forwarding core.
    pub(crate) ms: Ms,
    /// Of the lines.
    pub(crate) us: u64,
}

/// What a packet needs on its way out: where its bytes are, the line that it leaves on, and the socket.
#[derive(Debug)]
pub(crate) struct SendContext<'a> {
    pub(crate) tracks: &'a Tracks,
    pub(crate) lines: &'a mut Lines,
    pub(crate) socket: &'a MediaSocket,
}

/// Those who are sent something.
pub(crate) trait Listeners {
    /// `None` for one that is gone.
    fn listener(&mut self, id: ConnectionId) -> Option<Listener<'_>>;
}

/// How a client tells of packets that it was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Telling<'a> {
    /// By their numbers of the whole connection.
    Connection(&'a TransportFeedback),
    /// By the numbers of their streams.
    Streams(&'a [StreamFeedback]),
}

/// Everything that a shard sends leaves through here.
#[derive(Debug)]
pub(crate) struct Egress {
    send_queue: SendQueue,
    /// What did not leave in the present burst.
    unsent: Vec<Unsent>,
    totals: Totals,
    /// Packets that were remembered at the last look.
    logged: i64,
    metrics: Metrics,
}

impl Egress {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        Self {
            send_queue: SendQueue::default(),
            unsent: vec![],
            totals: Totals::new(metrics),
            logged: 0,
            metrics: metrics.clone(),
        }
    }

    /// Sends a datagram of the transport of connection `id`.
    pub(crate) fn datagram(
        &mut self,
        now: Moment,
        id: ConnectionId,
        listeners: &mut impl Listeners,
        (to, datagram, carries): (SocketAddr, &[u8], Carries),
        context: &mut SendContext<'_>,
    ) {
        let held = || HeldMessage { listener: id, to, datagram: datagram.to_vec(), copy: false };
        if carries == Carries::Data
            && let Some(line) = listeners.listener(id).and_then(|listener| listener.line)
            && let Some(line) = context.lines.get_mut(line)
            && !line.pacer.passes_message(now.us)
        {
            if !line.pacer.hold_message(held()) {
                self.metrics.drop_one("pacer_full");
            }
            return;
        }
        let Some(bytes) = self.hand_over((to, datagram, carries.into()), context.socket) else {
            return;
        };
        self.totals.publish();
        let Some(listener) = listeners.listener(id) else { return };
        listener.sent.add(carries.into(), bytes as u64);
        if let Some(line) = listener.line.and_then(|line| context.lines.get_mut(line)) {
            match carries {
                Carries::Control => line.left(now.us, id, bytes, (None, false)),
                Carries::Data => self.message_left(now, line, held, bytes),
            }
        }
    }

    /// A piece of a message has left for the first time, so many bytes on the wire.
    fn message_left(
        &self,
        now: Moment,
        line: &mut Line,
        held: impl FnOnce() -> HeldMessage,
        bytes: usize,
    ) {
        line.message_left(now.us, bytes);
        if line.repeats_messages() && !line.pacer.repeat_message(now.us, held()) {
            self.metrics.drop_one("pacer_full");
        }
    }

    /// Hands a datagram of the transport to the system and counts it; its bytes on the wire, if it was taken.
    fn hand_over(
        &mut self,
        (to, datagram, kind): (SocketAddr, &[u8], TrafficKind),
        socket: &MediaSocket,
    ) -> Option<usize> {
        match socket.send(to, datagram, None) {
            SendOutcome::Taken => {
                let bytes = socket.overhead(to).bytes(datagram.len());
                self.totals.add(kind, bytes as u64);
                Some(bytes)
            }
            SendOutcome::Refused => {
                self.metrics.drop_one("udp_send");
                None
            }
            SendOutcome::LeftOut => None,
        }
    }

    /// Takes in what a client tells of packets that it was sent.
    pub(crate) fn told(
        &self,
        now: Moment,
        (id, listeners): (ConnectionId, &mut impl Listeners),
        lines: &mut Lines,
        telling: Telling<'_>,
    ) {
        let Some(listener) = listeners.listener(id) else { return };
        let Listener { sent, streams, protection, line, .. } = listener;
        let Sent { log, received, .. } = sent;
        received.told(now.us, None);
        let places = places(streams, telling);
        let mut fates = vec![];
        let new = |packet: &log::SentPacket, before, arrived_us: Option<u64>| {
            let (sent_us, bytes) = (packet.sent_us, u32::from(packet.bytes));
            if packet.again && before == log::PacketStatus::Lost {
                // It was lost all the same, and the time that it took is no sign of a queue.
                return received.repaired(sent_us, Medium::Sound, bytes.into());
            }
            let stream = streams.get_mut(usize::from(packet.slot)).and_then(Option::as_mut);
            receipt::note(received, (packet, before), stream, protection.distances());
            if packet.kind == TrafficKind::Sound {
                told_of_sound(now.ms, (packet, before), streams, protection);
            }
            fates.push(estimate::Fate { sent_us, bytes, arrived_us });
            if arrived_us.is_none() {
                let (slot, number, kind) = (packet.slot, packet.number, packet.kind);
                tracing::trace!(connection.id = id.0, sent_us, slot, number, bytes, ?kind, "lost");
            }
        };
        let outcome = match telling {
            Telling::Connection(feedback) => log.tell(feedback, new),
            Telling::Streams(told) => {
                log.tell_streams(told, |ssrc| places.get(&ssrc).copied(), new)
            }
        };
        self.totals.told(outcome);
        if let Some(line) = line.and_then(|line| lines.get_mut(line)) {
            line.feedback(now.us, id, &fates);
        }
    }

    /// So many packets are remembered for feedback: this shard's part of a sum.
    pub(crate) fn logged(&mut self, packets: usize) {
        let packets = i64::try_from(packets).unwrap_or(i64::MAX);
        self.metrics.logged.inc_by(packets - std::mem::replace(&mut self.logged, packets));
    }

    /// Sends an answer of the TURN service.
    pub(crate) fn answer(&mut self, to: SocketAddr, answer: &[u8], socket: &MediaSocket) {
        match socket.answer(to, answer) {
            SendOutcome::Taken => {
                let bytes = Overhead::udp(to.ip()).bytes(answer.len());
                self.totals.add(TrafficKind::Control, bytes as u64);
                self.totals.publish();
            }
            SendOutcome::Refused => self.metrics.drop_one("udp_send"),
            SendOutcome::LeftOut => {}
        }
    }

    /// Counts what the tasks of links have answered for the TURN service.
    pub(crate) fn count_answers(&mut self, socket: &mut MediaSocket) {
        let (messages, bytes) = socket.links.answers();
        self.totals.add_all(TrafficKind::Control, messages as u64, bytes as u64);
        self.totals.publish();
    }

    /// A packet is in the space of the send queue: it counts, and goes with the others.
    fn commit(
        &mut self,
        len: usize,
        to: (SocketAddr, ConnectionId),
        (kind, overhead): (TrafficKind, Overhead),
        sent: &mut Sent,
    ) {
        let bytes = overhead.bytes(len);
        sent.add(kind, bytes as u64);
        self.totals.add(kind, bytes as u64);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.send_queue.commit(len, to, Label { kind, bytes });
    }

    /// Sends what is gathered, and takes back from the counts what did not leave.
    fn flush(&mut self, listeners: &mut impl Listeners, socket: &MediaSocket) {
        self.send_queue.flush(socket, &mut self.unsent);
        for Unsent { owner, label, fate } in self.unsent.drain(..) {
            let bytes = u64::from(label.bytes);
            self.totals.take_back(label.kind, bytes);
            let sent = listeners.listener(owner).map(|listener| listener.sent);
            sent.into_iter().for_each(|sent| sent.take_back(label.kind, bytes));
            if fate == SendOutcome::Refused {
                self.metrics.drop_one("udp_send");
            }
        }
        self.totals.publish();
    }
}

/// The slots of the streams that a client tells of, and whether it tells of their repair.
fn places(streams: &[Option<Stream>], telling: Telling<'_>) -> BTreeMap<u32, (u16, bool)> {
    let Telling::Streams(told) = telling else { return BTreeMap::new() };
    let place = |ssrc: u32| {
        let mut of =
            (0u16..).zip(streams).filter_map(|(slot, stream)| Some((slot, stream.as_ref()?)));
        of.find_map(|(slot, stream)| {
            let repair = stream.repair.is_some_and(|(repair, _)| repair == ssrc);
            (repair || stream.ssrc == ssrc).then_some((slot, repair))
        })
    };
    told.iter().filter_map(|report| Some((report.ssrc, place(report.ssrc)?))).collect()
}

/// A client has told of a packet of sound.
fn told_of_sound(
    now: Ms,
    (packet, before): (&log::SentPacket, log::PacketStatus),
    streams: &mut [Option<Stream>],
    protection: &mut Protection,
) {
    let (lost, stream) =
        (packet.status == log::PacketStatus::Lost, streams.get_mut(usize::from(packet.slot)));
    if before == log::PacketStatus::Lost {
        return protection.came(now);
    }
    if let Some(redundant) = stream.and_then(|stream| stream.as_mut()?.redundant.as_mut()) {
        let after_loss = std::mem::replace(&mut redundant.after_loss, lost);
        protection.told(now, lost, after_loss);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use kind::WireCount;
    use transport::dtls::Identity;

    struct Two([(Peer, Sent, Protection); 2]);

    impl Listeners for Two {
        fn listener(&mut self, id: ConnectionId) -> Option<Listener<'_>> {
            let (peer, sent, protection) = self.0.get_mut(usize::try_from(id.0).unwrap())?;
            Some(Listener { peer, streams: &mut [], protection, sent, line: None })
        }
    }

    fn count(sent: &Sent, kind: TrafficKind) -> (u64, u64) {
        let WireCount { datagrams, bytes } = sent.counts().of(kind);
        (datagrams, bytes)
    }

    #[test]
    fn each_has_its_count_and_what_did_not_leave_is_in_none() {
        #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
        let now = std::time::Instant::now();
        let identity = Arc::new(Identity::generate().unwrap());
        let one = || {
            (
                Peer::new(now, Arc::clone(&identity), 0).unwrap(),
                Sent::default(),
                Protection::default(),
            )
        };
        let mut listeners = Two([one(), one()]);
        let socket = MediaSocket::bind(&[[127, 0, 0, 1].into()], 0).unwrap();
        let receiver = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        receiver.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let (good, nobody) = (receiver.local_addr().unwrap(), "127.0.0.1:0".parse().unwrap());
        let (metrics, overhead) = (Metrics::default(), Overhead::udp(good.ip()));
        let mut egress = Egress::new(&metrics);
        let (sound, picture) = (TrafficKind::Sound, TrafficKind::Picture(media::Layer(1)));
        for (owner, to, kind) in
            [(0, good, sound), (1, nobody, picture), (1, good, picture), (0, nobody, sound)]
        {
            let (_, sent, _) = &mut listeners.0[owner as usize];
            egress.send_queue.space(50);
            egress.commit(50, (to, ConnectionId(owner)), (kind, overhead), sent);
        }
        egress.flush(&mut listeners, &socket);
        for said in [(good, &[7; 10][..], Carries::Data), (nobody, &[7; 10], Carries::Control)] {
            let (tracks, mut lines) = (Tracks::default(), Lines::default());
            let mut context = SendContext { tracks: &tracks, lines: &mut lines, socket: &socket };
            let moment = Moment { ms: Ms(0), us: 0 };
            egress.datagram(moment, ConnectionId(0), &mut listeners, said, &mut context);
        }
        let mut arrived = 0;
        for _ in 0..3 {
            arrived += receiver.recv(&mut [0; 100]).unwrap() + 28;
        }
        let [(_, first, _), (_, second, _)] = &listeners.0;
        assert_eq!([count(first, sound), count(second, picture)], [(1, 78), (1, 78)]);
        assert_eq!(
            [count(first, TrafficKind::Data), count(first, TrafficKind::Control)],
            [(1, 38), (0, 0)]
        );
        assert_eq!(first.counts().to_string(), "sound 1 78 data 1 38 ");
        assert_eq!(arrived, 78 + 78 + 38);
        let text = metrics.text();
        for line in [
            "gateway_sent_bytes_total{kind=\"sound\"} 78",
            "gateway_sent_datagrams_total{kind=\"picture_1\"} 1",
            "gateway_sent_bytes_total{kind=\"data\"} 38",
            "gateway_dropped_total{reason=\"udp_send\"} 3",
        ] {
            assert!(text.lines().any(|it| it == line), "{line} in {text}");
        }
    }
}
