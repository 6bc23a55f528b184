use super::child::{Fault, Said, run};
use super::incoming::Incoming;
use crate::config::DeckConfig;
use crate::problem::Problem;
use axum::http::StatusCode;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;

/// Pages that are drawn at a time: a raw page is 3 to 7 MB until it is packed.
const CHUNK: u32 = 8;

/// A drawn deck.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Drawn {
    pub(super) pages: u32,
    /// Of the first page, pixels.
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Draws every page of a PDF as `<page>.webp` beside it.
pub(super) async fn draw(incoming: &Incoming, limits: &DeckConfig) -> Result<Drawn, Problem> {
    let work =
        Work { incoming, limits, end: Instant::now() + Duration::from_secs(limits.seconds.into()) };
    let pages = work.count_pages().await?;
    let mut drawn = Drawn { pages, ..Drawn::default() };
    let mut first = 1;
    while first <= pages {
        let last = (first + CHUNK - 1).min(pages);
        let raws = work.draw_chunk(first, last).await?;
        for (raw, page) in raws.iter().zip(first..) {
            if page == 1 {
                (drawn.width, drawn.height) = size(raw).await.ok_or_else(damaged)?;
            }
            work.pack(raw, page).await?;
        }
        first = last + 1;
    }
    Ok(drawn)
}

struct Work<'a> {
    incoming: &'a Incoming,
    limits: &'a DeckConfig,
    end: Instant,
}

impl Work<'_> {
    async fn run(&self, program: &'static str, arguments: &[&str]) -> Result<Said, Problem> {
        let left = self.end.saturating_duration_since(Instant::now());
        let said = run(program, arguments, self.limits.memory_megabytes, left).await;
        said.map_err(|fault| match fault {
            Fault::Late => refused(
                "/problems/slides-too-slow",
                "These slides take too long to draw",
                format!(
                    "More than {} seconds. Save the PDF with simpler or smaller pictures, or in parts.",
                    self.limits.seconds
                ),
            ),
            Fault::Missing(tool) => Problem::new(
                StatusCode::NOT_IMPLEMENTED,
                "/problems/slides-tool-missing",
                "This server cannot draw slides yet",
                format!("The operator must install {tool}: apt install poppler-utils webp util-linux."),
            ),
            Fault::System(error) => Problem::internal("draw slides", &error),
        })
    }

    async fn count_pages(&self) -> Result<u32, Problem> {
        let said = self.run("pdfinfo", &[&text(&self.incoming.pdf())]).await?;
        if said.err.contains("Incorrect password") {
            return Err(refused(
                "/problems/slides-locked",
                "The PDF is locked with a password",
                "Save it without a password and upload it again.",
            ));
        }
        let line = said.out.lines().find_map(|it| it.strip_prefix("Pages:"));
        let pages = line.and_then(|it| it.trim().parse::<u32>().ok());
        // Of a PDF without pages it says only that there is no first one.
        if pages == Some(0) || said.err.contains("the last page (0)") {
            return Err(refused(
                "/problems/slides-empty",
                "The PDF has no pages",
                "Save the slides as PDF again and look whether it opens.",
            ));
        }
        match pages {
            Some(pages) if pages > self.limits.pages => Err(refused(
                "/problems/slides-too-many",
                "The PDF has too many pages",
                format!("{pages} pages; at most {}. Upload it in parts.", self.limits.pages),
            )),
            Some(pages) if said.success => Ok(pages),
            _ => Err(damaged()),
        }
    }

    /// The raw images of these pages, in order.
    async fn draw_chunk(&self, first: u32, last: u32) -> Result<Vec<PathBuf>, Problem> {
        let stem = self.incoming.folder().join("raw");
        let (first, last) = (first.to_string(), last.to_string());
        let (width, pdf, stem) =
            (self.limits.width.to_string(), text(&self.incoming.pdf()), text(&stem));
        let arguments = [
            "-q",
            "-f",
            &first,
            "-l",
            &last,
            "-scale-to-x",
            &width,
            "-scale-to-y",
            "-1",
            &pdf,
            &stem,
        ];
        let said = self.run("pdftoppm", &arguments).await?;
        if !said.success {
            tracing::debug!(complaint = said.err, "pdftoppm gave up");
        }
        let mut raws = Vec::new();
        let mut entries =
            tokio::fs::read_dir(self.incoming.folder()).await.map_err(|_| damaged())?;
        while let Ok(Some(entry)) = entries.next_entry().await {
            let path = entry.path();
            if path.extension().is_some_and(|it| it == "ppm") {
                raws.push(path);
            }
        }
        // Its names have as many digits as the last page's number, so their order is the pages'.
        raws.sort();
        let wanted = last.parse::<usize>().unwrap_or(0) + 1 - first.parse::<usize>().unwrap_or(0);
        if raws.len() == wanted { Ok(raws) } else { Err(damaged()) }
    }

    /// Packs one raw page both ways, keeps the smaller and removes the raw one. Text and charts are smaller
    /// and sharper near-lossless, photographs lossy.
    async fn pack(&self, raw: &Path, page: u32) -> Result<(), Problem> {
        let folder = self.incoming.folder();
        let (sharp, lossy) = (folder.join("sharp.tmp"), folder.join("lossy.tmp"));
        let (from, sharp_text, lossy_text) = (text(raw), text(&sharp), text(&lossy));
        let sharp_way = ["-quiet", "-near_lossless", "40", &from, "-o", &sharp_text];
        let lossy_way = ["-quiet", "-q", "50", &from, "-o", &lossy_text];
        let packed =
            tokio::try_join!(self.run("cwebp", &sharp_way), self.run("cwebp", &lossy_way))?;
        if !packed.0.success || !packed.1.success {
            return Err(damaged());
        }
        let fault = |it: std::io::Error| Problem::internal("pack slides", &it);
        let sharp_is_smaller =
            length(&sharp).await.map_err(fault)? <= length(&lossy).await.map_err(fault)?;
        let kept = if sharp_is_smaller { &sharp } else { &lossy };
        tokio::fs::rename(kept, folder.join(format!("{page}.webp"))).await.map_err(fault)?;
        for gone in [raw, &sharp, &lossy] {
            // One of the two was renamed.
            let _ = tokio::fs::remove_file(gone).await;
        }
        Ok(())
    }
}

async fn length(path: &Path) -> std::io::Result<u64> {
    tokio::fs::metadata(path).await.map(|it| it.len())
}

/// Width and height in the head of a raw image (PPM: "P6 width height").
async fn size(raw: &Path) -> Option<(u32, u32)> {
    use tokio::io::AsyncReadExt as _;
    let mut head = Vec::new();
    tokio::fs::File::open(raw).await.ok()?.take(64).read_to_end(&mut head).await.ok()?;
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut words = head.split_ascii_whitespace().skip(1);
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn refused(kind: &'static str, title: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, kind, title, detail)
}

fn damaged() -> Problem {
    refused(
        "/problems/slides-damaged",
        "The PDF cannot be drawn",
        "Open it on your computer; if it looks right there, print it to a new PDF and upload that.",
    )
}
