//! What a client's page says, and what becomes of its connections: one arm, one call.

use std::collections::BTreeMap;
use std::time::Instant;

use session::Mode;

use crate::Signalling;
use crate::effect::ConnectionRole;
use crate::ids::{ConnectionId, ParticipantId, SignalId};
use crate::input::ConnectionEvent;
use crate::modes::{MODE, Refused};
use crate::words::message::{Message, Refusal};
use crate::words::participant::LeaveReason;
use crate::words::request::Request;

impl Signalling {
    /// A client says something.
    pub(crate) fn request(&mut self, now: Instant, signal: SignalId, request: Request) {
        let Some(who) = self.roster.speaking(signal) else {
            return self.drop_one("request_late");
        };
        self.alive(now, signal);
        match request {
            Request::Offer(offer) => self.offered(now, who, &offer),
            Request::Answer(answer) => self.answered(who, &answer),
            Request::Announce(announcement) => self.announce_track(who, &announcement),
            Request::Mute { sid, muted } => self.mute(now, who, &sid, muted),
            Request::Subscribe { tracks, wanted } => self.subscription(who, &tracks, wanted),
            Request::Settings(settings) => self.settings(who, &settings),
            Request::Leave => self.remove(now, who, LeaveReason::ClientInitiated),
            Request::Describe { request, name, metadata, attributes } => {
                self.describe_self(who, request, (&name, &metadata, &attributes));
            }
            Request::Simulate(scenario) => self.simulate(now, who, scenario),
            Request::Audience(wish) => self.limit_audience(who, wish),
            Request::Unsupported => {
                self.drop_one("request_unsupported");
                let why = "this gateway does not do that";
                self.decline(who, Refusal::UnsupportedType, why);
            }
        }
    }

    fn describe_self(
        &mut self,
        who: ParticipantId,
        request: u32,
        (name, metadata, attributes): (&str, &str, &BTreeMap<String, String>),
    ) {
        let Some(me) = self.roster.get(who) else { return };
        let same = |said: &str, known: &str| said.is_empty() || said == known;
        // Which mode it is in is everybody's own to say.
        let mode_alone = attributes.keys().eq([MODE])
            && same(name, &me.profile.name)
            && same(metadata, &me.profile.metadata);
        let (refusal, text) = if !me.grant.can_update_own_metadata && !mode_alone {
            let text = "this token may not change its own description";
            (Refusal::NotAllowed, text.to_owned())
        } else {
            self.describe_allowed(who, (name, metadata, attributes)).err().unwrap_or_default()
        };
        if refusal == Refusal::None {
            self.announce(who);
        }
        self.say(who, Message::Response { request, refusal, text });
    }

    fn describe_allowed(
        &mut self,
        who: ParticipantId,
        (name, metadata, attributes): (&str, &str, &BTreeMap<String, String>),
    ) -> Result<(), (Refusal, String)> {
        if let Some(word) = attributes.get(MODE) {
            self.choose_mode(who, word).map_err(said)?;
        }
        let Some(me) = self.roster.get_mut(who) else { return Ok(()) };
        let fits = me.profile.describe(name, metadata, attributes);
        let too_long = || (Refusal::LimitExceeded, "the description is too long".to_owned());
        fits.then_some(()).ok_or_else(too_long)
    }

    /// The state of a peer connection has changed.
    pub(crate) fn connection(&mut self, now: Instant, id: ConnectionId, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Connected => self.connected(now, id),
            ConnectionEvent::ChannelsOpen => {
                if let Some(owner) = self.connections.get(id).map(|connection| connection.owner) {
                    // From here on a message to it arrives.
                    self.active(now, owner);
                    self.tell_chat(owner, id);
                }
            }
            ConnectionEvent::ClosedByClient => self.connection_closed(now, id),
            ConnectionEvent::Failed => self.connection_failed(now, id),
            ConnectionEvent::Stranded => self.connection_stranded(now, id),
            ConnectionEvent::Fault => self.connection_fault(now, id),
            ConnectionEvent::Moved => self.connection_moved(now, id),
        }
    }

    fn connected(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        connection.connected_at = Some(now);
        let (owner, role) = (connection.owner, connection.role);
        if role != ConnectionRole::Publisher {
            self.consequences.marks.flow(owner);
        }
        // A participant that came by HTTP has no data channels to wait for.
        if self.visits.has(owner) {
            if let Some(room) = self.room_of(owner) {
                self.consequences.marks.watched(room);
            }
            self.active(now, owner);
        }
    }

    /// A client sends from another address. It sends little on its listening connection, so the gateway would notice
    /// the new path late there: the client is asked for an ICE restart of that connection.
    fn connection_moved(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        let owner = connection.owner;
        if connection.role == ConnectionRole::Publisher
            && connection.renews(now)
            && !self.has_one_connection(owner)
        {
            self.renew_path(owner);
        }
    }
}

/// What a client is told whose choice of a mode is refused.
fn said(refused: Refused) -> (Refusal, String) {
    let words: Vec<&str> = Mode::ALL.iter().map(|mode| mode.as_str()).collect();
    match refused {
        Refused::Unknown => {
            (Refusal::Invalid, format!("the attribute `mode` is one of {}", words.join(", ")))
        }
        Refused::TooMuch(most) => (
            Refusal::NotAllowed,
            format!("your token allows no more than the mode `{most}`; ask the scheduler for more"),
        ),
    }
}
