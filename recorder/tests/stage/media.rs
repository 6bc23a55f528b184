//! Real RTP made by GStreamer, and files taken apart by it.

use gstreamer as gst;
use gstreamer::prelude::*;
use std::path::Path;

/// One packet and when it was sent, milliseconds from the start of its source.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) at_ms: u64,
    pub(crate) packet: Vec<u8>,
}

impl Sent {
    pub(crate) fn rtp_ts(&self) -> u32 {
        u32::from_be_bytes(self.packet[4..8].try_into().unwrap())
    }
}

/// A tone of `hertz` in Opus.
pub(crate) fn tone(hertz: u32, seconds: u32, ssrc: u32) -> Vec<Sent> {
    packets(&format!(
        "audiotestsrc freq={hertz} volume=0.4 samplesperbuffer=960 num-buffers={} \
         ! audio/x-raw,rate=48000,channels=1 ! opusenc bitrate=24000 \
         ! rtpopuspay pt=111 ssrc={ssrc} ! appsink name=out sync=false",
        seconds * 50
    ))
}

/// 440 Hz on the left and 1000 Hz on the right, in stereo Opus.
pub(crate) fn stereo(seconds: u32, ssrc: u32) -> Vec<Sent> {
    let side = |hertz: u32, left: u8| {
        format!(
            "audiotestsrc freq={hertz} volume=0.4 samplesperbuffer=960 num-buffers={} \
             ! audio/x-raw,format=F32LE,rate=48000,channels=1 \
             ! audioconvert mix-matrix=\"<<(float){left}.0>,<(float){}.0>>\" \
             ! audio/x-raw,channels=2,channel-mask=(bitmask)0x3 ! both. ",
            seconds * 50,
            1 - left
        )
    };
    packets(&format!(
        "audiomixer name=both ! audio/x-raw,channels=2,channel-mask=(bitmask)0x3 \
         ! opusenc bitrate=64000 audio-type=generic \
         ! rtpopuspay pt=111 ssrc={ssrc} ! appsink name=out sync=false {} {}",
        side(440, 1),
        side(1_000, 0)
    ))
}

/// Opus as a client with DTX sends it: 3 s of a tone, 3 s of silence in which only every 20th packet
/// is sent and numbered, 4 s of the tone.
pub(crate) fn tone_with_a_pause(hertz: u32, ssrc: u32) -> Vec<Sent> {
    let part = |what: &str, seconds: u32| {
        format!(
            "audiotestsrc {what} samplesperbuffer=960 num-buffers={} \
             ! audio/x-raw,rate=48000,channels=1 ! all. ",
            seconds * 50
        )
    };
    let tone = format!("freq={hertz} volume=0.4");
    let (before, pause, after) = (part(&tone, 3), part("wave=silence", 3), part(&tone, 4));
    let mut sent = packets(&format!(
        "concat name=all ! opusenc bitrate=24000 audio-type=voice \
         ! rtpopuspay pt=111 ssrc={ssrc} ! appsink name=out sync=false {before} {pause} {after}"
    ));
    // The joined parts have times of their own each; the RTP clock goes on.
    let began = sent[0].rtp_ts();
    for it in &mut sent {
        it.at_ms = u64::from(it.rtp_ts().wrapping_sub(began) / 48);
    }
    let mut number = 0_u32;
    sent.retain(|it| {
        number += 1;
        !(3_000..6_000).contains(&it.at_ms) || number.is_multiple_of(20)
    });
    for (number, it) in sent.iter_mut().enumerate() {
        it.packet[2..4].copy_from_slice(&u16::try_from(number).unwrap().to_be_bytes());
    }
    sent
}

/// A moving picture in VP8, a key frame every 2 seconds.
pub(crate) fn film(seconds: u32, ssrc: u32) -> Vec<Sent> {
    film_of(seconds, (320, 240), ssrc)
}

/// The same in another size.
pub(crate) fn film_of(seconds: u32, (width, height): (u32, u32), ssrc: u32) -> Vec<Sent> {
    packets(&format!(
        "videotestsrc pattern=ball num-buffers={} ! video/x-raw,width={width},height={height},framerate=15/1 \
         ! vp8enc deadline=1 target-bitrate=300000 keyframe-max-dist=30 error-resilient=default \
         ! rtpvp8pay pt=96 ssrc={ssrc} mtu=600 picture-id-mode=15-bit ! appsink name=out sync=false",
        seconds * 15
    ))
}

