//! What comes from the client: channels and messages, read no faster than the caller wants.

use bytes::{Bytes, BytesMut};
use rtc_sctp::PayloadProtocolIdentifier as Ppi;
use std::time::Instant;

use super::associations::{set_reliability, write};
use super::dcep::{ACK_MESSAGE, ChannelOpen, is_ack};
use super::{DataChannel, MAX_CHANNELS, MAX_LABEL, MAX_MESSAGE, Sctp, SctpEvent};

/// Most bytes and messages that are read of a channel at a time; what is left is read after the caller has had its say.
const MAX_READ: usize = 128 * 1024;
const MAX_MESSAGES_READ: usize = 64;

impl Sctp {
    /// Reads no more of a channel: what the client sends waits in the window that it was given, and then with the client.
    pub fn hold(&mut self, stream: u16) {
        if self.channels.contains_key(&stream) {
            self.held.insert(stream);
        }
    }

    /// Reads a channel again.
    pub fn release(&mut self, now: Instant, stream: u16, out: &mut Vec<Bytes>) -> Vec<SctpEvent> {
        if !self.held.remove(&stream) {
            return vec![];
        }
        self.unread.insert(stream);
        self.drain(now, out)
    }

    /// Takes all that has come about, and sends what there is to send.
    pub(super) fn drain(&mut self, now: Instant, out: &mut Vec<Bytes>) -> Vec<SctpEvent> {
        self.now = Some(now);
        let mut events = vec![];
        let mut readable: Vec<u16> = std::mem::take(&mut self.unread).into_iter().collect();
        self.associations.poll(&mut readable, &mut events);
        if self.associations.is_up() {
            for stream in readable {
                self.read_stream(now, stream, &mut events);
            }
        }
        if self.unread.is_empty() {
            self.guard.all_read();
        }
        self.associations.settle();
        for event in &events {
            if let SctpEvent::Shut { stream } = event {
                self.channels.remove(stream);
                self.held.remove(stream);
                self.unread.remove(stream);
            }
        }
        self.associations.transmit(now, &mut self.guard, out);
        events
    }

    fn read_stream(&mut self, now: Instant, stream: u16, events: &mut Vec<SctpEvent>) {
        let (mut bytes, mut messages) = (0, 0);
        loop {
            if self.held.contains(&stream) || bytes >= MAX_READ || messages >= MAX_MESSAGES_READ {
                self.unread.insert(stream);
                return;
            }
            let Some(association) = self.associations.connected() else { return };
            let Some(chunks) =
                association.stream(stream).ok().and_then(|mut s| s.read_sctp().ok().flatten())
            else {
                return;
            };
            let ppi = chunks.ppi;
            let Ok(data) = chunks.to_payload(MAX_MESSAGE as usize) else { continue };
            (bytes, messages) = (bytes + data.len(), messages + 1);
            match (self.channels.get_mut(&stream), ppi) {
                (None, Ppi::Dcep) => events.extend(self.accept(now, stream, &data)),
                (Some(channel), Ppi::Dcep) if is_ack(&data) && !channel.open => {
                    channel.open = true;
                    events.push(SctpEvent::Open { stream, label: channel.label.clone() });
                }
                (Some(_), Ppi::String | Ppi::Binary) => {
                    events.push(SctpEvent::Message { stream, text: ppi == Ppi::String, data })
                }
                (Some(_), Ppi::StringEmpty | Ppi::BinaryEmpty) => {
                    events.push(SctpEvent::Message {
                        stream,
                        text: ppi == Ppi::StringEmpty,
                        data: BytesMut::new(),
                    });
                }
                _ => {}
            }
        }
    }

    /// The client opens a channel; one too many is closed again.
    fn accept(&mut self, now: Instant, stream: u16, message: &[u8]) -> Option<SctpEvent> {
        let full = self.channels.len() >= MAX_CHANNELS;
        let open = ChannelOpen::read(message).filter(|o| !full && o.label.len() <= MAX_LABEL);
        let association = self.associations.connected()?;
        let Some(open) = open else {
            // A refusal that fails leaves a stream without a channel, and their number is bounded.
            let _ = association.stream(stream).and_then(|mut s| s.close(now));
            return None;
        };
        set_reliability(association, stream, &open).ok()?;
        write(association, now, stream, &ACK_MESSAGE, Ppi::Dcep).ok()?;
        self.channels.insert(stream, DataChannel { label: open.label.clone(), open: true });
        Some(SctpEvent::Open { stream, label: open.label })
    }
}
