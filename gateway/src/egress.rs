//! Packets on their way to listeners: header written, payload copied and sealed in place, gathered
//! by destination.

use media::{Ms, Picture};
use sfu::{Cut, Forward, Output, Source};
use transport::payload::{Counters, red};
use transport::srtp::{OVERHEAD, Sender};

use crate::connections::{Connection, Connections, Stream};
use crate::ids::ConnectionId;
use crate::media_socket::MediaSocket;
use crate::metrics::Metrics;
use crate::outbox::Outbox;
use crate::ring::Stored;
use crate::room::publications::Publications;

/// A fixed RTP header (RFC 3550 §5.1).
const HEADER: usize = 12;
/// The largest extension block: a value of 255 bytes.
const EXTENSION_MAX: usize = 264;

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
    let redundant = connection.losing.holds(now);
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
            false => write(outbox, sender, stream, forward, packet, (now, redundant)),
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
        let ticks_per_ms = track.kind.ticks_per_ms();
        let it = Sought { source, stored, picture: picture(stored), ticks_per_ms };
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
    (now, redundant): (Ms, bool),
) -> Option<usize> {
    let picture = packet.picture.ahead_of(forward.picture);
    stream.carry.sent(now, forward, picture);
    let (payload_type, stored) = match stream.red {
        Some(red) if packet.stored.primary > 0 && redundant => (red, packet.stored),
        _ => (stream.payload_type, packet.stored.plain()),
    };
    stream.packets = stream.packets.wrapping_add(1);
    stream.octets = stream.octets.wrapping_add(u32::try_from(stored.payload.len()).unwrap_or(0));
    let (ssrc, dependency) = (stream.ssrc, stream.dependency);
    let blocks = stream.payload_type;
    let head = Head { payload_type, blocks, ssrc, index: forward.number, dependency };
    let sealed = seal(outbox, sender, head, None, forward, stored)?;
    if let Some(kept) = &mut stream.kept {
        kept.put(forward.number as u16, outbox.space(sealed));
    }
    Some(sealed)
}

/// Sends packets of a stream again as they went out; `false` if the listener takes a repair stream of its own.
pub(crate) fn send_kept(
    connection: &Connection,
    (ssrc, seqs): (u32, &[u16]),
    outbox: &mut Outbox,
    socket: &MediaSocket,
    metrics: &Metrics,
) -> bool {
    let kept = connection.stream(ssrc).and_then(|stream| stream.kept.as_ref());
    let (Some(kept), Some(to)) = (kept, connection.peer.selected()) else { return false };
    for packet in seqs.iter().filter_map(|seq| kept.get(*seq)) {
        outbox.space(packet.len()).copy_from_slice(packet);
        outbox.commit(packet.len(), to);
        metrics.packets_out.inc();
        metrics.bytes_out.inc_by(packet.len() as u64);
        metrics.resent.inc();
    }
    (0..outbox.flush(socket)).for_each(|_| metrics.drop_one("udp_send"));
    true
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
    let dependency = stream.dependency;
    let (blocks, stored) = (payload_type, stored.plain());
    let head = Head { payload_type, blocks, ssrc, index: stream.repair_index, dependency };
    stream.repair_index += 1;
    seal(outbox, sender, head, Some(forward.number as u16), forward, stored)
}

/// The counters of a packet as it came.
pub(crate) fn picture(stored: Stored<'_>) -> Picture {
    let (id, tl0) = stored.counters.read(stored.payload);
    let frame = transport::dependency::number(stored.dependency).unwrap_or_default();
    Picture { id, tl0, frame }
}

/// A packet as the core wants it to go out.
const fn cut(stored: Stored<'_>, how: Cut) -> Stored<'_> {
    let (time, counters) = (stored.time, Counters::NONE);
    match how {
        Cut::AsItCame => stored,
        Cut::EndsPicture => Stored { marker: true, ..stored },
        // One byte of padding, which counts itself.
        Cut::Filler => {
            Stored { time, marker: false, counters, primary: 0, payload: &[1], dependency: &[] }
        }
    }
}

/// The extension block with a dependency descriptor under `id` (RFC 8285), in the one-byte form where
/// it fits: length written, 0 where there is nothing to say.
fn extension(out: &mut [u8], id: u8, dependency: &[u8], shift: u16) -> Option<usize> {
    if id == 0 || dependency.is_empty() {
        return Some(0);
    }
    let len = u8::try_from(dependency.len()).ok()?;
    let short = len <= 16 && id < 15;
    let name = if short { 1 } else { 2 };
    let words = (name + dependency.len()).div_ceil(4);
    let (profile, words_be) = (if short { 0xbede_u16 } else { 0x1000 }, u16::try_from(words).ok()?);
    let block = out.get_mut(..4 + 4 * words)?;
    block.fill(0);
    let (head, rest) = block.split_at_mut_checked(4)?;
    head.copy_from_slice(&(u32::from(profile) << 16 | u32::from(words_be)).to_be_bytes());
    let (naming, rest) = rest.split_at_mut_checked(name)?;
    match naming {
        [one] => *one = id << 4 | (len - 1),
        [number, length] => (*number, *length) = (id, len),
        _ => {}
    }
    let value = rest.get_mut(..dependency.len())?;
    value.copy_from_slice(dependency);
    transport::dependency::shift(value, shift);
    Some(4 + 4 * words)
}

struct Head {
    payload_type: u8,
    /// Payload type of the blocks of a RED payload.
    blocks: u8,
    ssrc: u32,
    /// Rollover counter and sequence number as one counter.
    index: u64,
    /// The listener's number of the dependency descriptor; 0 if it takes none.
    dependency: u8,
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
    let stored = cut(stored, forward.cut);
    let most = HEADER + EXTENSION_MAX + 2 + stored.payload.len();
    let space = outbox.space(most + OVERHEAD);
    let (header, rest) = space.split_first_chunk_mut::<HEADER>()?;
    let extended = extension(rest, head.dependency, stored.dependency, forward.picture.frame)?;
    let rest = rest.get_mut(extended..)?;
    let header_len = HEADER + extended;
    let len = header_len + if original.is_some() { 2 } else { 0 } + stored.payload.len();
    let [seq_high, seq_low] = (head.index as u16).to_be_bytes();
    let [t0, t1, t2, t3] = forward.time.0.to_be_bytes();
    let [s0, s1, s2, s3] = head.ssrc.to_be_bytes();
    let kind = head.payload_type | u8::from(stored.marker) << 7;
    let padded = if forward.cut == Cut::Filler { 0x20 } else { 0 };
    let first = if extended > 0 { 0x90 } else { 0x80 } | padded;
    *header = [first, kind, seq_high, seq_low, t0, t1, t2, t3, s0, s1, s2, s3];
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
    if stored.primary > 0 {
        red::renumber(payload, head.blocks);
    }
    stored.counters.shift(payload, (forward.picture.id, forward.picture.tl0));
    let sealed = sender.seal_rtp(space, len, header_len, head.ssrc, head.index);
    (sealed > 0).then_some(sealed)
}
