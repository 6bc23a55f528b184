//! DTLS 1.2 on `rtc-dtls`, one `Endpoint` per client: the server, or the side that begins where a client waits for that.
//!
//! The endpoint keys associations by remote address; a constant is given, so a client may change address freely.

use bytes::BytesMut;
use rtc_crypto::providers::AwsLcRsProvider;
use rtc_crypto::{HashAlgorithm, RTCCrypto, RTCCryptoProvider};
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::TransportProtocol;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::srtp::{SrtpKeys, SrtpProfile};

const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1);
/// RFC 5764, section 4.2.
const EXPORTER: &str = "EXTRACTOR-dtls_srtp";
const FLIGHT: Duration = Duration::from_millis(400);
/// Longest wait between two repeats of a flight.
const LONGEST_WAIT: Duration = Duration::from_millis(3_200);
/// A flight is not repeated sooner than this, however often the client asks.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
/// Most bytes that are taken from the client unauthenticated: everything before the handshake is done, and plain records
/// after it. The library queues and caches such records without a bound; a handshake needs some 5 kB.
const MAX_PLAIN: usize = 128 * 1024;
/// Most datagrams of one flight that are kept for repeating.
const MAX_FLIGHT: usize = 16;

/// The last flight of an unfinished handshake, for repeating it. `rtc-dtls` stops its own timer as soon as the client
/// repeats a message, and answers no repeat before the end: one lost flight would end the call before it began. A copy
/// is enough, because a record that did arrive need not arrive again.
#[derive(Debug)]
struct Flight {
    records: Vec<BytesMut>,
    sent: Instant,
    wait: Duration,
}

/// The gateway's certificate and crypto provider: one for all clients, made at start.
pub struct Identity {
    /// SHA-256 of the certificate as SDP writes it: upper-case hex pairs joined by colons.
    pub fingerprint: String,
    provider: Arc<dyn RTCCryptoProvider>,
    gcm: Arc<HandshakeConfig>,
    sha1: Arc<HandshakeConfig>,
    /// For a handshake that the gateway begins.
    begins: Arc<HandshakeConfig>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}

impl Identity {
    /// Makes a self-signed P-256 certificate.
    ///
    /// # Errors
    /// [`Error::Crypto`] when the crypto library has no randomness or refuses its own certificate.
    pub fn generate() -> Result<Self, Error> {
        let provider: Arc<dyn RTCCryptoProvider> = Arc::new(AwsLcRsProvider::default());
        let certificate =
            Certificate::generate_self_signed(vec!["gateway".to_owned()], provider.crypto())
                .map_err(crypto)?;
        let der = certificate
            .certificate
            .first()
            .ok_or_else(|| Error::Crypto("empty certificate".to_owned()))?;
        let fingerprint = fingerprint(provider.as_ref(), der)?;
        let config = |profiles: &[SrtpProtectionProfile], begins: bool| {
            ConfigBuilder::default()
                .with_crypto_provider(provider.clone())
                .with_certificates(vec![certificate.clone()])
                .with_srtp_protection_profiles(profiles.to_vec())
                .with_client_auth(ClientAuthType::RequireAnyClientCert)
                .with_insecure_skip_verify(true) // no CA exists: the fingerprint in the SDP is compared instead
                .with_extended_master_secret(ExtendedMasterSecretType::Require)
                .with_flight_interval(FLIGHT)
                .build(begins, None)
                .map(Arc::new)
                .map_err(crypto)
        };
        let best = SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm;
        let second = SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80;
        let (gcm, sha1) = (config(&[best], false)?, config(&[second], false)?);
        let begins = config(&[best, second], true)?;
        Ok(Self { fingerprint, provider, gcm, sha1, begins })
    }

    pub(crate) fn provider(&self) -> &dyn RTCCryptoProvider {
        self.provider.as_ref()
    }

    pub(crate) fn crypto(&self) -> &dyn RTCCrypto {
        self.provider.crypto()
    }
}

fn crypto(e: impl fmt::Display) -> Error {
    Error::Crypto(e.to_string())
}

pub(crate) fn fingerprint(provider: &dyn RTCCryptoProvider, der: &[u8]) -> Result<String, Error> {
    let hash = provider.crypto().hash(HashAlgorithm::Sha256, der).map_err(crypto)?;
    Ok(hash.iter().map(|b| format!("{b:02X}")).collect::<Vec<_>>().join(":"))
}

/// What a datagram or a timer brought about.
#[derive(Debug)]
pub enum DtlsEvent {
    /// The handshake is done.
    Connected {
        /// SRTP master keys.
        keys: Box<SrtpKeys>,
        /// SHA-256 of the client's certificate; not yet compared with the one that signalling promised.
        client_fingerprint: String,
    },
    /// Decrypted application data: one SCTP packet.
    Data(BytesMut),
    /// The client sent close_notify.
    Closed,
}

