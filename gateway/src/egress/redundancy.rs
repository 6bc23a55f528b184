//! Which packets before it a packet of sound carries copies of (RED), by what the line loses and has room for.

/// What a line does to the packets of a voice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Loss {
    /// The part of them that is lost, 0 to 1.
    pub(crate) part: f64,
    /// How many are lost in a row, in the mean; at least 1.
    pub(crate) burst: f64,
}

/// So many packets before its own lie the packets of which one carries copies: nearest first, 0 = none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Distances([u8; 2]);

/// Most copies that a packet carries.
pub(crate) const COPIES_MAX: usize = 2;
/// A line that loses less than this part of a voice needs no copies: the ear does not notice.
const LOSSY: f64 = 0.01;
/// Less than this part of a voice is to stay lost after all copies: one copy is enough up to 15 % by chance.
const LEFT: f64 = 0.024;
/// The choices, the cheapest first, and of those the one that makes the listener wait least.
const CHOICES: [Distances; 7] = [
    Distances([0, 0]),
    Distances([1, 0]),
    Distances([2, 0]),
    Distances([3, 0]),
    Distances([1, 2]),
    Distances([1, 3]),
    Distances([2, 4]),
];

impl Distances {
    /// No copies.
    pub(crate) const NONE: Self = Self([0, 0]);

    /// A copy of the packet before.
    pub(crate) const NEAREST: Self = Self([1, 0]);

    /// A copy of the packet so many before.
    pub(super) const fn back(distance: u8) -> Self {
        Self([distance, 0])
    }

    /// The distances, the farthest first: as copies stand in a packet.
    pub(crate) fn farthest_first(self) -> impl Iterator<Item = u64> {
        self.0.into_iter().rev().filter(|distance| *distance > 0).map(u64::from)
    }

    /// How many copies a packet carries.
    pub(crate) fn copies(self) -> usize {
        self.farthest_first().count()
    }

    /// The part of a voice that is lost after all: a packet and all its copies.
    fn left(self, loss: Loss) -> f64 {
        let [near, far] = self.0;
        let again = |between: u8| lost_again(loss, between);
        match (near, far) {
            (0, _) => loss.part,
            (near, 0) => loss.part * again(near),
            (near, far) => loss.part * again(near) * again(far - near),
        }
    }

    /// What the copies of all packets take of a voice of so many bits a second.
    pub(super) fn bits_per_second(self, voice_bits_per_second: u64) -> u64 {
        voice_bits_per_second * self.copies() as u64
    }
}

/// How probably a packet is lost so many packets after one that is: the two states of the line (Gilbert and Elliott) are
/// left and entered so that part and mean length of the bursts come out.
fn lost_again(loss: Loss, after: u8) -> f64 {
    let part = loss.part.clamp(0.0, 0.999);
    let memory = (1.0 - 1.0 / (loss.burst.max(1.0) * (1.0 - part))).clamp(0.0, 1.0);
    part + (1.0 - part) * memory.powi(i32::from(after))
}

/// The cheapest copies that leave little enough lost; where the line has `room`, in bits a second, for none such, those
/// of all that it has room for that leave the least. `voice` is what one copy of all sound takes.
pub(crate) fn redundancy(loss: Loss, room: Option<u64>, voice_bits_per_second: u64) -> Distances {
    if loss.part < LOSSY {
        return Distances::NONE;
    }
    let fits = |distances: &Distances| {
        room.is_none_or(|room| distances.bits_per_second(voice_bits_per_second) <= room)
    };
    let mut best = (Distances::NONE, Distances::NONE.left(loss));
    for choice in CHOICES.into_iter().filter(fits) {
        let left = choice.left(loss);
        if left < best.1 {
            best = (choice, left);
        }
        if left <= LEFT && choice != Distances::NONE {
            break;
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A voice of 24 kbit/s.
    const VOICE: u64 = 24_000;

    fn random(part: f64) -> Loss {
        Loss { part, burst: 1.0 / (1.0 - part) }
    }

    fn chosen(loss: Loss, room: Option<u64>) -> [u8; 2] {
        redundancy(loss, room, VOICE).0
    }

    #[test]
    fn copies_follow_the_loss() {
        for (part, copies) in [(0.0, [0, 0]), (0.009, [0, 0]), (0.01, [1, 0]), (0.05, [1, 0])] {
            assert_eq!(chosen(random(part), None), copies, "{part}");
        }
        assert_eq!(
            [0.1, 0.15, 0.16, 0.4].map(|it| chosen(random(it), None)),
            [[1, 0], [1, 0], [1, 2], [1, 2]]
        );
    }

    #[test]
    fn copies_lie_farther_apart_where_losses_come_in_bursts() {
        let bursts = |part, burst| chosen(Loss { part, burst }, None);
        assert_eq!(bursts(0.05, 1.3), [1, 0]);
        assert_eq!(bursts(0.06, 2.0), [2, 0]);
        assert_eq!(bursts(0.06, 4.0), [2, 4], "as far as there is");
    }

    #[test]
    fn a_line_without_room_for_copies_gets_fewer() {
        let at = |room| chosen(random(0.2), Some(room));
        assert_eq!(
            [2 * VOICE, 2 * VOICE - 1, VOICE, VOICE - 1].map(at),
            [[1, 2], [1, 0], [1, 0], [0, 0]]
        );
    }

    #[test]
    fn what_is_left_is_what_a_line_with_two_states_leaves() {
        // Such a line, step by step.
        let (part, burst) = (0.1, 2.5);
        let (leave, enter) = (1.0 / burst, part / (1.0 - part) / burst);
        let after =
            |steps: u8| (0..steps).fold(1.0, |lost, _| lost * (1.0 - leave) + (1.0 - lost) * enter);
        for steps in 0..6 {
            let told = lost_again(Loss { part, burst }, steps);
            assert!((told - after(steps)).abs() < 1e-9, "{steps}: {told} and {}", after(steps));
        }
    }

    proptest! {
        #[test]
        fn more_room_never_leaves_more_and_the_room_is_kept(
            part in 0.0f64..0.9, burst in 1.0f64..20.0, room in 0u64..100_000, more in 0u64..100_000, voice in 1u64..80_000,
        ) {
            let loss = Loss { part, burst };
            let [some, all] = [room, room + more].map(|it| redundancy(loss, Some(it), voice));
            prop_assert!(some.bits_per_second(voice) <= room);
            prop_assert!(all.left(loss) <= some.left(loss).max(LEFT) + 1e-9);
            prop_assert!(some.copies() <= COPIES_MAX);
        }
    }
}
