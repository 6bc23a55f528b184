//! What a client says, in the core's words. Descriptions are parsed here, in the client's own task.

use livekit_protocol as lk;
use lk::signal_request::Message;
use media::MediaKind;
use signalling::words::request::{
    AudienceEntry, AudienceWish, Description, Forced, Request, Scenario, TrackSettings,
};
use signalling::words::track::{AnnouncedCodec, Announcement, AudioFeatures, VideoLayer};
use transport::sdp;

use super::descriptions::source_of;

/// A request; `None` for what asks for nothing.
#[expect(deprecated, reason = "older SDKs still send it")]
pub(crate) fn request(message: Message) -> Option<Request> {
    Some(match message {
        Message::Offer(offer) => Request::Offer(description(&offer)),
        Message::Answer(answer) => Request::Answer(description(&answer)),
        Message::AddTrack(request) => Request::Announce(Box::new(announcement(request))),
        Message::Mute(request) => Request::Mute { sid: request.sid, muted: request.muted },
        Message::Subscription(request) => Request::Subscribe {
            wanted: request.subscribe,
            tracks: tracks(request.track_sids, request.participant_tracks),
        },
        Message::TrackSetting(settings) => Request::Settings(TrackSettings {
            tracks: settings.track_sids,
            disabled: settings.disabled,
            width: settings.width,
            height: settings.height,
            quality: settings.quality,
            frames_per_second: settings.fps,
            priority: u8::try_from(settings.priority).unwrap_or(u8::MAX),
        }),
        Message::Leave(_) => Request::Leave,
        Message::UpdateMetadata(update) => Request::Describe {
            request: update.request_id,
            name: update.name,
            metadata: update.metadata,
            attributes: update.attributes.into_iter().collect(),
        },
        Message::Simulate(request) => Request::Simulate(scenario(request.scenario)),
        Message::SubscriptionPermission(permission) => Request::Audience(audience(permission)),
        Message::PublishDataTrackRequest(_)
        | Message::UnpublishDataTrackRequest(_)
        | Message::UpdateDataSubscription(_)
        | Message::StoreDataBlobRequest(_)
        | Message::GetDataBlobRequest(_) => Request::Unsupported,
        // An ICE-lite agent needs no candidates: it answers where the checks come from.
        Message::Trickle(_)
        // The door answers these.
        | Message::Ping(_)
        | Message::PingReq(_)
        // The gateway kept everything that these repeat.
        | Message::SyncState(_)
        | Message::UpdateLayers(_)
        | Message::UpdateAudioTrack(_)
        | Message::UpdateVideoTrack(_) => return None,
    })
}

/// An offer or an answer, read.
pub(super) fn description(described: &lk::SessionDescription) -> Description {
    let remote = sdp::parse(&described.sdp).map(Box::new).map_err(|why| why.to_string());
    Description { remote, number: described.id }
}

/// Tracks that are named, alone or by whose they are.
pub(crate) fn tracks(alone: Vec<String>, by_people: Vec<lk::ParticipantTracks>) -> Vec<String> {
    alone
        .into_iter()
        .chain(by_people.into_iter().flat_map(|participant| participant.track_sids))
        .collect()
}

/// What is said of a track that will be sent.
pub(super) fn announcement(request: lk::AddTrackRequest) -> Announcement {
    let kind = match request.r#type() {
        lk::TrackType::Audio => MediaKind::Audio,
        lk::TrackType::Video | lk::TrackType::Data => MediaKind::Video,
    };
    let codec = |offered: lk::SimulcastCodec| AnnouncedCodec {
        codec: offered.codec,
        cid: offered.cid,
        layers: layers(offered.layers),
    };
    Announcement {
        kind,
        source: source_of(request.source),
        features: features(&request),
        cid: request.cid,
        name: request.name,
        width: request.width,
        height: request.height,
        muted: request.muted,
        layers: layers(request.layers),
        codecs: request.simulcast_codecs.into_iter().map(codec).collect(),
        stream: request.stream,
        disable_red: request.disable_red,
        encryption: request.encryption,
        backup_codec_policy: request.backup_codec_policy,
    }
}

#[expect(deprecated, reason = "older SDKs say neither silence nor two channels as a feature")]
fn features(request: &lk::AddTrackRequest) -> AudioFeatures {
    let stereo = i32::from(lk::AudioTrackFeature::TfStereo);
    let no_dtx = i32::from(lk::AudioTrackFeature::TfNoDtx);
    let mut features =
        AudioFeatures { stereo: request.stereo, no_dtx: request.disable_dtx, others: vec![] };
    for feature in &request.audio_features {
        match *feature {
            said if said == stereo && !features.stereo => features.stereo = true,
            said if said == no_dtx && !features.no_dtx => features.no_dtx = true,
            // What is said again stays, so that the core can measure the list.
            other => features.others.push(other),
        }
    }
    features
}

