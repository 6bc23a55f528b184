use gstreamer as gst;
use gstreamer::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What an H.264 stream says of its picture, and whether it changes that on the way.
#[derive(Debug, Default)]
pub(super) struct Shape {
    first: Mutex<Option<gst::Caps>>,
    changed: AtomicBool,
    width: AtomicI32,
    height: AtomicI32,
}

impl Shape {
    pub(super) fn watch(self: &Arc<Self>, pipeline: &gst::Pipeline) {
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
    pub(super) fn largest(&self) -> (i32, i32) {
        let even = |it: &AtomicI32, or: i32| match it.load(Ordering::Relaxed) / 2 * 2 {
            0 => or,
            it => it,
        };
        (even(&self.width, 640), even(&self.height, 360))
    }

    /// Whether what is said of the picture has changed on the way.
    pub(super) fn is_changed(&self) -> bool {
        self.changed.load(Ordering::Relaxed)
    }
}
