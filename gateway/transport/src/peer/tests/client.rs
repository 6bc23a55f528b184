//! A client made of the other half of the crates, and a world in virtual time in which it meets a [`Peer`].

use super::super::*;
use super::stun::{CLIENT_PWD, answer, check};
use crate::rtp::{Header, is_rtcp, rtcp_packets};
use crate::srtp::{Receiver, SrtpKeys, SrtpProfile};
use bytes::{Bytes, BytesMut};
use rtc_crypto::RTCCryptoProvider;
use rtc_crypto::providers::AwsLcRsProvider;
use rtc_dtls::config::{ConfigBuilder, ExtendedMasterSecretType};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_sctp::{
    Association, AssociationHandle, ClientConfig, DatagramEvent, Endpoint as SctpEndpoint,
    EndpointConfig, Event, Payload, PayloadProtocolIdentifier as Ppi, StreamEvent, TransportConfig,
};
use rtc_shared::TransportProtocol;

pub(super) const GCM: SrtpProtectionProfile = SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm;
pub(super) const SHA1: SrtpProtectionProfile = SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80;
const STEP: Duration = Duration::from_millis(5);

pub(super) fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], port))
}

pub(super) struct Client {
    pub(super) provider: Arc<AwsLcRsProvider>,
    pub(super) dtls: Endpoint,
    config: Arc<rtc_dtls::config::HandshakeConfig>,
    pub(super) fingerprint: String,
    pub(super) srtp: Option<(Receiver, Sender)>,
    sctp: SctpEndpoint,
    association: Option<(AssociationHandle, Association)>,
    /// SCTP packets, plain.
    pub(super) sent: Vec<Bytes>,
    pub(super) messages: Vec<(u16, Ppi, Vec<u8>)>,
    pub(super) rtcp: Vec<(u8, u8, Vec<u8>)>,
    pub(super) rtp: Vec<Vec<u8>>,
    pub(super) closed: bool,
    /// Waits for the other side to begin the handshake.
    pub(super) passive: bool,
    /// Repeats its flights more slowly than the library does, which gives up after seven.
    pub(super) patient: bool,
    repeated: Option<Instant>,
}

impl Client {
    fn new(profiles: Vec<SrtpProtectionProfile>) -> Self {
        let provider = Arc::new(AwsLcRsProvider::default());
        let certificate =
            Certificate::generate_self_signed(vec!["client".to_owned()], provider.crypto())
                .unwrap();
        let fingerprint =
            crate::dtls::fingerprint(provider.as_ref(), &certificate.certificate[0]).unwrap();
        let config = ConfigBuilder::default()
            .with_crypto_provider(provider.clone())
            .with_certificates(vec![certificate])
            .with_srtp_protection_profiles(profiles)
            .with_insecure_skip_verify(true)
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .build(true, None)
            .unwrap();
        Self {
            provider,
            dtls: Endpoint::new(address(9), TransportProtocol::UDP, None),
            config: Arc::new(config),
            fingerprint,
            srtp: None,
            sctp: SctpEndpoint::new(
                address(9),
                TransportProtocol::UDP,
                Arc::new(EndpointConfig::default()),
                None,
            ),
            association: None,
            sent: vec![],
            messages: vec![],
            rtcp: vec![],
            rtp: vec![],
            closed: false,
            passive: false,
            patient: false,
            repeated: None,
        }
    }

    fn receive(&mut self, now: Instant, data: &[u8]) {
        match data.first().unwrap() {
            0..=3 => {}
            20..=63 => {
                for event in
                    self.dtls.read(now, address(1), None, BytesMut::from(data)).unwrap_or_default()
                {
                    match event {
                        EndpointEvent::HandshakeComplete => self.connected(now),
                        EndpointEvent::ApplicationData(data) => {
                            self.sctp_packet(now, data.freeze())
                        }
                        EndpointEvent::PeerClosed => self.closed = true,
                        _ => {}
                    }
                }
            }
            _ => {
                let Some((rx, _)) = &mut self.srtp else { return };
                let mut data = data.to_vec();
                if is_rtcp(&data) {
                    let len = rx.open_rtcp(&mut data).expect("our own RTCP opens");
                    self.rtcp
                        .extend(rtcp_packets(&data[..len]).map(|(f, t, b)| (f, t, b.to_vec())));
                } else {
                    let header = Header::parse(&data).unwrap();
                    let len = rx.open_rtp(&mut data, header.len).expect("our own RTP opens");
                    self.rtp.push(data[..len].to_vec());
                }
            }
        }
    }

