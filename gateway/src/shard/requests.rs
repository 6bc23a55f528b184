//! What a client's page says: one arm, one call.

use std::time::Instant;

use livekit_protocol as lk;
use lk::request_response::Reason;
use lk::signal_request::Message;
use lk::signal_response::Message as Said;

use super::{Shard, Ticket};
use crate::ids::ParticipantId;

impl Shard {
    #[expect(deprecated, reason = "older SDKs still send it")]
    pub(super) fn request(&mut self, now: Instant, ticket: Ticket, message: Message) {
        let Ticket { who, turn } = ticket;
        if self.roster.participants.get(&who).is_none_or(|it| it.turn != turn) {
            return self.metrics.drop_one("request_late");
        }
        match message {
            Message::Offer(offer) => self.offered(now, who, &offer),
            Message::Answer(answer) => self.answered(now, who, &answer),
            Message::AddTrack(request) => self.announce_track(who, &request),
            Message::Mute(wish) => self.mute(now, who, &wish),
            Message::Subscription(wish) => self.subscription(now, who, &wish),
            Message::TrackSetting(settings) => self.settings(now, who, &settings),
            Message::Leave(_) => self.remove(now, who, lk::DisconnectReason::ClientInitiated),
            Message::UpdateMetadata(wish) => self.update_metadata(who, wish),
            // An ICE-lite agent needs no candidates: it answers where the checks come from.
            Message::Trickle(_) => {}
            // Answered by the door.
            Message::Ping(_) | Message::PingReq(_) => {}
            // The gateway kept everything that these repeat.
            Message::SyncState(_) | Message::UpdateLayers(_) => {}
            Message::UpdateAudioTrack(_) | Message::UpdateVideoTrack(_) => {}
            Message::Simulate(ask) => self.drill(now, who, &ask),
            Message::SubscriptionPermission(wish) => self.limit_audience(now, who, wish),
            Message::PublishDataTrackRequest(_)
            | Message::UnpublishDataTrackRequest(_)
            | Message::UpdateDataSubscription(_)
            | Message::StoreDataBlobRequest(_)
            | Message::GetDataBlobRequest(_) => {
                self.metrics.drop_one("request_unsupported");
                self.decline(who, Reason::UnsupportedType, "this gateway does not do that");
            }
        }
    }

    fn update_metadata(&mut self, who: ParticipantId, wish: lk::UpdateParticipantMetadata) {
        let Some(me) = self.roster.participants.get_mut(&who) else { return };
        let (reason, said) = if !me.grant.can_update_own_metadata {
            (Reason::NotAllowed, "this token may not change its own description")
        } else if me.describe(wish.name, wish.metadata, wish.attributes) {
            (Reason::Ok, "")
        } else {
            (Reason::LimitExceeded, "the description is too long")
        };
        if reason == Reason::Ok {
            self.announce(who);
        }
        let (request_id, reason, message) = (wish.request_id, reason.into(), said.to_owned());
        let response = lk::RequestResponse { request_id, reason, message, ..Default::default() };
        self.say(who, Said::RequestResponse(response));
    }

    /// Tells a client that a request was not understood; nothing else changes.
    pub(super) fn refuse(&mut self, id: ParticipantId, why: &str) {
        self.metrics.drop_one("request_invalid");
        self.decline(id, Reason::InvalidRequest, why);
    }

    /// Tells a client that a request is not carried out.
    pub(super) fn decline(&mut self, id: ParticipantId, reason: Reason, why: &str) {
        let (reason, message) = (reason.into(), why.to_owned());
        let response = lk::RequestResponse { reason, message, ..Default::default() };
        self.say(id, Said::RequestResponse(response));
    }
}
