//! Offers and answers of both sides.

use std::time::Instant;

use media::MediaKind;
use transport::sdp::{self, Media, Remote};

use crate::Signalling;
use crate::effect::{ConnectionRole, Describe, Effect, Meet, Open};
use crate::ids::{ConnectionId, ParticipantId, SignalId, TrackId};
use crate::tables::sections::{Agreed, OfferTimeout, Section, Sections};
use crate::words::participant::{LeaveReason, Next};
use crate::words::request::{Description, Forced};

/// The data channels' section, the first of every offer.
const DATA_MID: &str = "0";

/// An offer that was carried out.
pub(crate) struct AppliedOffer {
    pub(crate) describe: Describe,
    /// Tracks that it began.
    pub(crate) fresh: Vec<TrackId>,
}

impl Signalling {
    /// Makes a connection for somebody.
    pub(crate) fn open_connection(
        &mut self,
        owner: ParticipantId,
        role: ConnectionRole,
    ) -> ConnectionId {
        let connection = self.connections.open(owner, role);
        let participant = self.roster.get(owner);
        let room = participant
            .and_then(|participant| self.rooms.get(participant.room))
            .map(|room| room.name.clone());
        let identity =
            participant.map(|participant| participant.profile.identity.clone()).unwrap_or_default();
        let site = participant.map(|participant| participant.profile.site.clone());
        let (room, site) = (room.unwrap_or_default(), site.unwrap_or_default());
        let open = Open { connection, owner, role, room, identity, site };
        self.effect(Effect::Open(Box::new(open)));
        connection
    }

    /// The client's offer of what it sends and receives.
    pub(crate) fn offered(&mut self, now: Instant, id: ParticipantId, offer: &Description) {
        let remote = match &offer.remote {
            Ok(remote) if remote.fits() => remote,
            Ok(_) => {
                return self.refuse(id, "the offer must be from a full ICE agent, DTLS client");
            }
            Err(why) => return self.refuse(id, why),
        };
        let Some(mut taken) = self.take_offer(now, id, remote) else { return };
        taken.describe.number = offer.number;
        if let Some(sections) = self.listening.get(id).filter(|sections| sections.by_client) {
            taken.describe.tracks = self.carried_by(sections);
        }
        self.consequences.marks.answer(id, taken.describe);
        self.settle_offer(id, taken.fresh);
    }

    /// Carries out an offer; what follows from it is for [`Self::settle_offer`].
    pub(crate) fn take_offer(
        &mut self,
        now: Instant,
        id: ParticipantId,
        remote: &Remote,
    ) -> Option<AppliedOffer> {
        let connection = self.publisher(now, id, remote)?;
        self.clear_seats(id, remote);
        let claims = self.publications.claims(id, connection, &remote.sections);
        let mut sections = vec![];
        for (section, claim) in remote.sections.iter().zip(&claims) {
            let taken = self.take_section(now, id, connection, section, claim.as_deref());
            sections.push((section, taken));
        }
        self.tell_declined(id, &sections);
        let fresh = sections.iter().filter_map(|(_, taken)| taken.begun).collect();
        let media = sections.into_iter().map(|(_, taken)| taken.media).collect();
        Some(AppliedOffer { describe: self.describe(id, connection, media), fresh })
    }

    /// Our description of a connection of somebody.
    pub(crate) fn describe(
        &self,
        id: ParticipantId,
        connection: ConnectionId,
        sections: Vec<Media>,
    ) -> Describe {
        Describe {
            connection,
            sections,
            passive: false,
            over_tcp: self.forced(id) == Some(Forced::Tcp),
            number: 0,
            tracks: std::collections::BTreeMap::new(),
        }
    }

    /// What follows from an offer that is answered at the end of this call.
    pub(crate) fn settle_offer(&mut self, id: ParticipantId, fresh: Vec<TrackId>) {
        if !fresh.is_empty() {
            self.announce(id);
        }
        fresh.into_iter().for_each(|track| self.spread(id, track));
        if let Some(room) = self.room_of(id) {
            self.consequences.marks.watched(room);
        }
        let Some(sections) = self.listening.get_mut(id).filter(|sections| sections.by_client)
        else {
            return;
        };
        sections.offered();
        self.consequences.marks.flow(id);
        self.consequences.marks.offer(id);
    }

    /// The publishing connection that an offer belongs to: the present one, or a new one if the client made a new peer
    /// connection.
    fn publisher(
        &mut self,
        now: Instant,
        id: ParticipantId,
        remote: &Remote,
    ) -> Option<ConnectionId> {
        let present = self.roster.get(id)?.paths.publisher;
        let known = present.and_then(|connection| self.connections.get(connection));
        // One that was made for the client as it knocked knows none yet.
        let same = known.is_some_and(|connection| {
            connection.fingerprint.is_empty() || connection.fingerprint == remote.fingerprint
        });
        let connection = match present.filter(|_| same) {
            Some(present) => present,
            None => {
                present.into_iter().for_each(|old| self.connection_ended(now, old));
                // A participant whose only connection ends must leave.
                self.roster.get(id)?;
                self.open_connection(id, ConnectionRole::Publisher)
            }
        };
        self.meet(connection, remote, true);
        self.roster.get_mut(id)?.paths.publisher = Some(connection);
        Some(connection)
    }

    /// Learns the client's end of a connection.
    pub(crate) fn meet(&mut self, connection: ConnectionId, remote: &Remote, offered: bool) {
        if let Some(own) = self.connections.get_mut(connection) {
            own.fingerprint.clone_from(&remote.fingerprint);
        }
        self.effect(Effect::Meet(Box::new(Meet {
            connection,
            ufrag: remote.ice_ufrag.clone(),
            pwd: remote.ice_pwd.clone(),
            fingerprint: remote.fingerprint.clone(),
            offered: offered.then_some(remote.setup),
        })));
    }

