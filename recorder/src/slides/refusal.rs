//! Why a PDF is not taken, in words that say what the person can do.

use crate::config::DeckConfig;
use axum::http::StatusCode;
use problems::Problem;

fn refused(kind: &'static str, title: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, kind, title, detail)
}

pub(super) fn damaged() -> Problem {
    refused(
        "/problems/slides-damaged",
        "The PDF cannot be drawn",
        "Open it on your computer; if it looks right there, print it to a new PDF and upload that.",
    )
}

pub(super) fn locked() -> Problem {
    refused(
        "/problems/slides-locked",
        "The PDF is locked with a password",
        "Save it without a password and upload it again.",
    )
}

pub(super) fn empty() -> Problem {
    refused(
        "/problems/slides-empty",
        "The PDF has no pages",
        "Save the slides as PDF again and look whether it opens.",
    )
}

pub(super) fn too_many(pages: u32, limits: &DeckConfig) -> Problem {
    let detail = format!("{pages} pages; at most {}. Upload it in parts.", limits.pages);
    refused("/problems/slides-too-many", "The PDF has too many pages", detail)
        .param("pages", pages)
        .param("most", limits.pages)
}

/// `page` is the one that was being drawn; 0 before the first.
pub(super) fn too_slow(page: u32, limits: &DeckConfig) -> Problem {
    let at = if page == 0 { String::new() } else { format!(" It was at page {page}.") };
    let detail = format!(
        "More than {} seconds.{at} Save the PDF with simpler or smaller pictures, or in parts.",
        limits.seconds
    );
    refused("/problems/slides-too-slow", "These slides take too long to draw", detail)
        .param("page", page)
}

/// A page of which there is nothing to draw, or that ends the drawing.
pub(super) fn page(page: u32, cause: PageFault) -> Problem {
    let (kind, title, why) = match cause {
        PageFault::NoSize => (
            "/problems/slides-page-size",
            "A page has no size that can be shown",
            "has no width or no height that could be shown",
        ),
        PageFault::Memory => (
            "/problems/slides-page-memory",
            "A page takes too much memory",
            "takes too much memory to draw; make its pictures smaller",
        ),
        PageFault::Damaged => {
            ("/problems/slides-page-damaged", "A page cannot be drawn", "is damaged")
        }
    };
    let detail = format!(
        "Page {page} {why}. Mend or remove this page, or print the slides to a new PDF and upload that."
    );
    refused(kind, title, detail).param("page", page)
}

/// Why one page cannot be drawn.
#[derive(Clone, Copy, Debug)]
pub(super) enum PageFault {
    NoSize,
    Memory,
    Damaged,
}

/// The letters of a page need a font that is neither in the PDF nor here.
pub(super) fn font(page: u32, font: &str, tables_missing: bool) -> Problem {
    let operator =
        if tables_missing { " The operator of this server must install poppler-data." } else { "" };
    let detail = format!(
        "Page {page} needs the font {font}, which is not in the PDF, and its letters would be missing or wrong. Save the PDF with its fonts in it (PDF/A, or embed fonts), or print it to a new PDF.{operator}"
    );
    refused("/problems/slides-font", "A page needs a font that is not in the PDF", detail)
        .param("page", page)
        .param("font", font)
}

pub(super) fn tool_missing(tool: &str) -> Problem {
    Problem::new(
        StatusCode::NOT_IMPLEMENTED,
        "/problems/slides-tool-missing",
        "This server cannot draw slides yet",
        format!("The operator must install {tool}: apt install poppler-utils webp util-linux."),
    )
}
