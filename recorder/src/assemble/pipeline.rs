use super::Failure;
use super::feed::Feed;
use crate::config::Config;
use archive::plan::{LEAD_US, Picture, Plan};
use archive::tap::Codec;
use gstreamer as gst;
use gstreamer::prelude::*;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How often the watchdog looks.
const LOOK_MS: u64 = 250;
/// Microseconds of one buffer of silence.
const SILENCE_US: i64 = 100_000;

/// Cues every 5 s and clusters of 2 s: with a cue for every packet, as is the default, speech at
/// 24 kbit/s takes 40.
const WEBM_OF_SOUND: &str = "webmmux min-cluster-duration=2000000000 min-index-interval=5000000000";
/// Cues for the key frames, a second or more apart.
const WEBM_OF_PICTURE: &str =
    "webmmux min-cluster-duration=2000000000 min-index-interval=1000000000 name=full";

/// A picture that begins later than this after the start is black until then.
const LATE_US: i64 = 500_000;

/// A file that was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    pub(super) form: &'static str,
    /// Its name for now.
    pub(super) file: &'static str,
    pub(super) extension: &'static str,
    pub(super) mime: &'static str,
}

const LIGHT: Made = Made {
    form: "light",
    file: "light.part",
    extension: "webm",
    mime: "audio/webm; codecs=\"opus\"",
};

/// What is to be made from what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job<'a> {
    pub(super) plan: &'a Plan,
    pub(super) journal: &'a Path,
    pub(super) folder: &'a Path,
    pub(super) config: &'a Config,
}

/// How the picture gets into its file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Way {
    None,
    Vp8Copied,
    Vp9Copied,
    Av1Copied,
    H264Copied,
    /// Scaled to this width and height.
    H264ToVp8(i32, i32),
}

impl Way {
    const fn full(self, sound: bool) -> Option<Made> {
        let (extension, mime) = match (self, sound) {
            (Self::None, _) => return None,
            (Self::H264Copied, _) => ("mp4", "video/mp4"),
            (Self::Vp9Copied, true) => ("webm", "video/webm; codecs=\"vp9, opus\""),
            (Self::Vp9Copied, false) => ("webm", "video/webm; codecs=\"vp9\""),
            (Self::Av1Copied, true) => ("webm", "video/webm; codecs=\"av01.0.04M.08, opus\""),
            (Self::Av1Copied, false) => ("webm", "video/webm; codecs=\"av01.0.04M.08\""),
            (_, true) => ("webm", "video/webm; codecs=\"vp8, opus\""),
            (_, false) => ("webm", "video/webm; codecs=\"vp8\""),
        };
        Some(Made { form: "full", file: "full.part", extension, mime })
    }
}

/// What an H.264 stream says of its picture, and whether it changes that on the way.
#[derive(Debug, Default)]
struct Shape {
    first: Mutex<Option<gst::Caps>>,
    changed: AtomicBool,
    width: AtomicI32,
    height: AtomicI32,
}

impl Shape {
    fn watch(self: &Arc<Self>, pipeline: &gst::Pipeline) {
        let pad = pipeline.by_name("parse").and_then(|it| it.static_pad("src"));
        let shape = self.clone();
        let probe = move |_: &gst::Pad, info: &mut gst::PadProbeInfo<'_>| {
            if let Some(gst::EventView::Caps(caps)) = info.event().map(|it| it.view()) {
                shape.note(caps.caps());
            }
            gst::PadProbeReturn::Ok
        };
        pad.and_then(|it| it.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, probe));
    }

    fn note(&self, caps: &gst::CapsRef) {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        if first.get_or_insert_with(|| caps.to_owned()).as_ref() != caps {
            self.changed.store(true, Ordering::Relaxed);
        }
        for (name, kept) in [("width", &self.width), ("height", &self.height)] {
            let said = caps.structure(0).and_then(|it| it.get::<i32>(name).ok());
            kept.fetch_max(said.unwrap_or_default(), Ordering::Relaxed);
        }
    }

    /// Even, as an encoder wants it; 640x360 if nothing was said.
    fn largest(&self) -> (i32, i32) {
        let even = |it: &AtomicI32, or: i32| match it.load(Ordering::Relaxed) / 2 * 2 {
            0 => or,
            it => it,
        };
        (even(&self.width, 640), even(&self.height, 360))
    }
}

