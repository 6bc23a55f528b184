//! Tells the system itself which shard's socket gets the datagrams of an address: those of the busiest addresses that
//! would cross otherwise, as a program in classic BPF that is written anew when they change. All other datagrams come
//! as before.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

/// Addresses that are steered; a program for more would be too long for systems that allow 20 KiB (`optmem_max`).
const STEERED_MAX: usize = 200;
/// What the program answers for all others: no socket, so that the system chooses.
const NO_SOCKET: u32 = u32::MAX;

/// Instructions of classic BPF (`linux/filter.h`): loads from the packet, the memory word 0, jumps, the end.
const LOAD_WORD: u16 = 0x20;
const LOAD_HALF: u16 = 0x28;
const LOAD_BYTE: u16 = 0x30;
const LOAD_KEPT: u16 = 0x60;
const KEEP: u16 = 0x02;
const JUMP: u16 = 0x05;
const IF_EQUAL: u16 = 0x15;
const IF_AT_LEAST: u16 = 0x35;
const ANSWER: u16 = 0x06;
/// Where the IP header begins for loads (`SKF_NET_OFF`).
const IP_HEADER: u32 = 0xfff0_0000;
/// The first byte of an IPv4 header without options.
const PLAIN_IPV4: u32 = 0x45;
const SOURCE_ADDRESS: u32 = IP_HEADER + 12;
const SOURCE_PORT: u32 = IP_HEADER + 20;

/// One instruction of classic BPF.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Instruction {
    pub(crate) code: u16,
    pub(crate) if_true: u8,
    pub(crate) if_false: u8,
    pub(crate) value: u32,
}

const fn plain(code: u16, value: u32) -> Instruction {
    Instruction { code, if_true: 0, if_false: 0, value }
}

/// Goes on behind the next instruction where the condition holds not.
const fn unless_skip(code: u16, value: u32) -> Instruction {
    Instruction { code, if_true: 0, if_false: 1, value }
}

/// A client's address, as the program compares it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct ClientAddress {
    port: u16,
    ip: u32,
}

/// The addresses that are steered, in the order in which they were learned.
#[derive(Debug, Default)]
pub(crate) struct Steering {
    steered: VecDeque<(ClientAddress, u8)>,
    changed: bool,
}

impl Steering {
    /// Datagrams from `address` are for this shard. `false` if the one that was learned first had to make room. IPv6 is
    /// not steered.
    pub(crate) fn learn(&mut self, address: SocketAddr, shard: u8) -> bool {
        let IpAddr::V4(ip) = address.ip().to_canonical() else { return true };
        let client = ClientAddress { port: address.port(), ip: ip.to_bits() };
        if let Some((_, known)) = self.steered.iter_mut().find(|(steered, _)| *steered == client) {
            self.changed |= *known != shard;
            *known = shard;
            return true;
        }
        let full = self.steered.len() >= STEERED_MAX;
        if full {
            self.steered.pop_front();
        }
        self.steered.push_back((client, shard));
        self.changed = true;
        !full
    }

    /// How many are steered.
    pub(crate) fn len(&self) -> usize {
        self.steered.len()
    }

    /// The program, if it is another one than the last time.
    pub(crate) fn changed(&mut self) -> Option<Vec<Instruction>> {
        std::mem::take(&mut self.changed).then(|| self.program())
    }

    /// Answers the number of a shard's socket by the source of an IPv4 datagram.
    fn program(&self) -> Vec<Instruction> {
        let mut clients: Vec<(ClientAddress, u8)> = self.steered.iter().copied().collect();
        clients.sort_unstable();
        let mut program = vec![
            plain(LOAD_BYTE, IP_HEADER),
            Instruction { code: IF_EQUAL, if_true: 1, if_false: 0, value: PLAIN_IPV4 },
            plain(ANSWER, NO_SOCKET),
            plain(LOAD_WORD, SOURCE_ADDRESS),
            plain(KEEP, 0),
            plain(LOAD_HALF, SOURCE_PORT),
        ];
        choose(&clients, &mut program);
        program
    }
}

/// Halves the clients, which are in order, by port; the port is in the accumulator.
fn choose(clients: &[(ClientAddress, u8)], program: &mut Vec<Instruction>) {
    let port = |place: usize| clients.get(place).map(|(client, _)| client.port);
    let middle = port(clients.len() / 2).filter(|middle| port(0) < Some(*middle));
    // Where the middle one has the first port, so have all before it: the next port begins behind.
    let middle = middle.or_else(|| {
        let behind = clients.iter().map(|(client, _)| client.port);
        behind.into_iter().find(|first| port(0) < Some(*first))
    });
    let Some(middle) = middle else { return compare(clients, program) };
    let split = clients.partition_point(|(client, _)| client.port < middle);
    let (below, from) = clients.split_at(split);
    let mut first = vec![];
    choose(below, &mut first);
    program.push(unless_skip(IF_AT_LEAST, middle.into()));
    program.push(plain(JUMP, u32::try_from(first.len()).unwrap_or_default()));
    program.append(&mut first);
    choose(from, program);
}

