//! Rooms, people and tracks as LiveKit's clients and servers read them.

use livekit_protocol as lk;
use media::MediaKind;
use signalling::words::participant::{
    LeaveReason, ParticipantInfo, ParticipantKind, Permission, State,
};
use signalling::words::room::RoomInfo;
use signalling::words::track::{AudioFeatures, TrackInfo, TrackSource, VideoLayer};

/// A room.
pub(crate) fn room(info: RoomInfo) -> lk::Room {
    let created_ms = i64::try_from(info.created_ms).unwrap_or_default();
    lk::Room {
        sid: info.sid,
        name: info.name,
        creation_time: created_ms / 1_000,
        creation_time_ms: created_ms,
        metadata: info.metadata,
        empty_timeout: info.empty_timeout_s,
        departure_timeout: info.departure_timeout_s,
        max_participants: info.max_participants,
        num_publishers: info.publishers,
        num_participants: info.participants,
        active_recording: info.recording,
        ..Default::default()
    }
}

/// A participant.
pub(crate) fn participant(info: ParticipantInfo) -> lk::ParticipantInfo {
    let joined_ms = i64::try_from(info.joined_ms).unwrap_or_default();
    let state = match info.state {
        State::Joining => lk::participant_info::State::Joining,
        State::Active => lk::participant_info::State::Active,
        State::Disconnected => lk::participant_info::State::Disconnected,
    };
    let kind = match info.kind {
        ParticipantKind::Standard => lk::participant_info::Kind::Standard,
        ParticipantKind::Ingress => lk::participant_info::Kind::Ingress,
    };
    lk::ParticipantInfo {
        sid: info.sid,
        identity: info.identity,
        name: info.name,
        metadata: info.metadata,
        attributes: info.attributes.into_iter().collect(),
        state: state.into(),
        joined_at: joined_ms / 1_000,
        joined_at_ms: joined_ms,
        version: info.version,
        kind: kind.into(),
        is_publisher: !info.tracks.is_empty(),
        client_protocol: info.abilities.protocol,
        capabilities: info.abilities.list,
        permission: info.permission.map(permission),
        tracks: info.tracks.into_iter().map(track).collect(),
        disconnect_reason: info.left.map_or(0, |left| reason(left).into()),
        ..Default::default()
    }
}

/// Why somebody left.
pub(super) const fn reason(left: LeaveReason) -> lk::DisconnectReason {
    match left {
        LeaveReason::ClientInitiated => lk::DisconnectReason::ClientInitiated,
        LeaveReason::DuplicateIdentity => lk::DisconnectReason::DuplicateIdentity,
        LeaveReason::ServerShutdown => lk::DisconnectReason::ServerShutdown,
        LeaveReason::ParticipantRemoved => lk::DisconnectReason::ParticipantRemoved,
        LeaveReason::RoomDeleted => lk::DisconnectReason::RoomDeleted,
        LeaveReason::RoomClosed => lk::DisconnectReason::RoomClosed,
        LeaveReason::StateMismatch => lk::DisconnectReason::StateMismatch,
        LeaveReason::JoinFailure => lk::DisconnectReason::JoinFailure,
        LeaveReason::SignalClose => lk::DisconnectReason::SignalClose,
        LeaveReason::ConnectionTimeout => lk::DisconnectReason::ConnectionTimeout,
        LeaveReason::MediaFailure => lk::DisconnectReason::MediaFailure,
    }
}

#[expect(deprecated, reason = "older servers tell a recorder by its permission")]
fn permission(permission: Permission) -> lk::ParticipantPermission {
    lk::ParticipantPermission {
        can_subscribe: permission.can_subscribe,
        can_publish: permission.can_publish,
        can_publish_data: permission.can_publish_data,
        can_publish_sources: permission
            .sources
            .into_iter()
            .map(|allowed| source(allowed).into())
            .collect(),
        hidden: permission.hidden,
        recorder: permission.recorder,
        can_update_metadata: permission.can_update_metadata,
        ..Default::default()
    }
}

