//! `line-relay`: a UDP relay on loopback whose two ways are simulated lines, so that real clients meet a bad link.
//!
//! ```text
//! line-relay [--server 127.0.0.1:7882] [--from 127.0.0.2] [--seed 1] [--down SHAPE] [--up SHAPE]
//! ```
//!
//! It prints `READY PORT`; whoever sends to that port reaches the server, from a port of their own on `--from`, and all
//! who come share one line, as the people of one clinic do. On standard input it takes `server IP:PORT`, `down SHAPE`,
//! `up SHAPE` and `both SHAPE` (from now on the way is like that; times in a shape count from now) and `counts`, and
//! answers each with a line. It ends with its standard input.
#![expect(
    clippy::print_stdout,
    reason = "a program that is told and tells by its standard streams"
)]

mod way;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use line::Shape;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use way::Way;

/// Most clients at a time: one for each connection of each page.
const CLIENTS_MAX: usize = 64;
/// Longest command, bytes.
const COMMAND_MAX: usize = 4096;
/// Most datagrams taken from one socket before the others have their turn.
const TURN: usize = 64;
/// What IPv4 and UDP add to a datagram.
const HEADERS: u32 = 28;
/// The longest datagram.
const DATAGRAM_MAX: usize = 65_536;

fn main() -> Result<()> {
    let options = Options::read(std::env::args().skip(1))?;
    let mut relay = Relay::open(options)?;
    println!("READY {}", relay.inner.local_addr()?.port());
    relay.run()
}

#[derive(Debug)]
struct Options {
    /// None: who comes before it is named is not served.
    server: Option<SocketAddr>,
    from: IpAddr,
    seed: u64,
    down: Shape,
    up: Shape,
}

impl Options {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let (mut server, mut from, mut seed) = (None, IpAddr::V4(Ipv4Addr::LOCALHOST), 1);
        let (mut down, mut up) = (Shape::default(), Shape::default());
        while let Some(name) = words.next() {
            let value = words.next().with_context(|| format!("{name} wants a value"))?;
            match name.as_str() {
                "--server" => server = Some(value.parse().context("--server wants IP:PORT")?),
                "--from" => from = value.parse().context("--from wants an IP address")?,
                "--seed" => seed = value.parse().context("--seed wants a number")?,
                "--down" => down = value.parse()?,
                "--up" => up = value.parse()?,
                _ => bail!("there is no {name}: --server, --from, --seed, --down, --up"),
            }
        }
        Ok(Self { server, from, seed, down, up })
    }
}

/// Who sends to the relay: its number is its flow.
#[derive(Debug)]
struct Client {
    address: SocketAddr,
    /// Where the server sees it.
    outer: UdpSocket,
}

#[derive(Debug)]
struct Relay {
    options: Options,
    began: Instant,
    inner: UdpSocket,
    clients: Vec<Client>,
    places: HashMap<SocketAddr, u32>,
    refused: u64,
    down: Way,
    up: Way,
    buffer: Vec<u8>,
    command: Vec<u8>,
}

impl Relay {
    fn open(options: Options) -> Result<Self> {
        let inner = bind(IpAddr::V4(Ipv4Addr::LOCALHOST))?;
        Ok(Self {
            down: Way::new(options.down.clone(), options.seed),
            up: Way::new(options.up.clone(), options.seed.wrapping_add(1 << 32)),
            options,
            began: now(),
            inner,
            clients: Vec::new(),
            places: HashMap::new(),
            refused: 0,
            buffer: vec![0; DATAGRAM_MAX],
            command: Vec::new(),
        })
    }

    fn run(&mut self) -> Result<()> {
        loop {
            let ready = self.wait()?;
            let (told, rest) = ready.split_first().context("nothing is waited for")?;
            if *told && !self.listen()? {
                return Ok(());
            }
            self.take(rest);
            self.deliver();
        }
    }

