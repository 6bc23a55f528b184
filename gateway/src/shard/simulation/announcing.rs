//! How somebody says that it publishes.

use media::MediaKind;
use signalling::words::request::{Description, Request};
use signalling::words::track::{Announcement, TrackSource, VideoLayer};
use transport::sdp;

use super::descriptions::offer;
use super::speaking::Published;

/// What a client says to publish a voice and a camera.
pub(super) fn announcements(published: &Published) -> Vec<Request> {
    let voice = Announcement::new("voice".to_owned(), MediaKind::Audio, TrackSource::Microphone);
    let voice = Announcement { disable_red: !published.red, ..voice };
    let layer = |(quality, it): (i32, &(&str, (u16, u16), u64))| VideoLayer {
        quality,
        width: it.1.0.into(),
        height: it.1.1.into(),
        bitrate_bps: it.2 as u32,
        rid: it.0.to_owned(),
        ..VideoLayer::default()
    };
    let layers: Vec<_> = (0..).zip(&published.layers).map(layer).collect();
    let rids: Vec<&str> = published.layers.iter().map(|it| it.0).collect();
    let (width, height) = layers.last().map_or((0, 0), |it| (it.width, it.height));
    let camera = Announcement::new("camera".to_owned(), MediaKind::Video, TrackSource::Camera);
    let camera = Announcement { layers, width, height, ..camera };
    let described = sdp::parse(&offer(published.red, &rids)).expect("the offer can be read");
    let offer = Request::Offer(Description { remote: Ok(Box::new(described)), number: 1 });
    let announced = std::iter::once(voice).chain((!rids.is_empty()).then_some(camera));
    announced.map(|it| Request::Announce(Box::new(it))).chain([offer]).collect()
}
