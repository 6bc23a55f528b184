use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use rtc_stun::attributes::{
    ATTR_CHANNEL_NUMBER, ATTR_ERROR_CODE, ATTR_XOR_PEER_ADDRESS, ATTR_XOR_RELAYED_ADDRESS, AttrType,
};
use rtc_stun::message::{CLASS_SUCCESS_RESPONSE, MessageType, Method, Setter as _, TransactionId};
use rtc_stun::xoraddr::XorMappedAddress;
use std::cell::Cell;
use std::sync::LazyLock;

const WALL_S: u64 = 1_900_000_000;
const REQUESTED_UDP: (AttrType, &[u8]) = (ATTR_REQUESTED_TRANSPORT, &[17, 0, 0, 0]);
static TERMS: LazyLock<Terms> = LazyLock::new(|| Terms {
    secret: Secret::derive(b"a key of the house"),
    peers: vec![peer(0), peer(1)],
    identity: Arc::new(Identity::generate().unwrap()),
});

fn peer(number: usize) -> SocketAddr {
    ["192.0.2.1:7882", "[2001:db8::1]:7882"][number].parse().unwrap()
}

/// A client of the server, with its clock.
struct Client {
    relay: Relay<()>,
    at: At,
    login: Login,
    nonce: String,
    number: u8,
    places: Cell<usize>,
}

impl Client {
    fn new() -> Self {
        let client = "198.51.100.7:4000".parse().unwrap();
        #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
        let now = Instant::now();
        let at = At { now, unix_s: WALL_S, client, port: 5_555 };
        Self {
            relay: Relay::default(),
            at,
            login: TERMS.secret.mint("PA_1", WALL_S + 60),
            nonce: TERMS.secret.nonce(client, WALL_S),
            number: 0,
            places: Cell::new(1),
        }
    }

    fn later(&mut self, seconds: u64) {
        self.at.now += Duration::from_secs(seconds);
        self.at.unix_s += seconds;
        self.nonce = TERMS.secret.nonce(self.at.client, self.at.unix_s);
    }

    fn plain(&mut self, method: Method, attributes: &[(AttrType, &[u8])]) -> Message {
        self.number += 1;
        let mut message = Message::new();
        message.typ = MessageType::new(method, CLASS_REQUEST);
        message.transaction_id = TransactionId([self.number; 12]);
        message.write_header();
        attributes.iter().for_each(|(kind, value)| message.add(*kind, value));
        message
    }

    fn sign(&self, message: &mut Message) {
        message.add(ATTR_USERNAME, self.login.username.as_bytes());
        message.add(ATTR_REALM, credentials::REALM.as_bytes());
        message.add(ATTR_NONCE, self.nonce.as_bytes());
        let Login { username, password } = self.login.clone();
        let realm = credentials::REALM.to_owned();
        let crypto = TERMS.identity.crypto();
        let integrity = MessageIntegrity::new_long_term_integrity_with_provider(
            username, realm, password, crypto,
        );
        integrity.unwrap().add_to(message).unwrap();
    }

    fn bytes(&mut self, bytes: &[u8]) -> Outcome {
        let places = &self.places;
        let admit = |user: &str| {
            assert!(user.contains(":PA_"));
            (places.get() > 0).then(|| places.set(places.get() - 1))
        };
        self.relay.handle(&TERMS, &self.at, bytes, admit)
    }

    /// What is said to a signed request: the answer, or the number of the refusal.
    fn ask(&mut self, method: Method, attributes: &[(AttrType, &[u8])]) -> Result<Message, u16> {
        let mut message = self.plain(method, attributes);
        self.sign(&mut message);
        match self.bytes(&message.raw) {
            Outcome::Reply(answer) => {
                let mut read = wire::read(&answer).unwrap();
                assert_eq!(read.typ, MessageType::new(method, CLASS_SUCCESS_RESPONSE));
                assert_eq!(read.transaction_id, message.transaction_id);
                let (key, _) =
                    TERMS.secret.key(&self.login.username, TERMS.identity.crypto()).unwrap();
                MessageIntegrity::check(&mut read, &key, TERMS.identity.crypto()).unwrap();
                Ok(read)
            }
            Outcome::Refused(ErrorCode(code, _), answer) => {
                let value = wire::read(&answer).unwrap().get(ATTR_ERROR_CODE).unwrap();
                assert_eq!(u16::from(value[2]) * 100 + u16::from(value[3]), code);
                Err(code)
            }
            other => panic!("{other:?}"),
        }
    }