/// Answers the shard of the client that it is, of some with one port.
fn compare(clients: &[(ClientAddress, u8)], program: &mut Vec<Instruction>) {
    if let Some((client, _)) = clients.first() {
        let other =
            Instruction { code: IF_EQUAL, if_true: 1, if_false: 0, value: client.port.into() };
        program.extend([other, plain(ANSWER, NO_SOCKET), plain(LOAD_KEPT, 0)]);
    }
    for (client, shard) in clients {
        program.extend([unless_skip(IF_EQUAL, client.ip), plain(ANSWER, (*shard).into())]);
    }
    program.push(plain(ANSWER, NO_SOCKET));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;

    /// What the system would do with the program; `None` if it left it or did not end.
    fn run(program: &[Instruction], packet: &[u8]) -> Option<u32> {
        let (mut accumulator, mut kept, mut next) = (0, 0, 0);
        let bytes = |value: u32, count: usize| {
            let start = (value - IP_HEADER) as usize;
            let taken = packet.get(start..start + count)?;
            Some(taken.iter().fold(0u32, |all, byte| all << 8 | u32::from(*byte)))
        };
        loop {
            let it = program.get(next)?;
            next += 1;
            let mut jump =
                |holds: bool| next += usize::from(if holds { it.if_true } else { it.if_false });
            match it.code {
                LOAD_BYTE => accumulator = bytes(it.value, 1)?,
                LOAD_HALF => accumulator = bytes(it.value, 2)?,
                LOAD_WORD => accumulator = bytes(it.value, 4)?,
                LOAD_KEPT => accumulator = kept,
                KEEP => kept = accumulator,
                IF_EQUAL => jump(accumulator == it.value),
                IF_AT_LEAST => jump(accumulator >= it.value),
                JUMP => next += it.value as usize,
                ANSWER => return Some(it.value),
                other => panic!("{other}"),
            }
        }
    }

    /// The headers of a datagram from there.
    fn packet(from: SocketAddr) -> Vec<u8> {
        let IpAddr::V4(ip) = from.ip() else { return vec![0x60; 48] };
        let mut bytes = vec![0; 28];
        bytes[0] = 0x45;
        bytes[12..16].copy_from_slice(&ip.octets());
        bytes[20..22].copy_from_slice(&from.port().to_be_bytes());
        bytes
    }

    fn client(ip: u8, port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, ip], port))
    }

    proptest! {
        #[test]
        fn whoever_was_learned_last_is_steered_and_nobody_else(
            learned in prop::collection::vec((0u8..4, 0u16..300, 0u8..64), 0..400),
            others in prop::collection::vec((0u8..6, any::<u16>()), 20),
        ) {
            let (mut steering, mut order, mut all) = (Steering::default(), vec![], BTreeMap::new());
            for (ip, port, shard) in learned {
                let address = client(ip, 65_235 + port);
                let room = steering.learn(address, shard);
                prop_assert_eq!(room, order.contains(&address) || order.len() < STEERED_MAX);
                if !room {
                    all.remove(&order.remove(0));
                }
                if all.insert(address, u32::from(shard)).is_none() {
                    order.push(address);
                }
            }
            let changed = !all.is_empty();
            let program = steering.changed();
            prop_assert_eq!(program.is_some(), changed);
            prop_assert!(steering.changed().is_none());
            let program = program.unwrap_or_default();
            prop_assert!(program.len() <= 8 * STEERED_MAX + 7, "{}", program.len());
            let others = others.iter().map(|(ip, port)| client(*ip, *port));
            for address in others.chain(order.iter().copied()).filter(|_| changed) {
                let expected = all.get(&address).copied().unwrap_or(NO_SOCKET);
                prop_assert_eq!(run(&program, &packet(address)), Some(expected));
            }
        }
    }

    #[test]
    fn what_the_program_does_not_compare_goes_as_before() {
        let mut steering = Steering::default();
        let six: SocketAddr = "[2001:db8::1]:9".parse().unwrap();
        assert!(steering.learn(six, 1) && steering.changed().is_none());
        let mapped: SocketAddr = "[::ffff:192.0.2.1]:9".parse().unwrap();
        assert!(steering.learn(mapped, 1));
        let program = steering.changed().unwrap();
        assert_eq!(run(&program, &packet(client(1, 9))), Some(1));
        assert_eq!(run(&program, &packet(six)), Some(NO_SOCKET));
        let mut options = packet(client(1, 9));
        options[0] = 0x46;
        assert_eq!(run(&program, &options), Some(NO_SOCKET), "the port is elsewhere");
        assert!(steering.learn(mapped, 1) && steering.changed().is_none(), "nothing is new");
        assert!(steering.learn(client(1, 9), 0) && steering.changed().is_some());
    }
}
