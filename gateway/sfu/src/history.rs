//! What a layer sent lately: enough to know whether it is alive, whether its numbers go on, and to
//! send what followed a keyframe whose first packet came late.

use alloc::boxed::Box;

use media::{Frame, Layer, Ms, Packet, Picture, RtpTime, Target, Targets, Temporal};

use crate::cost::FrameBytes;
use crate::keyframe::KeyframePacer;
use crate::meter::Meter;
use crate::starved::LayerFlow;

/// A layer that has been silent for so long, while another of the track sent two frames, is not
/// sent at present. A still screen, whose layers all send one frame a second, keeps all of them.
const SILENT_MS: u64 = 1_000;
/// A layer that has been silent for so long stands still: its last frame is what there is to see.
const STILL_MS: u64 = 500;
/// Packets remembered: more than the largest keyframe and than 2 s at 2.5 Mbit/s, the age of the
/// oldest repair. An older packet has no place any more.
const KEPT: usize = 512;
/// A keyframe that came longer ago while frames go on, or that more bytes followed, is too old to begin with: on a
/// thin line a fresh one is there sooner.
const ENTRANCE_MS: u64 = 1_500;
const ENTRANCE_BYTES: u32 = 192 * 1024;
/// Before a newcomer comes, a keyframe younger than this needs no successor.
const FRESH_MS: u64 = 500;
/// A publisher's stream that jumps ahead by more than this has begun anew (RFC 3550, appendix A.1).
const JUMP: u64 = 3_000;

/// What is needed of a packet to give it a place in a listener's stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Fact {
    pub(crate) seq: u64,
    pub(crate) time: RtpTime,
    pub(crate) picture: Picture,
    pub(crate) frame: Option<Frame>,
    pub(crate) temporal: Option<Temporal>,
    pub(crate) padding: bool,
}

impl From<&Packet> for Fact {
    fn from(packet: &Packet) -> Self {
        let Packet { seq, time, picture, frame, temporal, bytes, .. } = *packet;
        Self { seq, time, picture, frame, temporal, padding: bytes == 0 }
    }
}

/// Which wall time a timestamp stands for (RTCP SR).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NtpMapping {
    /// 32.32 fixed-point seconds.
    pub(crate) ntp: u64,
    pub(crate) time: RtpTime,
}

impl NtpMapping {
    /// Ticks of a clock with `per_ms` from `earlier` to this by wall time, modulo 2³².
    pub(crate) const fn ticks_since(self, earlier: Self, per_ms: u32) -> u32 {
        let seconds = self.ntp.wrapping_sub(earlier.ntp) as i64 as i128;
        ((seconds * 1_000 * per_ms as i128 + (1 << 31)) >> 32) as u32
    }
}

/// The last keyframe, where a newcomer can begin at once.
#[derive(Clone, Copy, Debug)]
struct Entrance {
    /// Of its first packet.
    seq: u64,
    time: RtpTime,
    /// Of the newest frame that followed.
    newest: RtpTime,
    at: Ms,
    /// Payload from there on.
    bytes: u32,
}

/// How a publisher's stream goes from what came before to a packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Continuation {
    /// The packet has its place among the others.
    GoesOn,
    /// Its numbers do not go on from those before.
    BeginsAnew,
    /// It has no place, and nothing says that it will.
    Stray,
}

/// One layer of one track.
#[derive(Debug)]
pub(crate) struct History {
    /// How many layers of the track are smaller.
    pub(crate) rank: u8,
    pub(crate) pacer: KeyframePacer,
    pub(crate) meter: Meter,
    /// Whether it has too few pictures to be sent to anybody.
    pub(crate) flow: LayerFlow,
    frame_bytes: FrameBytes,
    /// The publisher has said that it sends nothing: newcomers are not shown what came before, and no keyframe is asked
    /// for.
    muted: bool,
    /// When the last packet with media came.
    last_at: Option<Ms>,
    /// When the newest frame began, and the one before it.
    frames_at: [Option<Ms>; 2],
    frame: RtpTime,
    highest: Option<u64>,
    /// What the publisher's last report said.
    pub(crate) moment: Option<NtpMapping>,
    /// The last packet whose number was out of reach; a second one near it is a new beginning.
    stray: Option<u64>,
    entrance: Option<Entrance>,
    scaled: Scaled,
    facts: Box<[Option<Fact>]>,
}

/// What a scalable stream is made of at present.
#[derive(Clone, Copy, Debug, Default)]
struct Scaled {
    /// What the publisher says.
    active: Targets,
    /// When each spatial layer was sent last; before the first packet, when the stream began.
    sent_at: [Ms; 4],
    begun: bool,
}

