//! What a client is told, in LiveKit's words.

use livekit_protocol as lk;
use lk::signal_response::Message as Wire;
use signalling::words::message::{
    Joined, LineQuality, Message, Quality, Refusal, Speaker, StreamWord, SubscriptionFailure,
};
use signalling::words::participant::{LeaveReason, Next, ParticipantInfo};
use signalling::words::request::Forced;

use super::descriptions::{participant, reason, room, track};
use crate::links::IceServer;
use crate::shard::{Described, Said};

/// LiveKit's protocol number that this gateway speaks.
const PROTOCOL: i32 = 15;
/// The LiveKit server that SDKs take this gateway for: they compare it with what they need, and
/// would call no method of another (RPC, 1.8.0) below it.
const LIKE: &str = "1.13.0";
/// What may be published, the first as a substitute for anything else.
const PUBLISH_CODECS: [&str; 5] =
    ["video/VP8", "video/H264", "video/VP9", "video/AV1", "audio/opus"];
/// How often a client says that it is there, in seconds.
const PING_INTERVAL_S: i32 = 5;
/// How long a client waits for an answer to that, in seconds.
const PING_TIMEOUT_S: i32 = 15;
/// TURN over TLS (RFC 7065, section 3.1).
const SECURE: &str = "turns:";
/// LiveKit's names of layers, smallest first.
const QUALITIES: [lk::VideoQuality; 3] =
    [lk::VideoQuality::Low, lk::VideoQuality::Medium, lk::VideoQuality::High];

/// What the shard says.
pub(super) fn response(said: Said) -> Wire {
    match said {
        Said::Message(said) => message(said, vec![]),
        Said::Welcome(said, relays) => message(said, relays),
        Said::Offer(offer) => Wire::Offer(description("offer", offer)),
        Said::Answer(answer) => Wire::Answer(description("answer", answer)),
    }
}

fn description(of: &str, described: Described) -> lk::SessionDescription {
    let mid_to_track_id = described.tracks.into_iter().collect();
    lk::SessionDescription {
        r#type: of.to_owned(),
        sdp: described.sdp,
        id: described.number,
        mid_to_track_id,
    }
}

/// A message; a client that comes in or comes back is told of `relays`.
fn message(said: Message, relays: Vec<IceServer>) -> Wire {
    match said {
        Message::Joined(response) => Wire::Join(joined(*response, relays)),
        Message::Resumed { last_sequence, forced, .. } => Wire::Reconnect(lk::ReconnectResponse {
            ice_servers: ice_servers(relays, forced),
            client_configuration: configuration(forced),
            server_info: Some(server_info()),
            last_message_seq: last_sequence,
        }),
        Message::Participants(list) => {
            Wire::Update(lk::ParticipantUpdate { participants: people(list) })
        }
        Message::Room(info) => Wire::RoomUpdate(lk::RoomUpdate { room: Some(room(info)) }),
        Message::TrackPublished { cid, track: info } => {
            Wire::TrackPublished(lk::TrackPublishedResponse { cid, track: Some(track(*info)) })
        }
        Message::TrackUnpublished { sid } => {
            Wire::TrackUnpublished(lk::TrackUnpublishedResponse { track_sid: sid })
        }
        Message::TrackSubscribed { sid } => {
            Wire::TrackSubscribed(lk::TrackSubscribed { track_sid: sid })
        }
        Message::Mute { sid } => Wire::Mute(lk::MuteTrackRequest { sid, muted: true }),
        Message::SubscriptionFailed { sid, why } => {
            Wire::SubscriptionResponse(lk::SubscriptionResponse {
                track_sid: sid,
                err: subscription_error(why).into(),
            })
        }
        Message::SubscriptionPermission { participant_sid, track_sid, allowed } => {
            let update = lk::SubscriptionPermissionUpdate { participant_sid, track_sid, allowed };
            Wire::SubscriptionPermissionUpdate(update)
        }
        Message::Speakers(list) => speakers(list),
        Message::Quality(list) => qualities(list),
        Message::Streams(list) => streams(list),
        Message::LayersUsed { sid, codec, layers } => {
            Wire::SubscribedQualityUpdate(layers_used(sid, &codec, layers))
        }
        Message::SectionsWanted { audio, video } => {
            let wanted = lk::MediaSectionsRequirement { num_audios: audio, num_videos: video };
            Wire::MediaSectionsRequirement(wanted)
        }
        Message::Response { request, refusal, text } => {
            Wire::RequestResponse(request_response(request, refusal, text))
        }
        Message::Leave { reason, next } => Wire::Leave(leave(reason, next)),
    }
}