/// What a server permits somebody.
#[expect(deprecated, reason = "older servers tell a recorder by its permission")]
pub(crate) fn permission_of(permission: &lk::ParticipantPermission) -> Permission {
    Permission {
        can_subscribe: permission.can_subscribe,
        can_publish: permission.can_publish,
        can_publish_data: permission.can_publish_data,
        sources: permission
            .can_publish_sources()
            .map(|allowed| source_of(allowed.into()))
            .collect(),
        hidden: permission.hidden,
        recorder: permission.recorder,
        can_update_metadata: permission.can_update_metadata,
    }
}

const fn source(source: TrackSource) -> lk::TrackSource {
    match source {
        TrackSource::Unknown => lk::TrackSource::Unknown,
        TrackSource::Camera => lk::TrackSource::Camera,
        TrackSource::Microphone => lk::TrackSource::Microphone,
        TrackSource::ScreenShare => lk::TrackSource::ScreenShare,
        TrackSource::ScreenShareAudio => lk::TrackSource::ScreenShareAudio,
    }
}

/// Where a track comes from; a number of a newer protocol says nothing of that.
pub(super) fn source_of(number: i32) -> TrackSource {
    match lk::TrackSource::try_from(number).unwrap_or_default() {
        lk::TrackSource::Unknown => TrackSource::Unknown,
        lk::TrackSource::Camera => TrackSource::Camera,
        lk::TrackSource::Microphone => TrackSource::Microphone,
        lk::TrackSource::ScreenShare => TrackSource::ScreenShare,
        lk::TrackSource::ScreenShareAudio => TrackSource::ScreenShareAudio,
    }
}

/// A track. Before it is offered only the codec that was announced tells of layers.
#[expect(deprecated, reason = "older SDKs read layers, simulcast and stereo of the track itself")]
pub(crate) fn track(info: TrackInfo) -> lk::TrackInfo {
    let kind = match info.kind {
        MediaKind::Audio => lk::TrackType::Audio,
        MediaKind::Video => lk::TrackType::Video,
    };
    let layers: Vec<lk::VideoLayer> = info.layers.into_iter().map(layer).collect();
    let offered = (!info.mime_type.is_empty()).then(|| info.mime_type.clone());
    let codec = lk::SimulcastCodecInfo {
        mime_type: offered.unwrap_or(info.codec_mime),
        mid: info.mid.clone(),
        cid: info.cid,
        layers: layers.clone(),
        ..Default::default()
    };
    lk::TrackInfo {
        sid: info.sid,
        r#type: kind.into(),
        source: source(info.source).into(),
        name: info.name,
        muted: info.muted,
        width: info.width,
        height: info.height,
        simulcast: info.simulcast,
        disable_red: info.disable_red,
        encryption: info.encryption,
        stream: info.stream,
        stereo: info.stereo,
        audio_features: features(info.features),
        backup_codec_policy: info.backup_codec_policy,
        mime_type: info.mime_type,
        mid: info.mid,
        layers: if info.offered { layers } else { vec![] },
        codecs: vec![codec],
        ..Default::default()
    }
}

fn layer(layer: VideoLayer) -> lk::VideoLayer {
    lk::VideoLayer {
        quality: layer.quality,
        width: layer.width,
        height: layer.height,
        bitrate: layer.bitrate_bps,
        ssrc: layer.ssrc,
        spatial_layer: layer.spatial_layer,
        rid: layer.rid,
        repair_ssrc: layer.repair_ssrc,
    }
}

fn features(features: AudioFeatures) -> Vec<i32> {
    let said = [
        (features.stereo, lk::AudioTrackFeature::TfStereo),
        (features.no_dtx, lk::AudioTrackFeature::TfNoDtx),
    ];
    let said = said.into_iter().filter(|feature| feature.0).map(|feature| feature.1.into());
    said.chain(features.others).collect()
}

#[cfg(test)]
mod tests {
    use signalling::words::participant::Abilities;

    use super::*;

