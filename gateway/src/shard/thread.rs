//! The thread of a shard: what is brought to it, and its loop.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use mio::{Events, Poll, Token, Waker};
use signalling::input::Input;
use tokio::sync::mpsc;
use transport::dtls::Identity;

use super::command::{self, Command, Order, ShardHandle};
use super::{Began, Shard};
use crate::bell::Bell;
use crate::clock;
use crate::config::Config;
use crate::crossing::{self, Inbound};
use crate::egress::gather::Gather;
use crate::egress::media_socket::MediaSocket;
use crate::ids::ShardNumber;
use crate::leases::Leases;
use crate::links::door::ARRIVALS_QUEUED;
use crate::links::landing::Landing;
use crate::links::relays::Relays;
use crate::links::service::Service;
use crate::links::table::{LinkEvent, Links};
use crate::metrics::Metrics;
use crate::receipts;
use crate::tap::TapSender;
use crate::udp::{Inbox, Port as _, UdpPort};

const SOCKET: Token = Token(0);
const WAKE: Token = Token(1);
const TURN: Token = Token(2);
/// The grain of all timers.
const TICK: Duration = Duration::from_millis(5);
/// Receive calls before commands and timers get their turn.
const RECEIVES: usize = 8;
/// Commands before media gets its turn.
const COMMANDS: usize = 64;

/// What others bring to a shard.
struct Queues {
    orders: mpsc::Receiver<Order>,
    arrivals: mpsc::Receiver<LinkEvent>,
    /// None if there is no other shard.
    inbound: Option<Inbound>,
    /// Rung after something was put into one of them.
    bell: Bell,
}

/// What a shard tells of its load.
struct LoadMeter {
    packets_per_s: Arc<AtomicU64>,
    /// Packets sent up to the last second that was told.
    sent: u64,
}

/// What all shards of a gateway begin with.
#[derive(Debug)]
pub(crate) struct ShardSetup {
    pub(crate) config: Config,
    pub(crate) identity: Arc<Identity>,
    pub(crate) turn: Arc<Service>,
    pub(crate) tap: TapSender,
    /// The way of receipts to the disk, if they are kept.
    pub(crate) receipts: Option<receipts::ReceiptSender>,
    pub(crate) metrics: Metrics,
    /// For each shard its socket on the media port, and on the port of TURN by UDP if there is one.
    pub(crate) sockets: Vec<(MediaSocket, Option<UdpPort>)>,
}

/// A shard that runs.
#[derive(Debug)]
pub(crate) struct Spawned {
    pub(crate) handle: ShardHandle,
    pub(crate) landing: Landing,
    /// What it counts.
    pub(crate) metrics: Metrics,
    pub(crate) thread: JoinHandle<()>,
}

/// Starts a thread for each shard.
pub(crate) fn spawn(start: ShardSetup) -> io::Result<Vec<Spawned>> {
    let ShardSetup { config, identity, turn, tap, receipts, metrics, sockets } = start;
    let polls = sockets.iter().map(|_| {
        let poll = Poll::new()?;
        let bell = Bell::new(Arc::new(Waker::new(poll.registry(), WAKE)?));
        Ok((poll, bell))
    });
    let polls = polls.collect::<io::Result<Vec<_>>>()?;
    let (count, now) = (polls.len(), clock::now());
    let wall_us = clock::unix_us();
    let mut between = vec![];
    if count > 1 {
        let bells: Vec<Bell> = polls.iter().map(|(_, bell)| bell.clone()).collect();
        between = crossing::between(now, &bells, &metrics);
    }
    let mut between = between.into_iter();
    let numbered = ShardNumber::all(count).zip(polls).zip(sockets);
    let spawned = numbered.map(|((number, (poll, bell)), (mut socket, turn_port))| {
        let own = metrics.of_shard();
        socket.links = Links::new(own.clone());
        let relays = Relays::new(now, Arc::clone(&turn), turn_port, number);
        let relays = socket.relays.insert(relays);
        if let Some(port) = &mut relays.port {
            port.watch(poll.registry(), TURN)?;
        }
        socket.port.watch(poll.registry(), SOCKET)?;
        let (orders, received) = mpsc::channel(command::COMMANDS_QUEUED);
        let (arrivals, arrived) = mpsc::channel(ARRIVALS_QUEUED);
        let (tap, identity) = (tap.another(), Arc::clone(&identity));
        let began = Began { now, wall_us, seed: rand::random() };
        let mut shard = Shard::new(began, number, &config, socket, identity, tap, own.clone());
        let (crossings, inbound) = between.next().unzip();
        shard.crossings = crossings;
        shard.receipts.to = receipts.as_ref().map(|receipts| receipts.of(number.index.into()));
        let rung = bell.clone();
        let queues = Queues { orders: received, arrivals: arrived, inbound, bell: rung };
        let packets_per_s = Arc::new(AtomicU64::new(0));
        let load = LoadMeter { packets_per_s: Arc::clone(&packets_per_s), sent: 0 };
        let thread = std::thread::Builder::new().name(format!("shard-{}", number.index));
        let thread = thread.spawn(move || shard.run(poll, queues, load))?;
        let landing = Landing { arrivals, bell: bell.clone() };
        let handle = ShardHandle { orders, bell, packets_per_s };
        Ok(Spawned { handle, landing, metrics: own, thread })
    });
    spawned.collect()
}