/// One client's DTLS association.
pub struct Dtls {
    endpoint: Endpoint,
    identity: Arc<Identity>,
    begun: bool,
    /// The gateway began: it is the client of the handshake.
    active: bool,
    connected: bool,
    flight: Option<Flight>,
    plain: usize,
}

impl fmt::Debug for Dtls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dtls")
            .field("begun", &self.begun)
            .field("connected", &self.connected)
            .finish_non_exhaustive()
    }
}

impl Dtls {
    /// A server that waits for a ClientHello.
    pub fn new(identity: Arc<Identity>) -> Self {
        let endpoint = Endpoint::new(PEER, TransportProtocol::UDP, Some(identity.gcm.clone()));
        let (begun, active, connected) = (false, false, false);
        Self { endpoint, identity, begun, active, connected, flight: None, plain: 0 }
    }

    /// Begins the handshake, if nobody has: the client said that it waits for it (`a=setup:passive`, RFC 4145).
    pub fn begin(&mut self, now: Instant, out: &mut Vec<BytesMut>) {
        if self.begun {
            return;
        }
        (self.begun, self.active) = (true, true);
        // What the library refuses here never connects, and is given up as any handshake that does not end.
        if self.endpoint.connect(now, PEER, self.identity.begins.clone(), None).is_ok() {
            let before = out.len();
            self.flush(out);
            let records: Vec<BytesMut> =
                out.iter().skip(before).take(MAX_FLIGHT).cloned().collect();
            self.flight = Some(Flight { records, sent: now, wait: FLIGHT });
        }
    }

    /// Is this datagram worth a look? One that is not made of DTLS 1.2 records of this association, or goes beyond what
    /// is taken unauthenticated, is not.
    pub fn takes(&mut self, datagram: &[u8]) -> bool {
        match epochs(datagram) {
            Some((0, _)) => {}
            Some((_, 1)) if self.connected => return true,
            Some((_, 1)) => {}
            _ => return false, // the library would queue records of a later epoch, which never comes, for ever
        }
        self.plain += datagram.len();
        self.plain <= MAX_PLAIN
    }

    /// Takes one datagram that [`Dtls::takes`]; records to be sent go to `out`. What the library refuses is dropped.
    pub fn handle(
        &mut self,
        now: Instant,
        datagram: &[u8],
        out: &mut Vec<BytesMut>,
    ) -> Vec<DtlsEvent> {
        if !self.begun {
            if !is_client_hello(datagram) {
                return vec![];
            }
            self.begun = true;
            // rtc-dtls follows the client's order of profiles; GCM is wanted whenever it is on offer.
            if !client_hello_offers(datagram, GCM) {
                self.endpoint.set_server_config(Some(self.identity.sha1.clone()));
            }
        }
        let result = self.endpoint.read(now, PEER, None, BytesMut::from(datagram));
        let before = out.len();
        self.flush(out);
        let records: Vec<BytesMut> = out.iter().skip(before).take(MAX_FLIGHT).cloned().collect();
        if records.first().is_some_and(|r| r.first() != Some(&ALERT)) {
            self.flight = Some(Flight { records, sent: now, wait: FLIGHT });
        } else if datagram.first() == Some(&HANDSHAKE)
            && let Some(flight) = self.flight.as_mut().filter(|f| now >= f.sent + SHORTEST_WAIT)
        {
            flight.sent = now;
            out.extend(flight.records.iter().cloned());
        }
        // A bad record is dropped; a handshake that has failed ends by its alert or with the consent.
        let mut events = vec![];
        for event in result.unwrap_or_default() {
            match event {
                EndpointEvent::HandshakeComplete => events.extend(self.connected()),
                EndpointEvent::ApplicationData(data) => events.push(DtlsEvent::Data(data)),
                EndpointEvent::PeerClosed => events.push(DtlsEvent::Closed),
                _ => {}
            }
        }
        events
    }

    fn connected(&mut self) -> Option<DtlsEvent> {
        let state = self.endpoint.get_connection_state(PEER)?;
        let profile = match state.srtp_protection_profile() {
            SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm => SrtpProfile::Gcm,
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80 => SrtpProfile::Sha1,
            _ => return None,
        };
        let client_fingerprint =
            fingerprint(self.identity.provider(), state.peer_certificates.first()?).ok()?;
        let material =
            state.export_keying_material(EXPORTER, &[], SrtpKeys::material_len(profile)).ok()?;
        let keys = SrtpKeys::split_for_server(profile, material.as_ref())?;
        let keys = Box::new(if self.active { keys.swapped() } else { keys });
        self.connected = true;
        self.flight = None; // the library answers repeats from now on
        Some(DtlsEvent::Connected { keys, client_fingerprint })
    }

    /// Encrypts one SCTP packet; before the handshake is done it is dropped (SCTP repeats it).
    pub fn send(&mut self, now: Instant, data: &[u8], out: &mut Vec<BytesMut>) {
        if self.connected && self.endpoint.write(now, PEER, data).is_ok() {
            self.flush(out);
        }
    }