/// The same in VP9.
pub(crate) fn film_vp9(seconds: u32, ssrc: u32) -> Vec<Sent> {
    packets(&format!(
        "videotestsrc pattern=ball num-buffers={} ! video/x-raw,format=I420,width=320,height=240,framerate=15/1 \
         ! vp9enc deadline=1 cpu-used=8 lag-in-frames=0 target-bitrate=300000 keyframe-max-dist=30 \
         ! rtpvp9pay pt=98 ssrc={ssrc} mtu=600 picture-id-mode=15-bit ! appsink name=out sync=false",
        seconds * 15
    ))
}

/// The same in AV1, cut into packets here: GStreamer 1.22 has no payloader for it.
pub(crate) fn film_av1(seconds: u32, ssrc: u32) -> Vec<Sent> {
    let mut sent: Vec<Sent> = Vec::new();
    let description = format!(
        "videotestsrc pattern=ball num-buffers={} ! video/x-raw,format=I420,width=320,height=240,framerate=15/1 \
         ! av1enc usage-profile=realtime cpu-used=8 lag-in-frames=0 target-bitrate=300 keyframe-max-dist=30 \
         ! av1parse ! video/x-av1,stream-format=obu-stream,alignment=tu ! appsink name=out sync=false",
        seconds * 15
    );
    samples(&description, |pts_ms, unit| {
        let payloads = av1_payloads(unit, 600);
        for (number, payload) in payloads.iter().enumerate() {
            let marker = if number + 1 == payloads.len() { 0x80 } else { 0 };
            let mut packet = vec![0x80, marker | 99];
            packet.extend_from_slice(&u16::try_from(sent.len()).unwrap().to_be_bytes());
            packet.extend_from_slice(&u32::try_from(pts_ms * 90).unwrap().to_be_bytes());
            packet.extend_from_slice(&ssrc.to_be_bytes());
            packet.extend_from_slice(payload);
            sent.push(Sent { at_ms: pts_ms, packet });
        }
    });
    assert!(!sent.is_empty());
    sent
}

/// One temporal unit as RTP payloads of at most `mtu` bytes, one element in each (AV1 RTP payload
/// 1.0, section 4): OBUs without their sizes, and no temporal delimiter.
fn av1_payloads(mut unit: &[u8], mtu: usize) -> Vec<Vec<u8>> {
    const SEQUENCE_HEADER: u8 = 1;
    const TEMPORAL_DELIMITER: u8 = 2;
    let mut payloads = Vec::new();
    while let Some((&head, rest)) = unit.split_first() {
        assert_eq!(head & 0x06, 0x02, "an OBU with its size and without layers");
        let len_of_size = rest.iter().position(|it| it & 0x80 == 0).unwrap() + 1;
        let (size, rest) = rest.split_at(len_of_size);
        let size = size.iter().rev().fold(0, |sum, it| sum << 7 | usize::from(it & 0x7f));
        let (body, rest) = rest.split_at(size);
        unit = rest;
        let kind = head >> 3 & 0x0f;
        if kind == TEMPORAL_DELIMITER {
            continue;
        }
        let bare = [&[head & !0x02], body].concat();
        let pieces = bare.chunks(mtu - 1);
        for (number, piece) in pieces.clone().enumerate() {
            let goes_on = if number > 0 { 0x80 } else { 0 };
            let is_cut = if number + 1 < pieces.len() { 0x40 } else { 0 };
            let begins = if kind == SEQUENCE_HEADER && number == 0 { 0x08 } else { 0 };
            payloads.push([&[goes_on | is_cut | 0x10 | begins], piece].concat());
        }
    }
    payloads
}