    fn connected(&mut self, now: Instant) {
        let state = self.dtls.get_connection_state(address(1)).unwrap();
        let profile = if state.srtp_protection_profile() == GCM {
            SrtpProfile::Gcm
        } else {
            SrtpProfile::Sha1
        };
        let material = state
            .export_keying_material("EXTRACTOR-dtls_srtp", &[], SrtpKeys::material_len(profile))
            .unwrap();
        let keys = SrtpKeys::split_for_server(profile, material.as_ref()).unwrap();
        let keys = if self.passive { keys } else { keys.swapped() };
        let crypto = self.provider.crypto();
        self.srtp = Some((keys.receiver(crypto).unwrap(), keys.sender(crypto).unwrap()));
        let config = ClientConfig::new(TransportConfig::default());
        self.association = Some(self.sctp.connect(now, config, address(1)).unwrap());
    }

    fn sctp_packet(&mut self, now: Instant, data: Bytes) {
        let Some((handle, association)) = &mut self.association else { return };
        if let Some((h, DatagramEvent::AssociationEvent(event))) =
            self.sctp.handle(now, address(1), None, data)
            && h == *handle
        {
            association.handle_event(event);
        }
        while let Some(event) = association.poll() {
            if let Event::Stream(StreamEvent::Readable { id }) = event {
                while let Ok(Some(chunks)) = association.stream(id).and_then(|mut s| s.read_sctp())
                {
                    self.messages.push((
                        id,
                        chunks.ppi,
                        chunks.to_payload(1 << 20).unwrap().to_vec(),
                    ));
                }
            }
        }
    }

    /// Opens a channel by DCEP, or writes to one.
    pub(super) fn write(&mut self, now: Instant, stream: u16, ppi: Ppi, data: &[u8]) {
        let association = &mut self.association.as_mut().unwrap().1;
        if association.stream(stream).is_err() {
            association.open_stream(stream, ppi).unwrap();
        }
        association.stream(stream).unwrap().write_with_ppi(now, data, ppi).unwrap();
    }

    /// Bytes of a stream that the peer has not acknowledged.
    pub(super) fn buffered(&mut self, stream: u16) -> usize {
        let association = &mut self.association.as_mut().unwrap().1;
        association.stream(stream).unwrap().buffered_amount().unwrap()
    }

    pub(super) fn reset(&mut self, now: Instant, stream: u16) {
        self.association.as_mut().unwrap().1.stream(stream).unwrap().close(now).unwrap();
    }

    /// Puts one SCTP packet of the caller's making on the line.
    pub(super) fn sctp(&mut self, now: Instant, packet: &[u8]) {
        self.dtls.write(now, address(1), packet).unwrap();
    }

    /// What it says first.
    pub(super) fn hello(&mut self, now: Instant) -> Vec<u8> {
        self.transmit(now).into_iter().next().expect("a hello")
    }

    fn transmit(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let wait = self
            .repeated
            .filter(|_| self.patient)
            .is_some_and(|t| now < t + Duration::from_secs(4));
        if !wait && self.dtls.poll_timeout(&address(1)).is_some_and(|t| t <= now) {
            self.repeated = Some(now);
            self.dtls.handle_timeout(address(1), now).unwrap();
        }
        if let Some((_, association)) = &mut self.association {
            if association.poll_timeout().is_some_and(|t| t <= now) {
                association.handle_timeout(now);
            }
            while let Some(t) = association.poll_transmit(now) {
                if let Payload::RawEncode(packets) = t.message {
                    packets.iter().for_each(|p| self.dtls.write(now, address(1), p).unwrap());
                    self.sent.extend(packets);
                }
            }
        }
        std::iter::from_fn(|| self.dtls.poll_transmit()).map(|t| t.message.to_vec()).collect()
    }

    /// One sealed packet of media.
    pub(super) fn seal(&mut self, plain: &[u8], header: usize, index: u64) -> Vec<u8> {
        let mut buf = plain.to_vec();
        buf.resize(plain.len() + crate::srtp::OVERHEAD, 0);
        let ssrc = crate::rtp::word(plain, 8).unwrap();
        let n = self.srtp.as_mut().unwrap().1.seal_rtp(&mut buf, plain.len(), header, ssrc, index);
        buf.truncate(n);
        buf
    }
}

