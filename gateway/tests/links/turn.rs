//! The TURN service (RFC 8656), as a client sees it on the wire; `transport` tests what it answers.

use livekit_protocol as lk;
use rtc_crypto::RTCCryptoProvider as _;
use rtc_crypto::providers::AwsLcRsProvider;
use rtc_stun::attributes::{
    ATTR_ERROR_CODE, ATTR_LIFETIME, ATTR_NONCE, ATTR_REALM, ATTR_REQUESTED_TRANSPORT, ATTR_USERNAME,
};
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{
    CLASS_REQUEST, METHOD_ALLOCATE, METHOD_BINDING, METHOD_REFRESH, Message, MessageType, Method,
    Setter as _, TransactionId,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

use crate::house::{Form, House, free_port, token, until, within};

/// A client that says one thing at a time.
enum Way {
    Udp(UdpSocket),
    Tcp(TcpStream),
}

struct Client {
    way: Way,
    server: lk::IceServer,
    challenge: Option<(Vec<u8>, Vec<u8>)>,
    number: u8,
    /// Bytes of all answers.
    heard: u64,
}

impl Client {
    async fn udp(server: &lk::IceServer) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut places = server.urls.iter().filter_map(|url| {
            url.strip_prefix("turn:")?.strip_suffix("?transport=udp").map(str::to_owned)
        });
        socket.connect(places.next().unwrap()).await.unwrap();
        Self { way: Way::Udp(socket), server: server.clone(), challenge: None, number: 0, heard: 0 }
    }

    async fn tcp(house: &House, server: &lk::IceServer) -> Self {
        let stream = TcpStream::connect(house.media).await.unwrap();
        Self { way: Way::Tcp(stream), server: server.clone(), challenge: None, number: 0, heard: 0 }
    }

    /// The number of the refusal, or none.
    async fn ask(&mut self, method: Method, lifetime: u32) -> Option<u16> {
        let crypto = AwsLcRsProvider::default();
        self.number += 1;
        let mut message = Message::new();
        message.typ = MessageType::new(method, CLASS_REQUEST);
        message.transaction_id = TransactionId([self.number; 12]);
        message.write_header();
        message.add(ATTR_REQUESTED_TRANSPORT, &[17, 0, 0, 0]);
        message.add(ATTR_LIFETIME, &lifetime.to_be_bytes());
        if let Some((realm, nonce)) = &self.challenge {
            let (user, realm_text) = (&self.server.username, String::from_utf8(realm.clone()));
            message.add(ATTR_USERNAME, user.as_bytes());
            message.add(ATTR_REALM, realm);
            message.add(ATTR_NONCE, nonce);
            let integrity = MessageIntegrity::new_long_term_integrity_with_provider(
                user.clone(),
                realm_text.unwrap(),
                self.server.credential.clone(),
                crypto.crypto(),
            );
            integrity.unwrap().add_to(&mut message).unwrap();
        }
        let answer = within("an answer", self.exchange(&message.raw)).await;
        self.heard += answer.len() as u64;
        let mut read = Message::new();
        read.unmarshal_binary(&answer).unwrap();
        assert_eq!(read.transaction_id, message.transaction_id);
        if let (Ok(realm), Ok(nonce)) = (read.get(ATTR_REALM), read.get(ATTR_NONCE)) {
            self.challenge = Some((realm, nonce));
        }
        let code = read.get(ATTR_ERROR_CODE).ok()?;
        Some(u16::from(code[2]) * 100 + u16::from(code[3]))
    }

    async fn exchange(&mut self, message: &[u8]) -> Vec<u8> {
        let mut answer = vec![0; 1_024];
        let len = match &mut self.way {
            Way::Udp(socket) => {
                socket.send(message).await.unwrap();
                socket.recv(&mut answer).await.unwrap()
            }
            Way::Tcp(stream) => {
                stream.write_all(message).await.unwrap();
                stream.read(&mut answer).await.unwrap()
            }
        };
        answer[..len].to_vec()
    }
}

/// What a participant is told of the service.
async fn told(house: &House, identity: &str) -> lk::IceServer {
    let (_client, joined) = house.join(Form::Json, &token("ward", identity)).await;
    let [server] = &joined.ice_servers[..] else { panic!("one service") };
    server.clone()
}