/// The same in H.264.
pub(crate) fn film_h264(seconds: u32, width: u32, ssrc: u32) -> Vec<Sent> {
    packets(&format!(
        "videotestsrc pattern=ball num-buffers={} ! video/x-raw,width={width},height=240,framerate=15/1 \
         ! openh264enc gop-size=30 bitrate=300000 ! h264parse config-interval=-1 \
         ! rtph264pay pt=96 ssrc={ssrc} mtu=600 aggregate-mode=zero-latency ! appsink name=out sync=false",
        seconds * 15
    ))
}

/// H.264 with two B-frames between the others, 15 a second: packets in the order of coding, which is
/// that in which they are sent, bear times that go back and forth.
pub(crate) fn film_h264_with_b_frames(seconds: u32, ssrc: u32) -> Vec<Sent> {
    let folder = tempfile::tempdir().unwrap();
    let coded = folder.path().join("coded.mp4");
    let done = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i"])
        .arg(format!("testsrc=size=320x240:rate=15:duration={seconds}"))
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "2"])
        .args(["-x264-params", "b-adapt=0:keyint=30:min-keyint=30:scenecut=0"])
        .arg(&coded)
        .status()
        .unwrap();
    assert!(done.success());
    let mut sent = packets(&format!(
        "filesrc location={} ! qtdemux ! h264parse config-interval=-1 \
         ! rtph264pay pt=96 ssrc={ssrc} mtu=600 aggregate-mode=zero-latency ! appsink name=out sync=false",
        coded.display()
    ));
    // A picture leaves as soon as those are coded that are sent before it.
    let mut latest = 0;
    for it in &mut sent {
        latest = it.at_ms.max(latest);
        it.at_ms = latest;
    }
    sent
}

fn packets(description: &str) -> Vec<Sent> {
    let mut sent = Vec::new();
    samples(description, |pts_ms, bytes| {
        let mut packet = bytes[..12].to_vec();
        assert_eq!(bytes[0] & 0x1F, 0, "a bare header");
        packet.extend_from_slice(&bytes[12..]);
        sent.push(Sent { at_ms: pts_ms, packet });
    });
    assert!(!sent.is_empty());
    sent
}

fn samples(description: &str, mut each: impl FnMut(u64, &[u8])) {
    gst::init().unwrap();
    let pipeline = gst::parse::launch(description).unwrap().downcast::<gst::Pipeline>().unwrap();
    let out = pipeline.by_name("out").unwrap().downcast::<gstreamer_app::AppSink>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    while let Ok(sample) = out.pull_sample() {
        let buffer = sample.buffer().unwrap();
        let pts = buffer.pts().map_or(0, gst::ClockTime::mseconds);
        each(pts, buffer.map_readable().unwrap().as_slice());
    }
    let error = pipeline.bus().unwrap().pop_filtered(&[gst::MessageType::Error]);
    pipeline.set_state(gst::State::Null).unwrap();
    assert!(error.is_none(), "{error:?}");
}

/// The sound of a file: 8000 samples a second, from its start.
pub(crate) struct Heard(pub(crate) Vec<f32>);

impl Heard {
    pub(crate) fn of(file: &Path) -> Self {
        Self::decoded(file, "audioconvert")
    }

    /// One of two sides: 0 is left. A file with one channel has both sides alike.
    pub(crate) fn side(file: &Path, side: u8) -> Self {
        let take = format!(
            "audioconvert ! audio/x-raw,format=F32LE,channels=2 ! audioconvert mix-matrix=\"<<(float){}.0,(float){}.0>>\"",
            1 - side,
            side
        );
        Self::decoded(file, &take)
    }

    fn decoded(file: &Path, convert: &str) -> Self {
        let mut heard = Vec::new();
        let description = format!(
            "filesrc location={} ! decodebin ! {convert} ! audioresample \
             ! audio/x-raw,format=F32LE,rate=8000,channels=1 ! appsink name=out sync=false",
            file.display()
        );
        samples(&description, |pts_ms, bytes| {
            let at = usize::try_from(pts_ms).unwrap() * 8;
            if at > heard.len() {
                heard.resize(at, 0.0);
            }
            heard.extend(bytes.chunks(4).map(|it| f32::from_le_bytes(it.try_into().unwrap())));
        });
        Self(heard)
    }

