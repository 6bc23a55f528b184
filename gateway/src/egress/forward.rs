//! Packets on their way to listeners: found, renumbered, held until their line takes them, sealed and gathered by
//! destination.

use std::net::SocketAddr;

use media::{MediaKind, Ms, Picture};
use sfu::{Cut, Forward, Output, Source};
use transport::srtp::Sender;

use super::copies::Copies;
use super::header::{Extension, HeaderFields, cut, seal};
use super::kind::TrafficKind;
use super::protection::Protection;
use super::send_queue::SendQueue;
use super::stream::Stream;
use super::{Egress, Listener, Listeners, Moment, SendContext};
use crate::ids::ConnectionId;
use crate::lines::Line;
use crate::lines::pacer::{HeldKind, PacedPacket};
use crate::links::overhead::Overhead;
use crate::ring::{Ring, Stored};
use crate::tracks::Tracks;

impl Egress {
    /// Sends every [`Output::Forward`] and [`Output::Resend`] among `outputs`, or holds it until its line takes it.
    pub(crate) fn forward(
        &mut self,
        now: Moment,
        outputs: &[Output],
        listeners: &mut impl Listeners,
        context: &mut SendContext<'_>,
    ) {
        let mut found = Found::new(context.tracks);
        let mut done = ForwardCount::default();
        let listener = |output: &Output| forward_of(output).map(|forward| forward.listener);
        for run in outputs.chunk_by(|a, b| listener(a) == listener(b)) {
            let Some(listener) = run.first().and_then(listener) else { continue };
            let id = ConnectionId(listener.0);
            if let Some(listener) = listeners.listener(id) {
                self.send_run(run, (id, listener), &mut found, (now, context), &mut done);
            }
            if self.send_queue.full() {
                self.flush(listeners, context.socket);
            }
        }
        self.count(&done);
        self.flush(listeners, context.socket);
    }