    /// The client's answer to our offer.
    pub(crate) fn answered(&mut self, id: ParticipantId, answer: &Description) {
        let Some(me) = self.roster.get(id) else { return };
        let Some(subscriber) = me.paths.subscriber else { return };
        let says_passive = me.client.answers_passive;
        let remote = match &answer.remote {
            Ok(remote) if remote.fits() || (says_passive && !remote.ice_lite) => remote,
            Ok(_) => {
                return self.refuse(id, "the answer must be from a full ICE agent, DTLS client");
            }
            Err(why) => return self.refuse(id, why),
        };
        let Some(sections) = self.listening.get_mut(id) else { return };
        if !sections.answered(answer.number) {
            return self.drop_one("answer_unasked");
        }
        let mut refused = vec![];
        for own in sections.list.iter_mut().filter(|own| own.agreed == Agreed::Accepted) {
            let said = remote.sections.iter().find(|section| section.mid == own.mid);
            own.takes.written = said.map(sdp::Section::written).unwrap_or_default();
            let mut codecs = said.into_iter().flat_map(|section| &section.codecs);
            let codec = codecs.find(|codec| codec.kind == own.codec);
            own.takes.red = codec.and_then(|codec| codec.red);
            own.takes.rtx = codec.and_then(|codec| codec.rtx);
            if said.is_none_or(|section| section.rejected || !section.receives) {
                refused.push(own.track);
            }
        }
        self.meet(subscriber, remote, false);
        for track in refused {
            self.section_refused(id, track);
        }
        self.consequences.marks.flow(id);
        self.consequences.marks.offer(id);
    }

    /// An offer that nobody answers would keep everything after it waiting.
    pub(crate) fn repeat_offers(&mut self, now: Instant) {
        for (id, patience) in self.listening.unanswered(now) {
            self.drop_one("offer_unanswered");
            if patience == OfferTimeout::GiveUp {
                self.send_away(now, id, LeaveReason::StateMismatch, Next::JoinAnew);
                continue;
            }
            if let Some(sections) = self.listening.get_mut(id) {
                sections.forget_offer();
            }
            self.consequences.marks.offer(id);
        }
    }

    /// Offers the listening connection with new ICE credentials: the client looks for a path at once.
    pub(crate) fn renew_path(&mut self, id: ParticipantId) {
        // Where the client makes the offers, its own begins ICE anew.
        if let Some(subscriber) = self.subscriber_of(id).filter(|_| !self.has_one_connection(id)) {
            self.effect(Effect::RestartIce(subscriber));
        }
        if let Some(sections) = self.listening.get_mut(id) {
            sections.forget_offer();
        }
        self.consequences.marks.offer(id);
    }

    /// Which track each section carries, by the names that the client knows.
    pub(crate) fn carried_by(
        &self,
        sections: &Sections,
    ) -> std::collections::BTreeMap<String, String> {
        let carried = |section: &&Section| section.is_used() && !section.mid.is_empty();
        let named = sections.list.iter().filter(carried).filter_map(|section| {
            let published = self.publications.get(section.track)?;
            Some((section.mid.clone(), published.info.sid.clone()))
        });
        named.collect()
    }

    /// Makes an offer, or asks the client for one, if something has changed and none is out.
    pub(crate) fn make_offer(&mut self, now: Instant, id: ParticipantId) {
        let Some(signal) = self.roster.get(id).and_then(|me| me.signal.id) else {
            return;
        };
        let by_client = self.has_one_connection(id);
        let Some(sections) = self.listening.get_mut(id) else { return };
        let Some(number) = sections.begin_offer(now) else { return };
        if by_client {
            let (audio, video) = sections.missing();
            return self.effect(Effect::Say(
                signal,
                crate::words::message::Message::SectionsWanted { audio, video },
            ));
        }
        self.offer_sections(id, signal, number);
        self.expect(id);
    }

    fn offer_sections(&mut self, id: ParticipantId, signal: SignalId, number: u32) {
        let Some(me) = self.roster.get(id) else { return };
        let (client, Some(subscriber)) = (me.client, me.paths.subscriber) else { return };
        let Some(sections) = self.listening.get(id) else { return };
        let mut media = vec![Media::Data { mid: DATA_MID.to_owned() }];
        let by_section = client.finds_by_section;
        media.extend(sections.list.iter().map(|section| self.sending(section, by_section)));
        let describe = Describe {
            // Pion becomes the DTLS client only if the offer leaves it no choice, though it says otherwise.
            passive: client.answers_passive,
            number,
            tracks: self.carried_by(sections),
            ..self.describe(id, subscriber, media)
        };
        self.effect(Effect::Offer(signal, Box::new(describe)));
    }

    /// While the answer is on its way and the path is made, publishers make a keyframe.
    pub(crate) fn expect(&mut self, id: ParticipantId) {
        self.hold_to_mode(id);
        let Some(room) = self.room_of(id) else { return };
        let Some(sections) = self.listening.get(id) else { return };
        let soon = [Agreed::Offered, Agreed::Accepted];
        let comes = |section: &&Section| {
            soon.contains(&section.agreed) && section.portion.gets.top.is_some()
        };
        let video =
            sections.list.iter().filter(comes).filter(|section| section.kind == MediaKind::Video);
        let tracks: Vec<TrackId> = video.map(|section| section.track).collect();
        for track in tracks {
            self.effect(Effect::Expect(room, track));
        }
    }
}
