//! Datagrams that wait to be sent, gathered so that they leave in few pieces and few system calls.

use std::net::SocketAddr;

use super::kind::TrafficKind;
use super::media_socket::MediaSocket;
use crate::ids::ConnectionId;
use crate::links::overhead::SendOutcome;
use crate::links::path::Path;

/// Send when so much is waiting: it stays in the second-level cache, for us and for the kernel's copy.
const ENOUGH: usize = 128 * 1024;
const MAX_SEGMENTS: usize = 40;
/// The most that one UDP datagram before segmentation can hold.
const MAX_RUN: usize = 64_000;
/// Runs in one system call.
const BATCH: usize = 64;
/// So many single datagrams are worth a batch.
const WORTH_BATCHING: usize = 2;
/// So many runs are worth it that the socket is told to cut, and not to cut any more.
const WORTH_CUTTING: usize = 4;

/// What a datagram is sent for, and its bytes on the wire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Label {
    pub(super) kind: TrafficKind,
    pub(super) bytes: u32,
}

/// A datagram that did not leave.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Unsent {
    pub(super) owner: ConnectionId,
    pub(super) label: Label,
    pub(super) fate: SendOutcome,
}

/// Datagrams of one size to one address, back to back.
#[derive(Debug)]
struct Run {
    to: SocketAddr,
    owner: ConnectionId,
    /// The label of the first datagram.
    label: usize,
    start: usize,
    len: usize,
    segment: usize,
    count: usize,
    /// The last datagram was as long as the first: another may follow.
    open: bool,
}

/// Datagrams waiting to be sent.
#[derive(Debug, Default)]
pub(super) struct SendQueue {
    data: Vec<u8>,
    used: usize,
    runs: Vec<Run>,
    /// One for each datagram.
    labels: Vec<Label>,
}

impl SendQueue {
    /// Is it time to send?
    pub(super) const fn full(&self) -> bool {
        self.used >= ENOUGH
    }

    /// Room for one datagram; what is written there goes out after [`commit`](Self::commit).
    pub(super) fn space(&mut self, len: usize) -> &mut [u8] {
        let end = self.used + len;
        if self.data.len() < end {
            self.data.resize(end.max(2 * self.data.len()), 0);
        }
        self.data.get_mut(self.used..end).unwrap_or_default()
    }

    /// The first `len` bytes of the space are a datagram of `owner` for `to`.
    pub(super) fn commit(
        &mut self,
        len: usize,
        (to, owner): (SocketAddr, ConnectionId),
        label: Label,
    ) {
        let (start, place) = (self.used, self.labels.len());
        self.used += len;
        self.labels.push(label);
        if let Some(run) = self.runs.last_mut()
            && run.open
            && (run.to, run.owner) == (to, owner)
            && len <= run.segment
            && run.count < MAX_SEGMENTS
            && run.len + len <= MAX_RUN
        {
            run.open = len == run.segment;
            run.len += len;
            run.count += 1;
            return;
        }
        let run = Run { to, owner, label: place, start, len, segment: len, count: 1, open: true };
        self.runs.push(run);
    }

    /// Sends everything; what does not leave is added to `unsent`.
    pub(super) fn flush(&mut self, socket: &MediaSocket, unsent: &mut Vec<Unsent>) {
        let mut cut = 0;
        let mut rest = self.runs.as_slice();
        while !rest.is_empty() {
            let (together, size) = batch(rest, socket.port.segments_max());
            let (now, later) = rest.split_at(together.max(1));
            let alone = socket.port.chooses_source();
            let worth = if size > 0 { WORTH_CUTTING } else { WORTH_BATCHING };
            let ready =
                !alone && together >= worth && (size == cut || socket.port.cut(size).is_ok());
            if ready {
                cut = size;
                self.send_together(now, socket, unsent);
            } else {
                // What is sent alone says itself whether it is cut.
                cut = if cut > 0 && socket.port.cut(0).is_ok() { 0 } else { cut };
                now.iter().for_each(|run| self.send_alone(run, socket, unsent));
            }
            rest = later;
        }
        if cut > 0 {
            // What cannot be undone here, a longer message would show: it is counted there.
            let _ = socket.port.cut(0);
        }
        self.runs.clear();
        self.labels.clear();
        self.used = 0;
    }

