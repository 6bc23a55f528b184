//! Packets on their way to listeners: header written, payload copied and sealed in place, gathered
//! by destination.

use media::{Ms, Picture};
use sfu::{Forward, Output, Source};
use transport::srtp::{OVERHEAD, Sender};

use crate::connections::{Connection, Connections, Stream};
use crate::ids::ConnectionId;
use crate::metrics::Metrics;
use crate::outbox::Outbox;
use crate::ring::Stored;
use crate::room::publications::Publications;
use crate::udp::MediaSocket;

/// A fixed RTP header (RFC 3550 §5.1).
const HEADER: usize = 12;

/// Sends every [`Output::Forward`] and [`Output::Resend`] among `outputs`.
pub(crate) fn send(
    outputs: &[Output],
    connections: &mut Connections,
    publications: &Publications,
    outbox: &mut Outbox,
    socket: &MediaSocket,
    metrics: &Metrics,
) {
    let mut found = Found { publications, packets: vec![], next: 0 };
    let mut done = Done::default();
    let listener = |output: &Output| forward_of(output).map(|it| it.listener);
    for run in outputs.chunk_by(|a, b| listener(a) == listener(b)) {
        let Some(listener) = run.first().and_then(listener) else { continue };
        let now = connections.now;
        if let Some(connection) = connections.get_mut(ConnectionId(listener.0)) {
            send_run(run, connection, &mut found, outbox, now, &mut done);
        }
        if outbox.full() {
            done.lost += outbox.flush(socket);
        }
    }
    done.lost += outbox.flush(socket);
    if done.packets > 0 {
        metrics.packets_out.inc_by(done.packets);
        metrics.bytes_out.inc_by(done.bytes);
        metrics.resent.inc_by(done.again);
    }
    (0..done.lost).for_each(|_| metrics.drop_one("udp_send"));
}

/// What was sent, for the counters: they are shared, so they are touched once a burst.
#[derive(Default)]
struct Done {
    packets: u64,
    bytes: u64,
    again: u64,
    lost: usize,
}

/// Packets to one listener.
fn send_run(
    run: &[Output],
    connection: &mut Connection,
    found: &mut Found<'_>,
    outbox: &mut Outbox,
    now: Ms,
    done: &mut Done,
) {
    let Connection { peer, streams, .. } = connection;
    let Some(to) = peer.selected() else { return };
    let Some(sender) = peer.sender() else { return };
    for output in run {
        let Some(forward) = forward_of(output) else { continue };
        let slot = usize::from(forward.slot);
        let Some(Some(stream)) = streams.get_mut(slot) else { continue };
        let Some(packet) = found.packet(forward.source) else { continue };
        let placed = stream.carry.place(now, packet.ticks_per_ms, forward);
        let Some(forward) = placed.as_ref() else { continue };
        let again = matches!(output, Output::Resend(_));
        let written = match again {
            true => write_again(outbox, sender, stream, forward, packet.stored),
            false => write(outbox, sender, stream, forward, packet, now),
        };
        if let Some(len) = written {
            outbox.commit(len, to);
            done.packets += 1;
            done.bytes += len as u64;
            done.again += u64::from(again);
        }
    }
}

/// A packet and what is the same for all its listeners.
#[derive(Clone, Copy)]
struct Sought<'a> {
    source: Source,
    stored: Stored<'a>,
    picture: Picture,
    ticks_per_ms: u32,
}

/// The packets of a burst. Each is looked up for its first listener; the others take the same ones
/// in the same order.
struct Found<'a> {
    publications: &'a Publications,
    packets: Vec<Sought<'a>>,
    /// Where the next packet probably is.
    next: usize,
}

/// How far a packet may be from its probable place; further is looked up anew.
const NEARBY: usize = 4;
/// The most that is remembered of a burst.
const REMEMBERED: usize = 256;