fn joined(joined: Joined, relays: Vec<IceServer>) -> lk::JoinResponse {
    let codec = |mime: &str| lk::Codec { mime: mime.to_owned(), fmtp_line: String::new() };
    lk::JoinResponse {
        room: Some(room(joined.room)),
        participant: Some(participant(joined.participant)),
        other_participants: people(joined.others),
        server_version: LIKE.to_owned(),
        ice_servers: ice_servers(relays, joined.forced),
        client_configuration: configuration(joined.forced),
        subscriber_primary: !joined.one_connection,
        ping_timeout: PING_TIMEOUT_S,
        ping_interval: PING_INTERVAL_S,
        server_info: Some(server_info()),
        enabled_publish_codecs: PUBLISH_CODECS.map(codec).to_vec(),
        ..Default::default()
    }
}

fn people(list: Vec<ParticipantInfo>) -> Vec<lk::ParticipantInfo> {
    list.into_iter().map(participant).collect()
}

fn server_info() -> lk::ServerInfo {
    lk::ServerInfo {
        version: LIKE.to_owned(),
        protocol: PROTOCOL,
        node_id: "shanqiao".to_owned(),
        debug_info: concat!("shanqiao ", env!("CARGO_PKG_VERSION")).to_owned(),
        ..Default::default()
    }
}

/// The relays of one who may use any carrier, or of one who is to use TLS alone.
fn ice_servers(relays: Vec<IceServer>, forced: Option<Forced>) -> Vec<lk::IceServer> {
    let usable = |url: &String| forced != Some(Forced::Tls) || url.starts_with(SECURE);
    let server = |relay: IceServer| lk::IceServer {
        urls: relay.urls.into_iter().filter(usable).collect(),
        username: relay.username,
        credential: relay.credential,
    };
    relays.into_iter().map(server).collect()
}

/// How a client is to be set up, if not as it likes.
fn configuration(forced: Option<Forced>) -> Option<lk::ClientConfiguration> {
    let force_relay = lk::ClientConfigSetting::Enabled.into();
    (forced == Some(Forced::Tls))
        .then(|| lk::ClientConfiguration { force_relay, ..Default::default() })
}

const fn subscription_error(why: SubscriptionFailure) -> lk::SubscriptionError {
    match why {
        SubscriptionFailure::Unknown => lk::SubscriptionError::SeUnknown,
        SubscriptionFailure::Codec => lk::SubscriptionError::SeCodecUnsupported,
    }
}

fn speakers(list: Vec<Speaker>) -> Wire {
    let info = |speaker: Speaker| lk::SpeakerInfo {
        sid: speaker.sid,
        level: speaker.level,
        active: speaker.level > 0.0,
    };
    let speakers = list.into_iter().map(info).collect();
    Wire::SpeakersChanged(lk::SpeakersChanged { speakers })
}

fn qualities(list: Vec<LineQuality>) -> Wire {
    let info = |line: LineQuality| {
        // The score is a number that clients may show: 5 is the best.
        let (quality, score) = match line.quality {
            Quality::Excellent => (lk::ConnectionQuality::Excellent, 4.5),
            Quality::Good => (lk::ConnectionQuality::Good, 3.5),
            Quality::Poor => (lk::ConnectionQuality::Poor, 2.0),
            Quality::Lost => (lk::ConnectionQuality::Lost, 0.0),
        };
        lk::ConnectionQualityInfo { participant_sid: line.sid, quality: quality.into(), score }
    };
    let updates = list.into_iter().map(info).collect();
    Wire::ConnectionQuality(lk::ConnectionQualityUpdate { updates })
}

