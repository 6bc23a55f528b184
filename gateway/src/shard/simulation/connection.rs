//! A client's connection: what comes is opened and taken, what its model says is sealed.

use std::net::SocketAddr;
use std::time::Instant;

use super::listening::Listener;
use super::security::{Opened, Security};
use super::speaking::{Leaving, Speaker};

/// A check of the way is sent so often, in microseconds.
const CHECK_US: u64 = 2_500_000;

/// What a connection is for.
#[derive(Debug)]
pub(super) enum Role {
    /// Its client publishes on it.
    Speaks(Box<Speaker>),
    /// Its client is sent tracks on it.
    Listens(Box<Listener>),
}

/// A connection of a model client.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) address: SocketAddr,
    /// Behind which line.
    pub(super) link: usize,
    pub(super) role: Role,
    security: Security,
    check_us: u64,
}

impl Connection {
    /// One that has not begun, with the gateway's credentials.
    pub(super) fn new(
        (address, link): (SocketAddr, usize),
        role: Role,
        (ufrag, pwd): (&str, &str),
    ) -> Self {
        Self { address, link, role, security: Security::new(ufrag, pwd), check_us: 0 }
    }

    /// Begins the handshake: what is to be sent.
    pub(super) fn begin(&mut self, now: Instant) -> Vec<Vec<u8>> {
        self.security.begin(now)
    }

    /// The handshake is done.
    pub(super) const fn connected(&self) -> bool {
        self.security.connected()
    }

    /// Takes a datagram; answers what is to be sent.
    pub(super) fn take(&mut self, now: (Instant, u64), datagram: Vec<u8>) -> Vec<Vec<u8>> {
        let (mut out, mut leaving) = (vec![], vec![]);
        let opened = self.security.take(now.0, datagram, &mut out);
        match (opened, &mut self.role) {
            (Opened::Rtp(header, packet), Role::Listens(it)) => it.take(now.1, &header, &packet),
            (Opened::Rtcp(compound), Role::Listens(it)) => it.told(now.1, &compound),
            (Opened::Rtcp(compound), Role::Speaks(it)) => it.told(&compound, &mut leaving),
            (Opened::Messages(messages), Role::Listens(it)) => it.read(now.1, &messages),
            (Opened::Nothing | Opened::Rtp(..) | Opened::Messages(_), _) => {}
        }
        self.seal(leaving, &[], &mut out);
        out
    }

    /// Time has passed; answers what is to be sent.
    pub(super) fn tick(&mut self, (now, now_us): (Instant, u64)) -> Vec<Vec<u8>> {
        let (mut out, mut leaving, mut rtcp) = (vec![], vec![], vec![]);
        if !self.connected() {
            return out;
        }
        match &mut self.role {
            Role::Speaks(it) => it.tick(now_us, &mut leaving, &mut rtcp),
            Role::Listens(it) => it.tick(now_us, &mut rtcp),
        }
        self.seal(leaving, &rtcp, &mut out);
        self.security.data(now, &mut out);
        if now_us >= self.check_us {
            self.check_us = now_us + CHECK_US;
            out.push(self.security.check());
        }
        out
    }

    fn seal(&mut self, leaving: Vec<Leaving>, rtcp: &[Vec<u8>], out: &mut Vec<Vec<u8>>) {
        for (plain, header, index) in leaving {
            out.push(self.security.seal(plain, header, index));
        }
        out.extend(rtcp.iter().map(|it| self.security.seal_rtcp(it)));
    }
}
