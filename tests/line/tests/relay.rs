//! The relay as a program: it passes datagrams on as its line does, tells clients apart, and holds its bounds.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panic; the relay lives in real time"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

struct Relay {
    program: Child,
    says: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    at: SocketAddr,
}

impl Relay {
    fn start(flags: &[&str]) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_line-relay"))
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let says = program.stdin.take();
        let mut answers = BufReader::new(program.stdout.take().unwrap());
        let mut ready = String::new();
        answers.read_line(&mut ready).unwrap();
        let port: u16 = ready.trim().strip_prefix("READY ").unwrap().parse().unwrap();
        Self { program, says, answers, at: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    fn ask(&mut self, command: &str) -> String {
        writeln!(self.says.as_ref().unwrap(), "{command}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim().to_owned()
    }

    /// A count such as `up.delivered`, or one of the relay itself.
    fn count(&mut self, name: &str) -> u64 {
        let all: serde_json::Value = serde_json::from_str(&self.ask("counts")).unwrap();
        let place = format!("/{}", name.replace('.', "/"));
        all.pointer(&place).and_then(serde_json::Value::as_u64).unwrap()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ended = self.program.kill();
        let _waited = self.program.wait();
    }
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// The next datagram at a socket, and from where.
fn next(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut read = [0; 2048];
    let (length, from) = socket.recv_from(&mut read).unwrap();
    (read[..length].to_vec(), from)
}

/// A server, and a relay that leads to it.
fn behind(flags: &[&str]) -> (UdpSocket, Relay) {
    let server = socket();
    let mut relay = Relay::start(flags);
    let named = format!("server {}", server.local_addr().unwrap());
    assert_eq!(relay.ask(&named), "OK");
    (server, relay)
}

#[test]
fn each_client_has_an_address_of_its_own_and_its_own_answers() {
    let (server, mut relay) = behind(&["--from", "127.0.0.2"]);
    let clients = [socket(), socket()];
    let mut seen = Vec::new();
    for (client, word) in clients.iter().zip([b"one", b"two"]) {
        client.send_to(word, relay.at).unwrap();
        let (datagram, from) = next(&server);
        assert_eq!((datagram.as_slice(), from.ip().to_string().as_str()), (&word[..], "127.0.0.2"));
        seen.push(from);
    }
    assert_ne!(seen[0], seen[1]);
    for (from, word) in seen.iter().zip([b"to one", b"to two"]) {
        server.send_to(word, from).unwrap();
    }
    assert_eq!(next(&clients[0]), (b"to one".to_vec(), relay.at));
    assert_eq!(next(&clients[1]), (b"to two".to_vec(), relay.at));
    assert_eq!(relay.count("clients"), 2);
    // Three bytes, and the headers of IP and UDP.
    assert_eq!((relay.count("up.delivered"), relay.count("up.delivered_bytes")), (2, 2 * 31));
    assert_eq!((relay.count("down.delivered"), relay.count("down.delivered_bytes")), (2, 2 * 34));
}

#[test]
fn a_way_is_as_it_was_told_last_and_loses_nothing_that_is_on_it() {
    let (server, mut relay) = behind(&["--up", "delay=300ms"]);
    let client = socket();
    let sent = Instant::now();
    client.send_to(b"slow", relay.at).unwrap();
    // It is on its way once the relay has counted it.
    while relay.count("up.sent") == 0 {}
    assert_eq!(relay.ask("up loss=100%"), "OK");
    client.send_to(b"lost", relay.at).unwrap();
    assert_eq!(next(&server).0, b"slow");
    assert!(sent.elapsed() >= Duration::from_millis(300));
    while relay.count("up.sent") == 1 {}
    assert_eq!(relay.ask("both delay=1ms"), "OK");
    client.send_to(b"again", relay.at).unwrap();
    assert_eq!(next(&server).0, b"again");
    assert_eq!((relay.count("up.sent"), relay.count("up.delivered")), (3, 2));
}

#[test]
fn what_cannot_be_read_is_answered_in_words_and_changes_nothing() {
    let (server, mut relay) = behind(&[]);
    let shape = relay.ask("down speed=600k");
    assert!(shape.starts_with("ERROR") && shape.contains("rate"), "{shape}");
    let verb = relay.ask("sideways");
    assert!(verb.starts_with("ERROR") && verb.contains("counts"), "{verb}");
    assert!(relay.ask("server somewhere").starts_with("ERROR"));
    let client = socket();
    client.send_to(b"still", relay.at).unwrap();
    assert_eq!(next(&server).0, b"still");
}

#[test]
fn it_serves_64_clients_and_counts_those_that_it_does_not() {
    let (server, mut relay) = behind(&[]);
    let clients: Vec<UdpSocket> = (0..66).map(|_| socket()).collect();
    for client in &clients[..64] {
        client.send_to(b"in", relay.at).unwrap();
        next(&server);
    }
    for client in &clients[64..] {
        client.send_to(b"out", relay.at).unwrap();
    }
    while relay.count("refused") < 2 {}
    clients[0].send_to(b"on", relay.at).unwrap();
    assert_eq!(next(&server).0, b"on");
    assert_eq!(relay.count("clients"), 64);
}

#[test]
fn it_ends_with_its_standard_input() {
    let mut relay = Relay::start(&[]);
    relay.says = None;
    assert!(relay.program.wait().unwrap().success());
}