    /// How strong a tone is in a span, as amplitude (Goertzel).
    pub(crate) fn tone(&self, hertz: f32, from_ms: usize, to_ms: usize) -> f32 {
        let span = &self.0[from_ms * 8..(to_ms * 8).min(self.0.len())];
        let turn = std::f32::consts::TAU * hertz / 8_000.0;
        let (mut a, mut b) = (0.0_f32, 0.0_f32);
        for (number, sample) in span.iter().enumerate() {
            let angle = turn * number as f32;
            a += sample * angle.cos();
            b += sample * angle.sin();
        }
        2.0 * a.hypot(b) / span.len() as f32
    }

    /// The loudness of a span (root mean square).
    pub(crate) fn level(&self, from_ms: usize, to_ms: usize) -> f32 {
        let span = &self.0[from_ms * 8..(to_ms * 8).min(self.0.len())];
        (span.iter().map(|it| it * it).sum::<f32>() / span.len() as f32).sqrt()
    }

    /// When a tone begins, milliseconds.
    pub(crate) fn onset(&self, hertz: f32) -> usize {
        (0..self.ms() - 20).find(|at| self.tone(hertz, *at, at + 20) > 0.2).unwrap()
    }

    pub(crate) fn ms(&self) -> usize {
        self.0.len() / 8
    }
}

/// The times of all pictures of a file that a decoder shows, milliseconds; black ones are left out.
pub(crate) fn seen(file: &Path) -> Vec<u64> {
    let mut seen = Vec::new();
    let description = format!(
        "filesrc location={} ! decodebin ! videoconvert ! video/x-raw,format=GRAY8 \
         ! appsink name=out sync=false",
        file.display()
    );
    samples(&description, |pts_ms, bytes| {
        if bytes.iter().any(|it| *it > 60) {
            seen.push(pts_ms);
        }
    });
    seen
}

/// The time of the first picture after a seek, milliseconds.
pub(crate) fn seen_after_seek(file: &Path, to_ms: u64) -> u64 {
    gst::init().unwrap();
    let description = format!(
        "filesrc location={} ! matroskademux name=d d.video_0 ! queue ! appsink name=out sync=false",
        file.display()
    );
    let pipeline = gst::parse::launch(&description).unwrap().downcast::<gst::Pipeline>().unwrap();
    let out = pipeline.by_name("out").unwrap().downcast::<gstreamer_app::AppSink>().unwrap();
    pipeline.set_state(gst::State::Paused).unwrap();
    pipeline.state(gst::ClockTime::from_seconds(10)).0.unwrap();
    let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::KEY_UNIT | gst::SeekFlags::SNAP_BEFORE;
    pipeline.seek_simple(flags, gst::ClockTime::from_mseconds(to_ms)).unwrap();
    pipeline.state(gst::ClockTime::from_seconds(10)).0.unwrap();
    let sample = out.pull_preroll().unwrap();
    let pts = sample.buffer().unwrap().pts().unwrap().mseconds();
    pipeline.set_state(gst::State::Null).unwrap();
    pts
}

/// Length in milliseconds and codecs, as another demuxer than ours reads them.
pub(crate) fn probe(file: &Path) -> (u64, Vec<String>) {
    let output = std::process::Command::new("ffprobe")
        .args(["-v", "error", "-of", "json", "-show_format", "-show_streams"])
        .arg(file)
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let seconds: f64 = found["format"]["duration"].as_str().unwrap().parse().unwrap();
    let codecs = found["streams"].as_array().unwrap().iter();
    let codecs = codecs.map(|it| it["codec_name"].as_str().unwrap().to_owned()).collect();
    ((seconds * 1_000.0) as u64, codecs)
}

/// When each stream of a file begins, seconds, and its codec, the first first.
pub(crate) fn starts(file: &Path) -> Vec<(f64, String)> {
    let output = std::process::Command::new("ffprobe")
        .args(["-v", "error", "-of", "csv=p=0", "-show_entries", "stream=codec_name,start_time"])
        .arg(file)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut starts: Vec<(f64, String)> = text
        .lines()
        .map(|it| it.split_once(',').unwrap())
        .map(|(codec, start)| (start.parse().unwrap(), codec.to_owned()))
        .collect();
    starts.sort_by(|a, b| a.0.total_cmp(&b.0));
    starts
}