fn layers(list: Vec<lk::VideoLayer>) -> Vec<VideoLayer> {
    let layer = |layer: lk::VideoLayer| VideoLayer {
        quality: layer.quality,
        width: layer.width,
        height: layer.height,
        bitrate_bps: layer.bitrate,
        ssrc: layer.ssrc,
        spatial_layer: layer.spatial_layer,
        rid: layer.rid,
        repair_ssrc: layer.repair_ssrc,
    };
    list.into_iter().map(layer).collect()
}

fn scenario(asked: Option<lk::simulate_scenario::Scenario>) -> Scenario {
    use lk::simulate_scenario::Scenario as Wire;
    match asked {
        Some(Wire::SpeakerUpdate(seconds)) => {
            Scenario::SpeakerUpdate(u64::try_from(seconds).unwrap_or_default())
        }
        Some(Wire::NodeFailure(true)) => Scenario::NodeFailure,
        Some(Wire::Migration(true)) => Scenario::Migration,
        Some(Wire::ServerLeave(true)) => Scenario::ServerLeave,
        Some(Wire::LeaveRequestFullReconnect(true)) => Scenario::FullReconnect,
        Some(Wire::DisconnectSignalOnResume(true)) => Scenario::DisconnectOnResume,
        Some(Wire::DisconnectSignalOnResumeNoMessages(true)) => {
            Scenario::DisconnectOnResumeNoMessages
        }
        Some(Wire::SwitchCandidateProtocol(to)) => match lk::CandidateProtocol::try_from(to) {
            Ok(lk::CandidateProtocol::Udp) => Scenario::SwitchCarrier(None),
            Ok(lk::CandidateProtocol::Tcp) => Scenario::SwitchCarrier(Some(Forced::Tcp)),
            Ok(lk::CandidateProtocol::Tls) => Scenario::SwitchCarrier(Some(Forced::Tls)),
            Err(_) => Scenario::Unknown,
        },
        _ => Scenario::Unknown,
    }
}

fn audience(permission: lk::SubscriptionPermission) -> AudienceWish {
    let entry = |allowed: lk::TrackPermission| AudienceEntry {
        identity: allowed.participant_identity,
        sid: allowed.participant_sid,
        all_tracks: allowed.all_tracks,
        tracks: allowed.track_sids,
    };
    let entries = permission.track_permissions.into_iter().map(entry).collect();
    AudienceWish { all: permission.all_participants, entries }
}

#[cfg(test)]
mod tests {
    use lk::simulate_scenario::Scenario as Drill;