    /// What a run holds.
    fn contents(&self, run: &Run) -> &[u8] {
        self.data.get(run.start..run.start + run.len).unwrap_or_default()
    }

    fn send_together(&self, runs: &[Run], socket: &MediaSocket, unsent: &mut Vec<Unsent>) {
        let messages: Vec<_> = runs.iter().map(|run| (run.to, self.contents(run))).collect();
        let mut sent = 0;
        while let Some(left) = messages.get(sent..).filter(|left| !left.is_empty()) {
            match socket.port.send_batch(left) {
                Ok(taken) if taken > 0 => sent += taken,
                // The first of them is at fault: alone it has every way that there is.
                _ => {
                    runs.get(sent).into_iter().for_each(|run| self.send_alone(run, socket, unsent));
                    sent += 1;
                }
            }
        }
    }

    fn send_alone(&self, run: &Run, socket: &MediaSocket, unsent: &mut Vec<Unsent>) {
        let (all, labels) = (self.contents(run), self.labels_of(run));
        let mut send = |contents: &[u8], segment: Option<usize>, labels: &[Label]| {
            let (owner, fate) = (run.owner, socket.send(run.to, contents, segment));
            if fate != SendOutcome::Taken {
                unsent.extend(labels.iter().map(|label| Unsent { owner, label: *label, fate }));
            }
        };
        if run.count == 1 || run.count <= socket.port.segments_max() {
            return send(all, (run.count > 1).then_some(run.segment), labels);
        }
        all.chunks(run.segment).zip(labels.chunks(1)).for_each(|(one, its)| send(one, None, its));
    }

    fn labels_of(&self, run: &Run) -> &[Label] {
        self.labels.get(run.label..run.label + run.count).unwrap_or_default()
    }
}