fn streams(list: Vec<StreamWord>) -> Wire {
    let info = |stream: StreamWord| lk::StreamStateInfo {
        participant_sid: stream.participant_sid,
        track_sid: stream.track_sid,
        state: match stream.paused {
            true => lk::StreamState::Paused.into(),
            false => lk::StreamState::Active.into(),
        },
    };
    let stream_states = list.into_iter().map(info).collect();
    Wire::StreamStateUpdate(lk::StreamStateUpdate { stream_states })
}

#[expect(deprecated, reason = "older SDKs read the qualities beside the codecs")]
fn layers_used(track_sid: String, codec: &str, layers: u8) -> lk::SubscribedQualityUpdate {
    let quality = |(place, quality): (u8, lk::VideoQuality)| lk::SubscribedQuality {
        quality: quality.into(),
        enabled: place < layers,
    };
    let qualities: Vec<_> = (0..).zip(QUALITIES).map(quality).collect();
    let codec = codec.to_ascii_lowercase();
    lk::SubscribedQualityUpdate {
        track_sid,
        subscribed_qualities: qualities.clone(),
        subscribed_codecs: vec![lk::SubscribedCodec { codec, qualities }],
    }
}

/// What became of a request.
pub(super) fn request_response(
    request_id: u32,
    refusal: Refusal,
    message: String,
) -> lk::RequestResponse {
    use lk::request_response::Reason;
    let reason = match refusal {
        Refusal::None => Reason::Ok,
        Refusal::NotFound => Reason::NotFound,
        Refusal::NotAllowed => Reason::NotAllowed,
        Refusal::LimitExceeded => Reason::LimitExceeded,
        Refusal::UnsupportedType => Reason::UnsupportedType,
        Refusal::Invalid => Reason::InvalidRequest,
    };
    lk::RequestResponse { request_id, reason: reason.into(), message, ..Default::default() }
}

fn leave(why: LeaveReason, next: Next) -> lk::LeaveRequest {
    use lk::leave_request::Action;
    let action = match next {
        Next::StayAway => Action::Disconnect,
        Next::JoinAnew => Action::Reconnect,
    };
    let can_reconnect = next == Next::JoinAnew;
    let (reason, action) = (reason(why).into(), action.into());
    lk::LeaveRequest { can_reconnect, reason, action, regions: None }
}

#[cfg(test)]
mod tests {
    use media::MediaKind;
    use signalling::words::room::RoomInfo;
    use signalling::words::track::{AudioFeatures, TrackInfo, TrackSource};

    use super::*;

    fn said(it: Message) -> Wire {
        response(Said::Message(it))
    }

    fn person(sid: &str) -> ParticipantInfo {
        ParticipantInfo { sid: sid.to_owned(), ..Default::default() }
    }

    fn relays() -> Vec<IceServer> {
        let urls = ["turn:192.0.2.1:1?transport=udp", "turns:edge:2?transport=tcp"];
        let (username, credential) = ("1:PA_1".to_owned(), "secret".to_owned());
        vec![IceServer { urls: urls.map(str::to_owned).to_vec(), username, credential }]
    }