    fn camera(offered: bool) -> TrackInfo {
        let layer = |quality: i32, rid: &str| VideoLayer {
            quality,
            width: 640 << quality,
            height: 360 << quality,
            bitrate_bps: 500_000,
            ssrc: 4,
            spatial_layer: quality,
            rid: rid.to_owned(),
            repair_ssrc: 6,
        };
        let text = |it: &str| if offered { it.to_owned() } else { String::new() };
        TrackInfo {
            sid: "TR_1".to_owned(),
            kind: MediaKind::Video,
            source: TrackSource::Camera,
            name: "camera".to_owned(),
            muted: true,
            width: 1_280,
            height: 720,
            simulcast: offered,
            disable_red: true,
            encryption: 2,
            stream: "camera".to_owned(),
            stereo: false,
            features: AudioFeatures::default(),
            backup_codec_policy: 1,
            mime_type: text("video/VP9"),
            mid: text("3"),
            cid: "c1".to_owned(),
            codec_mime: "video/VP8".to_owned(),
            layers: vec![layer(0, "q"), layer(1, "h")],
            offered,
        }
    }

    /// What was written, as any client reads it.
    fn read<M: prost::Message + Default + PartialEq>(written: &M) -> M {
        M::decode(written.encode_to_vec().as_slice()).unwrap()
    }

    #[test]
    #[expect(deprecated, reason = "older SDKs read layers and simulcast of the track itself")]
    fn a_track_that_is_offered_says_all_of_itself_and_of_its_codec() {
        let wire = read(&track(camera(true)));
        let layer = |quality: i32, rid: &str| lk::VideoLayer {
            quality,
            width: 640 << quality,
            height: 360 << quality,
            bitrate: 500_000,
            ssrc: 4,
            spatial_layer: quality,
            rid: rid.to_owned(),
            repair_ssrc: 6,
        };
        let layers = vec![layer(0, "q"), layer(1, "h")];
        let expected = lk::TrackInfo {
            sid: "TR_1".to_owned(),
            r#type: lk::TrackType::Video.into(),
            name: "camera".to_owned(),
            muted: true,
            width: 1_280,
            height: 720,
            simulcast: true,
            source: lk::TrackSource::Camera.into(),
            layers: layers.clone(),
            mime_type: "video/VP9".to_owned(),
            mid: "3".to_owned(),
            codecs: vec![lk::SimulcastCodecInfo {
                mime_type: "video/VP9".to_owned(),
                mid: "3".to_owned(),
                cid: "c1".to_owned(),
                layers,
                ..Default::default()
            }],
            disable_red: true,
            encryption: 2,
            stream: "camera".to_owned(),
            backup_codec_policy: 1,
            ..Default::default()
        };
        assert_eq!(wire, expected);
    }

    #[test]
    #[expect(deprecated, reason = "older SDKs read layers and simulcast of the track itself")]
    fn a_track_that_is_announced_says_its_layers_of_the_codec_alone() {
        let wire = track(camera(false));
        assert_eq!((wire.layers.len(), wire.simulcast, wire.mime_type.as_str()), (0, false, ""));
        let codec = &wire.codecs[0];
        assert_eq!(
            (codec.layers.len(), codec.mime_type.as_str(), codec.mid.as_str()),
            (2, "video/VP8", "")
        );
    }

