use super::Failure;
use super::feed::Feed;
use super::shape::Shape;
use super::words::{self, Way};
use crate::config::Config;
use archive::plan::{Picture, Plan, Shot};
use archive::tap::Codec;
use gstreamer as gst;
use gstreamer::prelude::*;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often the watchdog looks.
const LOOK_MS: u64 = 250;
/// A picture that begins later than this after the start is black until then.
const LATE_US: i64 = 500_000;
/// The most runs of frames in one picture: each has a decoder of its own.
const MAX_RUNS: usize = 32;
/// The size of a picture that is coded anew and says none.
const SIZE: (i32, i32) = (640, 360);
/// The voice's file for now.
const VOICE: &str = "light.part";

/// A file that was made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) form: &'static str,
    /// Its name for now.
    pub(super) file: String,
    pub(super) extension: &'static str,
    pub(super) mime: &'static str,
    /// Which of the plan's pictures it holds.
    pub(super) picture: Option<usize>,
}

/// What is to be made from what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job<'a> {
    pub(super) plan: &'a Plan,
    pub(super) journal: &'a Path,
    pub(super) folder: &'a Path,
    pub(super) config: &'a Config,
}

/// A pipeline that is to write one file.
struct FileJob<'a> {
    words: String,
    file: &'a str,
    /// Watched for what cannot be copied.
    shape: Option<&'a Arc<Shape>>,
    feeds: Feeds<'a>,
}

#[derive(Clone, Copy)]
enum Feeds<'a> {
    Voice(&'a Plan),
    Picture(&'a Picture),
}

impl Job<'_> {
    /// Makes the files of the plan: the voice, then each picture with that voice. A picture that
    /// cannot be made costs nothing else; it is named in the second part of the answer.
    ///
    /// # Errors
    /// [`Failure`]; files without the right name may lie in the folder then.
    pub(super) fn run(&self) -> Result<(Vec<Made>, Vec<usize>), Failure> {
        gst::init().map_err(|it| Failure::Missing(it.to_string()))?;
        let (mut made, mut given_up) = (Vec::new(), Vec::new());
        let sound = !self.plan.lanes.is_empty();
        if sound {
            let words = words::of_voice(self.plan, self.config.voice_kilobits);
            let feeds = Feeds::Voice(self.plan);
            self.attempt(&FileJob { words, file: VOICE, shape: None, feeds })?;
            made.push(Made {
                form: "light",
                file: VOICE.to_owned(),
                extension: "webm",
                mime: "audio/webm; codecs=\"opus\"",
                picture: None,
            });
        }
        for (index, picture) in self.plan.pictures.iter().enumerate() {
            let file = format!("full-{index}.part");
            match self.picture(picture, &file, sound) {
                Ok(way) => {
                    let (extension, mime) = way.file(sound);
                    made.push(Made { form: "full", file, extension, mime, picture: Some(index) });
                }
                Err(failure @ (Failure::Media(_) | Failure::Stalled(_))) => {
                    tracing::error!(%failure, index, "a picture is left out of a replay");
                    given_up.push(index);
                    // It may not have been begun.
                    let _ = std::fs::remove_file(self.folder.join(file));
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok((made, given_up))
    }

    /// Copies what one container takes; an MP4 holds one set of parameters and no container two
    /// codecs, so that other pictures are coded anew.
    fn picture(&self, picture: &Picture, file: &str, sound: bool) -> Result<Way, Failure> {
        let attempt = |way: Way, shape: Option<&Arc<Shape>>| {
            let words = words::of_picture(picture, way, sound);
            let task = FileJob { words, file, shape, feeds: Feeds::Picture(picture) };
            self.attempt(&task).map(|()| way)
        };
        let (width, height) = picture.size;
        let even = |it: u16, or: i32| if it < 2 { or } else { i32::from(it / 2 * 2) };
        let size = (even(width, SIZE.0), even(height, SIZE.1));
        let mut runs = picture.runs();
        let (first, more) = (runs.next(), runs.count());
        match first {
            Some((Codec::H264, _)) if more == 0 => {
                let shape = Arc::<Shape>::default();
                match attempt(Way::Copied(Codec::H264), Some(&shape)) {
                    Err(Failure::Media(why)) => {
                        tracing::info!(why, "H.264 cannot be copied, it becomes VP8");
                        let (width, height) = shape.largest();
                        attempt(Way::Coded(width, height), None)
                    }
                    done => done,
                }
            }
            Some((codec, _)) if more == 0 => attempt(Way::Copied(codec), None),
            _ if more >= MAX_RUNS => Err(Failure::Media("too many changes of codec".to_owned())),
            _ => attempt(Way::Coded(size.0, size.1), None),
        }
    }

    fn attempt(&self, task: &FileJob<'_>) -> Result<(), Failure> {
        let pipeline = gst::parse::launch(&task.words);
        let pipeline = pipeline.map_err(|it| Failure::Missing(it.to_string()))?;
        let pipeline = pipeline
            .downcast::<gst::Pipeline>()
            .map_err(|_| Failure::Media("no pipeline".to_owned()))?;
        for (name, file) in [("file", task.file), ("voice", VOICE)] {
            let path = self.folder.join(file);
            if let (Some(element), Some(path)) = (pipeline.by_name(name), path.to_str()) {
                element.set_property("location", path);
            }
        }
        if let Some(shape) = task.shape {
            shape.watch(&pipeline);
        }
        keep_times(&pipeline);
        let pushed = Arc::new(AtomicU64::new(0));
        std::thread::scope(|scope| {
            self.start_feeds(scope, &pipeline, task.feeds, &pushed);
            let done = self.watch(&pipeline, task, &pushed);
            // Feeds that wait for room in the pipeline end with it.
            let stopped = pipeline.set_state(gst::State::Null);
            done.and(stopped.map(drop).map_err(|it| Failure::Media(it.to_string())))
        })
    }

    fn start_feeds<'scope>(
        &'scope self,
        scope: &'scope std::thread::Scope<'scope, '_>,
        pipeline: &gst::Pipeline,
        feeds: Feeds<'scope>,
        pushed: &Arc<AtomicU64>,
    ) {
        let feed = |number: usize| {
            let source = pipeline.by_name(&format!("feed{number}"))?;
            let source = source.downcast::<gstreamer_app::AppSrc>().ok()?;
            Some(Feed::new(source, self.journal, pushed.clone()))
        };
        match feeds {
            Feeds::Voice(plan) => {
                for (number, lane) in plan.lanes.iter().enumerate() {
                    if let Some(feed) = feed(number) {
                        scope.spawn(move || feed.sound(lane));
                    }
                }
            }
            Feeds::Picture(picture) => {
                let runs: Vec<(Codec, &[Shot])> = picture.runs().collect();
                let mut opening = if runs.len() == 1 { opening(picture) } else { None };
                for (number, (_, shots)) in runs.into_iter().enumerate() {
                    if let Some(feed) = feed(number) {
                        let opening = opening.take();
                        let opens = number == 0;
                        scope.spawn(move || feed.picture(picture, shots, opens, opening));
                    }
                }
            }
        }
    }

    /// Runs the pipeline to its end; gives up when nothing moves.
    fn watch(
        &self,
        pipeline: &gst::Pipeline,
        task: &FileJob<'_>,
        pushed: &AtomicU64,
    ) -> Result<(), Failure> {
        let media = |it: &dyn std::fmt::Display| Failure::Media(it.to_string());
        pipeline.set_state(gst::State::Playing).map_err(|it| media(&it))?;
        let bus = pipeline.bus().ok_or_else(|| media(&"no bus"))?;
        let patience = u64::from(self.config.assembly_stall_seconds) * 1_000 / LOOK_MS;
        let (mut still, mut before) = (0, 0);
        loop {
            let wait = gst::ClockTime::from_mseconds(LOOK_MS);
            let wanted = [gst::MessageType::Eos, gst::MessageType::Error];
            let message = bus.timed_pop_filtered(wait, &wanted);
            if task.shape.is_some_and(|it| it.is_changed()) {
                return Err(media(&"the picture changes its parameters"));
            }
            match message.as_ref().map(|it| it.view()) {
                Some(gst::MessageView::Eos(_)) => return Ok(()),
                Some(gst::MessageView::Error(it)) => {
                    tracing::debug!(debug = ?it.debug(), "GStreamer's words");
                    return Err(media(&it.error()));
                }
                _ => {}
            }
            let on_disk = std::fs::metadata(self.folder.join(task.file)).map_or(0, |it| it.len());
            let now = pushed.load(Ordering::Relaxed) + on_disk;
            still = if now == before { still + 1 } else { 0 };
            before = now;
            if still >= patience {
                return Err(Failure::Stalled(self.config.assembly_stall_seconds));
            }
        }
    }
}

/// The voice keeps its times: a demuxer begins its segment at what its file says to skip first, and a
/// muxer would take that off.
fn keep_times(pipeline: &gst::Pipeline) {
    let pad = pipeline.by_name("coded").and_then(|it| it.static_pad("sink"));
    let probe = |_: &gst::Pad, info: &mut gst::PadProbeInfo<'_>| {
        if info.event().is_some_and(|it| it.type_() == gst::EventType::Segment) {
            let whole = gst::FormattedSegment::<gst::ClockTime>::new();
            info.data = Some(gst::PadProbeData::Event(gst::event::Segment::new(&whole)));
        }
        gst::PadProbeReturn::Ok
    };
    pad.and_then(|it| it.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, probe));
}