impl Scaled {
    fn note(&mut self, now: Ms, frame: &Frame, newer: bool) {
        if !core::mem::replace(&mut self.begun, true) {
            self.sent_at = [now; 4];
        }
        if newer {
            self.active = frame.active;
        }
        if let Some(at) = self.sent_at.get_mut(usize::from(frame.spatial)) {
            *at = now;
        }
    }
}

impl History {
    /// `video` layers keep their last packets; sound needs none of them.
    pub(crate) fn new(video: bool, rank: u8) -> Self {
        let facts = if video { KEPT } else { 0 };
        Self {
            rank,
            pacer: KeyframePacer::default(),
            meter: Meter::default(),
            flow: LayerFlow::default(),
            frame_bytes: FrameBytes::default(),
            muted: false,
            last_at: None,
            frames_at: [None; 2],
            frame: RtpTime(0),
            highest: None,
            moment: None,
            stray: None,
            entrance: None,
            scaled: Scaled::default(),
            facts: (0..facts).map(|_| None).collect(),
        }
    }

    /// What `packet` means for the stream as it is known. A keyframe out of reach shows alone that
    /// the stream began anew, anything else together with a second packet near it.
    pub(crate) fn next(&mut self, packet: &Packet) -> Continuation {
        if self.highest.is_none_or(|highest| reaches(highest, packet.seq)) {
            return Continuation::GoesOn;
        }
        let near = self.stray.is_some_and(|seq| seq != packet.seq && reaches(seq, packet.seq));
        self.stray = Some(packet.seq);
        if packet.keyframe || near { Continuation::BeginsAnew } else { Continuation::Stray }
    }

    /// Nothing that came before has a meaning for what comes next.
    pub(crate) fn begin_anew(&mut self) {
        (self.highest, self.moment, self.stray) = (None, None, None);
        self.entrance = None;
        self.scaled = Scaled::default();
        self.facts.fill(None);
    }

    /// Remembers a packet with which the stream goes on, or begins.
    pub(crate) fn note(&mut self, now: Ms, packet: &Packet) {
        let newer = self.highest.is_none_or(|highest| packet.seq > highest);
        if newer {
            (self.highest, self.stray) = (Some(packet.seq), None);
        }
        let mut again = false;
        if let Some(place) = self.facts.get_mut(packet.seq as usize % KEPT) {
            again = place.is_some_and(|fact| fact.seq == packet.seq);
            *place = Some(Fact::from(packet));
        }
        // Padding probes the line; a publisher sends it on layers that it does not encode, too.
        if packet.bytes == 0 {
            return;
        }
        if self.last_at.is_none() {
            // What was asked of a stream that was not there yet has not been heard.
            self.pacer.renew();
        }
        if newer && (self.last_at.is_none() || packet.time != self.frame) {
            self.frame = packet.time;
            self.frames_at = [Some(now), self.frames_at[0]];
        }
        self.last_at = Some(now);
        if !again {
            self.meter.note(now, packet, self.facts.is_empty());
            self.frame_bytes.note(packet);
            if !self.facts.is_empty() {
                self.flow.note(now, packet.time);
            }
        }
        if let Some(frame) = &packet.frame {
            self.scaled.note(now, frame, newer);
        }
        if packet.keyframe {
            self.pacer.served();
        }
        self.note_entrance(now, packet);
    }

    fn note_entrance(&mut self, now: Ms, packet: &Packet) {
        let bytes = u32::from(packet.bytes);
        let Packet { seq, time, keyframe, .. } = *packet;
        match &mut self.entrance {
            // A keyframe has several packets that one can begin with, and they may change places.
            Some(entrance) if keyframe && time == entrance.time => {
                (entrance.seq, entrance.bytes) =
                    (entrance.seq.min(seq), entrance.bytes.saturating_add(bytes));
            }
            Some(entrance) if seq < entrance.seq => {}
            Some(entrance) if !keyframe => {
                entrance.bytes = entrance.bytes.saturating_add(bytes);
                entrance.newest =
                    if time.since(entrance.newest) > 0 { time } else { entrance.newest };
            }
            _ if keyframe => {
                // What followed may have come before.
                let newest =
                    self.after(seq).filter(|fact| !fact.padding).last().map(|fact| fact.time);
                let newest = newest.unwrap_or(time);
                self.entrance = Some(Entrance { seq, time, newest, at: now, bytes });
            }
            _ => {}
        }
    }

    /// The first packet of the last keyframe, if it is still worth beginning with, and the time of
    /// the newest frame.
    pub(crate) fn entrance(&self, now: Ms) -> Option<(Fact, RtpTime)> {
        let entrance = self.entrance?;
        let fact = (*self.facts.get(entrance.seq as usize % KEPT)?)?;
        let open = now.since(entrance.at) <= ENTRANCE_MS || self.stands_still(now);
        (open && entrance.bytes <= ENTRANCE_BYTES && fact.seq == entrance.seq)
            .then_some((fact, entrance.newest))
    }

