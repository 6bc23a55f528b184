//! What strangers' bytes go through at the gateway's doors, one function a door, for the fuzz targets (`tests/fuzz`).
//! No part of what the gateway offers.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use transport::dtls::Identity;
use transport::sdp;

use crate::service::{self, ContentType};
use crate::shard::Stage;
use crate::{receipts, signal, whip};

/// The query of `/rtc`.
pub fn query(text: &str) {
    signal::read_query(text);
}

/// The query of `/rtc/v1`: a client with a readable one comes into a room, twice, with its offer and its tracks.
/// Returns how many entries are left in the gateway's tables when everybody has gone.
pub fn join(now: Instant, identity: Arc<Identity>, query: &str) -> usize {
    if signal::read_join(query).is_none() {
        return 0;
    }
    let Some(mut stage) = Stage::new(now, identity) else { return 0 };
    stage.join("wang", true, None);
    for odd in [false, true] {
        let Some(knock) = signal::read_join(query) else { break };
        stage.come("li", odd, knock.resume, (knock.abilities, knock.first));
        stage.wait(Duration::from_millis(5));
        stage.wait(Duration::from_secs(1));
    }
    stage.join("last", false, None);
    stage.wait(Duration::from_secs(15));
    stage.end()
}

/// The body of a PATCH to a session of `/whip` or `/whep`.
pub fn fragment(text: &str) {
    whip::read_fragment(text);
}

/// The body of a call of the room service, in either form; answers whether it was read.
pub fn call(method: &str, json: bool, body: &[u8]) -> bool {
    let content_type = if json { ContentType::Json } else { ContentType::Protobuf };
    service::call(method, content_type, body).is_ok()
}

/// A signalling frame; answers whether it was read in that form.
pub fn frame(text: bool, bytes: &[u8]) -> bool {
    match (text, std::str::from_utf8(bytes)) {
        (true, Ok(text)) => signal::read_text(text).is_ok(),
        (true, Err(_)) => false,
        (false, _) => signal::read_binary(bytes).is_ok(),
    }
}

/// Carries out what two clients of one room, a device and strangers send: each piece is a byte that says what it is,
/// and the thing itself. Answers how many entries are left in the gateway's tables when everybody has gone.
pub fn room<'a>(
    now: Instant,
    identity: Arc<Identity>,
    pieces: impl Iterator<Item = &'a [u8]>,
) -> usize {
    let Some(mut stage) = Stage::new(now, identity) else { return 0 };
    stage.join("li", false, None);
    stage.join("wang", true, None);
    for piece in pieces {
        let Some((kind, rest)) = piece.split_first() else { continue };
        let place = usize::from(kind >> 4);
        match (kind & 15, std::str::from_utf8(rest)) {
            (0..=3, _) => speak(&mut stage, place, signal::read_binary(rest).ok()),
            (4..=7, Ok(text)) => speak(&mut stage, place, signal::read_text(text).ok()),
            (8, Ok(text)) => {
                let remote = sdp::parse(text).ok().into_iter();
                remote.for_each(|remote| stage.visit(place > 7, remote));
            }
            (9 | 10, _) => stage.data(place, rest),
            (11, _) => stage.wait(Duration::from_millis(700 * place as u64)),
            (12, Ok(name)) => {
                stage.join("li", place > 7, (place & 1 == 1).then(|| name.to_owned()))
            }
            _ => stage.datagram(SocketAddr::from(([127, 0, 0, 1], u16::from(*kind))), rest),
        }
        stage.wait(Duration::from_millis(5));
    }
    stage.end()
}

fn speak(stage: &mut Stage, place: usize, request: Option<livekit_protocol::SignalRequest>) {
    use livekit_protocol::signal_request::Message;
    let message = request.and_then(|request| request.message).filter(|message| match message {
        Message::Offer(description) | Message::Answer(description) => {
            signal::fits(&description.sdp)
        }
        _ => true,
    });
    if let Some(request) = message.and_then(signal::request) {
        stage.signal(place, request);
    }
}

/// A file of receipts, whatever wrote it: a snapshot, or a part of an outbox; whether what was read of it is written, and
/// read again, as it was.
pub fn receipts_file(bytes: &[u8]) -> bool {
    receipts::file(bytes)
}

/// A folder of such files, in which a gateway starts and puts one more event: all events that it gives to the scheduler
/// before and after that, with their numbers. `None` if the disk fails.
pub fn receipts_folder(path: &Path, event: &str) -> Option<[Vec<(u64, String)>; 2]> {
    receipts::folder(path, event)
}

/// What a client's reports make of its receipts, in steps of five bytes; whether no second of a window counts twice.
pub fn receipts_accounts(steps: &[u8]) -> bool {
    receipts::accounts(steps)
}
