//! What waited for a line leaves as the line takes it, and what shows whether it takes more.

use transport::srtp::Sender;

use super::copies::Copies;
use super::forward::{ForwardCount, Found};
use super::header::{Extension, HeaderFields, pad};
use super::kind::TrafficKind;
use super::media_socket::MediaSocket;
use super::send_queue::SendQueue;
use super::stream::Stream;
use super::{Egress, Listener, Listeners, Moment, SendContext};
use crate::lines::Line;
use crate::lines::pacer::{HeldKind, HeldMessage, PacedPacket, Released};

impl Egress {
    /// Sends what the lines take now of what waits for them. Packets that would come too late are added to `late`:
    /// nothing more of their streams waits.
    pub(crate) fn release(
        &mut self,
        now: Moment,
        listeners: &mut impl Listeners,
        context: &mut SendContext<'_>,
        late: &mut Vec<PacedPacket>,
    ) {
        let mut found = Found::new(context.tracks);
        let mut done = ForwardCount::default();
        for line in context.lines.waiting() {
            let Some(line) = context.lines.get_mut(line) else { continue };
            let socket = context.socket;
            while let Some(next) = line.pacer.next(now.us, |held| late.push(held)) {
                let goes_on = match next {
                    Released::Packet(held) => {
                        let to = (now, &mut *line, socket);
                        self.send_held(held, to, listeners, &mut found, &mut done);
                        true
                    }
                    Released::Message(held) => {
                        self.send_message(held, (now, &mut *line, socket), listeners);
                        true
                    }
                    Released::Padding => self.pad(now, line, listeners, socket),
                };
                if !goes_on {
                    break;
                }
            }
            if self.send_queue.full() {
                self.flush(listeners, socket);
            }
        }
        self.count(&done);
        self.flush(listeners, context.socket);
    }

    /// Sends a packet that waited, if it still has somewhere to go.
    fn send_held(
        &mut self,
        held: PacedPacket,
        (now, line, socket): (Moment, &mut Line, &MediaSocket),
        listeners: &mut impl Listeners,
        found: &mut Found<'_>,
        done: &mut ForwardCount,
    ) {
        let Some(mut listener) = listeners.listener(held.listener) else { return };
        let packet = carried(&listener, &held).then(|| found.packet(held.forward.source));
        let (Some(Some(packet)), Some(to)) = (packet, listener.peer.selected()) else {
            return self.metrics.drop_one("pacer_gone");
        };
        let overhead = socket.overhead(to);
        self.send_one(&mut listener, (held, packet), (to, overhead), (now, Some(line)), done);
    }

    /// Sends a piece of a message that waited.
    fn send_message(
        &mut self,
        held: HeldMessage,
        (now, line, socket): (Moment, &mut Line, &MediaSocket),
        listeners: &mut impl Listeners,
    ) {
        let Some(listener) = listeners.listener(held.listener) else {
            return self.metrics.drop_one("pacer_gone");
        };
        let Some(bytes) = self.hand_over((held.to, &held.datagram, TrafficKind::Data), socket)
        else {
            return;
        };
        listener.sent.add(TrafficKind::Data, bytes as u64);
        if held.copy {
            line.message_left(now.us, bytes);
        } else {
            self.message_left(now, line, || held, bytes);
        }
    }

    /// Sends padding to somebody behind a line who takes repair; `false` if nobody does.
    fn pad(
        &mut self,
        now: Moment,
        line: &mut Line,
        listeners: &mut impl Listeners,
        socket: &MediaSocket,
    ) -> bool {
        for id in line.members().to_vec() {
            let Some(Listener { peer, streams, sent, .. }) = listeners.listener(id) else {
                continue;
            };
            let Some(to) = peer.selected() else { continue };
            let Some(sender) = peer.sender() else { continue };
            let takes = |stream: &&mut Stream| stream.repair.is_some() && stream.written.is_told();
            let mut numbered = (0u16..).zip(streams.iter_mut());
            let found =
                numbered.find_map(|(slot, stream)| Some((slot, stream.as_mut().filter(takes)?)));
            let Some((slot, stream)) = found else { continue };
            let next = sent.log().next();
            let Some(len) = write_padding(&mut self.send_queue, sender, stream, next) else {
                continue;
            };
            let (overhead, number) = (socket.overhead(to), stream.repair_index.saturating_sub(1));
            self.commit(len, (to, id), (TrafficKind::Padding, overhead), sent);
            let numbers = (slot, number, (true, number));
            sent.log_packet(now.us, numbers, (TrafficKind::Padding, overhead.bytes(len)));
            line.left(now.us, id, overhead.bytes(len), (Some(HeldKind::Early), true));
            return true;
        }
        false
    }
}

/// Whether the stream that a packet waits for still carries its track.
fn carried(listener: &Listener<'_>, held: &PacedPacket) -> bool {
    let stream = listener.streams.get(usize::from(held.forward.slot));
    matches!(stream, Some(Some(stream)) if stream.track == held.forward.source.track)
}

/// Padding alone, on the repair stream: receivers take a packet there that has no number to repair for nothing.
fn write_padding(
    send_queue: &mut SendQueue,
    sender: &mut Sender,
    stream: &mut Stream,
    next: u16,
) -> Option<usize> {
    let (ssrc, payload_type) = stream.repair?;
    let head = HeaderFields {
        payload_type,
        copies: (Copies::NONE, payload_type),
        ssrc,
        index: stream.repair_index,
        original: None,
        extensions: [
            Extension::TransportCc(stream.written.transport_cc, next),
            Extension::Section(stream.section()),
        ],
    };
    stream.repair_index += 1;
    pad(send_queue, sender, &head)
}
