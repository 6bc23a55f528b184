use super::incoming::Upload;
use super::letters;
use super::page::{Page, Size};
use super::refusal::{self, PageFault};
use crate::config::DeckConfig;
use crate::problem;
use crate::sandbox::{ChildError, ChildOutput, Limits, Sandbox, run};
use problems::Problem;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;

/// Pages that are drawn at a time: a raw page is 3 to 15 MB until it is packed.
const CHUNK: u32 = 8;
/// The PDF in the folder of the work.
const PDF: &str = "in.pdf";
/// The largest file that a child may write: a raw page is smaller.
const FILE_MEGABYTES: u32 = 300;
/// Processes and threads of a child; each is one program that starts none.
const PROCESSES: u32 = 8;

/// A drawn deck.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Drawn {
    pub(super) pages: u32,
    /// Of the first page, pixels.
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Pages one after another that are drawn alike.
#[derive(Clone, Copy, Debug)]
struct PageRun {
    first: u32,
    last: u32,
    size: Size,
    turned: bool,
}

/// Draws every page of a PDF as `<page>.webp` beside it.
pub(super) async fn draw(
    incoming: &Upload,
    limits: &DeckConfig,
    sandbox: Sandbox,
) -> Result<Drawn, Problem> {
    let end = Instant::now() + Duration::from_secs(limits.seconds.into());
    let work = Work { incoming, limits, sandbox, end };
    let pages = work.count_pages().await?;
    let mut drawn = Drawn { pages, ..Drawn::default() };
    let mut first = 1;
    while first <= pages {
        let last = (first + CHUNK - 1).min(pages);
        for run in work.plan(first, last, &mut drawn).await? {
            let raws = work.draw(run).await?;
            for (raw, page) in raws.iter().zip(run.first..) {
                work.pack(raw, page).await?;
            }
        }
        first = last + 1;
    }
    Ok(drawn)
}

struct Work<'a> {
    incoming: &'a Upload,
    limits: &'a DeckConfig,
    sandbox: Sandbox,
    end: Instant,
}

