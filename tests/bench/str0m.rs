//! str0m on the same simulated links. Its estimator is no part that can be had alone, so two whole connections of str0m are
//! driven in virtual time, the way between them is the line, and the sender sends what the estimate allows.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use line::closed::{Passed, Trace};
use line::links::Link;
use line::{Line, Shape};
use str0m::bwe::{Bitrate, BweKind};
use str0m::format::Codec;
use str0m::media::{MediaKind, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpWrite, Ssrc};
use str0m::{Candidate, Event, Input, Output, Rtc};

const STEP_US: u64 = 1_000;
const NOTE_US: u64 = 100_000;
/// IPv4 and UDP; and what else a packet has beside its payload.
const AROUND: u32 = 28;
const HEADERS: f64 = 70.0;
const SSRC: u32 = 42;
const REPAIR: u32 = 44;
/// It begins at the rate of browsers, and finds a use for as much as any of the links carries.
const FIRST: f64 = 300e3;
const WANTED: u64 = 6_000_000;

/// One end, and when it wants to be told of time again.
struct End {
    rtc: Rtc,
    own: SocketAddr,
    other: SocketAddr,
    due: Instant,
    estimate: Option<f64>,
}

impl End {
    fn new(now: Instant, rtc: Rtc, own: SocketAddr, other: SocketAddr) -> Self {
        Self { rtc, own, other, due: now, estimate: None }
    }

    /// Datagrams that it wants sent.
    fn poll(&mut self) -> Vec<Vec<u8>> {
        let mut datagrams = Vec::new();
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(at) => {
                    self.due = at;
                    return datagrams;
                }
                Output::Transmit(it) => datagrams.push(it.contents.to_vec()),
                Output::Event(Event::EgressBitrateEstimate(BweKind::Twcc(rate))) => {
                    self.estimate = Some(rate.as_f64());
                }
                Output::Event(_) => {}
            }
        }
    }

    fn take(&mut self, now: Instant, datagram: &[u8]) -> Vec<Vec<u8>> {
        let contents = datagram.try_into().unwrap();
        let (source, destination) = (self.other, self.own);
        let receive = Receive { proto: Protocol::Udp, source, destination, contents };
        self.rtc.handle_input(Input::Receive(now, receive)).unwrap();
        self.poll()
    }

    fn tick(&mut self, now: Instant) -> Vec<Vec<u8>> {
        if now < self.due {
            return Vec::new();
        }
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
        self.poll()
    }
}

/// Both ends, connected; and when that is.
fn connected() -> (End, End, Instant) {
    #[expect(clippy::disallowed_methods, reason = "some instant to count simulated time from")]
    let mut now = Instant::now();
    let first = Bitrate::bps(FIRST as u64);
    let sender = Rtc::builder().set_rtp_mode(true).enable_bwe(Some(first)).build(now);
    let receiver = Rtc::builder().set_rtp_mode(true).build(now);
    let [here, there]: [SocketAddr; 2] =
        [1, 2].map(|it| (Ipv4Addr::new(192, 0, 2, it), 1_000).into());
    let mut ends = [End::new(now, sender, here, there), End::new(now, receiver, there, here)];
    for end in &mut ends {
        let candidate = |of| Candidate::host(of, "udp").unwrap();
        end.rtc.add_local_candidate(candidate(end.own)).unwrap();
        end.rtc.add_remote_candidate(candidate(end.other));
    }
    let [left, right] = &mut ends;
    for _ in 0..2 {
        let fingerprint = right.rtc.direct_api().local_dtls_fingerprint().clone();
        left.rtc.direct_api().set_remote_fingerprint(fingerprint);
        let credentials = right.rtc.direct_api().local_ice_credentials();
        left.rtc.direct_api().set_remote_ice_credentials(credentials);
        // And the other way round.
        std::mem::swap(left, right);
    }
    for (end, leads) in [(left, true), (right, false)] {
        end.rtc.direct_api().set_ice_controlling(leads);
        end.rtc.direct_api().start_dtls(leads).unwrap();
    }
    let [mut left, mut right] = ends;
    while !(left.rtc.is_connected() && right.rtc.is_connected()) {
        now += Duration::from_micros(STEP_US);
        let (mut there, mut back) = (left.tick(now), right.tick(now));
        while !(there.is_empty() && back.is_empty()) {
            let answers: Vec<_> = there.iter().flat_map(|it| right.take(now, it)).collect();
            there = back.iter().flat_map(|it| left.take(now, it)).collect();
            back = answers;
        }
    }
    let (mid, ssrc, repair): (_, Ssrc, Ssrc) = ("0".into(), SSRC.into(), REPAIR.into());
    left.rtc.direct_api().declare_media(mid, MediaKind::Video);
    left.rtc.direct_api().declare_stream_tx(ssrc, Some(repair), mid, None);
    right.rtc.direct_api().declare_media(mid, MediaKind::Video);
    right.rtc.direct_api().expect_stream_rx(ssrc, Some(repair), mid, None);
    right.rtc.direct_api().enable_twcc_feedback();
    left.rtc.bwe().set_desired_bitrate(Bitrate::bps(WANTED));
    (left, right, now)
}