impl Job<'_> {
    /// Makes the files of the plan.
    ///
    /// # Errors
    /// [`Failure`]; files without the right name may lie in the folder then.
    pub(super) fn run(&self) -> Result<Vec<Made>, Failure> {
        gst::init().map_err(|it| Failure::Missing(it.to_string()))?;
        let way = match self.plan.picture.as_ref().map(|it| it.codec) {
            Some(Codec::Vp8) => Way::Vp8Copied,
            Some(Codec::H264) => Way::H264Copied,
            Some(Codec::Vp9) => Way::Vp9Copied,
            Some(Codec::Av1) => Way::Av1Copied,
            _ => Way::None,
        };
        if way == Way::None && self.plan.lanes.is_empty() {
            return Ok(Vec::new());
        }
        let shape = Arc::new(Shape::default());
        match self.attempt(way, &shape) {
            // An MP4 holds one set of parameters: a picture that changes them is coded anew.
            Err(Failure::Media(why)) if way == Way::H264Copied => {
                tracing::info!(why, "H.264 cannot be copied, it becomes VP8");
                let (width, height) = shape.largest();
                self.attempt(Way::H264ToVp8(width, height), &Arc::default())
            }
            done => done,
        }
    }

    fn attempt(&self, way: Way, shape: &Arc<Shape>) -> Result<Vec<Made>, Failure> {
        let pipeline = gst::parse::launch(&self.description(way));
        let pipeline = pipeline.map_err(|it| Failure::Missing(it.to_string()))?;
        let pipeline = pipeline
            .downcast::<gst::Pipeline>()
            .map_err(|_| Failure::Media("no pipeline".to_owned()))?;
        let light = (!self.plan.lanes.is_empty()).then_some(LIGHT);
        let made: Vec<Made> = light.into_iter().chain(way.full(light.is_some())).collect();
        for it in &made {
            let sink = pipeline.by_name(&format!("{}-file", it.form));
            let path = self.folder.join(it.file);
            if let (Some(sink), Some(path)) = (sink, path.to_str()) {
                sink.set_property("location", path);
            }
        }
        if way == Way::H264Copied {
            shape.watch(&pipeline);
        }
        let pushed = Arc::new(AtomicU64::new(0));
        let done = std::thread::scope(|scope| {
            self.start_feeds(scope, &pipeline, &pushed);
            let done = self.watch(&pipeline, &pushed, shape);
            // Feeds that wait for room in the pipeline end with it.
            let stopped = pipeline.set_state(gst::State::Null);
            done.and(stopped.map(drop).map_err(|it| Failure::Media(it.to_string())))
        });
        done.map(|()| made)
    }

    fn start_feeds<'scope>(
        &'scope self,
        scope: &'scope std::thread::Scope<'scope, '_>,
        pipeline: &gst::Pipeline,
        pushed: &Arc<AtomicU64>,
    ) {
        let feed = |name: &str| {
            let source = pipeline.by_name(name)?.downcast::<gstreamer_app::AppSrc>().ok()?;
            Some(Feed::new(source, self.journal, pushed.clone()))
        };
        for (number, lane) in self.plan.lanes.iter().enumerate() {
            if let Some(feed) = feed(&format!("lane{number}")) {
                scope.spawn(move || feed.sound(lane));
            }
        }
        if let (Some(picture), Some(feed)) = (&self.plan.picture, feed("picture")) {
            let opening = opening(picture);
            scope.spawn(move || feed.picture(picture, opening));
        }
    }

    /// Runs the pipeline to its end; gives up when nothing moves.
    fn watch(
        &self,
        pipeline: &gst::Pipeline,
        pushed: &AtomicU64,
        shape: &Shape,
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
            if shape.changed.load(Ordering::Relaxed) {
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
            let now = pushed.load(Ordering::Relaxed) + self.bytes_on_disk();
            still = if now == before { still + 1 } else { 0 };
            before = now;
            if still >= patience {
                return Err(Failure::Stalled(self.config.assembly_stall_seconds));
            }
        }
    }

    fn bytes_on_disk(&self) -> u64 {
        let parts = [LIGHT.file, "full.part"].map(|it| std::fs::metadata(self.folder.join(it)));
        parts.into_iter().flatten().map(|it| it.len()).sum()
    }

    /// The pipeline in GStreamer's words; only numbers of ours are put in.
    fn description(&self, way: Way) -> String {
        let mut text = String::new();
        let sound = !self.plan.lanes.is_empty();
        if sound {
            self.describe_voice(&mut text);
            let _ = write!(text, "voice. ! queue ! {WEBM_OF_SOUND} ! filesink name=light-file ");
        }
        let Some(picture) = self.plan.picture.as_ref().filter(|_| way != Way::None) else {
            return text;
        };
        let (width, height) = picture.size;
        let source =
            "appsrc name=picture format=time block=true max-buffers=100 max-bytes=0 max-time=0";
        let rtp = "application/x-rtp,media=video,encoding-name=H264,clock-rate=90000,payload=96";
        let to_vp8 = "vp8enc deadline=1 cpu-used=8 keyframe-max-dist=150 target-bitrate=400000";
        // Writing to a string cannot fail.
        let _ = match way {
            Way::H264Copied => write!(
                text,
                "{source} caps={rtp} ! rtph264depay ! h264parse name=parse ! queue ! mp4mux name=full faststart=true "
            ),
            Way::H264ToVp8(width, height) => write!(
                text,
                "{source} caps={rtp} ! rtph264depay ! h264parse ! openh264dec ! videoconvert \
                 ! videoscale add-borders=true ! video/x-raw,width={width},height={height},pixel-aspect-ratio=1/1 \
                 ! {to_vp8} ! queue ! {WEBM_OF_PICTURE} "
            ),
            Way::Vp9Copied => write!(
                text,
                "{source} caps=video/x-vp9,width={width},height={height},framerate=0/1 ! queue \
                 ! {WEBM_OF_PICTURE} "
            ),
            // The parser reads the size, and what the container says of the sequence; the muxer takes
            // no stream without a frame rate, and 0/1 says that it varies.
            Way::Av1Copied => write!(
                text,
                "{source} caps=video/x-av1,stream-format=obu-stream,alignment=tu,framerate=0/1 ! av1parse ! queue \
                 ! {WEBM_OF_PICTURE} "
            ),
            Way::Vp8Copied | Way::None => write!(
                text,
                "{source} caps=video/x-vp8,width={width},height={height},framerate=0/1 ! queue \
                 ! {WEBM_OF_PICTURE} "
            ),
        };
        text.push_str("full. ! filesink name=full-file ");
        if sound {
            text.push_str("voice. ! queue ! full. ");
        }
        text
    }

    /// All lanes over a floor of silence that is as long as the recording, so that pauses and late
    /// joiners keep their place. `discont-wait=0`: after a pause the packet's time counts at once.
    fn describe_voice(&self, text: &mut String) {
        let silence = (self.plan.duration_us - LEAD_US) / SILENCE_US + 1;
        let start = LEAD_US * 1_000;
        let rate = self.config.voice_kilobits.clamp(6, 128) * 1_000;
        let raw = "audio/x-raw,format=S16LE,rate=48000,channels=1,layout=interleaved";
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "audiomixer name=mix start-time-selection=set start-time={start} discont-wait=0 alignment-threshold=40000000 ! {raw} \
             ! opusenc audio-type=voice bitrate={rate} bitrate-type=constrained-vbr dtx=true \
             frame-size=60 ! tee name=voice \
             audiotestsrc wave=silence timestamp-offset={start} samplesperbuffer=4800 num-buffers={silence} ! {raw} ! mix. "
        );
        for number in 0..self.plan.lanes.len() {
            let _ = write!(
                text,
                "appsrc name=lane{number} format=time block=true max-buffers=100 max-bytes=0 max-time=0 \
                 caps=audio/x-opus,channel-mapping-family=0,channels=1,rate=48000 \
                 ! opusdec plc=true ! audioconvert ! audioresample ! {raw} ! queue ! mix. "
            );
        }
    }
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
    if !late || picture.codec != Codec::Vp8 || width == 0 || height == 0 {
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