    use super::*;

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|it| (*it).to_owned()).collect()
    }

    /// What a request becomes, as it prints.
    fn read(message: Message) -> String {
        request(message).map_or_else(String::new, |it| format!("{it:?}"))
    }

    fn described(sdp: &str, id: u32) -> lk::SessionDescription {
        lk::SessionDescription { sdp: sdp.to_owned(), id, ..Default::default() }
    }

    #[test]
    fn wishes_on_tracks_keep_what_they_say() {
        let by_people = lk::ParticipantTracks {
            participant_sid: "PA_1".to_owned(),
            track_sids: words(&["TR_2", "TR_3"]),
        };
        let table = [
            (
                Message::Mute(lk::MuteTrackRequest { sid: "TR_1".to_owned(), muted: true }),
                Request::Mute { sid: "TR_1".to_owned(), muted: true },
            ),
            (
                Message::Subscription(lk::UpdateSubscription {
                    track_sids: words(&["TR_1"]),
                    subscribe: true,
                    participant_tracks: vec![by_people],
                }),
                Request::Subscribe { tracks: words(&["TR_1", "TR_2", "TR_3"]), wanted: true },
            ),
            (
                Message::TrackSetting(lk::UpdateTrackSettings {
                    track_sids: words(&["TR_1", "TR_2"]),
                    disabled: true,
                    quality: 2,
                    width: 640,
                    height: 360,
                    fps: 15,
                    priority: 300,
                }),
                Request::Settings(TrackSettings {
                    tracks: words(&["TR_1", "TR_2"]),
                    disabled: true,
                    width: 640,
                    height: 360,
                    quality: 2,
                    frames_per_second: 15,
                    priority: 255,
                }),
            ),
        ];
        for (message, expected) in table {
            assert_eq!(read(message), format!("{expected:?}"));
        }
    }

    #[test]
    fn wishes_on_people_keep_what_they_say() {
        let attributes = [("role".to_owned(), "nurse".to_owned())];
        let entry = lk::TrackPermission {
            participant_sid: "PA_1".to_owned(),
            participant_identity: "li".to_owned(),
            all_tracks: true,
            track_sids: words(&["TR_1"]),
        };
        let table = [
            (Message::Leave(lk::LeaveRequest::default()), Request::Leave),
            (
                Message::UpdateMetadata(lk::UpdateParticipantMetadata {
                    metadata: "m".to_owned(),
                    name: "n".to_owned(),
                    attributes: attributes.clone().into(),
                    request_id: 7,
                }),
                Request::Describe {
                    request: 7,
                    name: "n".to_owned(),
                    metadata: "m".to_owned(),
                    attributes: attributes.into(),
                },
            ),
            (
                Message::Simulate(lk::SimulateScenario { scenario: None }),
                Request::Simulate(Scenario::Unknown),
            ),
            (
                Message::SubscriptionPermission(lk::SubscriptionPermission {
                    all_participants: false,
                    track_permissions: vec![entry],
                }),
                Request::Audience(AudienceWish {
                    all: false,
                    entries: vec![AudienceEntry {
                        identity: "li".to_owned(),
                        sid: "PA_1".to_owned(),
                        all_tracks: true,
                        tracks: words(&["TR_1"]),
                    }],
                }),
            ),
            (
                Message::PublishDataTrackRequest(lk::PublishDataTrackRequest::default()),
                Request::Unsupported,
            ),
        ];
        for (message, expected) in table {
            assert_eq!(read(message), format!("{expected:?}"));
        }
    }

    #[test]
    #[expect(deprecated, reason = "older SDKs still send it")]
    fn what_asks_for_nothing_is_no_request_and_what_cannot_be_done_is_one() {
        let idle = [
            Message::Trickle(lk::TrickleRequest::default()),
            Message::Ping(1),
            Message::PingReq(lk::Ping::default()),
            Message::SyncState(lk::SyncState::default()),
            Message::UpdateLayers(lk::UpdateVideoLayers::default()),
            Message::UpdateAudioTrack(lk::UpdateLocalAudioTrack::default()),
            Message::UpdateVideoTrack(lk::UpdateLocalVideoTrack::default()),
        ];
        assert!(idle.into_iter().all(|it| request(it).is_none()));
        let beyond = [
            Message::UnpublishDataTrackRequest(lk::UnpublishDataTrackRequest::default()),
            Message::UpdateDataSubscription(lk::UpdateDataSubscription::default()),
            Message::StoreDataBlobRequest(lk::StoreDataBlobRequest::default()),
            Message::GetDataBlobRequest(lk::GetDataBlobRequest::default()),
        ];
        assert!(beyond.into_iter().all(|it| matches!(request(it), Some(Request::Unsupported))));
    }

    #[test]
    fn descriptions_are_read_or_it_is_said_why_not() {
        let good = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\n\
                    a=ice-pwd:0123456789012345678901\r\na=setup:actpass\r\n\
                    a=fingerprint:sha-256 "
            .to_owned()
            + &["AB"; 32].join(":")
            + "\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n";
        let Some(Request::Offer(offer)) = request(Message::Offer(described(&good, 3))) else {
            panic!("not an offer")
        };
        let expected = sdp::parse(&good).map(Box::new).map_err(|why| why.to_string());
        assert_eq!((offer.remote, offer.number), (expected.clone(), 3));
        assert!(expected.is_ok(), "{expected:?}");
        let Some(Request::Answer(answer)) = request(Message::Answer(described("hello", 0))) else {
            panic!("not an answer")
        };
        let why = sdp::parse("hello").map_err(|why| why.to_string()).map(Box::new);
        assert_eq!((answer.remote, answer.number), (why.clone(), 0));
        assert!(why.is_err());
    }

    #[test]
    fn every_drill_has_its_word() {
        let drill = |it| scenario(Some(it));
        let protocol = |to: i32| drill(Drill::SwitchCandidateProtocol(to));
        let table = [
            (drill(Drill::SpeakerUpdate(9)), Scenario::SpeakerUpdate(9)),
            (drill(Drill::SpeakerUpdate(-9)), Scenario::SpeakerUpdate(0)),
            (drill(Drill::NodeFailure(true)), Scenario::NodeFailure),
            (drill(Drill::Migration(true)), Scenario::Migration),
            (drill(Drill::ServerLeave(true)), Scenario::ServerLeave),
            (drill(Drill::LeaveRequestFullReconnect(true)), Scenario::FullReconnect),
            (drill(Drill::DisconnectSignalOnResume(true)), Scenario::DisconnectOnResume),
            (
                drill(Drill::DisconnectSignalOnResumeNoMessages(true)),
                Scenario::DisconnectOnResumeNoMessages,
            ),
            (protocol(lk::CandidateProtocol::Udp.into()), Scenario::SwitchCarrier(None)),
            (
                protocol(lk::CandidateProtocol::Tcp.into()),
                Scenario::SwitchCarrier(Some(Forced::Tcp)),
            ),
            (
                protocol(lk::CandidateProtocol::Tls.into()),
                Scenario::SwitchCarrier(Some(Forced::Tls)),
            ),
            (protocol(99), Scenario::Unknown),
            (drill(Drill::NodeFailure(false)), Scenario::Unknown),
            (drill(Drill::SubscriberBandwidth(1)), Scenario::Unknown),
        ];
        for (read, expected) in table {
            assert_eq!(read, expected);
        }
    }

    fn camera() -> (lk::AddTrackRequest, Announcement) {
        let wire = lk::VideoLayer {
            quality: 1,
            width: 640,
            height: 360,
            bitrate: 500_000,
            ssrc: 4,
            spatial_layer: 5,
            rid: "h".to_owned(),
            repair_ssrc: 6,
        };
        let own = VideoLayer {
            quality: 1,
            width: 640,
            height: 360,
            bitrate_bps: 500_000,
            ssrc: 4,
            spatial_layer: 5,
            rid: "h".to_owned(),
            repair_ssrc: 6,
        };
        let codec = lk::SimulcastCodec {
            codec: "vp9".to_owned(),
            cid: "c2".to_owned(),
            layers: vec![wire.clone()],
            ..Default::default()
        };
        let request = lk::AddTrackRequest {
            cid: "c1".to_owned(),
            name: "camera".to_owned(),
            r#type: lk::TrackType::Video.into(),
            source: lk::TrackSource::ScreenShare.into(),
            width: 1_280,
            height: 720,
            muted: true,
            layers: vec![wire; 2],
            simulcast_codecs: vec![codec],
            stream: "s".to_owned(),
            disable_red: true,
            encryption: 2,
            backup_codec_policy: 1,
            ..Default::default()
        };
        let announced = Announcement {
            cid: "c1".to_owned(),
            name: "camera".to_owned(),
            kind: MediaKind::Video,
            source: signalling::words::track::TrackSource::ScreenShare,
            width: 1_280,
            height: 720,
            muted: true,
            layers: vec![own.clone(); 2],
            codecs: vec![AnnouncedCodec {
                codec: "vp9".to_owned(),
                cid: "c2".to_owned(),
                layers: vec![own],
            }],
            stream: "s".to_owned(),
            disable_red: true,
            encryption: 2,
            features: AudioFeatures::default(),
            backup_codec_policy: 1,
        };
        (request, announced)
    }

    #[test]
    fn an_announcement_keeps_what_it_says() {
        let (request, announced) = camera();
        assert_eq!(announcement(request), announced);
        // However much it is: what is too much is refused, and not cut.
        let (mut request, _) = camera();
        request.layers = vec![lk::VideoLayer::default(); 50];
        request.name = "n".repeat(1_000);
        let long = announcement(request);
        assert_eq!((long.layers.len(), long.name.len()), (50, 1_000));
    }

    #[test]
    #[expect(deprecated, reason = "older SDKs say it so")]
    fn two_channels_and_no_silence_are_said_in_two_ways() {
        let of = |it: lk::AddTrackRequest| {
            let it = announcement(it);
            (it.kind, it.features.stereo, it.features.no_dtx, it.features.others)
        };
        let sound = MediaKind::Audio;
        assert_eq!(of(lk::AddTrackRequest::default()), (sound, false, false, vec![]));
        let old = lk::AddTrackRequest { stereo: true, disable_dtx: true, ..Default::default() };
        assert_eq!(of(old), (sound, true, true, vec![]));
        let audio_features = vec![3, 1, 0, 77];
        let new = lk::AddTrackRequest { audio_features, ..Default::default() };
        assert_eq!(of(new), (sound, true, true, vec![3, 77]));
    }
}