impl<'a> Found<'a> {
    fn packet(&mut self, source: Source) -> Option<Sought<'a>> {
        let near = self.packets.iter().enumerate().skip(self.next).take(NEARBY);
        let start = self.packets.iter().enumerate().take(NEARBY);
        if let Some((place, it)) = near.chain(start).find(|(_, it)| it.source == source) {
            self.next = place + 1;
            return Some(*it);
        }
        let track = self.publications.tracks.get(&source.track)?;
        let ring = track.layers.get(usize::from(source.layer.0))?;
        let stored = ring.get(source.seq)?;
        let (id, tl0) = stored.vp8.read(stored.payload);
        let ticks_per_ms = track.kind.ticks_per_ms();
        let it = Sought { source, stored, picture: Picture { id, tl0 }, ticks_per_ms };
        if self.packets.len() < REMEMBERED {
            self.packets.push(it);
            self.next = self.packets.len();
        }
        Some(it)
    }
}

const fn forward_of(output: &Output) -> Option<&Forward> {
    match output {
        Output::Forward(forward) | Output::Resend(forward) => Some(forward),
        Output::Report { .. } | Output::RequestKeyframe { .. } => None,
    }
}

fn write(
    outbox: &mut Outbox,
    sender: &mut Sender,
    stream: &mut Stream,
    forward: &Forward,
    packet: Sought<'_>,
    now: Ms,
) -> Option<usize> {
    let stored = packet.stored;
    let picture = packet.picture.ahead_of(forward.picture);
    stream.carry.sent(now, forward, picture);
    stream.packets = stream.packets.wrapping_add(1);
    stream.octets = stream.octets.wrapping_add(u32::try_from(stored.payload.len()).unwrap_or(0));
    let head = Head { payload_type: stream.payload_type, ssrc: stream.ssrc, index: forward.number };
    seal(outbox, sender, head, None, forward, stored)
}

/// RFC 4588 §4: the original sequence number goes before the payload.
fn write_again(
    outbox: &mut Outbox,
    sender: &mut Sender,
    stream: &mut Stream,
    forward: &Forward,
    stored: Stored<'_>,
) -> Option<usize> {
    let (ssrc, payload_type) = stream.repair?;
    let head = Head { payload_type, ssrc, index: stream.repair_index };
    stream.repair_index += 1;
    seal(outbox, sender, head, Some(forward.number as u16), forward, stored)
}

struct Head {
    payload_type: u8,
    ssrc: u32,
    /// Rollover counter and sequence number as one counter.
    index: u64,
}

#[inline]
fn seal(
    outbox: &mut Outbox,
    sender: &mut Sender,
    head: Head,
    original: Option<u16>,
    forward: &Forward,
    stored: Stored<'_>,
) -> Option<usize> {
    let start = HEADER + if original.is_some() { 2 } else { 0 };
    let len = start + stored.payload.len();
    let space = outbox.space(len + OVERHEAD);
    let (header, rest) = space.split_first_chunk_mut::<HEADER>()?;
    let [seq_high, seq_low] = (head.index as u16).to_be_bytes();
    let [t0, t1, t2, t3] = forward.time.0.to_be_bytes();
    let [s0, s1, s2, s3] = head.ssrc.to_be_bytes();
    let kind = head.payload_type | u8::from(stored.marker) << 7;
    *header = [0x80, kind, seq_high, seq_low, t0, t1, t2, t3, s0, s1, s2, s3];
    let payload = match original {
        Some(number) => {
            let (place, payload) = rest.split_first_chunk_mut::<2>()?;
            *place = number.to_be_bytes();
            payload
        }
        None => rest,
    };
    let payload = payload.get_mut(..stored.payload.len())?;
    payload.copy_from_slice(stored.payload);
    stored.vp8.shift(payload, (forward.picture.id, forward.picture.tl0));
    let sealed = sender.seal_rtp(space, len, HEADER, head.ssrc, head.index);
    (sealed > 0).then_some(sealed)
}