    fn allocate(&mut self) -> Result<Message, u16> {
        self.ask(METHOD_ALLOCATE, &[REQUESTED_UDP])
    }

    fn permit(&mut self, to: SocketAddr) -> Result<Message, u16> {
        self.ask(METHOD_CREATE_PERMISSION, &[(ATTR_XOR_PEER_ADDRESS, &named(self.number + 1, to))])
    }

    fn bind(&mut self, number: u16, to: SocketAddr) -> Result<Message, u16> {
        let channel = [&number.to_be_bytes()[..], &[0, 0]].concat();
        let to = named(self.number + 1, to);
        let attributes = [(ATTR_CHANNEL_NUMBER, &channel[..]), (ATTR_XOR_PEER_ADDRESS, &to)];
        self.ask(METHOD_CHANNEL_BIND, &attributes)
    }

    fn send(&mut self, to: SocketAddr, data: &[u8]) -> (Vec<u8>, Outcome) {
        let to = named(self.number + 1, to);
        let mut message =
            self.plain(METHOD_SEND, &[(ATTR_XOR_PEER_ADDRESS, &to), (ATTR_DATA, data)]);
        message.set_type(MessageType::new(METHOD_SEND, CLASS_INDICATION));
        let outcome = self.bytes(&message.raw);
        (message.raw, outcome)
    }

    fn wrapped(&mut self, peer: u16) -> Option<Vec<u8>> {
        let mut out = vec![];
        let wrapped = self.relay.wrap(&TERMS, self.at.now, peer, b"media", &mut out);
        let (added, whole_words) = self.relay.wrapping(&TERMS, self.at.now, peer);
        let told = added + if whole_words { 8 } else { 5 };
        assert!(!wrapped || out.len() == told, "{} bytes are {told}", out.len());
        wrapped.then_some(out)
    }
}

/// The value of XOR-PEER-ADDRESS in the transaction of this number.
fn named(number: u8, to: SocketAddr) -> Vec<u8> {
    let mut message = Message::new();
    message.transaction_id = TransactionId([number; 12]);
    message.write_header();
    let value = XorMappedAddress { ip: to.ip(), port: to.port() };
    value.add_to_as(&mut message, ATTR_XOR_PEER_ADDRESS).unwrap();
    message.get(ATTR_XOR_PEER_ADDRESS).unwrap()
}

fn address_of(message: &Message, kind: AttrType) -> SocketAddr {
    let mut value = XorMappedAddress::default();
    value.get_from_as(message, kind).unwrap();
    SocketAddr::new(value.ip, value.port)
}

#[test]
fn a_client_without_credentials_is_challenged_and_nothing_is_kept() {
    let mut client = Client::new();
    let message = client.plain(METHOD_ALLOCATE, &[REQUESTED_UDP]);
    let Outcome::Refused(ErrorCode(401, _), answer) = client.bytes(&message.raw) else {
        panic!("401")
    };
    let answer = wire::read(&answer).unwrap();
    assert_eq!(wire::text(&answer, ATTR_REALM).as_deref(), Some("shanqiao"));
    client.nonce = wire::text(&answer, ATTR_NONCE).unwrap();
    assert_eq!(client.relay.relayed(), None);
    client.allocate().unwrap();
}

#[test]
fn an_allocation_names_its_addresses_and_ends() {
    let mut client = Client::new();
    let told = client.allocate().unwrap();
    assert_eq!(address_of(&told, ATTR_XOR_RELAYED_ADDRESS).to_string(), "192.0.2.1:5555");
    assert_eq!(address_of(&told, ATTR_XORMAPPED_ADDRESS), client.at.client);
    assert_eq!(wire::word(&told, ATTR_LIFETIME), Some(LIFETIME_S.to_be_bytes()));
    client.later(u64::from(LIFETIME_S) - 1);
    // The credentials have expired meanwhile; an allocation that stands goes on.
    client.ask(METHOD_REFRESH, &[]).unwrap();
    client.later(u64::from(LIFETIME_S) - 1);
    assert!(client.relay.expire(client.at.now));
    client.later(1);
    assert!(!client.relay.expire(client.at.now));
    assert_eq!(client.ask(METHOD_REFRESH, &[]), Err(437));
}

#[test]
fn lifetimes_are_within_their_bounds() {
    for (asked, given) in [(1u32, LIFETIME_S), (1_000, 1_000), (u32::MAX, LIFETIME_MAX_S)] {
        let mut client = Client::new();
        let asked = (ATTR_LIFETIME, &asked.to_be_bytes()[..]);
        let told = client.ask(METHOD_ALLOCATE, &[REQUESTED_UDP, asked]).unwrap();
        assert_eq!(wire::word(&told, ATTR_LIFETIME), Some(given.to_be_bytes()));
    }
}