/// How many of the first `runs` can leave in one system call, and the size that it cuts their messages to.
fn batch(runs: &[Run], segments_max: usize) -> (usize, usize) {
    let (mut size, mut longest) = (0, 0);
    let together = runs.iter().take(BATCH).take_while(|run| {
        let port = Path::of(run.to).is_none();
        let fits = match run.count {
            1 => size == 0 || run.len <= size,
            count => {
                count <= segments_max
                    && (size == run.segment || size == 0 && longest <= run.segment)
            }
        };
        if port && fits {
            longest = longest.max(run.segment);
            size = if run.count > 1 { run.segment } else { size };
        }
        port && fits
    });
    let together = together.count();
    (together, size)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    use super::*;

    const LABEL: Label = Label { kind: TrafficKind::Sound, bytes: 1 };

    /// Commits a datagram of somebody.
    fn commit(send_queue: &mut SendQueue, len: usize, to: SocketAddr) {
        send_queue.commit(len, (to, ConnectionId(1)), LABEL);
    }

    /// Sends everything; answers how many datagrams the system did not take.
    fn flush(send_queue: &mut SendQueue, socket: &MediaSocket) -> usize {
        let mut unsent = vec![];
        send_queue.flush(socket, &mut unsent);
        assert!(unsent.iter().all(|it| it.label == LABEL && it.fate == SendOutcome::Refused));
        unsent.len()
    }

    fn socket() -> MediaSocket {
        MediaSocket::bind(&[IpAddr::V4(Ipv4Addr::LOCALHOST)], 0).unwrap()
    }

    #[test]
    fn a_burst_arrives_as_the_datagrams_that_were_committed() {
        let (sender, receiver) = (socket(), std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
        receiver.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let to = receiver.local_addr().unwrap();
        let sizes = [100usize, 100, 100, 40, 100, 7];
        let mut send_queue = SendQueue::default();
        for (value, size) in (1u8..).zip(sizes) {
            send_queue.space(size).fill(value);
            commit(&mut send_queue, size, to);
        }
        assert_eq!(send_queue.runs.len(), 2, "100 100 100 40 | 100 7");
        assert_eq!(flush(&mut send_queue, &sender), 0);
        for (value, size) in (1u8..).zip(sizes) {
            let mut buffer = [0; 200];
            let len = receiver.recv(&mut buffer).unwrap();
            assert_eq!(buffer[..len], vec![value; size][..]);
        }
    }

    #[test]
    fn a_datagram_that_the_system_refuses_is_counted_and_the_others_go() {
        let (sender, receiver) = (socket(), std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
        receiver.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let good = receiver.local_addr().unwrap();
        let nobody = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut send_queue = SendQueue::default();
        for (value, to) in (1u8..).zip([good, nobody, nobody, good, good]) {
            send_queue.space(50).fill(value);
            commit(&mut send_queue, 50, to);
        }
        assert_eq!(flush(&mut send_queue, &sender), 2);
        for value in [1, 4, 5] {
            let mut buffer = [0; 200];
            let len = receiver.recv(&mut buffer).unwrap();
            assert_eq!(buffer[..len], [value; 50]);
        }
    }

    /// Runs of `(count, segment, last)` to so many receivers.
    fn listeners(count: usize) -> Vec<std::net::UdpSocket> {
        let open = || std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let all: Vec<_> = (0..count).map(|_| open()).collect();
        all.iter().for_each(|it| it.set_read_timeout(Some(Duration::from_secs(2))).unwrap());
        all
    }

    #[test]
    fn bursts_to_many_leave_together_and_arrive_as_they_were_committed() {
        let (sender, all) = (socket(), listeners(9));
        let mut send_queue = SendQueue::default();
        // Video in pieces, sound alone, another size, and one that is larger than what is cut.
        let sizes: [&[usize]; 9] = [
            &[200, 200, 200, 40],
            &[200, 200],
            &[80],
            &[200, 200, 200],
            &[200, 200, 7],
            &[300, 300, 300],
            &[80],
            &[900],
            &[200, 200],
        ];
        for (to, sizes) in all.iter().zip(sizes) {
            for (value, size) in (1u8..).zip(sizes) {
                send_queue.space(*size).fill(value);
                commit(&mut send_queue, *size, to.local_addr().unwrap());
            }
        }
        assert_eq!(batch(&send_queue.runs, 64), (5, 200));
        assert_eq!(batch(&send_queue.runs, 1), (0, 0), "a system without segmentation");
        assert_eq!(flush(&mut send_queue, &sender), 0);
        for (to, sizes) in all.iter().zip(sizes) {
            for (value, size) in (1u8..).zip(sizes) {
                let mut buffer = [0; 2_000];
                let len = to.recv(&mut buffer).unwrap();
                assert_eq!(buffer[..len], vec![value; *size][..]);
            }
        }
        let whole = vec![7; 1_000];
        assert_eq!(sender.send(all[0].local_addr().unwrap(), &whole, None), SendOutcome::Taken);
        assert_eq!(all[0].recv(&mut [0; 2_000]).unwrap(), 1_000, "nothing is cut any more");
    }

    #[test]
    fn one_that_the_system_refuses_takes_no_other_with_it() {
        let (sender, all) = (socket(), listeners(6));
        let mut send_queue = SendQueue::default();
        for (place, to) in (0u8..).zip(&all) {
            let to = match place {
                0 | 3 => SocketAddr::from(([127, 0, 0, 1], 0)),
                _ => to.local_addr().unwrap(),
            };
            for size in [120, 120] {
                send_queue.space(size).fill(place);
                commit(&mut send_queue, size, to);
            }
        }
        assert_eq!(flush(&mut send_queue, &sender), 4);
        for place in [1u8, 2, 4, 5] {
            let mut buffer = [0; 200];
            for _ in 0..2 {
                assert_eq!(all[usize::from(place)].recv(&mut buffer).unwrap(), 120);
                assert_eq!(buffer[0], place);
            }
        }
    }

    #[test]
    fn what_goes_by_a_link_is_no_part_of_a_batch() {
        let mut send_queue = SendQueue::default();
        let way = Path { link: 7, peer: 0 }.address();
        let port = SocketAddr::from(([127, 0, 0, 1], 9));
        for to in [port, port, way, port] {
            commit(&mut send_queue, 10, to);
        }
        assert_eq!(batch(&send_queue.runs, 64), (1, 10));
        assert_eq!(batch(send_queue.runs.get(1..).unwrap(), 64), (0, 0));
    }
}
