//! Over what a client's media may come: everything that the gateway has, or the one carrier that it ordered.

use livekit_protocol as lk;
use lk::ClientConfigSetting::Enabled;
use lk::request_response::Reason;
use transport::sdp::{Candidate, Carrier};

use super::Shard;
use crate::ids::ParticipantId;
use crate::room::carriers::Forced;

impl Shard {
    /// Takes an order for the connections that a person's client makes from now on.
    pub(super) fn order_carrier(
        &mut self,
        who: ParticipantId,
        protocol: lk::CandidateProtocol,
    ) -> Result<(), (Reason, &'static str)> {
        let forced = match protocol {
            lk::CandidateProtocol::Udp => None,
            lk::CandidateProtocol::Tcp => Some(Forced::Tcp),
            lk::CandidateProtocol::Tls => Some(Forced::Tls),
        };
        if forced == Some(Forced::Tls) && !self.ice_servers(who).iter().any(is_secure) {
            return Err((Reason::UnsupportedType, "this gateway has no TURN over TLS"));
        }
        let most = self.config.participants_per_room_max;
        let me = self.roster.participants.get(&who);
        let room = me.and_then(|me| self.roster.rooms.get_mut(&me.room));
        let Some((me, room)) = me.zip(room) else { return Ok(()) };
        if room.carriers.order(&me.identity, forced, most) {
            return Ok(());
        }
        self.metrics.drop_one("carriers_full");
        Err((Reason::LimitExceeded, "too many in this room have ordered a carrier"))
    }

    fn forced(&self, who: ParticipantId) -> Option<Forced> {
        let me = self.roster.participants.get(&who)?;
        self.roster.rooms.get(&me.room)?.carriers.of(&me.identity)
    }

    /// Where a client is told to find the gateway.
    pub(super) fn candidates_for(&self, who: ParticipantId) -> Vec<Candidate> {
        let mut candidates = self.candidates.clone();
        if self.forced(who) == Some(Forced::Tcp) {
            candidates.retain(|it| it.carrier == Carrier::Tcp);
        }
        candidates
    }

    /// The TURN service for a participant, with credentials of its own.
    pub(super) fn ice_servers(&self, who: ParticipantId) -> Vec<lk::IceServer> {
        let Some(me) = self.roster.participants.get(&who) else { return vec![] };
        let relays = self.socket.relays.as_ref();
        let mut servers = relays.map(|it| it.told(&me.sid)).unwrap_or_default();
        if self.forced(who) == Some(Forced::Tls) {
            servers.iter_mut().for_each(|it| it.urls.retain(|url| url.starts_with(SECURE)));
        }
        servers
    }

    /// How a client is to be set up, if not as it likes.
    pub(super) fn client_configuration(
        &self,
        who: ParticipantId,
    ) -> Option<lk::ClientConfiguration> {
        (self.forced(who) == Some(Forced::Tls))
            .then(|| lk::ClientConfiguration { force_relay: Enabled.into(), ..Default::default() })
    }
}

/// TURN over TLS (RFC 7065, section 3.1).
const SECURE: &str = "turns:";

fn is_secure(server: &lk::IceServer) -> bool {
    server.urls.iter().any(|url| url.starts_with(SECURE))
}
