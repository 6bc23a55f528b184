//! A client's media path: ICE, DTLS and SRTP over a real socket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rtc_crypto::providers::AwsLcRsProvider;
use rtc_crypto::{HashAlgorithm, RTCCryptoProvider as _};
use rtc_dtls::config::{ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::TransportProtocol;
use rtc_stun::attributes::{ATTR_USE_CANDIDATE, ATTR_USERNAME};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, Message, Setter as _, TransactionId};
use session::AccessToken;
use tokio::net::UdpSocket;
use tokio::time::timeout;
use transport::rtp::{Header, is_rtcp, nack};
use transport::sdp::TRANSPORT_CC_ID;
use transport::srtp::{OVERHEAD, Receiver, Sender, SrtpKeys, SrtpProfile};

use crate::house::{Client, House, accept, head, sound, value, within};

/// Keys and salts of RFC 7714 in the order of RFC 5764, section 4.2: client, server.
const KEY: usize = 16;
const SALT: usize = 12;

pub(crate) struct Line {
    socket: UdpSocket,
    gateway: SocketAddr,
    provider: Arc<AwsLcRsProvider>,
    config: Arc<HandshakeConfig>,
    dtls: Endpoint,
    pub(crate) fingerprint: String,
    srtp: Option<(Receiver, Sender)>,
    sent: u64,
    heard: Vec<Vec<u8>>,
    /// So many packets of media are lost on their way to it.
    pub(crate) loses: usize,
    /// SSRC and number of those that were.
    pub(crate) lost: Vec<(u32, u16)>,
    /// SSRC and transport-wide number of all packets of media, those that were lost included.
    pub(crate) numbers: Vec<(u32, Option<u16>)>,
    /// Datagrams that its socket has received, of whatever kind, and their bytes.
    pub(crate) received: (u64, u64),
    /// The same of those that it has sent.
    pub(crate) posted: (u64, u64),
}

impl Line {
    pub(crate) async fn new(house: &House) -> Self {
        let provider = Arc::new(AwsLcRsProvider::default());
        let certificate =
            Certificate::generate_self_signed(vec!["client".to_owned()], provider.crypto())
                .unwrap();
        let hash = provider.crypto().hash(HashAlgorithm::Sha256, &certificate.certificate[0]);
        let pairs: Vec<String> = hash.unwrap().iter().map(|byte| format!("{byte:02X}")).collect();
        let config = ConfigBuilder::default()
            .with_crypto_provider(provider.clone())
            .with_certificates(vec![certificate])
            .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
            .with_insecure_skip_verify(true)
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .build(true, None)
            .unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let local = socket.local_addr().unwrap();
        // What comes from elsewhere is a stranger's, as it is for a browser.
        socket.connect(house.media).await.unwrap();
        Self {
            gateway: house.media,
            dtls: Endpoint::new(local, TransportProtocol::UDP, None),
            socket,
            provider,
            config: Arc::new(config),
            fingerprint: pairs.join(":"),
            srtp: None,
            sent: 0,
            heard: vec![],
            loses: 0,
            lost: vec![],
            numbers: vec![],
            received: (0, 0),
            posted: (0, 0),
        }
    }

    /// Answers the gateway's offer and connects.
    pub(crate) async fn listen(house: &House, client: &mut Client) -> Self {
        Self::taking(house, client, &[]).await
    }

    /// The same, and takes of the offer the lines with these words as well.
    pub(crate) async fn taking(house: &House, client: &mut Client, words: &[&str]) -> Self {
        let mut line = Self::new(house).await;
        let offer = client.offer().await;
        let mut answer = accept(&offer.sdp, &line.fingerprint);
        for said in offer.sdp.lines().filter(|line| words.iter().any(|word| line.contains(word))) {
            answer += &format!("{said}\r\n");
        }
        client.describe("answer", offer.id, &answer).await;
        // Media that overtook the answer would be lost.
        client.settle().await;
        line.connect(&offer.sdp).await;
        line
    }

    /// Offers a voice and connects.
    pub(crate) async fn speak(house: &House, client: &mut Client) -> Self {
        let mut line = Self::new(house).await;
        let answer = client.publish("voice", &line.fingerprint.clone()).await;
        line.connect(&answer.sdp).await;
        line
    }

