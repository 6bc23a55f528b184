use super::Deck;
use crate::config::DeckConfig;
use crate::problem;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt as _;
use problems::Problem;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

const PREFIX: &str = "incoming-";
/// A sender who sends nothing for so long is let go.
const STALLED: Duration = Duration::from_secs(30);
/// A PDF names itself within so many bytes (PDF 32000-1, annex H.3.4.1).
const MAGIC_WITHIN: usize = 1_024;

/// A PDF in a folder of its own, which goes away with this value unless it is kept.
#[derive(Debug)]
pub(super) struct Upload {
    folder: PathBuf,
    /// The deck's id.
    pub(super) deck: String,
}

impl Upload {
    /// Receives a PDF.
    pub(super) async fn receive(
        decks: &Path,
        turn: u64,
        limits: &DeckConfig,
        request: Request,
    ) -> Result<Self, Problem> {
        let limit = u64::from(limits.megabytes) * 1_000_000;
        check(request.headers(), limit, limits)?;
        let folder = decks.join(format!("{PREFIX}{turn}"));
        let fault = |it: std::io::Error| problem::internal("receive slides", &it);
        tokio::fs::create_dir(&folder).await.map_err(fault)?;
        let mut incoming = Self { folder, deck: String::new() };
        tokio::fs::create_dir(incoming.work()).await.map_err(fault)?;
        let mut file = tokio::fs::File::create(incoming.pdf()).await.map_err(fault)?;
        let mut body = request.into_body().into_data_stream();
        let (mut hasher, mut bytes, mut head) = (Sha256::new(), 0_u64, Vec::new());
        loop {
            let chunk = tokio::time::timeout(STALLED, body.next()).await.map_err(|_| cut_off())?;
            let Some(chunk) = chunk else { break };
            let chunk = chunk.map_err(|_| cut_off())?;
            bytes += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            if bytes > limit {
                return Err(too_large(limits));
            }
            if head.len() < MAGIC_WITHIN {
                head.extend_from_slice(
                    chunk.get(..chunk.len().min(MAGIC_WITHIN)).unwrap_or_default(),
                );
                if head.len() >= MAGIC_WITHIN && !is_pdf(&head) {
                    return Err(no_pdf());
                }
            }
            hasher.update(&chunk);
            file.write_all(&chunk).await.map_err(fault)?;
        }
        file.flush().await.map_err(fault)?;
        if !is_pdf(&head) {
            return Err(no_pdf());
        }
        let hash = hasher.finalize();
        incoming.deck = hash.iter().take(16).map(|it| format!("{it:02x}")).collect();
        Ok(incoming)
    }

    pub(super) fn pdf(&self) -> PathBuf {
        self.work().join("in.pdf")
    }

    /// Where its pages are drawn; nothing in it is believed to be what it seems.
    pub(super) fn work(&self) -> PathBuf {
        self.folder.join("work")
    }

    /// Takes a drawn page out of the work.
    pub(super) async fn take(&self, drawn: &Path, page: u32) -> std::io::Result<()> {
        tokio::fs::rename(drawn, self.folder.join(format!("{page}.webp"))).await
    }

    /// Makes the drawn pages a deck.
    pub(super) async fn keep(self, to: &Path, deck: &Deck) -> Result<(), Problem> {
        let fault = |it: std::io::Error| problem::internal("keep slides", &it);
        let text = serde_json::to_vec(deck).map_err(|it| fault(it.into()))?;
        tokio::fs::remove_dir_all(self.work()).await.map_err(fault)?;
        tokio::fs::write(self.folder.join("deck.json"), text).await.map_err(fault)?;
        tokio::fs::rename(&self.folder, to).await.map_err(fault)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // A kept one is no longer at this place.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Refuses by what the request says of itself, before a byte of it is read.
fn check(headers: &HeaderMap, limit: u64, limits: &DeckConfig) -> Result<(), Problem> {
    let header = |name| headers.get(name).and_then(|it| it.to_str().ok());
    let kind = header(header::CONTENT_TYPE).unwrap_or("application/pdf");
    if !kind.starts_with("application/pdf") && !kind.starts_with("application/octet-stream") {
        return Err(no_pdf());
    }
    let said = header(header::CONTENT_LENGTH).and_then(|it| it.parse::<u64>().ok());
    if said.is_some_and(|it| it > limit) { Err(too_large(limits)) } else { Ok(()) }
}

/// Removes what uploads that were cut off by a crash left behind.
pub(super) fn sweep(decks: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(decks)? {
        let path = entry?.path();
        if path.file_name().and_then(|it| it.to_str()).is_some_and(|it| it.starts_with(PREFIX)) {
            std::fs::remove_dir_all(path)?;
        }
    }
    Ok(())
}

fn is_pdf(head: &[u8]) -> bool {
    let magic = b"%PDF-";
    head.windows(magic.len()).take(MAGIC_WITHIN).any(|it| it == magic)
}

fn no_pdf() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "/problems/not-a-pdf",
        "This is not a PDF",
        "Save the slides as PDF (in PowerPoint or WPS: Save as, PDF) and upload that file.",
    )
}

fn too_large(limits: &DeckConfig) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "/problems/slides-too-large",
        "The PDF is too large",
        format!("At most {} MB. Save it with smaller pictures, or in parts.", limits.megabytes),
    )
}

fn cut_off() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "/problems/upload-cut-off",
        "The upload was cut off",
        "Check the line and upload the file again.",
    )
}
