//! A line between publishers and the gateway: late, uneven, with doubles.

use super::media::Sent;
use super::{Gateway, House};
use std::path::{Path, PathBuf};

/// Everything that was sent, by its time of arrival.
#[derive(Default)]
pub(crate) struct Line(Vec<(u64, (u32, u8), Sent)>);

impl Line {
    /// Packets of a track that is published at `from_ms`, with some jitter.
    pub(crate) fn send(
        &mut self,
        from_ms: u64,
        track: u32,
        sent: &[Sent],
        keep: impl Fn(usize, u64) -> bool,
    ) {
        self.send_layer(from_ms, (track, 0), sent, keep);
    }

    /// The same of one layer of a track.
    pub(crate) fn send_layer(
        &mut self,
        from_ms: u64,
        track: (u32, u8),
        sent: &[Sent],
        keep: impl Fn(usize, u64) -> bool,
    ) {
        for (number, it) in sent.iter().enumerate() {
            if keep(number, it.at_ms) {
                let jitter = (number as u64 * 7_919) % 25;
                self.0.push((from_ms + it.at_ms + 40 + jitter, track, it.clone()));
            }
        }
    }

    /// Plays it all into the tap, with doubles.
    pub(crate) fn play(mut self, gateway: &Gateway, mut between: impl FnMut(u64, &Gateway)) {
        self.0.sort_by_key(|it| it.0);
        for (number, (at_ms, track, sent)) in self.0.iter().enumerate() {
            between(*at_ms, gateway);
            gateway.rtp_of(*at_ms, *track, &sent.packet);
            if number % 50 == 7 {
                gateway.rtp_of(*at_ms + 1, *track, &sent.packet);
            }
        }
    }
}

/// Fetches a form into a file.
pub(crate) async fn save(
    house: &House,
    manifest: &archive::manifest::Manifest,
    form: &str,
    to: &Path,
) -> PathBuf {
    let bytes = house.form(manifest, form, "teacher").await;
    let path = to.join(format!("{form}.file"));
    std::fs::write(&path, bytes).unwrap();
    path
}