    /// Waits until a socket or a command is there, or a packet is due. Says which are: commands, the inner socket, clients.
    fn wait(&self) -> Result<Vec<bool>> {
        let now_us = self.now_us();
        let due_us = [&self.down, &self.up].into_iter().filter_map(Way::next_us).min();
        let waits = due_us.map(|it| Duration::from_micros(it.saturating_sub(now_us)));
        let waits = waits.map(|it| Timespec {
            tv_sec: i64::try_from(it.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: it.subsec_nanos().into(),
        });
        let input = io::stdin();
        let mut watched =
            vec![PollFd::new(&input, PollFlags::IN), PollFd::new(&self.inner, PollFlags::IN)];
        watched.extend(self.clients.iter().map(|it| PollFd::new(&it.outer, PollFlags::IN)));
        match poll(&mut watched, waits.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(why) => return Err(why).context("cannot wait for sockets"),
        }
        Ok(watched.iter().map(|it| !it.revents().is_empty()).collect())
    }

    /// Reads what the sockets hold into the lines.
    fn take(&mut self, ready: &[bool]) {
        let (inner, clients) = ready.split_first().map_or((false, ready), |(it, rest)| (*it, rest));
        for _ in 0..if inner { TURN } else { 0 } {
            let Ok((length, from)) = self.inner.recv_from(&mut self.buffer) else { break };
            let Some(flow) = self.flow(from) else { continue };
            let datagram = self.buffer.get(..length).unwrap_or_default().to_vec();
            self.up.send(self.now_us(), flow, wire_bytes(length), datagram);
        }
        let readable =
            clients.iter().enumerate().filter(|(_, ready)| **ready).map(|(place, _)| place);
        for place in readable {
            for _ in 0..TURN {
                let Some(client) = self.clients.get(place) else { break };
                let Ok(length) = client.outer.recv(&mut self.buffer) else { break };
                let datagram = self.buffer.get(..length).unwrap_or_default().to_vec();
                let flow = u32::try_from(place).unwrap_or(u32::MAX);
                self.down.send(self.now_us(), flow, wire_bytes(length), datagram);
            }
        }
    }

    /// Sends on what has come through. What a socket does not take is lost, as in a router.
    fn deliver(&mut self) {
        let now_us = self.now_us();
        while let Some((flow, datagram)) = self.up.take(now_us) {
            if let Some(client) = self.clients.get(flow as usize) {
                let _lost = client.outer.send(&datagram);
            }
        }
        while let Some((flow, datagram)) = self.down.take(now_us) {
            if let Some(client) = self.clients.get(flow as usize) {
                let _lost = self.inner.send_to(&datagram, client.address);
            }
        }
    }

    /// The flow of who sends from there; none if the table is full.
    fn flow(&mut self, from: SocketAddr) -> Option<u32> {
        if let Some(place) = self.places.get(&from) {
            return Some(*place);
        }
        let place = u32::try_from(self.clients.len()).ok()?;
        let full = self.clients.len() >= CLIENTS_MAX;
        let server = self.options.server.filter(|_| !full);
        let open = |server| bind(self.options.from).and_then(|it| it.connect(server).map(|()| it));
        let Some(outer) = server.and_then(|it| open(it).ok()) else {
            self.refused += 1;
            return None;
        };
        self.clients.push(Client { address: from, outer });
        self.places.insert(from, place);
        Some(place)
    }

    /// Reads commands and answers them; false once there will be no more.
    fn listen(&mut self) -> Result<bool> {
        let mut read = [0; 1024];
        let length = rustix::io::read(io::stdin(), &mut read).context("cannot read commands")?;
        self.command.extend_from_slice(read.get(..length).unwrap_or_default());
        if length == 0 || self.command.len() > COMMAND_MAX {
            return Ok(false);
        }
        while let Some(end) = self.command.iter().position(|it| *it == b'\n') {
            let line: Vec<u8> = self.command.drain(..=end).collect();
            match self.obey(String::from_utf8_lossy(&line).trim()) {
                Ok(answer) => println!("{answer}"),
                Err(why) => println!("ERROR {why:#}"),
            }
        }
        Ok(true)
    }

    fn obey(&mut self, command: &str) -> Result<String> {
        let now_us = self.now_us();
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        let (down, up) = match verb {
            "counts" => return Ok(self.counts()),
            "server" => {
                self.options.server = Some(rest.parse().context("server wants IP:PORT")?);
                return Ok("OK".to_owned());
            }
            "down" => (true, false),
            "up" => (false, true),
            "both" => (true, true),
            _ => bail!(
                "`{verb}` is no command: server IP:PORT, down SHAPE, up SHAPE, both SHAPE or counts"
            ),
        };
        let shape: Shape = rest.parse()?;
        if down {
            self.down.becomes(now_us, shape.clone());
        }
        if up {
            self.up.becomes(now_us, shape);
        }
        Ok("OK".to_owned())
    }

    /// As JSON: clients, and of each way its packets and bytes.
    fn counts(&self) -> String {
        let clients = self.clients.len();
        let (down, up, refused) = (self.down.counts(), self.up.counts(), self.refused);
        format!(r#"{{"clients":{clients},"refused":{refused},"down":{down},"up":{up}}}"#)
    }

    fn now_us(&self) -> u64 {
        u64::try_from((now() - self.began).as_micros()).unwrap_or(u64::MAX)
    }
}

fn bind(ip: IpAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((ip, 0))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn wire_bytes(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX).saturating_add(HEADERS)
}

#[expect(clippy::disallowed_methods, reason = "the outermost loop of this program")]
fn now() -> Instant {
    Instant::now()
}