pub(super) struct World {
    pub(super) now: Instant,
    pub(super) peer: Peer,
    pub(super) client: Client,
    pub(super) from: SocketAddr,
    /// Everything that the peer said, except datagrams.
    pub(super) said: Vec<Output>,
    /// Datagrams out of 100 that are lost in either direction.
    pub(super) loss: u64,
    /// Datagrams to the peer out of 100 that a changed copy precedes.
    pub(super) changed: u64,
    pub(super) random: u64,
    pub(super) heard: Vec<Vec<u8>>,
    /// Bytes of datagrams that carry pieces of messages.
    pub(super) data: usize,
    next_check: Instant,
    pub(super) checks: bool,
}

impl World {
    pub(super) fn new(profiles: Vec<SrtpProtectionProfile>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a test needs some instant to count from")]
        let now = Instant::now();
        let peer = Peer::new(now, Arc::new(Identity::generate().unwrap()), 0).unwrap();
        Self {
            now,
            peer,
            client: Client::new(profiles),
            from: address(1000),
            said: vec![],
            loss: 0,
            changed: 0,
            random: 0x9e37_79b9_7f4a_7c15,
            heard: vec![],
            data: 0,
            next_check: now,
            checks: true,
        }
    }

    /// A world in which both sides are connected and data channels are up.
    pub(super) fn connected() -> Self {
        let mut world = Self::new(vec![GCM]);
        world.expect();
        world.start();
        world.run(500);
        assert!(world.said.iter().any(|o| matches!(o, Output::ChannelsUp)), "{:?}", world.said);
        world.said.clear();
        world
    }

    pub(super) fn expect(&mut self) {
        let mut out = vec![];
        let fingerprint = self.client.fingerprint.clone();
        self.peer.meet("client", CLIENT_PWD);
        self.peer.expect(&fingerprint, &mut out);
        self.take(out);
    }

    pub(super) fn start(&mut self) {
        self.run(5);
        let config = self.client.config.clone();
        self.client.dtls.connect(self.now, address(1), config, None).unwrap();
    }

    pub(super) fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below
    }

    pub(super) fn give(&mut self, datagram: &[u8]) -> Vec<u8> {
        let (mut out, mut data) = (vec![], datagram.to_vec());
        self.peer.handle(self.now, Input::Datagram(self.from, &mut data), &mut out);
        self.take(out);
        data
    }

    /// Delivers what the peer wants to send and keeps the rest.
    pub(super) fn take(&mut self, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send(_, data, carries) => {
                    self.data += if carries == Carries::Data { data.len() } else { 0 };
                    if self.random(100) >= self.loss {
                        self.client.receive(self.now, &data);
                    }
                    self.heard.push(data);
                }
                other => self.said.push(other),
            }
        }
    }

    /// Answers what the peer asks where the client is now.
    pub(super) fn prove(&mut self) {
        let request = self.heard.iter().rev().find(|it| it.starts_with(&[0, 1]));
        let request = request.expect("the peer asks").clone();
        self.give(&answer(&request, CLIENT_PWD));
    }

    pub(super) fn check(&mut self, nominate: bool) {
        let c = self.peer.credentials().clone();
        self.give(&check(&format!("{}:client", c.ufrag), &c.pwd, nominate, None));
    }

    /// One datagram on the line to the peer, perhaps preceded by a changed copy of itself.
    fn carry(&mut self, packet: &[u8]) {
        if self.random(100) < self.changed {
            let copy = self.change(packet);
            self.give(&copy);
        }
        if self.random(100) >= self.loss {
            self.give(packet);
        }
    }

    /// A copy with up to five bytes changed, inserted or cut off.
    pub(super) fn change(&mut self, datagram: &[u8]) -> Vec<u8> {
        let mut d = datagram.to_vec();
        for _ in 0..self.random(6) {
            let at = self.random(d.len().max(1) as u64) as usize;
            match self.random(5) {
                0 => d.truncate(at),
                1 => d.insert(at.min(d.len()), self.random(256) as u8),
                _ => {
                    if let Some(b) = d.get_mut(at) {
                        *b = self.random(256) as u8;
                    }
                }
            }
        }
        d
    }

    /// Lets both sides talk for so long.
    pub(super) fn run(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        while self.now < end {
            self.now += STEP;
            if self.checks && self.next_check <= self.now {
                self.next_check = self.now + Duration::from_millis(2_500);
                self.check(true);
            }
            for _ in 0..20 {
                let packets = self.client.transmit(self.now);
                if packets.is_empty() {
                    break;
                }
                packets.iter().for_each(|p| self.carry(p));
            }
            if self.peer.poll_timeout() <= self.now {
                let mut out = vec![];
                self.peer.handle(self.now, Input::Timeout, &mut out);
                self.take(out);
            }
        }
    }
}