    /// Packets to one listener.
    fn send_run(
        &mut self,
        run: &[Output],
        (id, mut listener): (ConnectionId, Listener<'_>),
        found: &mut Found<'_>,
        (now, context): (Moment, &mut SendContext<'_>),
        done: &mut ForwardCount,
    ) {
        let Some(to) = listener.peer.selected() else { return };
        if listener.peer.sender().is_none() {
            return;
        }
        let overhead = context.socket.overhead(to);
        let mut line = listener.line.and_then(|line| context.lines.get_mut(line));
        for output in run {
            let Some(forward) = forward_of(output) else { continue };
            let slot = usize::from(forward.slot);
            let Some(Some(stream)) = listener.streams.get_mut(slot) else { continue };
            let Some(packet) = found.packet(forward.source) else { continue };
            let placed = stream.splice.place(now.ms, packet.ticks_per_ms, forward);
            let Some(forward) = placed else { continue };
            let again = matches!(output, Output::Resend(_));
            if again && late(stream, now.ms, (packet.ticks_per_ms, &forward)) {
                self.metrics.drop_one("resend_late");
                continue;
            }
            if !again && stream.leaves_out(&forward, packet.stored, (now.ms, listener.protection)) {
                continue;
            }
            let kind = if again { HeldKind::Again } else { HeldKind::Fresh };
            if !again {
                stream.splice.sent(now.ms, &forward, packet.picture.ahead_of(forward.picture));
            }
            let held = PacedPacket { listener: id, forward, kind, since_us: now.us };
            if let Some(line) = line.as_deref_mut().filter(|_| !packet.sound)
                && (again || !line.pacer.passes(now.us))
            {
                if !line.pacer.hold(held) {
                    self.metrics.drop_one("pacer_full");
                }
                continue;
            }
            self.send_one(
                &mut listener,
                (held, packet),
                (to, overhead),
                (now, line.as_deref_mut()),
                done,
            );
        }
    }

    /// Writes a packet, counts it and gives it to the send queue.
    pub(super) fn send_one(
        &mut self,
        listener: &mut Listener<'_>,
        (held, packet): (PacedPacket, Sought<'_>),
        (to, overhead): (SocketAddr, Overhead),
        (now, line): (Moment, Option<&mut Line>),
        done: &mut ForwardCount,
    ) {
        let Listener { peer, streams, protection, sent, .. } = listener;
        let PacedPacket { forward, kind, listener: id, .. } = held;
        let Some(sender) = peer.sender() else { return };
        let Some(Some(stream)) = streams.get_mut(usize::from(forward.slot)) else { return };
        let (send_queue, next, fresh) =
            (&mut self.send_queue, sent.log().next(), kind == HeldKind::Fresh);
        let written = match fresh {
            true => {
                write(send_queue, sender, stream, (&forward, next), packet, (now.ms, protection))
            }
            false => write_again(send_queue, sender, stream, (&forward, next), packet.stored),
        };
        let Some(len) = written else { return };
        let numbered = stream.written.is_told();
        let repair = stream.repair_index.saturating_sub(1);
        let sequence = if fresh { (false, forward.number) } else { (true, repair) };
        let counted = if fresh { packet.kind(&forward) } else { TrafficKind::Repair };
        if fresh && counted != TrafficKind::Padding {
            sent.received.sent(now.us, stream.accounted.medium, numbered);
        }
        self.commit(len, (to, id), (counted, overhead), sent);
        if numbered {
            let numbers = (forward.slot, forward.number, sequence);
            sent.log_packet(now.us, numbers, (counted, overhead.bytes(len)));
        }
        if let Some(line) = line {
            let paced = (!packet.sound).then_some(kind);
            line.left(now.us, id, overhead.bytes(len), (paced, numbered));
            if fresh && stream.repair.is_some() && !packet.sound {
                line.pacer.remember(PacedPacket { since_us: now.us, ..held });
            }
        }
        done.packets += 1;
        done.again += u64::from(!fresh);
    }

    /// Sends packets of a stream again as they went out; `false` if the listener takes a repair stream of its own. Sound
    /// that has copies is not sent again: it would come late, and the listener would hold back all that follows.
    pub(crate) fn again(
        &mut self,
        now: Moment,
        (id, listeners): (ConnectionId, &mut impl Listeners),
        (ssrc, seqs): (u32, &[u16]),
        context: &mut SendContext<'_>,
    ) -> bool {
        let Some(Listener { peer, streams, sent, line, protection, .. }) = listeners.listener(id)
        else {
            return false;
        };
        let mut line = line.and_then(|line| context.lines.get_mut(line));
        let mut numbered = (0u16..).zip(streams.iter());
        let found = numbered.find_map(|(slot, stream)| {
            Some((slot, stream.as_ref().filter(|stream| stream.ssrc == ssrc)?))
        });
        let (slot, stream) = found.unzip();
        let kept = stream
            .and_then(|stream| Some((stream.kept.as_ref()?, stream.again.useful_since(now.ms))));
        let (Some((kept, since)), Some(to)) = (kept, peer.selected()) else { return false };
        if stream.is_some_and(|stream| stream.redundant.is_some())
            && protection.distances().copies() > 0
        {
            return true;
        }
        let (overhead, mut done) = (context.socket.overhead(to), ForwardCount::default());
        let found = seqs.iter().filter_map(|seq| Some((*seq, kept.get(*seq, since)?)));
        for (seq, packet) in found {
            // These bytes cannot wait: the number of the connection that they carry is an old one already.
            if line.as_ref().is_some_and(|line| !line.pacer.free(now.us)) {
                self.metrics.drop_one("pacer_full");
                continue;
            }
            self.send_queue.space(packet.len()).copy_from_slice(packet);
            self.commit(packet.len(), (to, id), (TrafficKind::Repair, overhead), sent);
            slot.into_iter().for_each(|slot| sent.log.sent_again(slot, seq));
            if let Some(line) = line.as_deref_mut() {
                let paced = Some(HeldKind::Again);
                line.left(now.us, id, overhead.bytes(packet.len()), (paced, false));
            }
            done.packets += 1;
            done.again += 1;
        }
        self.count(&done);
        self.flush(listeners, context.socket);
        true
    }

    /// Others read the counters, so they are touched once a burst.
    pub(super) fn count(&self, done: &ForwardCount) {
        if done.packets > 0 {
            self.metrics.packets_out.inc_by(done.packets);
        }
        if done.again > 0 {
            self.metrics.resent.inc_by(done.again);
        }
    }
}

/// Packets of one burst.
#[derive(Default)]
pub(super) struct ForwardCount {
    packets: u64,
    again: u64,
}

/// A packet and what is the same for all its listeners.
#[derive(Clone, Copy)]
pub(super) struct Sought<'a> {
    source: Source,
    stored: Stored<'a>,
    ring: &'a Ring,
    picture: Picture,
    sound: bool,
    ticks_per_ms: u32,
}

impl Sought<'_> {
    /// What it is sent for, when it is sent for the first time.
    const fn kind(&self, forward: &Forward) -> TrafficKind {
        if matches!(forward.cut, Cut::Filler) || self.stored.payload.is_empty() {
            return TrafficKind::Padding;
        }
        if self.sound { TrafficKind::Sound } else { TrafficKind::Picture(self.source.layer) }
    }
}

/// The packets of a burst. Each is looked up for its first listener; the others take the same ones
/// in the same order.
pub(super) struct Found<'a> {
    tracks: &'a Tracks,
    packets: Vec<Sought<'a>>,
    /// Where the next packet probably is.
    next: usize,
}

