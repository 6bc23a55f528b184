//! Publishing and watching by HTTP (RFC 9725): one offer, one answer, no signalling afterwards.

use std::time::Instant;

use media::MediaKind;
use session::{AccessToken, Role};
use transport::payload::CodecKind;
use transport::sdp::{self, Codec, Kind, Media, Remote, Section};

use crate::Signalling;
use crate::closing::NoPlace;
use crate::effect::{ConnectionRole, Counted, Describe, Effect, Visited};
use crate::fitting::to_publish;
use crate::ids::{ParticipantId, RoomId};
use crate::pace::Pace;
use crate::tables::decisions::Removed;
use crate::tables::roster::{ClientTraits, Profile};
use crate::tables::visits::{REQUESTS_PER_S, Seat, Visit};
use crate::words::participant::{LeaveReason, ParticipantKind};
use crate::words::track::{Announcement, AudioFeatures, TrackSource};
use crate::words::visit::{Fragment, Precondition, Resource, VisitFault, Want};

/// Most screens that may watch one room with one token's identity.
const WATCHERS_PER_IDENTITY: usize = 16;
/// The attribute by which a screen is known: whose token it watches with.
const SCREEN_OF: &str = "screenOf";

type VisitResult = Result<Visited, VisitFault>;

impl Signalling {
    /// Carries out a request of the doors.
    pub(crate) fn visit(&mut self, now: Instant, want: Want) {
        let answer = match want {
            Want::Publish(token, remote) => self.publish(now, token, *remote),
            Want::Watch(token, remote) => self.watch(now, token, &remote),
            Want::Patch(resource, condition, fragment) => {
                self.patch(now, &resource, condition, fragment)
            }
            Want::End(resource) => self.end_visit(now, &resource),
        };
        self.effect(Effect::Visited(answer));
    }

    fn publish(&mut self, now: Instant, token: AccessToken, mut remote: Remote) -> VisitResult {
        let token = self.of_visitor(token)?;
        if self.withholds_from(&token) {
            return Err(VisitFault::NotCleared);
        }
        let grants = |kind: Kind| token.video.may_publish_source(source(kind).word());
        to_publish(&remote, grants, self.rules.limits.tracks_per_participant_max)?;
        let lead = lead_of(&remote);
        let (id, resource) = self.let_in(now, token, lead, ParticipantKind::Ingress, vec![])?;
        for (place, section) in remote.sections.iter_mut().enumerate() {
            if sends(section) {
                let cid = format!("section-{place}");
                section.track = Some(cid.clone());
                let announcement = announcement(section, cid);
                self.announce_track(id, &announcement);
            }
        }
        let offered = remote.sections.iter().filter(|section| sends(section)).count();
        let Some(taken) = self.take_offer(now, id, &remote) else {
            self.remove(now, id, LeaveReason::JoinFailure);
            return Err(VisitFault::Internal);
        };
        self.publications.announced.remove(&id);
        if taken.fresh.len() < offered {
            self.remove(now, id, LeaveReason::JoinFailure);
            return Err(VisitFault::TooManyTracks);
        }
        let describe = Box::new(taken.describe);
        self.settle_offer(id, taken.fresh);
        self.created(id, describe, resource)
    }