/// What there is to send.
struct Media {
    payload_type: Pt,
    number: u64,
    budget: f64,
}

impl Media {
    /// Sends what `STEP_US` allows, in packets of 40 ms or 1200 bytes.
    fn send(&mut self, now: Instant, end: &mut End) -> Vec<Vec<u8>> {
        let rate = end.estimate.unwrap_or(FIRST);
        let bytes = (rate / 8.0 * 0.04).clamp(150.0, 1_200.0);
        self.budget = (self.budget + rate / 8e6 * STEP_US as f64).min(4.0 * bytes);
        let mut datagrams = Vec::new();
        while self.budget >= bytes {
            self.budget -= bytes;
            self.number += 1;
            let time = (self.number * 3_000) as u32;
            let payload = vec![0u8; (bytes - HEADERS) as usize];
            let write = RtpWrite::new(self.payload_type, self.number.into(), time, now, payload);
            end.rtc.direct_api().stream_tx(&SSRC.into()).unwrap().write_rtp(write);
            end.rtc.handle_input(Input::Timeout(now)).unwrap();
            datagrams.extend(end.poll());
        }
        datagrams
    }
}

fn send(line: &mut Line<Vec<u8>>, now_us: u64, datagrams: Vec<Vec<u8>>) {
    for datagram in datagrams {
        let bytes = u32::try_from(datagram.len()).unwrap() + AROUND;
        line.send(now_us, 0, bytes, datagram);
    }
}

/// Runs it over a link for so long.
pub(crate) fn run(link: &Link, seed: u64, length_us: u64) -> Trace {
    let (mut left, mut right, began) = connected();
    let down: Shape = link.down().unwrap();
    let rate = down.bits_per_second.unwrap_or(u64::MAX).max(1);
    let mut down: Line<Vec<u8>> = Line::new(down, seed);
    let mut up: Line<Vec<u8>> = Line::new(link.up(), seed ^ 0xFEED);
    let mut params = left.rtc.codec_config().find(|it| it.spec().codec == Codec::Vp8);
    let payload_type = params.take().unwrap().pt();
    let mut media = Media { payload_type, number: 1_000, budget: 0.0 };
    let mut trace = Trace { estimates: vec![Vec::new()], ..Trace::default() };
    for now_us in (0..length_us).step_by(STEP_US as usize) {
        let now = began + Duration::from_micros(now_us);
        while let Some(came) = down.take(now_us) {
            let own_us = u64::from(came.bytes) * 8_000_000 / rate;
            let waited_us = came.queued_us.saturating_sub(own_us);
            trace.passed.push(Passed { flow: 0, at_us: came.at_us, waited_us, bytes: came.bytes });
            let said = right.take(now, &came.payload);
            send(&mut up, now_us, said);
        }
        while let Some(came) = up.take(now_us) {
            let said = left.take(now, &came.payload);
            send(&mut down, now_us, said);
        }
        send(&mut up, now_us, right.tick(now));
        send(&mut down, now_us, left.tick(now));
        send(&mut down, now_us, media.send(now, &mut left));
        if now_us % NOTE_US == 0 {
            trace.estimates[0].push(left.estimate.unwrap_or(FIRST));
        }
    }
    trace.counts = vec![down.counts(0)];
    trace
}
