//! What a layer sent lately: enough to know whether it is alive, and to send what followed a
//! keyframe whose first packet came late.

use alloc::boxed::Box;

use media::{Ms, Packet, Picture, RtpTime};

use crate::keyframe::KeyframePacer;

/// A layer that has been silent for so long is not sent at present. Longer than the pause between
/// two frames of the slowest camera that we know (2 frames a second).
const SILENT_MS: u64 = 1_000;
/// Packets remembered: more than the largest keyframe at 1.5 Mbit/s.
const KEPT: usize = 256;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Fact {
    pub(crate) seq: u64,
    pub(crate) time: RtpTime,
    pub(crate) picture: Picture,
}

/// One layer of one track.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) pacer: KeyframePacer,
    last_at: Option<Ms>,
    highest: u64,
    facts: Box<[Option<Fact>]>,
}

impl History {
    /// `video` layers keep their last packets; sound needs none of them.
    pub(crate) fn new(video: bool) -> Self {
        let facts = if video { KEPT } else { 0 };
        Self {
            pacer: KeyframePacer::default(),
            last_at: None,
            highest: 0,
            facts: (0..facts).map(|_| None).collect(),
        }
    }

    pub(crate) fn note(&mut self, now: Ms, packet: &Packet) {
        self.last_at = Some(now);
        self.highest = self.highest.max(packet.seq);
        let fact = Fact { seq: packet.seq, time: packet.time, picture: packet.picture };
        if packet.bytes > 0
            && let Some(place) = self.facts.get_mut(packet.seq as usize % KEPT)
        {
            *place = Some(fact);
        }
    }

    /// Does the publisher send this layer at present?
    pub(crate) fn live(&self, now: Ms) -> bool {
        self.last_at.is_some_and(|at| now.since(at) < SILENT_MS)
    }

    /// The packets after `seq` that came already, in order.
    pub(crate) fn after(&self, seq: u64) -> impl Iterator<Item = Fact> + '_ {
        let end = self.highest.min(seq.saturating_add(KEPT as u64));
        (seq.saturating_add(1)..=end).filter_map(|seq| {
            let fact = (*self.facts.get(seq as usize % KEPT)?)?;
            (fact.seq == seq).then_some(fact)
        })
    }
}