    fn watch(&mut self, now: Instant, token: AccessToken, remote: &Remote) -> VisitResult {
        let token = self.of_visitor(token)?;
        if !token.video.may_subscribe() {
            return Err(VisitFault::WatchingRefused);
        }
        let own = token.identity.clone();
        let known = token.room().and_then(|name| self.rooms.find(name)).map(|room| room.id);
        self.to_watch(known, remote)?;
        let screens = known.map_or(0, |room| self.visits.screens_of(room, &own).count());
        if screens >= WATCHERS_PER_IDENTITY {
            return Err(VisitFault::TooManyWatchers);
        }
        let seats = self.seats_for(known, remote);
        let kept = seats.iter().map(|(_, seat)| seat.clone()).collect();
        let (id, resource) =
            self.let_in(now, token, lead_of(remote), ParticipantKind::Standard, kept)?;
        let connection = self.open_connection(id, ConnectionRole::Subscriber);
        if let Some(me) = self.roster.get_mut(id) {
            me.paths.subscriber = Some(connection);
        }
        self.meet(connection, remote, true);
        let sections = remote.sections.iter().enumerate().map(|(place, section)| {
            let (mid, kind) = (section.mid.clone(), section.kind);
            match seats.iter().find(|(of, _)| *of == place) {
                Some((_, seat)) => seat.offered(kind),
                None if kind == Kind::Data => Media::Data { mid },
                None => Media::Reject { mid, kind },
            }
        });
        let sections = sections.collect();
        let mut describe = self.describe(id, connection, sections);
        describe.over_tcp = false;
        self.created(id, Box::new(describe), resource)
    }

    /// The streams that a watcher is promised, with the places of their sections.
    fn seats_for(&mut self, room: Option<RoomId>, remote: &Remote) -> Vec<(usize, Seat)> {
        let wanted =
            |section: &Section| section.receives && !section.rejected && section.kind != Kind::Data;
        let mut seats = vec![];
        for (kind, media) in [(Kind::Audio, MediaKind::Audio), (Kind::Video, MediaKind::Video)] {
            let mut sections = remote.sections.iter().enumerate();
            let found = sections.find(|(_, section)| section.kind == kind && wanted(section));
            let Some((place, section)) = found else { continue };
            let Some(codec) = self.codec_for(room, section) else { continue };
            let mut extensions = section.extensions_for(&codec);
            let written = [sdp::DEPENDENCY, sdp::TRANSPORT_CC, sdp::MID];
            extensions.retain(|(_, uri)| written.contains(&uri.as_str()));
            seats.push((
                place,
                Seat::new(section, (media, codec), extensions, self.rules.names.ssrc()),
            ));
        }
        seats
    }

    /// The token of a visitor as servers have left it.
    fn of_visitor(&mut self, token: AccessToken) -> Result<AccessToken, VisitFault> {
        self.decided(token).map_err(|Removed| {
            self.effect(Effect::Count(Counted::Refused("removed")));
            VisitFault::Removed
        })
    }

    /// Lets somebody in who has no page.
    fn let_in(
        &mut self,
        now: Instant,
        mut token: AccessToken,
        lead: (String, Kind),
        kind: ParticipantKind,
        seats: Vec<Seat>,
    ) -> Result<(ParticipantId, String), VisitFault> {
        let own = token.identity.clone();
        if !seats.is_empty() {
            // Many screens may watch with one person's token, and none of them is the person.
            token.identity = format!("{own}|watch-{}", self.rules.names.tag());
            token.attributes.insert(SCREEN_OF.to_owned(), own.clone());
            if let Some(said) = token.attributes.get_mut("role") {
                Role::Observer.as_str().clone_into(said);
            }
            if let Some(said) = &mut token.own {
                said.role = said.role.map(|_| Role::Observer);
            }
        }
        let room = self.room_for(now, &token).map_err(|why| {
            self.effect(Effect::Count(Counted::Refused(why.counted())));
            match why {
                NoPlace::RoomsFull => VisitFault::RoomsFull,
                NoPlace::Closed(_) => VisitFault::RoomClosed,
                NoPlace::RoomFull | NoPlace::WrongGrant => VisitFault::RoomFull,
            }
        })?;
        let profile = Profile { kind, ..Profile::of(&token) };
        let id = self.add(now, (room, profile, token.video), ClientTraits::default(), None);
        let resource = self.rules.names.secret();
        let name = resource.clone();
        let requests = Pace::new(now, REQUESTS_PER_S);
        let visit = Visit { resource: name, room, identity: own, lead, seats, requests };
        self.visits.list.insert(id, visit);
        self.tap_joined(now, id);
        Ok((id, resource))
    }

