//! Who is subscribed to what.

use crate::Signalling;
use crate::effect::Effect;
use crate::ids::{ParticipantId, TrackId};
use crate::tables::sections::SECTIONS_MAX;
use crate::words::message::{Message, SubscriptionFailure};
use crate::words::request::TrackSettings;
use crate::words::stream::Asks;

impl Signalling {
    /// A newcomer hears everything that is there, if it asked for that.
    pub(crate) fn subscribe_to_all(&mut self, id: ParticipantId) {
        let Some(me) = self.roster.get(id).filter(|me| me.client.auto_subscribe) else { return };
        let tracks =
            self.publications.in_room(me.room).filter(|(_, published)| published.owner != id);
        let tracks: Vec<TrackId> = tracks.map(|(track, _)| track).collect();
        tracks.into_iter().for_each(|track| self.subscribe(id, track));
    }

    /// Gives a track a section in a listener's next offer.
    pub(crate) fn subscribe(&mut self, id: ParticipantId, track: TrackId) {
        let Some(me) = self.roster.get(id) else { return };
        let Some(published) = self.publications.get(track) else { return };
        if !me.grant.may_subscribe() || published.owner == id || published.room != me.room {
            return;
        }
        let (codec, reuses) = (published.encoded.codec, me.client.reuses_sections);
        if !self.admitted(id, track) {
            return self.refuse_subscription(id, track);
        }
        let Some(sections) = self.listening.get_mut(id) else { return };
        if sections.place(track).is_some() {
            return;
        }
        if sections.carry(track, codec, reuses).is_none() {
            self.drop_one("sections_full");
            self.tell_failed(id, track, SubscriptionFailure::Unknown);
        }
        self.publications.stir(track);
        self.consequences.marks.offer(id);
    }

    /// Tells a listener that a track does not come to it.
    fn tell_failed(&mut self, id: ParticipantId, track: TrackId, why: SubscriptionFailure) {
        let Some(published) = self.publications.get(track) else { return };
        let sid = published.info.sid.clone();
        self.say(id, Message::SubscriptionFailed { sid, why });
    }

    /// Ends the subscription of a client that does not take the track's codec.
    pub(crate) fn section_refused(&mut self, id: ParticipantId, track: TrackId) {
        self.drop_one("section_refused");
        self.tell_failed(id, track, SubscriptionFailure::Codec);
        self.unsubscribe(id, track);
    }

    /// Ends a subscription.
    pub(crate) fn unsubscribe(&mut self, id: ParticipantId, track: TrackId) {
        let Some(me) = self.roster.get(id) else { return };
        let (room, subscriber) = (me.room, me.paths.subscriber);
        let Some(sections) = self.listening.get_mut(id) else { return };
        sections.refused.remove(&track);
        let Some(place) = sections.place(track) else { return };
        sections.release(track);
        self.publications.stir(track);
        self.consequences.marks.offer(id);
        if let Some(connection) = subscriber {
            let slot = u16::try_from(place).ok();
            self.effect(Effect::Unsubscribe { room, track, connection, slot });
        }
    }

    /// Keeps that a listener wanted a track, and says why it does not come.
    pub(crate) fn refuse_subscription(&mut self, listener: ParticipantId, track: TrackId) {
        let Some(sections) = self.listening.get_mut(listener) else { return };
        sections.refused.insert(track);
        self.tell_admitted(listener, track, false);
    }

    fn tell_admitted(&mut self, listener: ParticipantId, track: TrackId, allowed: bool) {
        let Some(published) = self.publications.get(track) else { return };
        let Some(owner) = self.roster.get(published.owner) else { return };
        let (participant_sid, track_sid) = (owner.sid.clone(), published.info.sid.clone());
        let told = Message::SubscriptionPermission { participant_sid, track_sid, allowed };
        self.say(listener, told);
    }

    /// A publisher's audience has changed: what a listener may no longer have ends, what it wanted and may have begins.
    pub(crate) fn weigh(&mut self, listener: ParticipantId, track: TrackId) {
        let admitted = self.admitted(listener, track);
        let Some(sections) = self.listening.get_mut(listener) else { return };
        if !admitted && sections.place(track).is_some() {
            self.unsubscribe(listener, track);
            self.refuse_subscription(listener, track);
        } else if admitted && sections.refused.remove(&track) {
            self.tell_admitted(listener, track, true);
            self.subscribe(listener, track);
        }
    }

    /// What the listener has a use for: size of the view, or nothing while it is hidden.
    pub(crate) fn settings(&mut self, id: ParticipantId, settings: &TrackSettings) {
        for sid in settings.tracks.iter().take(SECTIONS_MAX) {
            let Some((track, published)) = self.publications.find(sid) else {
                self.drop_one("track_unknown");
                continue;
            };
            let top = published.layer_for(settings);
            let (frames_per_second, priority) = (settings.frames_per_second, settings.priority);
            let sections = self.listening.get_mut(id);
            let Some(section) = sections.and_then(|sections| sections.carrying(track)) else {
                continue;
            };
            section.portion.asks = Asks { top, frames_per_second, priority };
        }
        self.hold_to_mode(id);
    }

    /// Subscribes or unsubscribes by name.
    pub(crate) fn subscription(&mut self, id: ParticipantId, sids: &[String], wanted: bool) {
        for sid in sids.iter().take(SECTIONS_MAX) {
            let Some(track) = self.publications.find(sid).map(|(track, _)| track) else {
                self.drop_one("track_unknown");
                continue;
            };
            match wanted {
                true => self.subscribe(id, track),
                false => self.unsubscribe(id, track),
            }
        }
        self.consequences.marks.offer(id);
    }
}
