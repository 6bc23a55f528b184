use archive::manifest::{Manifest, Slide, State};
use serde::Serialize;
use std::collections::BTreeSet;

/// A page that was up for less than this is not told: nobody saw it, milliseconds.
const SEEN_MS: u64 = 100;
/// The most pages that one recording tells; over it those that were up longest.
const SLIDES_MAX: usize = 2_000;
/// The most lines of chat that one recording tells; over it the first ones.
const CHAT_MAX: usize = 2_000;

/// A part of the list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    pub(super) recordings: Vec<RecordingSummary>,
    /// `after` of the request for the next part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// What the list tells of a recording: enough to choose one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecordingSummary {
    id: String,
    title: String,
    kind: String,
    started_at: String,
    duration_ms: u64,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    forms: Vec<RenditionSize>,
    /// What its slides are besides, bytes; they are fetched with every form.
    slide_bytes: u64,
    damaged_seconds: u64,
}

#[derive(Debug, Serialize)]
struct RenditionSize {
    form: String,
    bytes: u64,
}

impl RecordingSummary {
    pub(super) fn new(manifest: &Manifest, slide_bytes: u64) -> Self {
        let size = |it: &archive::manifest::Rendition| RenditionSize {
            form: it.form.clone(),
            bytes: it.bytes,
        };
        Self {
            id: manifest.id.clone(),
            title: manifest.title.clone(),
            kind: manifest.kind.clone(),
            started_at: manifest.started_at.clone(),
            duration_ms: manifest.duration_ms,
            state: manifest.state,
            reason: manifest.reason.clone(),
            forms: manifest.forms.iter().map(size).collect(),
            slide_bytes,
            damaged_seconds: manifest.damaged_seconds,
        }
    }
}

/// Everything of one recording. Slides have no `url`: theirs is `slides/{deck}/{page}.webp` below the recording's.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Detail {
    #[serde(flatten)]
    manifest: Manifest,
    slide_bytes: u64,
}

impl Detail {
    pub(super) fn new(mut manifest: Manifest, slide_bytes: u64) -> Self {
        manifest.slides = shown(&manifest.slides, manifest.duration_ms);
        for slide in &mut manifest.slides {
            slide.url = String::new();
        }
        manifest.chat.truncate(CHAT_MAX);
        Self { manifest, slide_bytes }
    }
}

/// The pages that a viewer fetches, each once.
pub(super) fn pages(manifest: &Manifest) -> BTreeSet<(String, u32)> {
    let shown = shown(&manifest.slides, manifest.duration_ms);
    shown.into_iter().map(|it| (it.deck, it.page)).collect()
}

/// The pages that could be seen, and the first and the last, in order, at most [`SLIDES_MAX`].
fn shown(slides: &[Slide], duration_ms: u64) -> Vec<Slide> {
    let last = slides.len().saturating_sub(1);
    let seen = slides.iter().zip(stays(slides, duration_ms)).enumerate();
    let seen = seen.filter(|(at, (_, ms))| *ms >= SEEN_MS || *at == 0 || *at == last);
    let mut seen: Vec<Slide> = seen.map(|(_, (it, _))| it.clone()).collect();
    seen.dedup_by(|next, it| (&next.deck, next.page) == (&it.deck, it.page));
    if seen.len() <= SLIDES_MAX {
        return seen;
    }
    let mut longest: Vec<(u64, usize)> = stays(&seen, duration_ms).into_iter().zip(0..).collect();
    longest.sort_unstable_by(|a, b| b.cmp(a));
    let kept: BTreeSet<usize> = longest.into_iter().take(SLIDES_MAX).map(|(_, at)| at).collect();
    seen.into_iter().enumerate().filter(|(at, _)| kept.contains(at)).map(|(_, it)| it).collect()
}

/// How long each page is up, milliseconds.
fn stays(slides: &[Slide], duration_ms: u64) -> Vec<u64> {
    let ends = slides.iter().skip(1).map(|it| it.at_ms).chain([duration_ms]);
    slides.iter().zip(ends).map(|(it, end_ms)| end_ms.saturating_sub(it.at_ms)).collect()
}

#[cfg(test)]
mod tests {
    use super::{SLIDES_MAX, shown};
    use archive::manifest::Slide;

    fn slides(turns: &[(u64, u32)]) -> Vec<Slide> {
        let slide =
            |(at_ms, page): &(u64, u32)| Slide { at_ms: *at_ms, page: *page, ..Slide::default() };
        turns.iter().map(slide).collect()
    }

    #[test]
    fn pages_that_only_flew_by_are_left_out() {
        let told = shown(
            &slides(&[(0, 1), (50, 6), (130, 7), (5_000, 2), (5_050, 3), (5_100, 4), (9_000, 5)]),
            9_001,
        );
        assert_eq!(told.iter().map(|it| it.page).collect::<Vec<_>>(), [1, 7, 4, 5]);
        assert!(shown(&[], 5_000).is_empty());
        let twice = shown(&slides(&[(0, 1), (1_000, 2), (1_050, 1), (9_000, 3)]), 10_000);
        assert_eq!(twice.iter().map(|it| it.page).collect::<Vec<_>>(), [1, 3], "one page once");
    }

    #[test]
    fn the_number_of_pages_is_bounded_and_the_longest_stay() {
        let turns: Vec<(u64, u32)> = (0..5_000)
            .map(|it| (it * 1_000 + if it == 77 { 0 } else { 1 }, it as u32 % 2))
            .collect();
        let told = shown(&slides(&turns), 5_000_000);
        assert_eq!(told.len(), SLIDES_MAX);
        assert!(told.windows(2).all(|it| it[0].at_ms < it[1].at_ms));
        assert!(told.iter().any(|it| it.at_ms == 77_000), "the one that was up longest");
    }
}