#[test]
fn an_allocation_that_is_given_back_is_gone() {
    let mut client = Client::new();
    client.allocate().unwrap();
    client.ask(METHOD_REFRESH, &[(ATTR_LIFETIME, &[0; 4])]).unwrap();
    assert_eq!(client.relay.relayed(), None);
}

#[test]
fn an_answer_that_was_lost_is_given_again_and_a_second_allocation_is_refused() {
    let mut client = Client::new();
    client.allocate().unwrap();
    client.number -= 1;
    client.allocate().unwrap();
    assert_eq!(client.allocate(), Err(437));
    assert_eq!(client.places.get(), 0);
}

#[test]
fn wrong_credentials_are_refused() {
    let mut client = Client::new();
    client.login.password.push('x');
    assert_eq!(client.allocate(), Err(401));
    let mut client = Client::new();
    client.login = Secret::derive(b"another house").mint("PA_1", WALL_S + 60);
    assert_eq!(client.allocate(), Err(401));
    for name in ["PA_1", "", ":", "1x:PA_1", "99999999999999999999999:PA_1"] {
        let mut client = Client::new();
        client.login.username = name.to_owned();
        assert_eq!(client.allocate(), Err(401), "{name}");
    }
    let mut client = Client::new();
    client.later(60);
    assert_eq!(client.allocate(), Err(401), "expired");
    let mut client = Client::new();
    client.at.unix_s += NONCE_S;
    assert_eq!(client.allocate(), Err(438));
    let mut client = Client::new();
    client.allocate().unwrap();
    client.login = TERMS.secret.mint("PA_2", WALL_S + 60);
    assert_eq!(client.ask(METHOD_REFRESH, &[]), Err(441));
    assert_eq!(client.permit(peer(0)), Err(441));
}

#[test]
fn what_cannot_be_given_is_refused_with_its_number() {
    let refused = |attributes: &[(AttrType, &[u8])]| Client::new().ask(METHOD_ALLOCATE, attributes);
    assert_eq!(refused(&[]), Err(400));
    assert_eq!(refused(&[(ATTR_REQUESTED_TRANSPORT, &[6, 0, 0, 0])]), Err(442));
    assert_eq!(refused(&[REQUESTED_UDP, (ATTR_EVEN_PORT, &[0])]), Err(508));
    assert_eq!(refused(&[REQUESTED_UDP, (ATTR_RESERVATION_TOKEN, &[0; 8])]), Err(508));
    assert_eq!(refused(&[REQUESTED_UDP, (ATTR_REQUESTED_ADDRESS_FAMILY, &[3, 0, 0, 0])]), Err(440));
    assert_eq!(refused(&[REQUESTED_UDP, (AttrType(0x7abc), &[])]), Err(420));
    let mut client = Client::new();
    client.places.set(0);
    assert_eq!(client.allocate(), Err(486));
    assert_eq!(Client::new().permit(peer(0)), Err(437));
    assert_eq!(Client::new().bind(0x4000, peer(0)), Err(437));
}

#[test]
fn nobody_but_the_gateway_can_be_reached() {
    let mut client = Client::new();
    client.allocate().unwrap();
    for other in ["192.0.2.2:7882", "127.0.0.1:7882", "10.0.0.1:22"] {
        let other = other.parse().unwrap();
        assert_eq!(client.permit(other), Err(403));
        assert_eq!(client.bind(0x4000, other), Err(403));
        assert_eq!(client.send(other, b"x").1, Outcome::Dropped);
    }
    assert_eq!(client.bind(0x4000, "192.0.2.1:22".parse().unwrap()), Err(403));
    assert_eq!(client.permit(peer(1)), Err(443), "the other family");
    assert_eq!(client.ask(METHOD_CREATE_PERMISSION, &[]), Err(400));
    client.permit(peer(0)).unwrap();
    assert_eq!(client.send("192.0.2.1:22".parse().unwrap(), b"x").1, Outcome::Dropped);
}

#[test]
fn datagrams_go_by_indications_with_a_permission() {
    let mut client = Client::new();
    client.allocate().unwrap();
    assert_eq!(client.send(peer(0), b"check").1, Outcome::Dropped);
    assert_eq!(client.wrapped(0), None);
    client.permit(peer(0)).unwrap();
    let (bytes, Outcome::Datagram(0, place)) = client.send(peer(0), b"check") else {
        panic!("a datagram")
    };
    assert_eq!(&bytes[place], b"check");
    let indication = wire::read(&client.wrapped(0).unwrap()).unwrap();
    assert_eq!(address_of(&indication, ATTR_XOR_PEER_ADDRESS), peer(0));
    assert_eq!(indication.get(ATTR_DATA).unwrap(), b"media");
    client.later(PERMISSION.as_secs());
    assert_eq!(client.wrapped(0), None);
    assert_eq!(client.send(peer(0), b"check").1, Outcome::Dropped);
}