    /// When the last flight is to be repeated; `None` when the handshake has not begun or is done.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.flight.as_ref().map(|f| f.sent + f.wait)
    }

    /// Repeats a flight that is due.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut Vec<BytesMut>) {
        if let Some(flight) = self.flight.as_mut().filter(|f| f.sent + f.wait <= now) {
            flight.sent = now;
            flight.wait = (flight.wait * 2).min(LONGEST_WAIT);
            out.extend(flight.records.iter().cloned());
        }
    }

    /// Says close_notify to the client, if there is an association.
    pub fn close(&mut self, now: Instant, out: &mut Vec<BytesMut>) {
        drop(self.endpoint.stop(now, PEER));
        self.flush(out);
    }

    fn flush(&mut self, out: &mut Vec<BytesMut>) {
        out.extend(std::iter::from_fn(|| self.endpoint.poll_transmit()).map(|t| t.message));
    }
}

/// Content type of handshake records (RFC 6347, section 4.1).
const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;
/// Lowest and highest epoch of the records in a datagram (RFC 6347, section 4.1); `None` when it is not made of records.
fn epochs(datagram: &[u8]) -> Option<(u16, u16)> {
    let (mut rest, mut found) = (datagram, None);
    while !rest.is_empty() {
        let (&[_, _, _, e0, e1, _, _, _, _, _, _, l0, l1], tail) =
            rest.split_first_chunk::<13>()?;
        (_, rest) = tail.split_at_checked(usize::from(u16::from_be_bytes([l0, l1])))?;
        let epoch = u16::from_be_bytes([e0, e1]);
        let (low, high) = found.unwrap_or((epoch, epoch));
        found = Some((low.min(epoch), high.max(epoch)));
    }
    found
}

/// SRTP_AEAD_AES_128_GCM (RFC 7714, section 14.2).
const GCM: u16 = 0x0007;

/// Is this a handshake record that begins with a ClientHello (RFC 6347, section 4.3)?
pub fn is_client_hello(datagram: &[u8]) -> bool {
    datagram.first() == Some(&HANDSHAKE) && datagram.get(13) == Some(&1)
}

/// Does this ClientHello hold a `use_srtp` extension (RFC 5764, section 4.1.1) with `profile`? A hello that is cut
/// (a first fragment) counts as yes, because every browser in use offers GCM.
pub fn client_hello_offers(datagram: &[u8], profile: u16) -> bool {
    offered(datagram, profile).unwrap_or(true)
}

fn offered(datagram: &[u8], profile: u16) -> Option<bool> {
    const USE_SRTP: [u8; 2] = [0, 14];
    let body = datagram.get(13 + 12 + 34..)?; // record header, handshake header, version and random
    let (_, rest) = vector8(body)?; // session id
    let (_, rest) = vector8(rest)?; // cookie
    let (_, rest) = vector16(rest)?; // cipher suites
    let (_, rest) = vector8(rest)?; // compression methods
    let mut rest = rest.get(2..)?; // length of the extensions
    loop {
        let (typ, tail) = rest.split_first_chunk::<2>()?;
        let (extension, tail) = vector16(tail)?;
        if *typ == USE_SRTP {
            let (profiles, _) = vector16(extension)?;
            return Some(profiles.chunks_exact(2).any(|p| p == profile.to_be_bytes()));
        }
        rest = tail;
    }
}

fn vector8(b: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = b.split_first()?;
    rest.split_at_checked(usize::from(*len))
}

fn vector16(b: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = b.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn client_hello(profiles: &[u16]) -> Vec<u8> {
        let list: Vec<u8> = profiles.iter().flat_map(|p| p.to_be_bytes()).collect();
        let mut hello = vec![22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 80, 1];
        hello.resize(13 + 12 + 34, 0);
        hello.extend_from_slice(&[0, 0, 0, 2, 0xc0, 0x2b, 1, 0, 0, 40]); // ids, suites, compression, extensions' length
        hello.extend_from_slice(&[
            0,
            23,
            0,
            0,
            0,
            14,
            0,
            list.len() as u8 + 3,
            0,
            list.len() as u8,
        ]);
        hello.extend_from_slice(&list);
        hello.push(0);
        hello
    }

    #[test]
    fn the_profiles_on_offer_are_read() {
        assert!(is_client_hello(&client_hello(&[1])));
        assert!(client_hello_offers(&client_hello(&[1, 7]), GCM));
        assert!(!client_hello_offers(&client_hello(&[1, 2]), GCM));
        assert!(client_hello_offers(&client_hello(&[1])[..60], GCM), "a cut hello counts as yes");
    }

    proptest! {
        #[test]
        fn any_hello_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0usize..90, value: u8) {
            let _ = (epochs(&bytes), is_client_hello(&bytes), client_hello_offers(&bytes, GCM));
            let mut hello = client_hello(&[7, 1]);
            if let Some(b) = hello.get_mut(at) {
                *b = value;
            }
            let _ = client_hello_offers(&hello, GCM);
        }
    }
}
