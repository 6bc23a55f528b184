//! The VP9 payload descriptor (RFC 9628, section 4.2).

use super::Counters;

/// Does a decoder begin here: the first packet of a picture's smallest layer that is predicted from nothing?
pub(super) fn keyframe(p: &[u8]) -> Option<bool> {
    let first = *p.first()?;
    let predicted = first & 0x40 != 0;
    let begins = first & 0x08 != 0;
    let spatial = layer(p).unwrap_or(0) >> 1 & 7;
    Counters::vp9(p)?;
    Some(!predicted && begins && spatial == 0)
}

/// The octet of layer indices, if there is one.
fn layer(p: &[u8]) -> Option<u8> {
    let first = *p.first()?;
    let at = match (first & 0x80 != 0, p.get(1).is_some_and(|b| b & 0x80 != 0)) {
        (false, _) => 1,
        (true, false) => 2,
        (true, true) => 3,
    };
    p.get(at).copied().filter(|_| first & 0x20 != 0)
}

impl Counters {
    /// Reads a VP9 descriptor; `None` when it is cut or nothing follows it.
    pub fn vp9(p: &[u8]) -> Option<Self> {
        let first = *p.first()?;
        let (has_id, has_layers) = (first & 0x80 != 0, first & 0x20 != 0);
        let (flexible, has_structure) = (first & 0x10 != 0, first & 0x02 != 0);
        let mut d = Self { len: 1, ..Self::default() };
        if has_id {
            let wide = p.get(1)? & 0x80 != 0;
            d.picture_id = if wide { 1 } else { 0 };
            d.len += 1 + usize::from(wide);
        }
        if has_layers {
            d.len += 1;
            if !flexible {
                d.tl0 = d.len as u8;
                d.len += 1;
            }
        }
        if flexible && first & 0x40 != 0 {
            // At most three references; the last bit says whether another follows.
            for _ in 0..3 {
                let reference = *p.get(d.len)?;
                d.len += 1;
                if reference & 1 == 0 {
                    break;
                }
            }
        }
        if has_structure {
            d.len = structure(p, d.len)?;
        }
        (p.len() > d.len).then_some(d)
    }
}

/// Where the scalability structure that begins at `at` ends.
fn structure(p: &[u8], mut at: usize) -> Option<usize> {
    let head = *p.get(at)?;
    at += 1;
    if head & 0x10 != 0 {
        at += 4 * (usize::from(head >> 5) + 1);
    }
    if head & 0x08 != 0 {
        let pictures = *p.get(at)?;
        at += 1;
        for _ in 0..pictures {
            let references = usize::from(*p.get(at)? >> 2 & 3);
            at += 1 + references;
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_pictures_are_seen_behind_every_descriptor() {
        for (payload, key, len) in [
            (&[0x08, 1][..], true, 1),
            (&[0x88, 0x81, 2, 1], true, 3),
            (&[0x88, 0x01, 1], true, 2),
            (&[0xa8, 0x81, 2, 0x00, 9, 1], true, 5),
            (&[0xa8, 0x81, 2, 0x02, 9, 1], false, 5),
            (&[0xa0, 0x81, 2, 0x00, 9, 1], false, 5),
            (&[0xc8, 0x81, 2, 1], false, 3),
            (&[0xf8, 0x81, 2, 0x00, 0x03, 0x02, 1], false, 6),
            (&[0x0a, 0x18, 0, 9, 0, 9, 1, 0x04, 7, 1], true, 9),
        ] {
            assert_eq!(keyframe(payload), Some(key), "{payload:x?}");
            assert_eq!(Counters::vp9(payload).map(|it| it.len), Some(len), "{payload:x?}");
        }
    }

    #[test]
    fn a_descriptor_that_is_cut_is_refused() {
        for payload in [&[][..], &[0x08], &[0x88, 0x81, 2], &[0x0a, 0x08, 9, 0xff, 1]] {
            assert_eq!(keyframe(payload), None, "{payload:x?}");
        }
    }
}