    /// Whether a listener that comes soon could begin with the last keyframe.
    pub(crate) fn fresh(&self, now: Ms) -> bool {
        let fresh = self.entrance.is_some_and(|entrance| now.since(entrance.at) < FRESH_MS);
        fresh || self.stands_still(now) && self.entrance(now).is_some()
    }

    pub(crate) fn stands_still(&self, now: Ms) -> bool {
        self.last_at.is_some_and(|at| now.since(at) >= STILL_MS)
    }

    /// The publisher says whether it sends at present.
    pub(crate) fn mute(&mut self, muted: bool) {
        self.muted = muted;
        self.entrance = self.entrance.filter(|_| !muted);
        self.pacer.renew();
    }

    /// The parts of a scalable stream that are sent at present: those that the publisher says, without
    /// spatial layers that are silent while others are not.
    pub(crate) fn offered(&self) -> Targets {
        let Scaled { active, sent_at, .. } = self.scaled;
        let newest = sent_at.into_iter().max().unwrap_or_default();
        let sent = sent_at.map(|at| newest.since(at) < SILENT_MS);
        let layers = (0..).zip(sent).fold(0, |all, (place, sent)| all | u8::from(sent) << place);
        active.with_spatial(layers)
    }

    /// Can a request for a keyframe be answered? A source that stands still sends nothing, and answers.
    pub(crate) const fn answers(&self) -> bool {
        !self.muted
    }

    /// Whether a request for a keyframe that is owed may go out now; notes it if so. A source that is muted is asked
    /// when it is not.
    pub(crate) fn pays(&mut self, now: Ms) -> bool {
        self.answers() && self.pacer.pay(now)
    }

    /// What a keyframe costs listeners that need none, in bytes, and what the layer sends in a second; 0 while not
    /// known.
    pub(crate) fn keyframe_cost(&self, now: Ms) -> (u64, u64) {
        let bits = self.meter.measured(now, Target::ALL).map_or(0, |rate| rate.bits);
        (self.frame_bytes.excess(), bits / 8)
    }

    /// The packets after `seq` that came already, in order.
    pub(crate) fn after(&self, seq: u64) -> impl Iterator<Item = Fact> + '_ {
        let end = self.highest.unwrap_or(0).min(seq.saturating_add(KEPT as u64));
        (seq..=end).skip(1).filter_map(|seq| {
            let fact = (*self.facts.get(seq as usize % KEPT)?)?;
            (fact.seq == seq).then_some(fact)
        })
    }
}

/// The layers that the publisher sends at present and that are not starved, the smallest first.
pub(crate) fn live(now: Ms, layers: &[History]) -> impl Iterator<Item = Layer> + '_ {
    let frame_before = layers.iter().filter_map(|layer| layer.frames_at[1]).max();
    let live = move |layer: &History| {
        let last_at = layer.last_at.filter(|_| !layer.flow.is_starved())?;
        let silent = now.since(last_at) >= SILENT_MS && Some(last_at) < frame_before;
        (!silent).then_some(())
    };
    let ranked = (0..=u8::MAX).take(layers.len());
    let numbered = ranked.filter_map(move |rank| {
        layers.iter().zip(0..=u8::MAX).find(|(layer, _)| layer.rank == rank)
    });
    numbered.filter_map(move |(layer, index)| live(layer).map(|()| Layer(index)))
}

/// A layer as listeners count them, from the smallest.
pub(crate) fn ranked(layer: Layer, layers: &[History]) -> Layer {
    layers.get(usize::from(layer.0)).map_or(layer, |history| Layer(history.rank))
}

