//! What the doors refuse with.

use axum::http::StatusCode;
pub(super) use problems::Problem;
use signalling::words::visit::{Flaw, VisitFault as Fault};
use transport::sdp::Kind;

/// The gateway has ended, or is ending.
pub(super) fn stopping() -> Problem {
    let (status, detail) = (StatusCode::SERVICE_UNAVAILABLE, "Try again in a few seconds.");
    Problem::new(status, "/problems/stopping", "The gateway is restarting", detail).retry_after_s(3)
}

/// How people and programs read a fault.
pub(super) fn of(fault: Fault) -> Problem {
    if let Fault::Section(place, kind, flaw) = fault {
        return of_section(place, kind, flaw);
    }
    let (status, kind, title, detail) = of_offer(fault).unwrap_or_else(|| of_session(fault));
    let problem = Problem::new(status, kind, title, detail);
    match fault {
        Fault::RoomsFull => problem.retry_after_s(60),
        Fault::RoomFull | Fault::TooManyWatchers | Fault::NotCleared => problem.retry_after_s(30),
        Fault::TooOften => problem.retry_after_s(1),
        _ => problem,
    }
}

/// Status, type, title, and what to do.
type Words = (StatusCode, &'static str, &'static str, &'static str);

fn of_offer(fault: Fault) -> Option<Words> {
    let (bad, kind) = (StatusCode::BAD_REQUEST, "/problems/bad-offer");
    Some(match fault {
        Fault::Unfit => (
            bad,
            kind,
            "The offer does not fit",
            "Offer as a full ICE agent, without a=ice-lite: the gateway is ICE-lite itself.",
        ),
        Fault::ChannelsPassive => (
            bad,
            kind,
            "Data channels need the other part in the handshake",
            "Offer a=setup:actpass or active, or leave the data channels out.",
        ),
        Fault::NothingOffered => (
            bad,
            kind,
            "The offer has no usable section",
            "Offer audio or video: sendonly to /whip, recvonly to /whep.",
        ),
        Fault::TooManyTracks => {
            (bad, kind, "Too many tracks", "Offer one camera and one microphone.")
        }
        Fault::WatchingRefused => (
            StatusCode::FORBIDDEN,
            "/problems/not-granted",
            "You may not watch this room",
            "Ask whoever runs the room to permit it.",
        ),
        Fault::Removed => (
            StatusCode::FORBIDDEN,
            "/problems/removed",
            "You were removed from this room",
            "Ask whoever runs the room to let you in again.",
        ),
        _ => return None,
    })
}

/// A section that cannot work: counted as people count, from 1.
fn of_section(place: usize, kind: Kind, flaw: Flaw) -> Problem {
    let (bad, offer) = (StatusCode::BAD_REQUEST, "/problems/bad-offer");
    let (none, codec) = (StatusCode::NOT_ACCEPTABLE, "/problems/no-codec");
    let sound = kind == Kind::Audio;
    let (status, problem, title, advice) = match flaw {
        Flaw::NotMuxed => (
            bad,
            offer,
            "A section does without rtcp-mux",
            "add a=rtcp-mux, for there is one path for media and reports".to_owned(),
        ),
        Flaw::NotBundled => (
            bad,
            offer,
            "The sections do not share one path",
            "name every section, by an a=mid of its own, in one a=group:BUNDLE".to_owned(),
        ),
        Flaw::WrongWay => (
            bad,
            offer,
            "A section goes the wrong way",
            "offer a=sendonly to /whip and a=recvonly to /whep".to_owned(),
        ),
        Flaw::OneTooMany => (
            bad,
            offer,
            "One section too many",
            "offer one section of sound and one of pictures to /whep".to_owned(),
        ),
        Flaw::NoCodec if sound => {
            (none, codec, "No codec in common", "offer opus/48000/2".to_owned())
        }
        Flaw::NoCodec => (none, codec, "No codec in common", PICTURES.to_owned()),
        Flaw::OtherCodec(there) => {
            let name = there.name();
            let advice = format!("offer {name}, in which the room is at present, or ask later");
            (none, codec, "The room is in another codec", advice)
        }
        Flaw::NotGranted => {
            let source = if sound { "microphone" } else { "camera" };
            let advice = format!("ask for a token that may send a {source}, or leave it out");
            let status = StatusCode::FORBIDDEN;
            (status, "/problems/not-granted", "The token does not grant this source", advice)
        }
    };
    let detail = format!("Section {} ({}): {advice}.", place + 1, kind.name());
    Problem::new(status, problem, title, detail)
}

/// What can be passed on.
const PICTURES: &str = "offer VP8, VP9 of profile 0, AV1 of the main profile, or H.264 in 8 bits and 4:2:0 \
    (packetization-mode=1; 0 will do to send)";

fn of_session(fault: Fault) -> Words {
    match fault {
        Fault::RoomsFull => (
            StatusCode::SERVICE_UNAVAILABLE,
            "/problems/rooms-full",
            "This gateway has no room left",
            "Try again in a minute, or ask the operator for more rooms.",
        ),
        Fault::RoomFull => (
            StatusCode::SERVICE_UNAVAILABLE,
            "/problems/room-full",
            "The room is full",
            "Try again when somebody has left.",
        ),
        Fault::RoomClosed => (
            StatusCode::FORBIDDEN,
            "/problems/room-closed",
            "The room is closed",
            "The session is over or was cancelled: ask the scheduler for a new time and a new token.",
        ),
        Fault::NotCleared => (
            StatusCode::FORBIDDEN,
            "/problems/not-cleared",
            "Nothing may be sent in this room now",
            "The patient's identity and consent are not noted, or were withdrawn: send again when they are.",
        ),
        Fault::TooManyWatchers => (
            StatusCode::TOO_MANY_REQUESTS,
            "/problems/too-many-watchers",
            "Too many screens watch with this token",
            "Stop one of them with DELETE, or use another token.",
        ),
        Fault::TooOften => (
            StatusCode::TOO_MANY_REQUESTS,
            "/problems/too-often",
            "Too many requests for this session",
            "Send several candidates in one PATCH.",
        ),
        Fault::Unknown => (
            StatusCode::NOT_FOUND,
            "/problems/no-such-session",
            "There is no such session",
            "It has ended; begin a new one with POST.",
        ),
        Fault::NotYours => (
            StatusCode::FORBIDDEN,
            "/problems/not-yours",
            "The session is somebody else's",
            "Use the token with which it was begun.",
        ),
        _ => of_patch(fault),
    }
}

fn of_patch(fault: Fault) -> Words {
    match fault {
        Fault::PreconditionMissing => (
            StatusCode::PRECONDITION_REQUIRED,
            "/problems/if-match-missing",
            "If-Match is missing",
            "Send If-Match with the session's ETag, or with * to restart ICE.",
        ),
        Fault::PreconditionFailed => (
            StatusCode::PRECONDITION_FAILED,
            "/problems/other-ice-session",
            "This is not the present ICE session",
            "Use the newest ETag and its user fragment, or restart ICE with If-Match: *.",
        ),
        Fault::FragmentIncomplete => (
            StatusCode::BAD_REQUEST,
            "/problems/bad-fragment",
            "The fragment is incomplete",
            "A restart needs a=ice-ufrag and a=ice-pwd.",
        ),
        _ => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "/problems/internal",
            "The gateway has a fault",
            "Try again; if it stays, tell the operator the time of this message.",
        ),
    }
}
