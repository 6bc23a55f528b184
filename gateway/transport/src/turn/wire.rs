//! Messages of TURN: what is read of a request, and how answers are written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::Range;

use rtc_crypto::RTCCrypto;
use rtc_stun::attributes::{
    ATTR_CHANNEL_NUMBER, ATTR_DATA, ATTR_DONT_FRAGMENT, ATTR_ERROR_CODE, ATTR_EVEN_PORT,
    ATTR_FINGERPRINT, ATTR_LIFETIME, ATTR_MESSAGE_INTEGRITY, ATTR_NONCE, ATTR_REALM,
    ATTR_REQUESTED_ADDRESS_FAMILY, ATTR_REQUESTED_TRANSPORT, ATTR_RESERVATION_TOKEN,
    ATTR_UNKNOWN_ATTRIBUTES, ATTR_USERNAME, ATTR_XOR_PEER_ADDRESS, AttrType,
};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{
    CLASS_ERROR_RESPONSE, CLASS_INDICATION, CLASS_SUCCESS_RESPONSE, METHOD_DATA, Message,
    MessageClass, MessageType, Setter as _, TransactionId,
};
use rtc_stun::xoraddr::XorMappedAddress;

use super::credentials::REALM;

/// The header of ChannelData (RFC 8656, section 12.4).
pub(super) const CHANNEL_HEADER: usize = 4;
/// A Data indication without the peer's address and the data: its header and those of the two attributes.
pub(super) const DATA_HEADER: usize = 20 + 4 + 4;
/// Channel numbers that the first byte tells from everything else on the port (RFC 8656, section 12; RFC 7983).
pub(super) const CHANNELS: std::ops::RangeInclusive<u16> = 0x4000..=0x4fff;
const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
/// Attributes that a client may send and that are understood; those from 0x8000 on need not be.
const KNOWN: [AttrType; 13] = [
    ATTR_CHANNEL_NUMBER,
    ATTR_DATA,
    ATTR_DONT_FRAGMENT,
    ATTR_EVEN_PORT,
    ATTR_LIFETIME,
    ATTR_MESSAGE_INTEGRITY,
    ATTR_NONCE,
    ATTR_REALM,
    ATTR_REQUESTED_ADDRESS_FAMILY,
    ATTR_REQUESTED_TRANSPORT,
    ATTR_RESERVATION_TOKEN,
    ATTR_USERNAME,
    ATTR_XOR_PEER_ADDRESS,
];
/// Unknown attributes that are named in an answer.
const UNKNOWN_NAMED: usize = 8;

/// Why a request is refused (RFC 8656, section 19; RFC 8489, section 14.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCode(pub u16, pub(super) &'static str);

pub(super) const BAD_REQUEST: ErrorCode = ErrorCode(400, "Bad Request");
pub(super) const UNAUTHENTICATED: ErrorCode = ErrorCode(401, "Unauthenticated");
pub(super) const FORBIDDEN: ErrorCode = ErrorCode(403, "Forbidden");
pub(super) const UNKNOWN_ATTRIBUTE: ErrorCode = ErrorCode(420, "Unknown Attribute");
pub(super) const ALLOCATION_MISMATCH: ErrorCode = ErrorCode(437, "Allocation Mismatch");
pub(super) const STALE_NONCE: ErrorCode = ErrorCode(438, "Stale Nonce");
pub(super) const FAMILY_UNSUPPORTED: ErrorCode = ErrorCode(440, "Address Family not Supported");
pub(super) const WRONG_CREDENTIALS: ErrorCode = ErrorCode(441, "Wrong Credentials");
pub(super) const TRANSPORT_UNSUPPORTED: ErrorCode =
    ErrorCode(442, "Unsupported Transport Protocol");
pub(super) const FAMILY_MISMATCH: ErrorCode = ErrorCode(443, "Peer Address Family Mismatch");
pub(super) const QUOTA_REACHED: ErrorCode = ErrorCode(486, "Allocation Quota Reached");
pub(super) const INSUFFICIENT_CAPACITY: ErrorCode = ErrorCode(508, "Insufficient Capacity");

/// A STUN message, if it is one to its last byte. The library does not look at the first two bits (RFC 8489, section 5).
pub(super) fn read(bytes: &[u8]) -> Option<Message> {
    bytes.first().filter(|first| **first < 0x40)?;
    let mut message = Message::new();
    message.unmarshal_binary(bytes).ok()?;
    let exact = usize::try_from(message.length).ok()?.checked_add(20)? == bytes.len();
    let sound = !message.contains(ATTR_FINGERPRINT) || FINGERPRINT.check(&message).is_ok();
    (exact && sound).then_some(message)
}

/// The value of an attribute as text.
pub(super) fn text(message: &Message, kind: AttrType) -> Option<String> {
    String::from_utf8(message.get(kind).ok()?).ok()
}

/// The value of an attribute of four bytes.
pub(super) fn word(message: &Message, kind: AttrType) -> Option<[u8; 4]> {
    message.get(kind).ok()?.try_into().ok()
}