/// A black frame for a picture that begins late; VP8 only, as no encoder for the others is needed
/// elsewhere.
///
/// In WebM the picture must begin at 0 and the sound after it: only pictures get cues there, and
/// Chromium, which seeks by the stream that begins first, cannot even start a file whose sound is
/// that stream.
fn opening(picture: &Picture) -> Option<Vec<u8>> {
    let late = picture.shots.first().is_some_and(|it| it.at_us > LATE_US);
    let (width, height) = picture.size;
    let vp8 = picture.shots.first().is_some_and(|it| it.codec == Codec::Vp8);
    if !late || !vp8 || width == 0 || height == 0 {
        return None;
    }
    let text = format!(
        "videotestsrc pattern=black num-buffers=1 ! video/x-raw,width={width},height={height} \
         ! vp8enc deadline=1 ! appsink name=out sync=false"
    );
    let pipeline = gst::parse::launch(&text).ok()?.downcast::<gst::Pipeline>().ok()?;
    let out = pipeline.by_name("out")?.downcast::<gstreamer_app::AppSink>().ok()?;
    pipeline.set_state(gst::State::Playing).ok()?;
    let sample = out.try_pull_sample(gst::ClockTime::from_seconds(5));
    // A pipeline that does not stop is dropped all the same.
    let _ = pipeline.set_state(gst::State::Null);
    let buffer = sample?.buffer_owned()?;
    buffer.map_readable().ok().map(|it| it.to_vec())
}