    /// The codec of the room's best track that this section can receive, else the client's first.
    fn codec_for(&self, room: Option<RoomId>, section: &Section) -> Option<Codec> {
        let audio = section.kind == Kind::Audio;
        let tracks = room.into_iter().flat_map(|room| self.publications.in_room(room));
        let fitting = tracks.filter(|(_, published)| published.video() != audio).filter_map(
            |(track, published)| {
                let codec =
                    section.codecs.iter().find(|codec| codec.kind == published.encoded.codec)?;
                Some((self.rank(track), codec))
            },
        );
        let best = fitting.min_by_key(|(rank, _)| *rank).map(|(_, codec)| codec);
        best.or(section.codecs.first()).cloned()
    }

    fn created(&self, id: ParticipantId, describe: Box<Describe>, resource: String) -> VisitResult {
        let sid = self.roster.get(id).ok_or(VisitFault::Internal)?.sid.clone();
        let forced = self.forced(id);
        Ok(Visited::Created { describe, resource, sid, forced })
    }

    /// The visit of a resource, if the one who asks may.
    fn visit_of(&mut self, now: Instant, resource: &Resource) -> Result<ParticipantId, VisitFault> {
        let id = self.visits.find(&resource.name).ok_or(VisitFault::Unknown)?;
        let visit = self.visits.list.get_mut(&id).ok_or(VisitFault::Unknown)?;
        let room = self.rooms.get(visit.room).ok_or(VisitFault::Unknown)?;
        match () {
            () if room.name != resource.room => Err(VisitFault::Unknown),
            () if visit.identity != resource.identity => Err(VisitFault::NotYours),
            () if !visit.allow(now) => Err(VisitFault::TooOften),
            () => Ok(id),
        }
    }

    /// Candidates need nothing: an ICE-lite agent answers where the checks come from. A restart gives
    /// the ICE session new credentials (RFC 9725, section 4.4), which the caller keeps.
    fn patch(
        &mut self,
        now: Instant,
        resource: &Resource,
        condition: Precondition,
        fragment: Fragment,
    ) -> VisitResult {
        let id = self.visit_of(now, resource)?;
        let paths = self.roster.get(id).ok_or(VisitFault::Unknown)?.paths;
        let connection = paths.publisher.or(paths.subscriber).ok_or(VisitFault::Unknown)?;
        let lead = self.visits.list.get(&id).ok_or(VisitFault::Unknown)?.lead.clone();
        Ok(Visited::Patch { connection, lead, condition, fragment })
    }

    fn end_visit(&mut self, now: Instant, resource: &Resource) -> VisitResult {
        let id = self.visit_of(now, resource)?;
        self.remove(now, id, LeaveReason::ClientInitiated);
        Ok(Visited::Ended)
    }
}

fn lead_of(remote: &Remote) -> (String, Kind) {
    let first = remote.sections.first();
    first.map_or((String::new(), Kind::Audio), |section| (section.mid.clone(), section.kind))
}

fn sends(section: &Section) -> bool {
    section.sends && !section.rejected && section.kind != Kind::Data
}

/// A device has one camera and one microphone.
const fn source(kind: Kind) -> TrackSource {
    match kind {
        Kind::Audio => TrackSource::Microphone,
        Kind::Video | Kind::Data => TrackSource::Camera,
    }
}

fn announcement(section: &Section, cid: String) -> Announcement {
    let audio = section.kind == Kind::Audio;
    let source = source(section.kind);
    // A device that speaks of two channels means those that it sends.
    let stereo = section.codecs.iter().any(|codec| {
        codec.kind == CodecKind::Opus && (codec.says("stereo=1") || codec.says("sprop-stereo=1"))
    });
    let kind = if audio { MediaKind::Audio } else { MediaKind::Video };
    Announcement {
        name: source.word().to_owned(),
        // Nothing in the offer asks for copies or for silence.
        disable_red: true,
        features: AudioFeatures { stereo, no_dtx: true, others: vec![] },
        ..Announcement::new(cid, kind, source)
    }
}