    #[test]
    #[expect(deprecated, reason = "older SDKs read stereo of the track itself")]
    fn sound_says_what_it_is_in_the_old_way_and_the_new() {
        let features = AudioFeatures { stereo: true, no_dtx: true, others: vec![3, 77] };
        let kind = MediaKind::Audio;
        let wire = track(TrackInfo { kind, stereo: true, features, ..camera(true) });
        assert_eq!((wire.r#type(), wire.stereo), (lk::TrackType::Audio, true));
        assert_eq!(wire.audio_features, [0, 1, 3, 77]);
        assert!(!wire.disable_dtx, "it never was said so");
        let wire = track(TrackInfo { kind, ..camera(true) });
        assert_eq!((wire.stereo, wire.audio_features.len()), (false, 0));
    }

    #[test]
    fn a_participant_says_all_of_itself() {
        let permission = Permission {
            can_subscribe: true,
            can_publish: true,
            can_publish_data: false,
            sources: vec![TrackSource::Microphone, TrackSource::ScreenShareAudio],
            hidden: true,
            recorder: false,
            can_update_metadata: true,
        };
        let wire = read(&participant(ParticipantInfo {
            sid: "PA_1".to_owned(),
            identity: "li".to_owned(),
            name: "Li".to_owned(),
            metadata: "m".to_owned(),
            attributes: [("role".to_owned(), "nurse".to_owned())].into(),
            state: State::Active,
            joined_ms: 12_345,
            version: 9,
            kind: ParticipantKind::Ingress,
            abilities: Abilities { protocol: 2, list: vec![1, 2] },
            permission: Some(permission),
            tracks: vec![camera(true)],
            left: None,
        }));
        let expected = lk::ParticipantInfo {
            sid: "PA_1".to_owned(),
            identity: "li".to_owned(),
            state: lk::participant_info::State::Active.into(),
            tracks: vec![track(camera(true))],
            metadata: "m".to_owned(),
            joined_at: 12,
            joined_at_ms: 12_345,
            name: "Li".to_owned(),
            version: 9,
            permission: Some(lk::ParticipantPermission {
                can_subscribe: true,
                can_publish: true,
                can_publish_sources: vec![
                    lk::TrackSource::Microphone.into(),
                    lk::TrackSource::ScreenShareAudio.into(),
                ],
                hidden: true,
                can_update_metadata: true,
                ..Default::default()
            }),
            is_publisher: true,
            kind: lk::participant_info::Kind::Ingress.into(),
            attributes: [("role".to_owned(), "nurse".to_owned())].into(),
            client_protocol: 2,
            capabilities: vec![1, 2],
            ..Default::default()
        };
        assert_eq!(wire, expected);
    }

    #[test]
    fn who_left_says_why_and_nothing_of_rights() {
        let left = Some(LeaveReason::RoomClosed);
        let gone = ParticipantInfo { state: State::Disconnected, left, ..Default::default() };
        let wire = participant(gone);
        assert_eq!(wire.state(), lk::participant_info::State::Disconnected);
        assert_eq!(wire.disconnect_reason(), lk::DisconnectReason::RoomClosed);
        assert_eq!((wire.permission, wire.is_publisher, wire.kind), (None, false, 0));
    }

    #[test]
    fn every_reason_is_called_on_the_wire_as_in_a_recording() {
        for why in [
            LeaveReason::ClientInitiated,
            LeaveReason::DuplicateIdentity,
            LeaveReason::ServerShutdown,
            LeaveReason::ParticipantRemoved,
            LeaveReason::RoomDeleted,
            LeaveReason::RoomClosed,
            LeaveReason::StateMismatch,
            LeaveReason::JoinFailure,
            LeaveReason::SignalClose,
            LeaveReason::ConnectionTimeout,
            LeaveReason::MediaFailure,
        ] {
            assert_eq!(reason(why).as_str_name().to_ascii_lowercase(), why.word());
        }
    }

    #[test]
    fn permissions_and_sources_go_both_ways() {
        for number in 0..5 {
            let word = source_of(number);
            assert_eq!(i32::from(source(word)), number);
            assert_eq!(source(word).as_str_name().to_ascii_lowercase(), word.word());
        }
        assert_eq!(source_of(99), TrackSource::Unknown);
        let one = |place: usize| {
            let set = |of: usize| of == place;
            let sources = if set(5) { vec![TrackSource::Camera] } else { vec![] };
            Permission {
                can_subscribe: set(0),
                can_publish: set(1),
                can_publish_data: set(2),
                sources,
                hidden: set(3),
                recorder: set(4),
                can_update_metadata: set(6),
            }
        };
        for place in 0..7 {
            assert_eq!(permission_of(&read(&permission(one(place)))), one(place));
        }
    }

    #[test]
    fn a_room_says_all_of_itself() {
        let wire = read(&room(RoomInfo {
            sid: "RM_1".to_owned(),
            name: "ward".to_owned(),
            created_ms: 12_345,
            metadata: "m".to_owned(),
            empty_timeout_s: 1,
            departure_timeout_s: 2,
            max_participants: 3,
            publishers: 4,
            participants: 5,
            recording: true,
        }));
        let expected = lk::Room {
            sid: "RM_1".to_owned(),
            name: "ward".to_owned(),
            empty_timeout: 1,
            departure_timeout: 2,
            max_participants: 3,
            creation_time: 12,
            creation_time_ms: 12_345,
            metadata: "m".to_owned(),
            num_participants: 5,
            num_publishers: 4,
            active_recording: true,
            ..Default::default()
        };
        assert_eq!(wire, expected);
    }
}
