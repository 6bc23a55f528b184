use super::*;
use media::{NEEDS_MAX, Target};
use proptest::prelude::*;

/// Writes descriptors as an encoder does, most significant bit first.
#[derive(Default)]
struct Pen {
    bytes: Vec<u8>,
    bits: usize,
}

impl Pen {
    fn write(&mut self, count: u32, value: u32) -> &mut Self {
        for place in (0..count).rev() {
            if self.bits.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let last = self.bytes.last_mut().unwrap();
            *last |= ((value >> place & 1) as u8) << (7 - self.bits % 8);
            self.bits += 1;
        }
        self
    }

    fn write_below(&mut self, bound: u32, value: u32) {
        let width = bound.ilog2();
        let short = (2 << width) - bound;
        match value < short {
            true => self.write(width, value),
            false => self.write(width + 1, value + short),
        };
    }
}

/// One kind of frame: layers, what it is to each target (`-DSR`), distances.
type Kind = ((u8, u8), &'static str, &'static [u32]);

/// L2T2_KEY as libwebrtc's encoders have it, without chains of the frames themselves.
const L2T2_KEY: &[Kind] = &[
    ((0, 0), "SSSS", &[]),
    ((0, 0), "SS--", &[4]),
    ((0, 1), "-D--", &[2]),
    ((1, 0), "--SS", &[1]),
    ((1, 0), "--SS", &[4]),
    ((1, 1), "---D", &[2]),
];
const OFFSET: u32 = 60;

fn key_descriptor(kinds: &[Kind], number: u16) -> Vec<u8> {
    let mut pen = Pen::default();
    pen.write(2, 0b11).write(6, OFFSET).write(16, number.into());
    pen.write(5, 0b10000);
    write_structure(&mut pen, kinds);
    pen.bytes
}

fn write_structure(pen: &mut Pen, kinds: &[Kind]) {
    let targets = kinds[0].1.len() as u32;
    pen.write(6, OFFSET).write(5, targets - 1);
    for pair in kinds.windows(2) {
        let next = match (pair[0].0, pair[1].0) {
            (a, b) if a == b => 0,
            (a, b) if a.0 == b.0 => 1,
            _ => 2,
        };
        pen.write(2, next);
    }
    pen.write(2, 3);
    for letter in kinds.iter().flat_map(|it| it.1.chars()) {
        pen.write(2, "-DSR".find(letter).unwrap() as u32);
    }
    for (_, _, needs) in kinds {
        needs.iter().for_each(|it| {
            pen.write(1, 1).write(4, it - 1);
        });
        pen.write(1, 0);
    }
    let chains = 2;
    pen.write_below(targets + 1, chains);
    (0..targets).for_each(|it| pen.write_below(chains, it / 2));
    (0..chains * kinds.len() as u32).for_each(|it| {
        pen.write(4, it & 15);
    });
    pen.write(1, 1);
    (0..2).for_each(|it| {
        pen.write(16, 319 * it).write(16, 179 * it);
    });
}

fn delta(kind: u32, number: u16) -> Vec<u8> {
    let mut pen = Pen::default();
    pen.write(2, 0b11).write(6, (OFFSET + kind) % 64).write(16, number.into());
    pen.bytes
}

fn targets(all: &[(u8, u8)]) -> Targets {
    let mut targets = Targets::default();
    all.iter().for_each(|(spatial, temporal)| {
        targets.insert(Target { spatial: *spatial, temporal: *temporal });
    });
    targets
}

const ALL: [(u8, u8); 4] = [(0, 0), (0, 1), (1, 0), (1, 1)];

#[test]
fn a_key_picture_tells_its_structure_and_later_frames_refer_to_it() {
    let mut read = Dependencies::default();
    let (key, fresh) = read.read(&key_descriptor(L2T2_KEY, 65_534)).unwrap();
    assert!(fresh && key.begins && key.ends);
    assert_eq!((key.number, key.spatial, key.needs), (65_534, 0, [0; NEEDS_MAX]));
    assert_eq!(
        (key.within, key.switches, key.active),
        (targets(&ALL), targets(&ALL), targets(&ALL))
    );
    assert_eq!(read.spatial_layers(), Some(2));
    let (upper, fresh) = read.read(&delta(3, 65_535)).unwrap();
    assert!(!fresh && upper.spatial == 1 && upper.needs[..2] == [1, 0]);
    assert_eq!((upper.within, upper.switches), (targets(&ALL[2..]), targets(&ALL[2..])));
    let (lower, _) = read.read(&delta(2, 0)).unwrap();
    assert_eq!((lower.within, lower.switches), (targets(&ALL[1..2]), Targets::default()));
    assert_eq!(lower.needs[..2], [2, 0]);
}

