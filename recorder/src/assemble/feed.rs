use archive::plan::{Lane, Picture, Shot};
use archive::tap::Codec;
use archive::timeline::{Extent, Us, unit};
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app::AppSrc;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Lost sound up to this long is concealed by the decoder; more stays silent.
const CONCEALED_US: Us = 120_000;
/// The header of a packet in the journal.
const RTP_HEAD: usize = 12;

/// Reads pieces of a journal. Places come in the order of the journal, nearly, so that one open
/// file is enough.
#[derive(Debug)]
struct Pieces {
    journal: PathBuf,
    open: Option<(u32, File)>,
}

impl Pieces {
    fn read(&mut self, place: Extent, out: &mut Vec<u8>) -> std::io::Result<()> {
        if self.open.as_ref().is_none_or(|(segment, _)| *segment != place.segment) {
            let path = self.journal.join(format!("{:04}.tap", place.segment));
            self.open = Some((place.segment, File::open(path)?));
        }
        let start = out.len();
        out.resize(start + usize::from(place.len), 0);
        match (&self.open, out.get_mut(start..)) {
            (Some((_, file)), Some(bytes)) => file.read_exact_at(bytes, place.offset.into()),
            _ => Ok(()),
        }
    }
}

/// Pushes a part of a plan into an `appsrc`, counting every push so that a watchdog sees progress.
#[derive(Debug)]
pub(super) struct Feed {
    source: AppSrc,
    pieces: Pieces,
    pushed: Arc<AtomicU64>,
    packets: u16,
}

impl Feed {
    pub(super) fn new(source: AppSrc, journal: &Path, pushed: Arc<AtomicU64>) -> Self {
        Self {
            source,
            pieces: Pieces { journal: journal.to_owned(), open: None },
            pushed,
            packets: 0,
        }
    }

    /// Pushes a lane of sound until it ends or the pipeline does.
    pub(super) fn sound(mut self, lane: &Lane) {
        for sound in &lane.packets {
            if (1..=CONCEALED_US).contains(&sound.lost_us) {
                let from = clock(sound.at_us - sound.lost_us);
                let gap = gst::event::Gap::builder(from).duration(clock(sound.lost_us)).build();
                self.source.send_event(gap);
            }
            let mut bytes = Vec::new();
            if self.pieces.read(sound.place, &mut bytes).is_ok()
                && !self.push(bytes, (sound.at_us, sound.at_us), true)
            {
                return;
            }
        }
        self.end();
    }

    /// Pushes frames of a picture until they end or the pipeline does. What opens the file begins at 0:
    /// with `opening` if that is a coded frame, else with its own first frame.
    pub(super) fn picture(
        mut self,
        picture: &Picture,
        shots: &[Shot],
        opens: bool,
        opening: Option<Vec<u8>>,
    ) {
        let opened = match (opening, shots.first()) {
            (Some(frame), _) => self.push(frame, (0, 0), true),
            (None, Some(first)) if opens => self.shot(picture, first, (0, 0)),
            (None, _) => true,
        };
        if opened && shots.iter().all(|it| self.shot(picture, it, (it.at_us, it.decode_us))) {
            self.end();
        }
    }

    /// Pushes a frame that is seen and decoded at `times`.
    fn shot(&mut self, picture: &Picture, shot: &Shot, times: (Us, Us)) -> bool {
        let parts = picture.parts.get(shot.parts.clone()).unwrap_or_default();
        if matches!(shot.codec, Codec::Vp9 | Codec::Av1) {
            return self.unit(shot.codec, parts, times, shot.key);
        }
        // VP8 goes in as whole frames, H.264 packet by packet.
        let whole = shot.codec != Codec::H264;
        for piece in parts.chunks(if whole { parts.len().max(1) } else { 1 }) {
            let mut bytes = Vec::new();
            let read = piece.iter().try_for_each(|it| self.pieces.read(*it, &mut bytes));
            if !whole {
                self.number(&mut bytes);
            }
            if read.is_ok() && !self.push(bytes, times, shot.key) {
                return false;
            }
        }
        true
    }

    /// Pushes one picture that is made of whole packets.
    fn unit(&mut self, codec: Codec, parts: &[Extent], times: (Us, Us), key: bool) -> bool {
        let mut packets = Vec::new();
        for place in parts {
            let mut bytes = Vec::new();
            if self.pieces.read(*place, &mut bytes).is_err() {
                return true;
            }
            packets.push(bytes);
        }
        let payloads = packets.iter().map(|it| it.get(RTP_HEAD..).unwrap_or_default());
        let coded = unit(codec, payloads);
        coded.is_empty() || self.push(coded, times, key)
    }

    /// Gives a packet the next number: what is missing is left out already, and a depayloader that
    /// sees a rejoin's numbers would drop them as old.
    fn number(&mut self, packet: &mut [u8]) {
        self.packets = self.packets.wrapping_add(1);
        if let Some(place) = packet.get_mut(2..4) {
            place.copy_from_slice(&self.packets.to_be_bytes());
        }
    }

    fn push(&self, bytes: Vec<u8>, (at_us, decode_us): (Us, Us), key: bool) -> bool {
        let mut buffer = gst::Buffer::from_mut_slice(bytes);
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(clock(at_us));
            buffer.set_dts(clock(decode_us));
            if !key {
                buffer.set_flags(gst::BufferFlags::DELTA_UNIT);
            }
        }
        self.pushed.fetch_add(1, Ordering::Relaxed);
        self.source.push_buffer(buffer).is_ok()
    }

    fn end(&self) {
        // A pipeline that is gone needs no end.
        let _ = self.source.end_of_stream();
    }
}

fn clock(us: Us) -> gst::ClockTime {
    gst::ClockTime::from_useconds(u64::try_from(us).unwrap_or_default())
}