#[tokio::test]
async fn a_participant_is_told_the_service_with_credentials_that_work() {
    let edge = free_port();
    let house = House::with(|config| {
        config.edge_port = Some(edge);
        config.edge_name = Some("county.example".to_owned());
    })
    .await;
    let server = told(&house, "doctor").await;
    let port = house.media.port();
    assert_eq!(
        server.urls,
        [
            format!("turn:127.0.0.1:{edge}?transport=udp"),
            format!("turn:127.0.0.1:{port}?transport=tcp"),
            format!("turns:county.example:{edge}?transport=tcp"),
        ]
    );
    assert!(!server.username.contains("doctor"), "names nobody on the wire");
    let udp = Client::udp(&server).await;
    let tcp = Client::tcp(&house, &server).await;
    let mut counted = 0;
    for (number, mut client) in (1..).zip([udp, tcp]) {
        assert_eq!(client.ask(METHOD_ALLOCATE, 600).await, Some(401));
        assert_eq!(client.ask(METHOD_ALLOCATE, 600).await, None);
        assert_eq!(house.metric("gateway_relays"), 1, "{number}");
        assert_eq!(client.ask(METHOD_REFRESH, 0).await, None);
        until("it is given back", || house.metric("gateway_relays") == 0).await;
        // By UDP and then by TCP, three answers, with the headers of IPv4.
        counted += client.heard + 3 * if number == 1 { 28 } else { 40 };
        until("its bytes are counted", || {
            house.metric("gateway_sent_bytes_total{kind=\"control\"}") == counted
        })
        .await;
    }
}

/// Browsers take what comes from a TURN server's UDP address for the server's: media there would never arrive.
#[tokio::test]
async fn by_udp_the_service_is_not_where_media_is() {
    let house = House::start().await;
    let server = told(&house, "doctor").await;
    assert_eq!(server.urls, [format!("turn:{}?transport=tcp", house.media)]);
    let edge = free_port();
    let house = House::with(|config| config.edge_port = Some(edge)).await;
    let server = told(&house, "doctor").await;
    assert_eq!(server.urls[0], format!("turn:127.0.0.1:{edge}?transport=udp"));
    assert_ne!(house.media.port(), edge);
    // Whoever asks where it seems to be is told, as by every TURN server.
    let mut client = Client::udp(&server).await;
    assert_eq!(client.ask(METHOD_BINDING, 0).await, None);
}

#[tokio::test]
async fn one_participant_and_all_together_have_a_bound() {
    for (all, each, same) in [(100, 1, true), (1, 100, false)] {
        let house = House::with(|config| {
            config.edge_port = Some(free_port());
            config.relays_max = all;
            config.relays_per_participant_max = each;
        })
        .await;
        let first = told(&house, "first").await;
        let second = if same { first.clone() } else { told(&house, "second").await };
        let mut one = Client::udp(&first).await;
        let mut other = Client::tcp(&house, &second).await;
        for client in [&mut one, &mut other] {
            assert_eq!(client.ask(METHOD_ALLOCATE, 600).await, Some(401));
        }
        assert_eq!(one.ask(METHOD_ALLOCATE, 600).await, None);
        assert_eq!(other.ask(METHOD_ALLOCATE, 600).await, Some(486));
        assert_eq!(house.dropped("turn_quota"), 1);
        assert_eq!(one.ask(METHOD_REFRESH, 0).await, None);
        assert_eq!(other.ask(METHOD_ALLOCATE, 600).await, None);
        // A connection that ends gives its place back.
        drop(other);
        until("the place is free", || house.metric("gateway_relays") == 0).await;
    }
}

/// Strangers by UDP may have any address: they are not answered without end.
#[tokio::test]
async fn challenges_have_a_pace() {
    let edge = free_port();
    let house = House::with(|config| config.edge_port = Some(edge)).await;
    let mut message = Message::new();
    message.typ = MessageType::new(METHOD_ALLOCATE, CLASS_REQUEST);
    message.write_header();
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(("127.0.0.1", edge)).await.unwrap();
    until("they are left without an answer", || {
        for _ in 0..100 {
            // What the system does not take is not there to be answered.
            let _ = socket.try_send(&message.raw);
        }
        house.dropped("turn_pace") > 100
    })
    .await;
    let counted = || house.dropped("turn_challenged");
    until("all are counted", || counted() == house.metric("gateway_datagrams_total")).await;
    assert_eq!(house.metric("gateway_relays"), 0);
}