/// Where in the message the value of an attribute lies.
pub(super) fn place(message: &Message, kind: AttrType) -> Option<Range<usize>> {
    let mut start = 20;
    for attribute in &message.attributes.0 {
        let len = usize::from(attribute.length);
        if attribute.typ == kind {
            return Some(start + 4..start + 4 + len);
        }
        start += 4 + len.next_multiple_of(4);
    }
    None
}

/// Attributes that must be understood and are not.
pub(super) fn unknown(message: &Message) -> Vec<AttrType> {
    let all = message.attributes.0.iter().map(|attribute| attribute.typ);
    all.filter(|kind| kind.required() && !KNOWN.contains(kind)).take(UNKNOWN_NAMED).collect()
}

/// All peers that a request names; `None` if one of them cannot be read.
pub(super) fn peers(message: &Message) -> Option<Vec<SocketAddr>> {
    let named =
        message.attributes.0.iter().filter(|attribute| attribute.typ == ATTR_XOR_PEER_ADDRESS);
    named.map(|attribute| address(&attribute.value, message.transaction_id)).collect()
}

/// XOR-MAPPED-ADDRESS and its sisters (RFC 8489, section 14.2).
fn address(value: &[u8], id: TransactionId) -> Option<SocketAddr> {
    let (&[_, family, port_high, port_low], ip) = value.split_first_chunk::<4>()?;
    let [c0, c1, ..] = COOKIE;
    let port = u16::from_be_bytes([port_high ^ c0, port_low ^ c1]);
    let mut mask = COOKIE.iter().chain(&id.0);
    let ip: Vec<u8> = ip.iter().map(|byte| byte ^ mask.next().copied().unwrap_or(0)).collect();
    let ip = match family {
        1 => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(ip).ok()?)),
        2 => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(ip).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// An answer, or an indication, while it is written.
pub(super) struct Writer(Message);

impl Writer {
    fn new(kind: MessageType, id: TransactionId) -> Self {
        let mut message = Message::new();
        (message.typ, message.transaction_id) = (kind, id);
        message.write_header();
        Self(message)
    }

    fn answer(request: &Message, class: MessageClass) -> Self {
        Self::new(MessageType::new(request.typ.method, class), request.transaction_id)
    }

    pub(super) fn success(request: &Message) -> Self {
        Self::answer(request, CLASS_SUCCESS_RESPONSE)
    }

    /// RFC 8489, section 14.8.
    pub(super) fn error(request: &Message, refusal: ErrorCode) -> Self {
        let mut writer = Self::answer(request, CLASS_ERROR_RESPONSE);
        let ErrorCode(code, reason) = refusal;
        let (class, number) = ((code / 100) as u8, (code % 100) as u8);
        writer.0.add(ATTR_ERROR_CODE, &[&[0, 0, class, number], reason.as_bytes()].concat());
        if refusal == UNKNOWN_ATTRIBUTE {
            let named = unknown(request).into_iter().flat_map(|kind| kind.value().to_be_bytes());
            writer.0.add(ATTR_UNKNOWN_ATTRIBUTES, &named.collect::<Vec<u8>>());
        }
        writer
    }

    /// A datagram from a peer; the number of the indication is its transaction.
    pub(super) fn data(number: u64, peer: SocketAddr, datagram: &[u8]) -> Vec<u8> {
        let mut id = TransactionId::default();
        if let Some(place) = id.0.last_chunk_mut::<8>() {
            *place = number.to_be_bytes();
        }
        let mut writer = Self::new(MessageType::new(METHOD_DATA, CLASS_INDICATION), id);
        writer = writer.address(ATTR_XOR_PEER_ADDRESS, peer);
        writer.0.add(ATTR_DATA, datagram);
        writer.0.raw
    }

    pub(super) fn challenge(mut self, nonce: &str) -> Self {
        self.0.add(ATTR_REALM, REALM.as_bytes());
        self.0.add(ATTR_NONCE, nonce.as_bytes());
        self
    }

    pub(super) fn lifetime(mut self, seconds: u32) -> Self {
        self.0.add(ATTR_LIFETIME, &seconds.to_be_bytes());
        self
    }

    pub(super) fn address(mut self, kind: AttrType, address: SocketAddr) -> Self {
        let value = XorMappedAddress { ip: address.ip(), port: address.port() };
        // Any address can be written.
        let _ = value.add_to_as(&mut self.0, kind);
        self
    }

    pub(super) fn plain(self) -> Vec<u8> {
        self.0.raw
    }

    /// Signed, as every answer to an authenticated request is; `None` if the crypto library refuses.
    pub(super) fn signed(mut self, key: &[u8], crypto: &dyn RTCCrypto) -> Option<Vec<u8>> {
        let integrity = MessageIntegrity::new_raw_integrity_with_provider(key, crypto);
        integrity.add_to(&mut self.0).ok()?;
        Some(self.0.raw)
    }
}
