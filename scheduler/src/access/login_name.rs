/// What somebody types to say who is coming in: 2 to 64 of `a-z 0-9 . - _`, in small letters. A telephone number is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoginName(String);

/// A text that is no login name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotALoginName;

const LENGTHS: std::ops::RangeInclusive<usize> = 2..=64;

impl LoginName {
    /// Spaces around it and capital letters, as phones write them, make no other name.
    pub(crate) fn read(typed: &str) -> Result<Self, NotALoginName> {
        let name = typed.trim().to_ascii_lowercase();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let good = LENGTHS.contains(&name.len()) && name.bytes().all(plain);
        good.then_some(Self(name)).ok_or(NotALoginName)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_phones_write_it_and_lookalikes_are_refused() {
        for (typed, name) in
            [("Wang.Min", "wang.min"), (" 13900000001 ", "13900000001"), ("a_", "a_")]
        {
            assert_eq!(LoginName::read(typed).unwrap().as_str(), name);
        }
        for wrong in ["", "a", "wang min", "王敏", "wаng", "a@b", "a\0b", &"a".repeat(65)] {
            assert_eq!(LoginName::read(wrong), Err(NotALoginName), "{wrong}");
        }
    }
}