    /// Watches a room by WHEP and connects.
    pub(crate) async fn watch(house: &House, token: &AccessToken) -> Self {
        let mut line = Self::new(house).await;
        let offer = head(&line.fingerprint)
            + &sound("0").replace("sendonly", "recvonly")
            + "a=rtcp-mux\r\n";
        let room = token.room().unwrap();
        let request = axum::http::Request::post(format!("/whep/{room}"))
            .header("authorization", format!("Bearer {}", token.sign(&house.keys).unwrap()))
            .header("content-type", "application/sdp")
            .body(axum::body::Body::from(offer))
            .unwrap();
        let answer = tower::ServiceExt::oneshot(house.gateway.router(), request).await.unwrap();
        let status = answer.status();
        let sdp = axum::body::to_bytes(answer.into_body(), 1 << 16).await.unwrap();
        assert_eq!(status, 201, "{sdp:?}");
        line.connect(std::str::from_utf8(&sdp).unwrap()).await;
        line
    }

    /// Checks the way and shakes hands.
    pub(crate) async fn connect(&mut self, sdp: &str) {
        let check = check(&self.provider, value(sdp, "ice-ufrag"), value(sdp, "ice-pwd"));
        self.post(&check).await;
        let now = Instant::now();
        self.dtls.connect(now, self.gateway, self.config.clone(), None).unwrap();
        within("the handshake", async {
            while self.srtp.is_none() {
                self.step().await;
            }
        })
        .await;
        self.flush().await;
    }

    /// Goes on from another port, as behind a router that has forgotten it.
    pub(crate) async fn move_away(&mut self) {
        self.socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        self.socket.connect(self.gateway).await.unwrap();
    }

    async fn flush(&mut self) {
        while let Some(packet) = self.dtls.poll_transmit() {
            self.post(&packet.message).await;
        }
    }

    async fn post(&mut self, datagram: &[u8]) {
        self.socket.send_to(datagram, self.gateway).await.unwrap();
        self.posted = (self.posted.0 + 1, self.posted.1 + datagram.len() as u64);
    }

    /// Sends what is to be sent and takes one datagram, if one comes soon.
    async fn step(&mut self) {
        self.flush().await;
        let mut buffer = [0; 2_048];
        match timeout(Duration::from_millis(200), self.socket.recv(&mut buffer)).await {
            Ok(len) => {
                let len = len.unwrap();
                self.received = (self.received.0 + 1, self.received.1 + len as u64);
                self.take(&mut buffer[..len]);
            }
            Err(_) => {
                let now = Instant::now();
                if self.dtls.poll_timeout(&self.gateway).is_some_and(|at| at <= now) {
                    self.dtls.handle_timeout(self.gateway, now).unwrap();
                }
            }
        }
    }

    fn take(&mut self, datagram: &mut [u8]) {
        match datagram[0] {
            20..=63 => {
                let (now, data) = (Instant::now(), BytesMut::from(&*datagram));
                let events = self.dtls.read(now, self.gateway, None, data).unwrap_or_default();
                if events.iter().any(|it| matches!(it, EndpointEvent::HandshakeComplete)) {
                    self.connected();
                }
            }
            128..=191 if !is_rtcp(datagram) && self.loses > 0 => {
                self.loses -= 1;
                let header = Header::parse(datagram).unwrap();
                self.numbers.push((header.ssrc, number(&header, datagram)));
                self.lost.push((header.ssrc, header.seq));
            }
            128..=191 if !is_rtcp(datagram) => {
                let Some((receiver, _)) = &mut self.srtp else { return };
                let header = Header::parse(datagram).unwrap();
                self.numbers.push((header.ssrc, number(&header, datagram)));
                let len = receiver.open_rtp(datagram, header.len).expect("the gateway's RTP opens");
                self.heard.push(datagram[header.len..len].to_vec());
            }
            _ => {}
        }
    }

