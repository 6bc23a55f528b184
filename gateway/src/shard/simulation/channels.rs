//! A client's end of data channels: it takes what comes on them.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use rtc_sctp::{
    Association, AssociationHandle, ClientConfig, DatagramEvent, Endpoint, EndpointConfig, Event,
    Payload, PayloadProtocolIdentifier as Ppi, StreamEvent, TransportConfig,
};
use rtc_shared::TransportProtocol;

/// DATA_CHANNEL_OPEN, and the answer to it (RFC 8832).
const OPEN: u8 = 3;
const ACK: u8 = 2;
const MESSAGE_MAX: usize = 1 << 20;

/// The association of one connection.
pub(super) struct Channels {
    endpoint: Endpoint,
    association: Option<(AssociationHandle, Association)>,
}

impl fmt::Debug for Channels {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Channels").finish_non_exhaustive()
    }
}

fn gateway() -> SocketAddr {
    SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 5_000)
}

impl Channels {
    pub(super) fn new() -> Self {
        let config = Arc::new(EndpointConfig::default());
        let endpoint = Endpoint::new(gateway(), TransportProtocol::UDP, config, None);
        Self { endpoint, association: None }
    }

    /// The handshake is done.
    pub(super) fn begin(&mut self, now: Instant) {
        let config = ClientConfig::new(TransportConfig::default());
        self.association = Some(self.endpoint.connect(now, config, gateway()).unwrap());
    }

    /// Takes a packet; answers the messages that are whole now.
    pub(super) fn take(&mut self, now: Instant, packet: Bytes) -> Vec<Vec<u8>> {
        let mut messages = vec![];
        let Some((own, association)) = &mut self.association else { return messages };
        let event = self.endpoint.handle(now, gateway(), None, packet);
        if let Some((handle, DatagramEvent::AssociationEvent(event))) = event
            && handle == *own
        {
            association.handle_event(event);
        }
        while let Some(event) = association.poll() {
            let Event::Stream(StreamEvent::Readable { id }) = event else { continue };
            while let Ok(Some(chunks)) = association.stream(id).and_then(|mut it| it.read_sctp()) {
                let (kind, message) = (chunks.ppi, chunks.to_payload(MESSAGE_MAX).unwrap());
                if kind != Ppi::Dcep {
                    messages.push(message.to_vec());
                } else if message.first() == Some(&OPEN) {
                    // Refused where the last word of the association's handshake was lost; the channel is open all the same.
                    let _ = association
                        .stream(id)
                        .and_then(|mut it| it.write_with_ppi(now, &[ACK], Ppi::Dcep));
                }
            }
        }
        messages
    }

    /// Packets that are to be sent now.
    pub(super) fn leaving(&mut self, now: Instant) -> Vec<Bytes> {
        let mut leaving = vec![];
        let Some((_, association)) = &mut self.association else { return leaving };
        if association.poll_timeout().is_some_and(|at| at <= now) {
            association.handle_timeout(now);
        }
        while let Some(transmit) = association.poll_transmit(now) {
            if let Payload::RawEncode(packets) = transmit.message {
                leaving.extend(packets);
            }
        }
        leaving
    }
}
