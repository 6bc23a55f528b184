//! How large a page is drawn.

/// A page as the PDF says it: the part that a viewer shows (CropBox), in points, before it is turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Page {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Whether it is shown turned by 90 or 270 degrees.
    pub(super) turned: bool,
}

/// Pixels.
pub(super) type Size = (u32, u32);

/// The longest side that is drawn: old phones show no longer picture.
const SIDE_MAX: f64 = 8_192.0;
/// A page that is thinner shows nothing.
const SIDE_MIN: u32 = 16;

impl Page {
    /// The sizes in what `pdfinfo -f FIRST -l LAST` says, in order of pages.
    pub(super) fn read(said: &str) -> Vec<Self> {
        let mut pages: Vec<Self> = Vec::new();
        for line in said.lines().filter_map(|it| it.strip_prefix("Page ")) {
            match line.split_ascii_whitespace().collect::<Vec<_>>().as_slice() {
                [_, "size:", width, "x", height, ..] => {
                    let points = |it: &str| it.parse().unwrap_or_default();
                    let (width, height) = (points(width), points(height));
                    pages.push(Self { width, height, turned: false });
                }
                [_, "rot:", degrees] => {
                    if let Some(page) = pages.last_mut() {
                        page.turned = matches!(*degrees, "90" | "270");
                    }
                }
                _ => {}
            }
        }
        pages
    }

    /// The size of its picture, as it is shown: `width` wide, but no higher than `height`, so that a
    /// page that stands is as large as those that lie. One that would get too thin to read is
    /// longer. `None` if there is nothing to see.
    pub(super) fn fit(self, width: u32, height: u32) -> Option<Size> {
        let (shown_width, shown_height) =
            if self.turned { (self.height, self.width) } else { (self.width, self.height) };
        if !(shown_width > 0.0 && shown_height > 0.0) {
            return None;
        }
        let (width, height) = (f64::from(width), f64::from(height));
        let scale = (width / shown_width).min(height / shown_height);
        let readable = (width / 2.0 / shown_width).min(SIDE_MAX / shown_height);
        let scale = scale.max(readable);
        let pixels = |points: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and SIDE_MAX"
            )]
            let pixels = (points * scale).round().clamp(0.0, SIDE_MAX) as u32;
            pixels
        };
        let size = (pixels(shown_width), pixels(shown_height));
        (size.0.min(size.1) >= SIDE_MIN).then_some(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(width: f64, height: f64, turned: bool) -> Page {
        Page { width, height, turned }
    }

    #[test]
    fn sizes_and_turns_are_read() {
        let said = "Pages:           3\nPage    1 size:  640 x 360 pts\nPage    1 rot:   0\n\
            Page    2 size:  595.276 x 841.89 pts (A4)\nPage    2 rot:   270\n\
            Page    3 size:  0 x 100 pts\nFile size:       2402 bytes\n";
        assert_eq!(
            Page::read(said),
            [page(640.0, 360.0, false), page(595.276, 841.89, true), page(0.0, 100.0, false)]
        );
    }

    #[test]
    fn a_page_that_stands_is_as_large_as_those_that_lie() {
        for (page, size) in [
            (page(640.0, 360.0, false), Some((1_280, 720))),
            (page(360.0, 640.0, true), Some((1_280, 720))),
            (page(640.0, 360.0, true), Some((720, 1_280))),
            (page(7_200.0, 4_050.0, false), Some((1_280, 720))),
            (page(595.0, 842.0, false), Some((905, 1_280))),
            (page(360.0, 5_040.0, false), Some((585, 8_192))),
            (page(5_040.0, 360.0, false), Some((1_280, 91))),
            (page(1.0, 14_000.0, false), None),
            (page(0.0, 100.0, false), None),
            (page(f64::NAN, 100.0, false), None),
        ] {
            assert_eq!(page.fit(1_280, 1_280), size, "{page:?}");
        }
        assert_eq!(page(595.0, 842.0, false).fit(1_280, 2_560), Some((1_280, 1_811)));
    }
}
