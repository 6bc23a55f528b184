/// One encoding of a simulcast track, 0 the smallest.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Layer(pub u8);
