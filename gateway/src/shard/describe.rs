//! Descriptions of connections as clients are told them.

use signalling::effect::Describe;
use signalling::words::message::Message;
use signalling::words::request::Forced;
use transport::sdp::Setup;

use super::media_path::MediaPath;
use super::said::{Described, Said, VisitDone};
use crate::ids::ConnectionId;
use crate::links::IceServer;

/// TURN over TLS (RFC 7065, section 3.1).
const SECURE: &str = "turns:";

impl MediaPath {
    /// Our offer of a connection; `None` if it has ended.
    pub(super) fn offer(&mut self, describe: Describe) -> Option<Described> {
        // Pion becomes the DTLS client only if the offer leaves it no choice, though it says otherwise.
        let setup = if describe.passive { Setup::Passive } else { Setup::ActPass };
        self.described(describe, Some(setup))
    }

    /// Our answer to a client's offer; `None` if the connection has ended.
    pub(super) fn answer(&mut self, describe: Describe) -> Option<Described> {
        self.described(describe, None)
    }

    fn described(&mut self, describe: Describe, offers: Option<Setup>) -> Option<Described> {
        let Describe { connection, sections, over_tcp, number, tracks, .. } = describe;
        let sdp = self.connections.describe(connection, offers, over_tcp, &sections)?;
        Some(Described { sdp, number, tracks })
    }

    /// What somebody who is in a room now is told, with the relays for its stay.
    pub(super) fn welcome(&self, message: Message) -> Said {
        let (sid, forced) = match &message {
            Message::Joined(joined) => (&joined.participant.sid, joined.forced),
            Message::Resumed { sid, forced, .. } => (sid, *forced),
            _ => return Said::Message(message),
        };
        let relays = self.relays(sid, forced);
        Said::Welcome(message, relays)
    }

    /// The TURN service for a stay, with credentials of its own.
    fn relays(&self, sid: &str, forced: Option<Forced>) -> Vec<IceServer> {
        let mut relays =
            self.socket.relays.as_ref().map(|relays| relays.told(sid)).unwrap_or_default();
        if forced == Some(Forced::Tls) {
            relays.iter_mut().for_each(|relay| relay.urls.retain(|url| url.starts_with(SECURE)));
        }
        relays
    }

    /// What a client that came by HTTP is answered to its offer.
    pub(super) fn created(
        &mut self,
        describe: Describe,
        resource: String,
        (sid, forced): (&str, Option<Forced>),
    ) -> Option<VisitDone> {
        let connection = describe.connection;
        let sdp = self.answer(describe)?.sdp;
        let tag = self.tag(connection)?;
        Some(VisitDone::Created { sdp, resource, tag, relays: self.relays(sid, forced) })
    }

    /// The entity tag of an ICE session: our user fragment names it.
    pub(super) fn tag(&self, id: ConnectionId) -> Option<String> {
        let connection = self.connections.get(id)?;
        Some(format!("\"{}\"", connection.peer.credentials().ufrag))
    }
}
