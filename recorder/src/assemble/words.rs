//! The pipelines in GStreamer's words; only numbers of ours are put in.

use archive::plan::{LEAD_US, Picture, Plan};
use archive::tap::Codec;
use std::fmt::Write as _;

/// Microseconds of one buffer of silence.
const SILENCE_US: i64 = 100_000;

/// Cues every 5 s and clusters of 2 s: with a cue for every packet, as is the default, speech at
/// 24 kbit/s takes 40.
const WEBM_OF_SOUND: &str = "webmmux min-cluster-duration=2000000000 min-index-interval=5000000000";
/// Cues for the key frames, a second or more apart.
const WEBM_OF_PICTURE: &str =
    "webmmux min-cluster-duration=2000000000 min-index-interval=1000000000 name=full";

/// How a picture gets into its file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Way {
    Copied(Codec),
    /// As VP8, scaled to this width and height.
    Coded(i32, i32),
}

impl Way {
    /// Extension and media type of its file.
    pub(super) const fn file(self, sound: bool) -> (&'static str, &'static str) {
        match (self, sound) {
            (Self::Copied(Codec::H264), _) => ("mp4", "video/mp4"),
            (Self::Copied(Codec::Vp9), true) => ("webm", "video/webm; codecs=\"vp9, opus\""),
            (Self::Copied(Codec::Vp9), false) => ("webm", "video/webm; codecs=\"vp9\""),
            (Self::Copied(Codec::Av1), true) => {
                ("webm", "video/webm; codecs=\"av01.0.04M.08, opus\"")
            }
            (Self::Copied(Codec::Av1), false) => ("webm", "video/webm; codecs=\"av01.0.04M.08\""),
            (_, true) => ("webm", "video/webm; codecs=\"vp8, opus\""),
            (_, false) => ("webm", "video/webm; codecs=\"vp8\""),
        }
    }
}

/// All lanes over a floor of silence that is as long as the recording, so that pauses and late
/// joiners keep their place. `discont-wait=0`: after a pause the packet's time counts at once.
/// `max-errors=-1`: what cannot be decoded costs itself.
pub(super) fn of_voice(plan: &Plan, kilobits: u32) -> String {
    let silence = (plan.duration_us - LEAD_US) / SILENCE_US + 1;
    let start = LEAD_US * 1_000;
    let stereo = plan.lanes.iter().any(|it| it.stereo);
    let (channels, kind) = if stereo { (2, "generic") } else { (1, "voice") };
    let rate = (kilobits * channels).clamp(6, 128) * 1_000;
    let raw = format!("audio/x-raw,format=S16LE,rate=48000,channels={channels},layout=interleaved");
    let mut text = format!(
        "audiomixer name=mix start-time-selection=set start-time={start} discont-wait=0 alignment-threshold=40000000 ! {raw} \
         ! opusenc audio-type={kind} bitrate={rate} bitrate-type=constrained-vbr dtx=true frame-size=60 \
         ! queue ! {WEBM_OF_SOUND} ! filesink name=file \
         audiotestsrc wave=silence timestamp-offset={start} samplesperbuffer=4800 num-buffers={silence} ! {raw} ! mix. "
    );
    for (number, lane) in plan.lanes.iter().enumerate() {
        let channels = if lane.stereo { 2 } else { 1 };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{} caps=audio/x-opus,channel-mapping-family=0,channels={channels},rate=48000 \
             ! opusdec plc=true max-errors=-1 ! audioconvert ! audioresample ! {raw} ! queue ! mix. ",
            source(number)
        );
    }
    text
}

/// One picture, with the voice that lies coded in a file of its own.
pub(super) fn of_picture(picture: &Picture, way: Way, sound: bool) -> String {
    let (width, height) = picture.size;
    let source = source(0);
    let mut text = match way {
        Way::Copied(Codec::H264) => format!(
            "{source} caps={} ! rtph264depay ! h264parse name=parse ! queue ! mp4mux name=full faststart=true ",
            caps(Codec::H264)
        ),
        // The parser reads the size, and what the container says of the sequence.
        Way::Copied(Codec::Av1) => {
            format!("{source} caps={} ! av1parse ! queue ! {WEBM_OF_PICTURE} ", caps(Codec::Av1))
        }
        Way::Copied(codec) => format!(
            "{source} caps={},width={width},height={height} ! queue ! {WEBM_OF_PICTURE} ",
            caps(codec)
        ),
        Way::Coded(width, height) => coded(picture, width, height),
    };
    text.push_str("full. ! filesink name=file ");
    if sound {
        text.push_str(
            "filesrc name=voice ! matroskademux ! queue name=coded max-size-time=0 max-size-buffers=0 ! full.audio_0 ",
        );
    }
    text
}

/// One run of frames after the other is decoded, brought to one size and coded anew.
fn coded(picture: &Picture, width: i32, height: i32) -> String {
    let mut text = format!(
        "concat name=all adjust-base=false \
         ! vp8enc deadline=1 cpu-used=8 keyframe-max-dist=150 target-bitrate=400000 ! queue \
         ! {WEBM_OF_PICTURE} "
    );
    for (number, (codec, _)) in picture.runs().enumerate() {
        let decoder = match codec {
            Codec::H264 => "rtph264depay ! h264parse ! openh264dec max-errors=-1",
            Codec::Vp9 => "vp9dec max-errors=-1",
            Codec::Av1 => "av1parse ! av1dec max-errors=-1",
            _ => "vp8dec max-errors=-1",
        };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{} caps={} ! {decoder} ! videoconvert ! videoscale add-borders=true \
             ! video/x-raw,format=I420,width={width},height={height},pixel-aspect-ratio=1/1 \
             ! queue max-size-buffers=3 ! all. ",
            source(number),
            caps(codec)
        );
    }
    text
}

fn source(number: usize) -> String {
    format!(
        "appsrc name=feed{number} format=time block=true max-buffers=100 max-bytes=0 max-time=0"
    )
}

/// The muxer takes no stream without a frame rate, and 0/1 says that it varies.
const fn caps(codec: Codec) -> &'static str {
    match codec {
        Codec::H264 => {
            "application/x-rtp,media=video,encoding-name=H264,clock-rate=90000,payload=96"
        }
        Codec::Vp9 => "video/x-vp9,framerate=0/1",
        Codec::Av1 => "video/x-av1,stream-format=obu-stream,alignment=tu,framerate=0/1",
        _ => "video/x-vp8,framerate=0/1",
    }
}