#[test]
fn a_frame_before_its_structure_is_told_later() {
    let mut read = Dependencies::default();
    assert_eq!(read.read(&delta(0, 7)), Err(Untold::Later));
    read.read(&key_descriptor(L2T2_KEY, 6)).unwrap();
    assert!(read.read(&delta(0, 7)).is_ok());
    assert_eq!(read.read(&delta(6, 8)), Err(Untold::Later), "a kind of the next structure");
}

#[test]
fn a_key_picture_that_comes_late_changes_nothing() {
    let mut read = Dependencies::default();
    read.read(&key_descriptor(L2T2_KEY, 2)).unwrap();
    let before = read.clone();
    let (late, _) = read.read(&key_descriptor(&L2T2_KEY[..2], u16::MAX)).unwrap();
    assert_eq!((late.number, read), (u16::MAX, before));
}

#[test]
fn a_frame_may_say_all_of_itself() {
    let mut read = Dependencies::default();
    read.read(&key_descriptor(L2T2_KEY, 2)).unwrap();
    let mut pen = Pen::default();
    pen.write(2, 0b10).write(6, OFFSET).write(16, 3).write(5, 0b01111);
    pen.write(4, 0b0011).write(8, 0b1000_0001);
    pen.write(2, 1).write(4, 2).write(2, 3).write(12, 299).write(2, 0);
    pen.write(8, 200).write(8, 255);
    let (frame, _) = read.read(&pen.bytes).unwrap();
    assert!(frame.begins && !frame.ends);
    assert_eq!(frame.active, targets(&ALL[..2]));
    assert_eq!(frame.within, targets(&[(0, 0), (1, 1)]));
    assert_eq!((frame.switches, &frame.needs[..3]), (targets(&ALL[..1]), &[3, 300, 0][..]));
    let (next, _) = read.read(&delta(1, 4)).unwrap();
    assert_eq!(next.active, targets(&ALL[..2]), "until something else is said");
}

#[test]
fn a_frame_of_too_many_others_is_refused() {
    let mut read = Dependencies::default();
    read.read(&key_descriptor(L2T2_KEY, 2)).unwrap();
    let mut pen = Pen::default();
    pen.write(2, 0b11).write(6, OFFSET).write(16, 3).write(5, 0b00010);
    (0..=NEEDS_MAX).for_each(|_| {
        pen.write(2, 1).write(4, 0);
    });
    pen.write(2, 0);
    assert_eq!(read.read(&pen.bytes), Err(Untold::Broken));
}

#[test]
fn a_descriptor_that_is_cut_is_refused_and_changes_nothing() {
    let whole = key_descriptor(L2T2_KEY, 2);
    for len in 0..whole.len() {
        let mut read = Dependencies::default();
        assert!(read.read(&whole[..len]).is_err(), "{len}");
        assert_eq!(read, Dependencies::default());
    }
}

#[test]
fn the_number_of_a_frame_is_shifted_in_place() {
    let mut descriptor = delta(1, 5);
    shift(&mut descriptor, 6);
    assert_eq!((number(&descriptor), descriptor[0]), (Some(u16::MAX), delta(1, 0)[0]));
    shift(&mut [], 1);
    assert_eq!(number(&[1, 2]), None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        descriptors in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..6),
        begun: bool, flips in prop::collection::vec((0..200_usize, 0..8_u32), 0..6)) {
        let mut read = Dependencies::default();
        let mut key = key_descriptor(L2T2_KEY, 2);
        if begun {
            let bits = key.len();
            flips.into_iter().for_each(|(at, bit)| key[at % bits] ^= 1 << bit);
            let _ = read.read(&key);
        }
        for mut descriptor in descriptors {
            if let Ok((frame, _)) = read.read(&descriptor) {
                prop_assert!(frame.spatial <= 3);
                prop_assert_eq!(frame.within.both(frame.switches), frame.switches);
                prop_assert_eq!(number(&descriptor), Some(frame.number));
            }
            shift(&mut descriptor, 77);
        }
    }
}
