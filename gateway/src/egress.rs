//! Packets on their way to listeners: header written, payload copied and sealed in place, gathered
//! by destination.

use media::{Ms, Picture};
use sfu::{Forward, Output};
use transport::srtp::{OVERHEAD, Sender};

use crate::connections::{Connections, Stream};
use crate::ids::ConnectionId;
use crate::metrics::Metrics;
use crate::ring::Stored;
use crate::room::publications::Publications;
use crate::udp::{MediaSocket, Outbox};

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
    let (mut packets, mut bytes, mut again, mut lost) = (0, 0, 0, 0);
    let mut rest = outputs;
    let now = connections.now;
    while let Some(listener) = rest.iter().find_map(forward_of).map(|it| it.listener) {
        let begin = rest.iter().position(|it| forward_of(it).is_some()).unwrap_or_default();
        let own = rest.iter().skip(begin);
        let own = own.take_while(|it| forward_of(it).is_some_and(|it| it.listener == listener));
        let count = own.clone().count();
        if let Some(connection) = connections.get_mut(ConnectionId(listener.0))
            && let Some(to) = connection.peer.selected()
            && let Some(sender) = connection.peer.sender()
        {
            for output in own {
                let Some(forward) = forward_of(output) else { continue };
                let slot = usize::from(forward.slot);
                let Some(Some(stream)) = connection.streams.get_mut(slot) else { continue };
                let source = forward.source;
                let track = publications.tracks.get(&source.track);
                let ring = track.and_then(|it| it.layers.get(usize::from(source.layer.0)));
                let Some(stored) = ring.and_then(|ring| ring.get(source.seq)) else { continue };
                let per_ms = track.map_or(1, |it| it.kind.ticks_per_ms());
                let placed = stream.carry.place(now, per_ms, forward);
                let Some(forward) = placed.as_ref() else { continue };
                let resend = matches!(output, Output::Resend(_));
                let written = match resend {
                    true => write_again(outbox, sender, stream, forward, stored),
                    false => write(outbox, sender, stream, forward, stored, now),
                };
                if let Some(len) = written {
                    outbox.commit(len, to);
                    (packets, bytes) = (packets + 1, bytes + len as u64);
                    again += u64::from(resend);
                }
            }
        }
        if outbox.full() {
            lost += outbox.flush(socket);
        }
        rest = rest.get(begin + count..).unwrap_or_default();
    }
    lost += outbox.flush(socket);
    metrics.packets_out.inc_by(packets);
    metrics.bytes_out.inc_by(bytes);
    metrics.resent.inc_by(again);
    (0..lost).for_each(|_| metrics.drop_one("udp_send"));
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
    stored: Stored<'_>,
    now: Ms,
) -> Option<usize> {
    let (id, tl0) = stored.vp8.read(stored.payload);
    let picture = Picture { id, tl0 }.ahead_of(forward.picture);
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