/// Can a stream that has come to `highest` go on with `seq`?
const fn reaches(highest: u64, seq: u64) -> bool {
    match seq > highest {
        true => seq - highest <= JUMP,
        false => highest - seq < KEPT as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(seq: u64) -> Packet {
        let (time, layer, picture) =
            (RtpTime((seq as u32).wrapping_mul(9)), Layer(0), Picture::default());
        Packet {
            seq,
            time,
            layer,
            keyframe: false,
            picture,
            frame: None,
            temporal: None,
            bytes: 100,
        }
    }

    fn noted(seqs: impl IntoIterator<Item = u64>) -> History {
        let mut history = History::new(true, 0);
        seqs.into_iter().for_each(|seq| history.note(Ms(seq), &packet(seq)));
        history
    }

    fn after(history: &History, seq: u64) -> alloc::vec::Vec<u64> {
        history.after(seq).map(|fact| fact.seq).collect()
    }

    #[test]
    fn what_followed_comes_in_order_with_its_padding() {
        let mut history = noted([4, 6, 5, 9]);
        history.note(Ms(9), &Packet { bytes: 0, ..packet(8) });
        assert_eq!(after(&history, 4), [5, 6, 8, 9]);
        assert!(history.after(4).any(|fact| fact.padding && fact.seq == 8));
        assert!(after(&history, 9).is_empty());
    }

    #[test]
    fn only_the_last_512_packets_are_kept() {
        let history = noted(0..2_000);
        assert_eq!(after(&history, 1_487).len(), 512);
        assert!(after(&history, 0).is_empty(), "overwritten");
    }

    #[test]
    fn a_stream_goes_on_until_it_jumps() {
        for (from, to, reaches) in [
            (5_000, 8_000, true),
            (5_000, 8_001, false),
            (5_000, 4_489, true),
            (5_000, 4_488, false),
            (0, 0, true),
            (u64::MAX, 0, false),
            (0, u64::MAX, false),
        ] {
            assert_eq!(
                noted([from]).next(&packet(to)) == Continuation::GoesOn,
                reaches,
                "{from} -> {to}"
            );
        }
    }

    #[test]
    fn one_stray_packet_begins_nothing_anew_but_two_or_a_keyframe_do() {
        let mut history = noted([50_000]);
        assert_eq!(history.next(&packet(7)), Continuation::Stray, "the first");
        assert_eq!(history.next(&packet(7)), Continuation::Stray, "the same again");
        history.note(Ms(0), &packet(50_001));
        assert_eq!(
            history.next(&packet(8)),
            Continuation::Stray,
            "the old stream went on between them"
        );
        assert_eq!(history.next(&packet(9)), Continuation::BeginsAnew);
        let key = |seq| Packet { keyframe: true, ..packet(seq) };
        assert_eq!(noted([50_000]).next(&key(7)), Continuation::BeginsAnew);
        assert_eq!(noted([50_000]).next(&key(50_001)), Continuation::GoesOn);
    }

    #[test]
    fn a_new_beginning_forgets_the_packets_of_the_old_stream() {
        let mut history = noted(10_000..10_400);
        history.begin_anew();
        (9_990..10_001).for_each(|seq| history.note(Ms(0), &packet(seq)));
        assert_eq!(after(&history, 9_998), [9_999, 10_000]);
    }

    #[test]
    fn the_last_number_there_is_follows_nothing() {
        assert!(after(&noted([u64::MAX - 1, u64::MAX]), u64::MAX).is_empty());
        assert_eq!(after(&noted([u64::MAX - 1, u64::MAX]), u64::MAX - 1), [u64::MAX]);
    }

    #[test]
    fn wall_time_is_told_in_ticks() {
        let at = |ntp| NtpMapping { ntp, time: RtpTime(0) };
        let second = 1 << 32;
        for (later, earlier, ticks) in [
            (second, 0, 90_000),
            (second / 1_000, 0, 90),
            (5, 5, 0),
            (0, second, 90_000_u32.wrapping_neg()),
            (second / 2, u64::MAX - second / 2 + 1, 90_000),
        ] {
            assert_eq!(at(later).ticks_since(at(earlier), 90), ticks, "{later} - {earlier}");
        }
    }

    #[test]
    fn a_layer_is_dead_when_it_is_silent_while_another_is_sent() {
        let mut layers = [History::new(true, 0), History::new(true, 1)];
        layers.iter_mut().for_each(|layer| layer.note(Ms(0), &packet(1)));
        let live_at = |now, layers: &[_]| live(Ms(now), layers).map(|it| it.0).sum::<u8>();
        layers[0].note(Ms(500), &packet(2));
        assert_eq!(live_at(999, &layers), 1, "both: silent for too short");
        layers[0].note(Ms(1_000), &packet(3));
        assert_eq!(live_at(1_000, &layers), 0, "the smaller one only");
        layers[1].note(Ms(1_001), &packet(2));
        assert_eq!(live_at(1_001, &layers), 1, "both again");
    }

    #[test]
    fn a_still_screen_with_a_frame_a_second_keeps_all_layers_live() {
        let mut layers = [History::new(true, 0), History::new(true, 1)];
        for second in 0..20 {
            for (layer, late) in layers.iter_mut().zip([0, 10]) {
                layer.note(Ms(second * 1_000 + late), &packet(second));
            }
            for later in [10, 500, 999, 1_000] {
                assert_eq!(
                    live(Ms(second * 1_000 + later), &layers).count(),
                    2,
                    "{second} {later}"
                );
            }
        }
    }

    #[test]
    fn padding_keeps_no_layer_alive() {
        let mut history = History::new(true, 0);
        history.note(Ms(0), &Packet { bytes: 0, ..packet(1) });
        assert!(live(Ms(0), &[history]).next().is_none());
    }
}
