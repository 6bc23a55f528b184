//! What the dependency descriptors of one layer say, packet by packet.

use media::Frame;
use transport::dependency::{Dependencies, Untold};

/// Packets that wait for the key picture which tells what they are: three of the largest key pictures.
const WAITING_MAX: usize = 256;

/// Reads the descriptors of one layer.
#[derive(Debug, Default)]
pub(crate) struct Scaling {
    read: Dependencies,
    waiting: Vec<u64>,
}

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum DescriptorReading {
    /// It says nothing of itself.
    Nothing,
    /// A piece of this frame; whether a decoder can begin with it.
    Frame(Frame, bool),
    /// It will be known when a packet that is missing has come.
    Waits,
    /// It is not to be forwarded.
    Unreadable,
}

impl Scaling {
    /// Takes the descriptor of packet `seq`; empty if it has none.
    pub(crate) fn tell(&mut self, seq: u64, descriptor: &[u8]) -> DescriptorReading {
        if descriptor.is_empty() {
            return DescriptorReading::Nothing;
        }
        match self.read.read(descriptor) {
            Ok((frame, fresh)) => {
                DescriptorReading::Frame(frame, fresh && frame.begins && frame.spatial == 0)
            }
            Err(Untold::Later) if self.waiting.len() < WAITING_MAX => {
                self.waiting.push(seq);
                DescriptorReading::Waits
            }
            Err(Untold::Later | Untold::Broken) => DescriptorReading::Unreadable,
        }
    }

    /// The packets that waited, in order; those that still do come back by [`Self::tell`].
    pub(crate) fn waited(&mut self) -> Vec<u64> {
        let mut waited = std::mem::take(&mut self.waiting);
        waited.sort_unstable();
        waited
    }

    /// Spatial layers of the stream; `None` before its first key picture.
    pub(crate) fn spatial_layers(&self) -> Option<u8> {
        self.read.spatial_layers()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One kind of frame, alone in its structure; the descriptor of a key picture.
    const KEY: [u8; 6] = [0xc0, 0, 5, 0x80, 0x00, 0xe0];
    /// A frame of that kind.
    const NEXT: [u8; 3] = [0xc0, 0, 6];

    #[test]
    fn what_comes_before_its_key_picture_waits_for_it() {
        let mut scaling = Scaling::default();
        assert_eq!(scaling.tell(9, &[]), DescriptorReading::Nothing);
        assert_eq!(scaling.tell(12, &NEXT), DescriptorReading::Waits);
        assert_eq!(scaling.tell(11, &NEXT), DescriptorReading::Waits);
        assert!(
            matches!(scaling.tell(10, &KEY), DescriptorReading::Frame(frame, true) if frame.number == 5)
        );
        assert_eq!((scaling.waited(), scaling.spatial_layers()), (vec![11, 12], Some(1)));
        assert!(
            matches!(scaling.tell(11, &NEXT), DescriptorReading::Frame(frame, false) if frame.number == 6)
        );
        assert!(scaling.waited().is_empty());
    }

    #[test]
    fn few_wait_and_the_rest_is_unreadable() {
        let mut scaling = Scaling::default();
        let waits =
            (0..1_000).filter(|seq| scaling.tell(*seq, &NEXT) == DescriptorReading::Waits).count();
        assert_eq!(waits, WAITING_MAX);
        assert_eq!(scaling.tell(0, &[1, 2]), DescriptorReading::Unreadable);
    }
}