/// How far a packet may be from its probable place; further is looked up anew.
const NEARBY: usize = 4;
/// The most that is remembered of a burst.
const REMEMBERED: usize = 256;

impl<'a> Found<'a> {
    pub(super) const fn new(tracks: &'a Tracks) -> Self {
        Self { tracks, packets: vec![], next: 0 }
    }

    pub(super) fn packet(&mut self, source: Source) -> Option<Sought<'a>> {
        let near = self.packets.iter().enumerate().skip(self.next).take(NEARBY);
        let start = self.packets.iter().enumerate().take(NEARBY);
        if let Some((place, sought)) = near.chain(start).find(|(_, sought)| sought.source == source)
        {
            self.next = place + 1;
            return Some(*sought);
        }
        let track = self.tracks.get(source.track)?;
        let ring = track.layers.get(usize::from(source.layer.0))?;
        let stored = ring.get(source.seq)?;
        let ticks_per_ms = track.kind.ticks_per_ms();
        let (picture, sound) = (picture(stored), track.kind == MediaKind::Audio);
        let sought = Sought { source, stored, ring, picture, sound, ticks_per_ms };
        if self.packets.len() < REMEMBERED {
            self.packets.push(sought);
            self.next = self.packets.len();
        }
        Some(sought)
    }
}

const fn forward_of(output: &Output) -> Option<&Forward> {
    match output {
        Output::Forward(forward) | Output::Resend(forward) => Some(forward),
        Output::Report { .. } | Output::RequestKeyframe { .. } | Output::Dropped { .. } => None,
    }
}

fn write(
    send_queue: &mut SendQueue,
    sender: &mut Sender,
    stream: &mut Stream,
    (forward, next): (&Forward, u16),
    packet: Sought<'_>,
    (now, protection): (Ms, &mut Protection),
) -> Option<usize> {
    let stored = cut(packet.stored, forward.cut);
    let mut payload_type = stream.payload_type;
    let mut copies = Copies::NONE;
    if let Some(redundant) = stream.redundant.as_mut().filter(|_| forward.cut == Cut::AsItCame) {
        protection.sent(now, stored.payload.len());
        copies = redundant.copies(forward, (packet.ring, stored), protection.distances());
        payload_type = if copies.is_empty() { payload_type } else { redundant.payload_type };
    }
    let octets =
        if copies.is_empty() { stored.payload.len() } else { copies.length(stored.payload.len()) };
    stream.packets = stream.packets.wrapping_add(1);
    stream.octets = stream.octets.wrapping_add(u32::try_from(octets).unwrap_or(0));
    let head = HeaderFields {
        payload_type,
        copies: (copies, stream.payload_type),
        ssrc: stream.ssrc,
        index: forward.number,
        original: None,
        extensions: extensions(stream, (forward, next), stored),
    };
    let sealed = seal(send_queue, sender, &head, forward, stored)?;
    if let Some(kept) = &mut stream.kept {
        kept.put(now, forward.number as u16, send_queue.space(sealed));
    }
    Some(sealed)
}

/// Whether nobody waits for a packet any more.
fn late(stream: &Stream, now: Ms, (ticks_per_ms, forward): (u32, &Forward)) -> bool {
    stream.splice.left_at(ticks_per_ms, forward.time) < stream.again.useful_since(now)
}

fn write_again(
    send_queue: &mut SendQueue,
    sender: &mut Sender,
    stream: &mut Stream,
    (forward, next): (&Forward, u16),
    stored: Stored<'_>,
) -> Option<usize> {
    let (ssrc, payload_type) = stream.repair?;
    let stored = cut(stored, forward.cut);
    let head = HeaderFields {
        payload_type,
        copies: (Copies::NONE, payload_type),
        ssrc,
        index: stream.repair_index,
        original: Some(forward.number as u16),
        extensions: extensions(stream, (forward, next), stored),
    };
    stream.repair_index += 1;
    seal(send_queue, sender, &head, forward, stored)
}

/// What a packet of a stream says beside its payload.
fn extensions<'a>(
    stream: &Stream,
    (forward, next): (&Forward, u16),
    stored: Stored<'a>,
) -> [Extension<'a>; 3] {
    let ids = stream.written;
    [
        Extension::Dependency(ids.dependency, stored.dependency, forward.picture.frame),
        Extension::TransportCc(ids.transport_cc, next),
        Extension::Section(stream.section()),
    ]
}

/// The counters of a packet as it came.
pub(crate) fn picture(stored: Stored<'_>) -> Picture {
    let (id, tl0) = stored.counters.read(stored.payload);
    let frame = transport::dependency::number(stored.dependency).unwrap_or_default();
    Picture { id, tl0, frame }
}