impl Shard {
    /// The loop: wait, take packets, take commands, look at timers.
    fn run(&mut self, mut poll: Poll, mut queues: Queues, mut load: LoadMeter) {
        let mut events = Events::with_capacity(8);
        let mut inbox = Inbox::default();
        let mut next_tick = clock::now();
        let mut more = false;
        let mut gather = Gather::new(next_tick);
        let mut patience = None;
        let mut leases = Leases::default();
        loop {
            let now = clock::now();
            gather.waits(now);
            let wait = next_tick.saturating_duration_since(now).min(patience.unwrap_or(TICK));
            let wait = if more || !queues.bell.may_wait() { Duration::ZERO } else { wait };
            if let Err(why) = poll.poll(&mut events, Some(wait))
                && why.kind() != io::ErrorKind::Interrupted
            {
                tracing::error!(%why, "the media port cannot be waited for");
            }
            queues.bell.answer();
            gather.works(clock::now());
            self.tell_readable(&events);
            more = self.receive(&mut inbox);
            more |= self.receive_relayed(&mut inbox);
            more |= self.take_arrivals(&mut queues.arrivals);
            more |= queues.inbound.as_mut().is_some_and(|inbound| self.take_brought(inbound));
            patience = self.forward_gathered(&mut gather);
            for turn in 1..=COMMANDS {
                // The rest has its turn after the packets that came meanwhile.
                more |= turn == COMMANDS;
                match queues.orders.try_recv() {
                    Ok(Order { command: Command::Stop(done), .. }) => {
                        self.put(clock::now(), Input::Shutdown);
                        self.settle(clock::now());
                        self.account_all(clock::now());
                        // Nobody may be waiting for the answer any more.
                        let _ = done.send(());
                        return;
                    }
                    Ok(Order { command, lease }) => {
                        lease.into_iter().for_each(|lease| leases.hold(lease));
                        self.command(clock::now(), command);
                        self.release(&mut leases, false);
                    }
                    Err(mpsc::error::TryRecvError::Empty) => break,
                    Err(mpsc::error::TryRecvError::Disconnected) => return,
                }
            }
            let now = clock::now();
            if now >= next_tick {
                next_tick = now + TICK;
                let second = self.tick(now);
                self.release(&mut leases, second);
                self.tell_owed();
                if second {
                    self.put(clock::now(), Input::Wall(clock::unix_us()));
                    self.settle(now);
                    self.tell_load(&mut load);
                }
            }
        }
    }

    /// Lets go of the leases of rooms that are over. Those of open rooms alone need no look, unless it is `due`.
    fn release(&self, leases: &mut Leases, due: bool) {
        if due || leases.permits() != self.core.count().0 {
            // Where a room was closed, tokens from before are known not to open it again.
            leases.release(|room| self.core.is_open(room), |room| self.core.is_remembered(room));
        }
    }

    /// Tells how much was sent in the last second.
    fn tell_load(&self, load: &mut LoadMeter) {
        let sent = self.metrics.packets_out.get();
        load.packets_per_s.store(sent.saturating_sub(load.sent), Ordering::Relaxed);
        load.sent = sent;
    }

    /// Notes at which ports something has come.
    fn tell_readable(&mut self, events: &Events) {
        let socket = &mut self.media.socket;
        for event in events {
            match event.token() {
                SOCKET => socket.port.tell_readable(),
                TURN => {
                    let port = socket.relays.as_mut().and_then(|relays| relays.port.as_mut());
                    port.into_iter().for_each(|port| port.tell_readable());
                }
                _ => {}
            }
        }
    }

    /// Takes datagrams until there are none, or others must have their turn (`true`).
    fn receive(&mut self, inbox: &mut Inbox) -> bool {
        for _ in 0..RECEIVES {
            let received = self.media.socket.port.receive(inbox);
            if received > 0 {
                let now = clock::now();
                self.datagrams(now, inbox, received);
                self.media.forward_if_full(now);
            }
            if received < Inbox::CALL {
                return false;
            }
        }
        true
    }

    /// Forwards what has come, or answers how long it may wait for more.
    fn forward_gathered(&mut self, gather: &mut Gather) -> Option<Duration> {
        if self.media.waiting.count() == 0 {
            return None;
        }
        let now = clock::now();
        if self.media.forward_if_full(now) {
            return None;
        }
        let (released, held) = self.media.waiting.release(now);
        let patience = self.media.waiting.any_free().then(|| gather.patience(now));
        if released || patience == Some(None) {
            self.media.forward_free(now);
            return held;
        }
        [held, patience.flatten()].into_iter().flatten().min()
    }
}