    fn connected(&mut self) {
        let state = self.dtls.get_connection_state(self.gateway).unwrap();
        let len = SrtpKeys::material_len(SrtpProfile::Gcm);
        assert_eq!(len, 2 * (KEY + SALT));
        let material = state.export_keying_material("EXTRACTOR-dtls_srtp", &[], len).unwrap();
        let material: &[u8] = material.as_ref();
        let (keys, salts) = material.split_at(2 * KEY);
        let ours = [&keys[KEY..], &keys[..KEY], &salts[SALT..], &salts[..SALT]].concat();
        let keys = SrtpKeys::split_for_server(SrtpProfile::Gcm, &ours).unwrap();
        let crypto = self.provider.crypto();
        self.srtp = Some((keys.receiver(crypto).unwrap(), keys.sender(crypto).unwrap()));
    }

    /// Sends one packet of sound.
    pub(crate) async fn send(&mut self, payload: &[u8]) {
        self.send_as((111, 1001), payload).await;
    }

    /// Sends one packet under a payload type and an SSRC.
    pub(crate) async fn send_as(&mut self, (payload_type, ssrc): (u8, u32), payload: &[u8]) {
        self.sent += 1;
        let seq = u16::try_from(self.sent).unwrap();
        let mut packet = vec![0x80, payload_type];
        packet.extend_from_slice(&seq.to_be_bytes());
        packet.extend_from_slice(&(960 * u32::from(seq)).to_be_bytes());
        packet.extend_from_slice(&ssrc.to_be_bytes());
        packet.extend_from_slice(payload);
        let len = packet.len();
        packet.resize(len + OVERHEAD, 0);
        let sender = &mut self.srtp.as_mut().unwrap().1;
        let sealed = sender.seal_rtp(&mut packet, len, 12, ssrc, self.sent);
        self.post(&packet[..sealed]).await;
    }

    /// Asks for packets again.
    pub(crate) async fn ask_again(&mut self, (ssrc, seq): (u32, u16)) {
        self.say(&nack(ssrc, &[seq])).await;
    }

    /// Sends RTCP.
    pub(crate) async fn say(&mut self, compound: &[u8]) {
        let sealed = self.srtp.as_mut().unwrap().1.seal_rtcp(compound);
        self.post(&sealed).await;
    }

    /// Sends a datagram as it is, unless it would be DTLS that ends the association; answers whether
    /// it did.
    pub(crate) async fn raw(&self, datagram: &[u8]) -> bool {
        let alert = datagram[0] == 21;
        if !alert {
            self.socket.send_to(datagram, self.gateway).await.unwrap();
        }
        !alert
    }

    /// Payloads that have come since the last call, at least one.
    pub(crate) async fn hear(&mut self) -> Vec<Vec<u8>> {
        within("sound", async {
            while self.heard.is_empty() {
                self.step().await;
            }
        })
        .await;
        std::mem::take(&mut self.heard)
    }

    /// Takes all that has come until nothing comes any more.
    pub(crate) async fn drain(&mut self) {
        let mut before = (0, 0);
        while before != self.received {
            before = self.received;
            self.step().await;
        }
    }

    /// Takes what has come and answers whether there was sound in it.
    pub(crate) async fn heard_nothing(&mut self) -> bool {
        self.step().await;
        self.heard.is_empty()
    }
}

/// The transport-wide number of a packet, under the name that our offers give it.
fn number(header: &Header, packet: &[u8]) -> Option<u16> {
    let value = header.extension(packet, TRANSPORT_CC_ID)?;
    Some(u16::from_be_bytes(value.try_into().unwrap()))
}

/// A check as a browser sends it, with nomination.
fn check(provider: &AwsLcRsProvider, ufrag: &str, pwd: &str) -> Vec<u8> {
    let mut message = Message::new();
    message.transaction_id = TransactionId([7; 12]);
    message.typ = BINDING_REQUEST;
    message.write_header();
    message.add(ATTR_USERNAME, format!("{ufrag}:mine").as_bytes());
    message.add(ATTR_USE_CANDIDATE, &[]);
    let (pwd, crypto) = (pwd.to_owned(), provider.crypto());
    let integrity = MessageIntegrity::new_short_term_integrity_with_provider(pwd, crypto);
    integrity.add_to(&mut message).unwrap();
    FINGERPRINT.add_to(&mut message).unwrap();
    message.raw
}