#[test]
fn datagrams_go_by_channels_while_they_are_bound() {
    let mut client = Client::new();
    client.allocate().unwrap();
    assert_eq!(client.bytes(b"\x40\x01\0\x05hello"), Outcome::Dropped);
    client.bind(0x4001, peer(0)).unwrap();
    assert_eq!(client.bytes(b"\x40\x01\0\x05hello\0\0\0"), Outcome::Datagram(0, 4..9));
    assert_eq!(client.bytes(b"\x40\x01\0\x06hello"), Outcome::Dropped, "cut");
    assert_eq!(client.bytes(b"\x40\x02\0\x05hello"), Outcome::Dropped);
    assert_eq!(client.wrapped(0).as_deref(), Some(&b"\x40\x01\0\x05media"[..]));
    assert_eq!(client.bind(0x4002, peer(0)), Err(400), "the peer has another channel");
    for number in [0x3fff, 0x5000] {
        assert_eq!(client.bind(number, peer(0)), Err(400));
    }
    client.later(CHANNEL.as_secs() - 1);
    client.bind(0x4001, peer(0)).unwrap();
    client.ask(METHOD_REFRESH, &[]).unwrap();
    client.later(CHANNEL.as_secs() - 1);
    assert!(client.wrapped(0).is_some());
    client.ask(METHOD_REFRESH, &[]).unwrap();
    client.later(1);
    assert_eq!(client.bytes(b"\x40\x01\0\x05hello"), Outcome::Dropped);
    client.bind(0x4002, peer(0)).unwrap();
}

#[test]
fn an_allocation_of_the_other_family_has_the_other_peers() {
    let mut client = Client::new();
    let family = (ATTR_REQUESTED_ADDRESS_FAMILY, &[2, 0, 0, 0][..]);
    let told = client.ask(METHOD_ALLOCATE, &[REQUESTED_UDP, family]).unwrap();
    assert_eq!(address_of(&told, ATTR_XOR_RELAYED_ADDRESS).to_string(), "[2001:db8::1]:5555");
    client.bind(0x4000, peer(1)).unwrap();
    assert_eq!(client.bytes(b"\x40\0\0\x01x"), Outcome::Datagram(1, 4..5));
    assert_eq!(client.permit(peer(0)), Err(443));
}

#[test]
fn a_message_begins_with_two_bits_of_nought() {
    let mut client = Client::new();
    for bit in [0x40, 0x80] {
        let mut message = client.plain(METHOD_ALLOCATE, &[REQUESTED_UDP]).raw;
        message[0] |= bit;
        assert_eq!(client.bytes(&message), Outcome::Dropped);
    }
}

proptest! {
    /// Whatever comes, in whatever order: nothing breaks, tables keep their bounds, and a datagram lies in the message.
    #[test]
    fn hostile_messages_change_nothing_that_matters(
        messages in vec((vec(any::<u8>(), 0..200), any::<prop::sample::Index>(), any::<u8>(), 0u8..6), 1..60),
        allocated in any::<bool>(),
    ) {
        let mut client = Client::new();
        if allocated {
            client.allocate().unwrap();
            client.bind(0x4000, peer(0)).unwrap();
        }
        for (noise, place, byte, kind) in messages {
            let method = [METHOD_ALLOCATE, METHOD_REFRESH, METHOD_CREATE_PERMISSION, METHOD_CHANNEL_BIND, METHOD_SEND][usize::from(kind) % 5];
            let mut message = client.plain(method, &[(ATTR_XOR_PEER_ADDRESS, &noise), (ATTR_LIFETIME, &noise)]);
            if kind < 5 {
                client.sign(&mut message);
            }
            let mut bytes = message.raw;
            let place = place.index(bytes.len());
            bytes[place] ^= byte;
            for bytes in [&bytes[..], &bytes[..place], &noise] {
                if let Outcome::Datagram(peer, place) = client.bytes(bytes) {
                    prop_assert!(bytes.get(place).is_some() && usize::from(peer) < TERMS.peers.len());
                }
            }
            prop_assert!(client.relay.table_entries() <= 2 * TERMS.peers.len());
        }
    }
}