    fn newcomer(one_connection: bool, forced: Option<Forced>) -> lk::JoinResponse {
        let room = RoomInfo { name: "ward".to_owned(), ..Default::default() };
        let (participant, others) = (person("PA_1"), vec![person("PA_2"), person("PA_3")]);
        let joined = Joined { room, participant, others, one_connection, forced };
        match response(Said::Welcome(Message::Joined(Box::new(joined)), relays())) {
            Wire::Join(it) => it,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn who_comes_in_is_told_everything_at_once() {
        let version = || "1.13.0".to_owned();
        let codec = |mime: &str| lk::Codec { mime: mime.to_owned(), fmtp_line: String::new() };
        let expected = lk::JoinResponse {
            room: Some(lk::Room { name: "ward".to_owned(), ..Default::default() }),
            participant: Some(participant(person("PA_1"))),
            other_participants: ["PA_2", "PA_3"].map(|it| participant(person(it))).to_vec(),
            server_version: version(),
            ice_servers: vec![lk::IceServer {
                urls: vec![
                    "turn:192.0.2.1:1?transport=udp".to_owned(),
                    "turns:edge:2?transport=tcp".to_owned(),
                ],
                username: "1:PA_1".to_owned(),
                credential: "secret".to_owned(),
            }],
            subscriber_primary: true,
            ping_timeout: 15,
            ping_interval: 5,
            server_info: Some(lk::ServerInfo {
                version: version(),
                protocol: 15,
                node_id: "shanqiao".to_owned(),
                debug_info: format!("shanqiao {}", env!("CARGO_PKG_VERSION")),
                ..Default::default()
            }),
            enabled_publish_codecs: [
                "video/VP8",
                "video/H264",
                "video/VP9",
                "video/AV1",
                "audio/opus",
            ]
            .map(codec)
            .to_vec(),
            ..Default::default()
        };
        assert_eq!(newcomer(false, None), expected);
        let one = lk::JoinResponse { subscriber_primary: false, ..expected };
        assert_eq!(newcomer(true, Some(Forced::Tcp)), one);
    }

    #[test]
    fn who_is_to_use_tls_is_told_of_nothing_else() {
        let told = newcomer(false, Some(Forced::Tls));
        let resumed = Message::Resumed {
            sid: "PA_1".to_owned(),
            last_sequence: 8,
            forced: Some(Forced::Tls),
        };
        let Wire::Reconnect(again) = response(Said::Welcome(resumed, relays())) else {
            panic!("no word of coming back")
        };
        assert_eq!(again.last_message_seq, 8);
        assert_eq!(again.server_info, told.server_info);
        for (servers, set) in [
            (told.ice_servers, told.client_configuration),
            (again.ice_servers, again.client_configuration),
        ] {
            assert_eq!(servers[0].urls, ["turns:edge:2?transport=tcp"]);
            assert_eq!(set.map(|it| it.force_relay()), Some(lk::ClientConfigSetting::Enabled));
        }
        let resumed = Message::Resumed { sid: String::new(), last_sequence: 0, forced: None };
        let Wire::Reconnect(again) = response(Said::Welcome(resumed, relays())) else {
            panic!("no word of coming back")
        };
        assert_eq!((again.ice_servers[0].urls.len(), again.client_configuration), (2, None));
    }

    #[test]
    fn descriptions_keep_their_number_and_their_tracks() {
        let described = || Described {
            sdp: "v=0".to_owned(),
            number: 4,
            tracks: [("1".to_owned(), "TR_1".to_owned())].into(),
        };
        let expected = |of: &str| lk::SessionDescription {
            r#type: of.to_owned(),
            sdp: "v=0".to_owned(),
            id: 4,
            mid_to_track_id: [("1".to_owned(), "TR_1".to_owned())].into(),
        };
        assert_eq!(response(Said::Offer(described())), Wire::Offer(expected("offer")));
        assert_eq!(response(Said::Answer(described())), Wire::Answer(expected("answer")));
    }

    fn microphone() -> TrackInfo {
        TrackInfo {
            sid: "TR_1".to_owned(),
            kind: MediaKind::Audio,
            source: TrackSource::Microphone,
            name: String::new(),
            muted: false,
            width: 0,
            height: 0,
            simulcast: false,
            disable_red: false,
            encryption: 0,
            stream: String::new(),
            stereo: false,
            features: AudioFeatures::default(),
            backup_codec_policy: 0,
            mime_type: String::new(),
            mid: String::new(),
            cid: "c1".to_owned(),
            codec_mime: "audio/opus".to_owned(),
            layers: vec![],
            offered: false,
        }
    }

    #[test]
    fn news_of_people_and_rooms_and_of_what_one_sends_keep_what_they_say() {
        let sid = || "TR_1".to_owned();
        let table = [
            (
                Message::Participants(vec![person("PA_1")]),
                Wire::Update(lk::ParticipantUpdate {
                    participants: vec![participant(person("PA_1"))],
                }),
            ),
            (
                Message::Room(RoomInfo { recording: true, ..Default::default() }),
                Wire::RoomUpdate(lk::RoomUpdate {
                    room: Some(lk::Room { active_recording: true, ..Default::default() }),
                }),
            ),
            (
                Message::TrackPublished { cid: "c1".to_owned(), track: Box::new(microphone()) },
                Wire::TrackPublished(lk::TrackPublishedResponse {
                    cid: "c1".to_owned(),
                    track: Some(track(microphone())),
                }),
            ),
            (
                Message::TrackUnpublished { sid: sid() },
                Wire::TrackUnpublished(lk::TrackUnpublishedResponse { track_sid: sid() }),
            ),
            (
                Message::TrackSubscribed { sid: sid() },
                Wire::TrackSubscribed(lk::TrackSubscribed { track_sid: sid() }),
            ),
            (
                Message::Mute { sid: sid() },
                Wire::Mute(lk::MuteTrackRequest { sid: sid(), muted: true }),
            ),
        ];
        for (message, expected) in table {
            assert_eq!(said(message), expected);
        }
    }

    #[test]
    fn news_of_what_one_is_sent_keep_what_they_say() {
        let sid = || "TR_1".to_owned();
        let table = [
            (
                Message::SubscriptionFailed { sid: sid(), why: SubscriptionFailure::Unknown },
                Wire::SubscriptionResponse(lk::SubscriptionResponse { track_sid: sid(), err: 0 }),
            ),
            (
                Message::SubscriptionFailed { sid: sid(), why: SubscriptionFailure::Codec },
                Wire::SubscriptionResponse(lk::SubscriptionResponse { track_sid: sid(), err: 1 }),
            ),
            (
                Message::SubscriptionPermission {
                    participant_sid: "PA_1".to_owned(),
                    track_sid: sid(),
                    allowed: true,
                },
                Wire::SubscriptionPermissionUpdate(lk::SubscriptionPermissionUpdate {
                    participant_sid: "PA_1".to_owned(),
                    track_sid: sid(),
                    allowed: true,
                }),
            ),
            (
                Message::SectionsWanted { audio: 1, video: 2 },
                Wire::MediaSectionsRequirement(lk::MediaSectionsRequirement {
                    num_audios: 1,
                    num_videos: 2,
                }),
            ),
        ];
        for (message, expected) in table {
            assert_eq!(said(message), expected);
        }
    }

    #[test]
    fn speakers_are_active_as_long_as_they_are_heard() {
        let speaker = |sid: &str, level| Speaker { sid: sid.to_owned(), level };
        let info =
            |sid: &str, level, active| lk::SpeakerInfo { sid: sid.to_owned(), level, active };
        assert_eq!(
            said(Message::Speakers(vec![speaker("PA_1", 0.5), speaker("PA_2", 0.0)])),
            Wire::SpeakersChanged(lk::SpeakersChanged {
                speakers: vec![info("PA_1", 0.5, true), info("PA_2", 0.0, false)],
            })
        );
    }

    #[test]
    fn what_is_paused_is_told_with_its_publisher() {
        let word = |track: &str, paused| StreamWord {
            participant_sid: "PA_1".to_owned(),
            track_sid: track.to_owned(),
            paused,
        };
        let info = |track: &str, state: lk::StreamState| lk::StreamStateInfo {
            participant_sid: "PA_1".to_owned(),
            track_sid: track.to_owned(),
            state: state.into(),
        };
        let (paused, active) = (lk::StreamState::Paused, lk::StreamState::Active);
        assert_eq!(
            said(Message::Streams(vec![word("TR_1", true), word("TR_2", false)])),
            Wire::StreamStateUpdate(lk::StreamStateUpdate {
                stream_states: vec![info("TR_1", paused), info("TR_2", active)],
            })
        );
    }

    #[test]
    fn lines_have_a_word_and_a_score() {
        let table = [
            (Quality::Excellent, lk::ConnectionQuality::Excellent, 4.5),
            (Quality::Good, lk::ConnectionQuality::Good, 3.5),
            (Quality::Poor, lk::ConnectionQuality::Poor, 2.0),
            (Quality::Lost, lk::ConnectionQuality::Lost, 0.0),
        ];
        let line = |(quality, ..): (Quality, lk::ConnectionQuality, f32)| LineQuality {
            sid: "PA_1".to_owned(),
            quality,
        };
        let info = |(_, quality, score): (Quality, lk::ConnectionQuality, f32)| {
            let participant_sid = "PA_1".to_owned();
            lk::ConnectionQualityInfo { participant_sid, quality: quality.into(), score }
        };
        assert_eq!(
            said(Message::Quality(table.map(line).to_vec())),
            Wire::ConnectionQuality(lk::ConnectionQualityUpdate {
                updates: table.map(info).to_vec(),
            })
        );
    }

    #[test]
    #[expect(deprecated, reason = "older SDKs read the qualities beside the codecs")]
    fn layers_that_nobody_uses_are_named_in_the_old_way_and_the_new() {
        for layers in 0..5 {
            let (sid, codec) = ("TR_1".to_owned(), "VP8".to_owned());
            let Wire::SubscribedQualityUpdate(told) =
                said(Message::LayersUsed { sid, codec, layers })
            else {
                panic!("no word of layers")
            };
            let enabled: Vec<_> =
                told.subscribed_qualities.iter().map(|it| (it.quality, it.enabled)).collect();
            assert_eq!(enabled, [(0, layers > 0), (1, layers > 1), (2, layers > 2)]);
            let codecs = &told.subscribed_codecs;
            assert_eq!((told.track_sid.as_str(), codecs[0].codec.as_str()), ("TR_1", "vp8"));
            assert_eq!(codecs[0].qualities, told.subscribed_qualities);
        }
    }

    #[test]
    fn what_became_of_a_request_is_told_under_its_number() {
        use lk::request_response::Reason;
        let table = [
            (Refusal::None, Reason::Ok),
            (Refusal::NotFound, Reason::NotFound),
            (Refusal::NotAllowed, Reason::NotAllowed),
            (Refusal::LimitExceeded, Reason::LimitExceeded),
            (Refusal::UnsupportedType, Reason::UnsupportedType),
            (Refusal::Invalid, Reason::InvalidRequest),
        ];
        for (refusal, reason) in table {
            let (request, text) = (7, "try less".to_owned());
            let expected = lk::RequestResponse {
                request_id: 7,
                reason: reason.into(),
                message: text.clone(),
                ..Default::default()
            };
            assert_eq!(
                said(Message::Response { request, refusal, text }),
                Wire::RequestResponse(expected)
            );
        }
    }

    #[test]
    fn who_is_sent_away_is_told_why_and_whether_to_come_again() {
        use lk::leave_request::Action;
        let table = [(Next::StayAway, Action::Disconnect), (Next::JoinAnew, Action::Reconnect)];
        for (next, action) in table {
            let expected = lk::LeaveRequest {
                can_reconnect: action == Action::Reconnect,
                reason: lk::DisconnectReason::ServerShutdown.into(),
                action: action.into(),
                regions: None,
            };
            let told = said(Message::Leave { reason: LeaveReason::ServerShutdown, next });
            assert_eq!(told, Wire::Leave(expected));
        }
    }
}
