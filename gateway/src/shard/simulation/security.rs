//! A client's end of ICE, DTLS and SRTP.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use rtc_crypto::RTCCryptoProvider as _;
use rtc_crypto::providers::AwsLcRsProvider;
use rtc_stun::attributes::{ATTR_USE_CANDIDATE, ATTR_USERNAME};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, Message, Setter as _, TransactionId};
use transport::dtls::{Dtls, DtlsEvent, Identity};
use transport::rtp::{Header, is_rtcp};
use transport::srtp::{OVERHEAD, Receiver, Sender, SrtpKeys};

use super::channels::Channels;

/// The certificate of everybody in the simulation: making one costs more than a call.
pub(super) fn identity() -> Arc<Identity> {
    static IDENTITY: OnceLock<Arc<Identity>> = OnceLock::new();
    Arc::clone(IDENTITY.get_or_init(|| Arc::new(Identity::generate().unwrap())))
}

/// What a datagram was.
#[derive(Debug)]
pub(super) enum Opened {
    /// Of the handshake, or nothing.
    Nothing,
    /// The header and the whole opened packet.
    Rtp(Header, Vec<u8>),
    /// A compound.
    Rtcp(Vec<u8>),
    /// Whole messages of data channels.
    Messages(Vec<Vec<u8>>),
}

/// One connection's keys, and how it gets them.
#[derive(Debug)]
pub(super) struct Security {
    dtls: Dtls,
    channels: Channels,
    keys: Option<(Sender, Receiver)>,
    /// For what comes later than the gateway would take it: browsers look 1,024 numbers back.
    late: Option<Receiver>,
    check: Vec<u8>,
}

impl Security {
    /// For a connection that the gateway has described with these credentials.
    pub(super) fn new(ufrag: &str, pwd: &str) -> Self {
        Self {
            dtls: Dtls::new(identity()),
            channels: Channels::new(),
            keys: None,
            late: None,
            check: check(ufrag, pwd),
        }
    }

    /// Checks its way and begins the handshake: what is to be sent.
    pub(super) fn begin(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let mut records = vec![];
        self.dtls.begin(now, &mut records);
        let records = records.into_iter().map(|it| it.to_vec());
        std::iter::once(self.check.clone()).chain(records).collect()
    }

    /// The handshake is done.
    pub(super) const fn connected(&self) -> bool {
        self.keys.is_some()
    }

    /// A check of the way, as is sent all the time.
    pub(super) fn check(&self) -> Vec<u8> {
        self.check.clone()
    }

    /// Takes a datagram; what the handshake answers is added to `out`.
    pub(super) fn take(
        &mut self,
        now: Instant,
        mut datagram: Vec<u8>,
        out: &mut Vec<Vec<u8>>,
    ) -> Opened {
        match datagram[0] {
            20..=63 if self.dtls.takes(&datagram) => {
                let mut records = vec![];
                let events = self.dtls.handle(now, &datagram, &mut records);
                out.extend(records.into_iter().map(|it| it.to_vec()));
                let mut messages = vec![];
                for event in events {
                    match event {
                        DtlsEvent::Connected { keys, .. } => self.connect(now, &keys),
                        DtlsEvent::Data(packet) => {
                            messages.extend(self.channels.take(now, packet.freeze()));
                        }
                        DtlsEvent::Closed => {}
                    }
                }
                Opened::Messages(messages)
            }
            128..=191 => {
                let (Some((_, receiver)), Some(late)) = (&mut self.keys, &mut self.late) else {
                    return Opened::Nothing;
                };
                if is_rtcp(&datagram) {
                    let len = receiver.open_rtcp(&mut datagram).expect("the gateway's RTCP opens");
                    datagram.truncate(len);
                    return Opened::Rtcp(datagram);
                }
                let header = Header::parse(&datagram).unwrap();
                let opened = receiver.open_rtp(&mut datagram, header.len);
                // Late packets come in their own order; a line may bring one twice.
                let opened = opened.or_else(|| late.open_rtp(&mut datagram, header.len));
                let Some(len) = opened else { return Opened::Nothing };
                datagram.truncate(len);
                Opened::Rtp(header, datagram)
            }
            _ => Opened::Nothing,
        }
    }

    fn connect(&mut self, now: Instant, keys: &SrtpKeys) {
        let provider = AwsLcRsProvider::default();
        let receiver = || keys.receiver(provider.crypto()).unwrap();
        self.keys = Some((keys.sender(provider.crypto()).unwrap(), receiver()));
        self.late = Some(receiver());
        self.channels.begin(now);
    }

    /// Records of data channels that are to be sent now.
    pub(super) fn data(&mut self, now: Instant, out: &mut Vec<Vec<u8>>) {
        let mut records = vec![];
        for packet in self.channels.leaving(now) {
            self.dtls.send(now, &packet, &mut records);
        }
        out.extend(records.into_iter().map(|it| it.to_vec()));
    }

    /// Seals a packet with so many bytes of header.
    pub(super) fn seal(&mut self, mut packet: Vec<u8>, header: usize, index: u64) -> Vec<u8> {
        let Some((sender, _)) = &mut self.keys else { return vec![] };
        let len = packet.len();
        let ssrc = u32::from_be_bytes(packet[8..12].try_into().unwrap());
        packet.resize(len + OVERHEAD, 0);
        let sealed = sender.seal_rtp(&mut packet, len, header, ssrc, index);
        packet.truncate(sealed);
        packet
    }

    /// Seals a compound.
    pub(super) fn seal_rtcp(&mut self, compound: &[u8]) -> Vec<u8> {
        self.keys.as_mut().map(|(sender, _)| sender.seal_rtcp(compound)).unwrap_or_default()
    }
}

/// Whether a datagram is a record of DTLS that carries no data.
pub(super) fn is_handshake(datagram: &[u8]) -> bool {
    matches!(datagram[0], 20..=22)
}

/// A check as a browser sends it, with nomination.
fn check(ufrag: &str, pwd: &str) -> Vec<u8> {
    let provider = AwsLcRsProvider::default();
    let mut message = Message::new();
    message.transaction_id = TransactionId([7; 12]);
    message.typ = BINDING_REQUEST;
    message.write_header();
    message.add(ATTR_USERNAME, format!("{ufrag}:mine").as_bytes());
    message.add(ATTR_USE_CANDIDATE, &[]);
    let integrity =
        MessageIntegrity::new_short_term_integrity_with_provider(pwd.to_owned(), provider.crypto());
    integrity.add_to(&mut message).unwrap();
    FINGERPRINT.add_to(&mut message).unwrap();
    message.raw
}
