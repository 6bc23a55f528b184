//! One input cut into several: what a stranger sends comes in datagrams.

/// Pieces of an input, each behind its length in two bytes (big endian); the last one is what is left.
#[derive(Debug)]
pub(crate) struct Parts<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (len, rest) = self.0.split_first_chunk::<2>()?;
        let len = usize::from(u16::from_be_bytes(*len)).min(rest.len());
        let (part, rest) = rest.split_at(len);
        self.0 = rest;
        Some(part)
    }
}