impl Work<'_> {
    /// Runs a program in the folder of the PDF; `page` is what it works on, for the refusal.
    async fn run(
        &self,
        program: &'static str,
        arguments: &[&str],
        page: u32,
    ) -> Result<ChildOutput, Problem> {
        let left = self.end.saturating_duration_since(Instant::now());
        let limits = Limits {
            memory_megabytes: self.limits.memory_megabytes,
            file_megabytes: FILE_MEGABYTES,
            cpu_seconds: self.limits.seconds.saturating_add(1),
            processes: PROCESSES,
        };
        let folder = self.incoming.work();
        let mut command = self.sandbox.command(limits, &folder, &[], OsStr::new(program));
        command.args(arguments);
        run(command, program, left).await.map_err(|fault| match fault {
            ChildError::Late => refusal::too_slow(page, self.limits),
            ChildError::Missing(tool) => refusal::tool_missing(tool),
            ChildError::System(error) => problem::internal("draw slides", &error),
        })
    }

    async fn count_pages(&self) -> Result<u32, Problem> {
        let said = self.run("pdfinfo", &[PDF], 0).await?;
        if said.err.contains("Incorrect password") || said.err.contains("security handler") {
            return Err(refusal::locked());
        }
        let line = said.out.lines().find_map(|it| it.strip_prefix("Pages:"));
        let pages = line.and_then(|it| it.trim().parse::<u32>().ok());
        // Of a PDF without pages it says only that there is no first one.
        if pages == Some(0) || said.err.contains("the last page (0)") {
            return Err(refusal::empty());
        }
        match pages {
            Some(pages) if pages > self.limits.pages => Err(refusal::too_many(pages, self.limits)),
            Some(pages) if said.success => Ok(pages),
            _ => Err(refusal::damaged()),
        }
    }

    /// How these pages are drawn; the first page of all gives the others their height.
    async fn plan(
        &self,
        first: u32,
        last: u32,
        drawn: &mut Drawn,
    ) -> Result<Vec<PageRun>, Problem> {
        let (from, to) = (first.to_string(), last.to_string());
        let said = self.run("pdfinfo", &["-f", &from, "-l", &to, PDF], first).await?;
        let pages = Page::read(&said.out);
        let mut runs: Vec<PageRun> = Vec::new();
        for number in first..=last {
            let place = usize::try_from(number - first).unwrap_or_default();
            let width = self.limits.width;
            let height = match drawn.height {
                0 => width.saturating_mul(2),
                height => height.max(width),
            };
            let page = pages.get(place).copied();
            let Some((page, size)) = page.and_then(|it| Some((it, it.fit(width, height)?))) else {
                return Err(refusal::page(number, PageFault::NoSize));
            };
            if number == 1 {
                (drawn.width, drawn.height) = size;
            }
            let run = PageRun { first: number, last: number, size, turned: page.turned };
            match runs.last_mut() {
                Some(it) if (it.size, it.turned) == (run.size, run.turned) => it.last = number,
                _ => runs.push(run),
            }
        }
        Ok(runs)
    }

    /// The raw images of these pages, in order, as a viewer shows them: within the CropBox, with
    /// annotations and what was filled in.
    async fn draw(&self, run: PageRun) -> Result<Vec<PathBuf>, Problem> {
        let said = self.paint(run, "raw").await?;
        let raws = self.painted("raw").await?;
        for (page, raw) in
            (run.first..=run.last).zip(raws.iter().map(Some).chain(std::iter::repeat(None)))
        {
            let size = match raw {
                Some(raw) => size(raw).await,
                None => None,
            };
            // The painter rounds up.
            let near = |is: u32, shall: u32| is.abs_diff(shall) <= 1;
            if !size.is_some_and(|it| near(it.0, run.size.0) && near(it.1, run.size.1)) {
                tracing::debug!(complaint = said.err, "pdftoppm gave up");
                let memory = said.err.to_ascii_lowercase().contains("memory");
                let cause = if memory { PageFault::Memory } else { PageFault::Damaged };
                return Err(refusal::page(page, cause));
            }
        }
        if letters::missing(&said.err) {
            return Err(self.without_letters(run).await?);
        }
        Ok(raws)
    }

    async fn paint(&self, run: PageRun, stem: &str) -> Result<ChildOutput, Problem> {
        // The painter scales before it turns.
        let (width, height) = if run.turned { (run.size.1, run.size.0) } else { run.size };
        let numbers = [run.first, run.last, width, height].map(|it| it.to_string());
        let [first, last, width, height] = &numbers;
        let sized = ["-scale-to-x", width, "-scale-to-y", height, PDF, stem];
        let arguments = [&["-cropbox", "-f", first, "-l", last], sized.as_slice()].concat();
        self.run("pdftoppm", &arguments, run.first).await
    }

    /// What was painted under a stem.
    async fn painted(&self, stem: &str) -> Result<Vec<PathBuf>, Problem> {
        let mut raws = Vec::new();
        let entries = tokio::fs::read_dir(self.incoming.work()).await;
        let mut entries = entries.map_err(|_| refusal::damaged())?;
        while let Ok(Some(entry)) = entries.next_entry().await {
            let path = entry.path();
            let name = path.file_stem().and_then(OsStr::to_str).unwrap_or_default();
            // A link or a pipe would lead a reader out of the work.
            let plain = entry.file_type().await.is_ok_and(|it| it.is_file());
            if plain && path.extension().is_some_and(|it| it == "ppm") && name.starts_with(stem) {
                raws.push(path);
            }
        }
        // Its names have as many digits as the last page's number, so their order is the pages'.
        raws.sort();
        Ok(raws)
    }

    /// The refusal of pages of which one lacks letters: which page, and which font.
    async fn without_letters(&self, run: PageRun) -> Result<Problem, Problem> {
        let mut found = (run.first, String::new());
        for page in run.first..=run.last {
            let said = self.paint(PageRun { first: page, last: page, ..run }, "again").await?;
            if letters::missing(&said.err) {
                found = (page, said.err);
                break;
            }
        }
        let (page, complaint) = found;
        let number = page.to_string();
        let said = self.run("pdffonts", &["-f", &number, "-l", &number, PDF], page).await?;
        let mut font = letters::named(&complaint).or_else(|| letters::not_embedded(&said.out));
        if font.is_none() {
            let pdf = self.incoming.pdf();
            let bytes = match length(&pdf).await {
                Ok(_) => tokio::fs::read(&pdf).await.unwrap_or_default(),
                Err(_) => Vec::new(),
            };
            font = letters::in_bytes(&bytes);
        }
        let font = font.unwrap_or_else(|| "without a name".to_owned());
        Ok(refusal::font(page, &font, letters::tables_missing(&complaint)))
    }

    /// Packs one raw page both ways, keeps the smaller and removes the raw one. Text and charts are smaller
    /// and sharper near-lossless, photographs lossy.
    async fn pack(&self, raw: &Path, page: u32) -> Result<(), Problem> {
        let folder = self.incoming.work();
        let (sharp, lossy) = ("sharp.tmp", "lossy.tmp");
        let from = raw.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let sharp_way = ["-quiet", "-near_lossless", "40", from, "-o", sharp];
        let lossy_way = ["-quiet", "-q", "50", from, "-o", lossy];
        let packed = tokio::try_join!(
            self.run("cwebp", &sharp_way, page),
            self.run("cwebp", &lossy_way, page)
        )?;
        if !packed.0.success || !packed.1.success {
            return Err(refusal::page(page, PageFault::Damaged));
        }
        let (sharp, lossy) = (folder.join(sharp), folder.join(lossy));
        let fault = |it: std::io::Error| problem::internal("pack slides", &it);
        let sharp_is_smaller =
            length(&sharp).await.map_err(fault)? <= length(&lossy).await.map_err(fault)?;
        let kept = if sharp_is_smaller { &sharp } else { &lossy };
        self.incoming.take(kept, page).await.map_err(fault)?;
        for gone in [raw, &sharp, &lossy] {
            // One of the two was renamed.
            let _ = tokio::fs::remove_file(gone).await;
        }
        Ok(())
    }
}

/// The length of a plain file: a child could have left a link to something of the house.
async fn length(path: &Path) -> std::io::Result<u64> {
    let found = tokio::fs::symlink_metadata(path).await?;
    if found.is_file() { Ok(found.len()) } else { Err(std::io::ErrorKind::InvalidData.into()) }
}

/// Width and height in the head of a raw image (PPM: "P6 width height").
async fn size(raw: &Path) -> Option<Size> {
    use tokio::io::AsyncReadExt as _;
    let mut head = Vec::new();
    tokio::fs::File::open(raw).await.ok()?.take(64).read_to_end(&mut head).await.ok()?;
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut words = head.split_ascii_whitespace().skip(1);
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}
