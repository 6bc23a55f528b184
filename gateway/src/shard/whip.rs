//! Publishing and watching by HTTP (RFC 9725): one offer, one answer, no signalling afterwards.

use std::sync::Arc;
use std::time::Instant;

use ::media::MediaKind;
use livekit_protocol as lk;
use lk::DisconnectReason;
use lk::participant_info::Kind as Who;
use session::{AccessToken, Role};
use sfu::TrackId;
use tokio::sync::mpsc;
use transport::payload::CodecKind;
use transport::sdp::{self, Codec, Kind, Media, Remote, Section};

use super::Shard;
use super::fit;
use super::http::{Done, Fault, Fragment, HttpAsk, Precondition, Resource, Want};
use crate::connections::Side;
use crate::ids::{ConnectionId, ParticipantId};
use crate::pace::Pace;
use crate::room::decisions::Removed;
use crate::room::pulse::Pulse;
use crate::room::roster::Participant;
use crate::room::visits::{Seat, Visit};

/// Most screens that may watch one room with one token's identity.
const WATCHERS_PER_IDENTITY: usize = 16;
/// The attribute by which a screen is known: whose token it watches with.
const SCREEN_OF: &str = "screenOf";
/// Requests a second that one resource takes, on average.
const REQUESTS_PER_S: u32 = 5;

type Answered = Result<Done, Fault>;

impl Shard {
    /// Carries out a request of the doors; one whose client has gone is carried out as well.
    pub(super) fn http(&mut self, now: Instant, ask: HttpAsk) {
        let answer = match ask.want {
            Want::Publish(token, remote) => self.whip(now, token, *remote),
            Want::Watch(token, remote) => self.whep(now, token, &remote),
            Want::Patch(resource, condition, fragment) => {
                self.patch(now, &resource, &condition, &fragment)
            }
            Want::End(resource) => self.end_visit(now, &resource),
        };
        // Without its answer the client connects nothing, and its place is freed as any stalled one's.
        let _ = ask.answer.send(answer);
    }

    fn whip(&mut self, now: Instant, token: AccessToken, mut remote: Remote) -> Answered {
        let token = self.of_visitor(token)?;
        let grants = |kind: Kind| token.video.may_publish_source(source(kind).1);
        fit::to_publish(&remote, grants, self.config.tracks_per_participant_max)?;
        let (id, resource) = self.visit(now, token, lead_of(&remote), Who::Ingress, vec![])?;
        for (place, section) in remote.sections.iter_mut().enumerate() {
            if sends(section) {
                let cid = format!("section-{place}");
                section.track = Some(cid.clone());
                self.announce_track(id, &announcement(section, cid));
            }
        }
        let offered = remote.sections.iter().filter(|it| sends(it)).count();
        let Some(taken) = self.take_offer(now, id, &remote) else {
            self.remove(now, id, DisconnectReason::JoinFailure);
            return Err(Fault::Internal);
        };
        self.publications.announced.remove(&id);
        if taken.fresh.len() < offered {
            self.remove(now, id, DisconnectReason::JoinFailure);
            return Err(Fault::TooManyTracks);
        }
        let sdp = taken.sdp.clone();
        self.settle_offer(now, id, taken);
        self.created(id, sdp, resource)
    }

    fn whep(&mut self, now: Instant, token: AccessToken, remote: &Remote) -> Answered {
        let token = self.of_visitor(token)?;
        let wanted = |it: &&Section| it.receives && !it.rejected && it.kind != Kind::Data;
        if !token.video.may_subscribe() {
            return Err(Fault::WatchingRefused);
        }
        let own = token.identity.clone();
        let known = token.room().and_then(|name| self.roster.find(name)).map(|room| room.id);
        self.to_watch(known, remote)?;
        if known
            .is_some_and(|room| self.visits.screens_of(room, &own).count() >= WATCHERS_PER_IDENTITY)
        {
            return Err(Fault::TooManyWatchers);
        }
        let seats: Vec<(usize, Seat)> = [Kind::Audio, Kind::Video]
            .into_iter()
            .filter_map(|kind| {
                let mut sections = remote.sections.iter().enumerate();
                let (place, section) = sections.find(|(_, it)| it.kind == kind && wanted(it))?;
                let codec = self.codec_for(known, section)?;
                let kind = if kind == Kind::Audio { MediaKind::Audio } else { MediaKind::Video };
                let mut extensions = section.extensions_for(&codec);
                let video = kind == MediaKind::Video;
                let written = [sdp::DEPENDENCY, sdp::TRANSPORT_CC];
                extensions.retain(|it| video && written.contains(&it.1.as_str()));
                Some((place, Seat::new(kind, codec, extensions)))
            })
            .collect();
        let kept = seats.iter().map(|(_, seat)| seat.clone()).collect();
        let (id, resource) = self.visit(now, token, lead_of(remote), Who::Standard, kept)?;
        let Some(sdp) = self.answer_watcher(now, id, remote, &seats) else {
            self.remove(now, id, DisconnectReason::JoinFailure);
            return Err(Fault::Internal);
        };
        self.created(id, sdp, resource)
    }

    /// The token of a visitor as servers have left it.
    fn of_visitor(&self, token: AccessToken) -> Result<AccessToken, Fault> {
        self.decided(token).map_err(|Removed| {
            self.metrics.refuse("removed");
            Fault::Removed
        })
    }

    /// Lets somebody in who has no page.
    fn visit(
        &mut self,
        now: Instant,
        token: AccessToken,
        lead: (String, Kind),
        kind: Who,
        seats: Vec<Seat>,
    ) -> Result<(ParticipantId, String), Fault> {
        let own = token.identity.clone();
        let mut token = token;
        if !seats.is_empty() {
            // Many screens may watch with one person's token, and none of them is the person.
            token.identity = format!("{own}|watch-{:016x}", rand::random::<u64>());
            token.attributes.insert(SCREEN_OF.to_owned(), own.clone());
            if let Some(said) = token.attributes.get_mut("role") {
                Role::Observer.as_str().clone_into(said);
            }
            if let Some(said) = &mut token.own {
                said.role = said.role.map(|_| Role::Observer);
            }
        }
        let room = self.room_for(now, &token).map_err(|reason| {
            self.metrics.refuse(reason);
            match reason {
                "rooms_full" => Fault::RoomsFull,
                "closed" => Fault::RoomClosed,
                _ => Fault::RoomFull,
            }
        })?;
        let id = self.roster.next_participant();
        // Nobody reads what is said to it.
        let (signal, _) = mpsc::channel(1);
        let joined_ms = self.wall_ms(now);
        let pulse = Pulse::new(now, Arc::default());
        let mut it = Participant::from_token(id, room, token, joined_ms, signal, pulse);
        it.auto_subscribe = false;
        it.kind = kind;
        let resource = format!("{:032x}", rand::random::<u128>());
        let pace = Pace::new(now, REQUESTS_PER_S);
        let (name, watches) = (resource.clone(), !seats.is_empty());
        let visit = Visit { resource: name, room, identity: own, lead, seats, pace };
        self.visits.list.insert(id, visit);
        self.roster.add(it);
        self.count();
        tracing::debug!(room.id = room.0, participant.id = id.0, watches, "came by HTTP");
        self.tap_joined(now, id);
        Ok((id, resource))
    }

    /// The codec of the room's best track that this section can receive, else the client's first.
    fn codec_for(&self, room: Option<sfu::RoomId>, section: &Section) -> Option<Codec> {
        let audio = section.kind == Kind::Audio;
        let tracks = room.into_iter().flat_map(|room| self.publications.in_room(room));
        let fitting = tracks.filter(|(_, it)| it.video() != audio).filter_map(|(track, it)| {
            let codec = section.codecs.iter().find(|codec| codec.kind == it.codec)?;
            Some((self.rank(track), codec))
        });
        let best = fitting.min_by_key(|(rank, _)| *rank).map(|(_, codec)| codec);
        best.or(section.codecs.first()).cloned()
    }

    fn answer_watcher(
        &mut self,
        now: Instant,
        id: ParticipantId,
        remote: &Remote,
        seats: &[(usize, Seat)],
    ) -> Option<String> {
        let connection = self.connections.open(now, id, Side::Subscriber).ok()?;
        self.roster.participants.get_mut(&id)?.subscriber = Some(connection);
        let sections = remote.sections.iter().enumerate();
        let media: Vec<Media> = sections
            .map(|(place, section)| {
                let (mid, kind) = (section.mid.clone(), section.kind);
                match seats.iter().find(|(of, _)| *of == place) {
                    Some((_, seat)) => seat.offered(mid, kind),
                    None if kind == Kind::Data => Media::Data { mid },
                    None => Media::Reject { mid, kind },
                }
            })
            .collect();
        let own = self.connections.get_mut(connection)?;
        own.remote_ufrag.clone_from(&remote.ice_ufrag);
        own.peer.meet(&remote.ice_ufrag, &remote.ice_pwd);
        own.remote_fingerprint.clone_from(&remote.fingerprint);
        let mut outputs = vec![];
        own.peer.expect(&remote.fingerprint, &mut outputs);
        let (candidates, setup) = (&self.candidates, own.part(remote.setup));
        let sdp = self.connections.describe(connection, candidates, setup, &media)?;
        self.outputs(now, connection, outputs);
        Some(sdp)
    }

    /// The one connection of a visit.
    fn line_of(&self, id: ParticipantId) -> Option<ConnectionId> {
        let it = self.roster.participants.get(&id)?;
        it.publisher.or(it.subscriber)
    }

    fn created(&self, id: ParticipantId, sdp: String, resource: String) -> Answered {
        let tag = self.tag(id).ok_or(Fault::Internal)?;
        Ok(Done::Created { sdp, resource, tag, relays: self.ice_servers(id) })
    }

    /// The entity tag of a visit's ICE session: our user fragment names it.
    fn tag(&self, id: ParticipantId) -> Option<String> {
        let connection = self.connections.get(self.line_of(id)?)?;
        Some(format!("\"{}\"", connection.peer.credentials().ufrag))
    }

    /// The visit of a resource, if the one who asks may.
    fn visit_of(&mut self, now: Instant, resource: &Resource) -> Result<ParticipantId, Fault> {
        let id = self.visits.find(&resource.name).ok_or(Fault::Unknown)?;
        let visit = self.visits.list.get_mut(&id).ok_or(Fault::Unknown)?;
        let room = self.roster.rooms.get(&visit.room).ok_or(Fault::Unknown)?;
        match () {
            () if room.name != resource.room => Err(Fault::Unknown),
            () if visit.identity != resource.identity => Err(Fault::NotYours),
            () if !visit.pace.allow(now, 1) => Err(Fault::TooOften),
            () => Ok(id),
        }
    }

    /// Candidates need nothing: an ICE-lite agent answers where the checks come from. A restart gives
    /// the ICE session new credentials (RFC 9725, section 4.4).
    fn patch(
        &mut self,
        now: Instant,
        resource: &Resource,
        condition: &Precondition,
        fragment: &Fragment,
    ) -> Answered {
        let id = self.visit_of(now, resource)?;
        let tag = self.tag(id).ok_or(Fault::Unknown)?;
        let line = self.line_of(id).ok_or(Fault::Unknown)?;
        let lead = self.visits.list.get(&id).ok_or(Fault::Unknown)?.lead.clone();
        let connection = self.connections.get_mut(line).ok_or(Fault::Unknown)?;
        let other = fragment.ufrag.as_ref().is_some_and(|it| *it != connection.remote_ufrag);
        match condition {
            Precondition::Missing => return Err(Fault::PreconditionMissing),
            Precondition::Tag(given) if *given != tag || other => {
                return Err(Fault::PreconditionFailed);
            }
            Precondition::Tag(_) => return Ok(Done::Noted),
            Precondition::Any if !other => return Ok(Done::Noted),
            Precondition::Any => {}
        }
        let (Some(ufrag), Some(pwd)) = (&fragment.ufrag, &fragment.pwd) else {
            return Err(Fault::FragmentIncomplete);
        };
        connection.remote_ufrag.clone_from(ufrag);
        connection.peer.meet(ufrag, pwd);
        connection.peer.restart_ice();
        connection.deadline = now;
        let credentials = connection.peer.credentials();
        let candidates = &self.candidates;
        let fragment = sdp::fragment(credentials, candidates, &lead);
        self.connections.index_ufrags(line);
        let tag = self.tag(id).ok_or(Fault::Internal)?;
        Ok(Done::Restarted { fragment, tag })
    }

    fn end_visit(&mut self, now: Instant, resource: &Resource) -> Answered {
        let id = self.visit_of(now, resource)?;
        self.remove(now, id, DisconnectReason::ClientInitiated);
        Ok(Done::Ended)
    }

    /// Which of two tracks a screen shows: a camera of those who lead, then a camera, then the older.
    pub(super) fn rank(&self, track: TrackId) -> (bool, bool, TrackId) {
        let it = self.publications.tracks.get(&track);
        let owner = it.and_then(|it| self.roster.participants.get(&it.owner));
        let leads =
            owner.is_some_and(|it| matches!(it.role.as_str(), "lead_teacher" | "specialist"));
        let main = it.is_some_and(|it| {
            matches!(it.info.source(), lk::TrackSource::Camera | lk::TrackSource::Microphone)
        });
        (!leads, !main, track)
    }
}

fn lead_of(remote: &Remote) -> (String, Kind) {
    remote.sections.first().map_or((String::new(), Kind::Audio), |it| (it.mid.clone(), it.kind))
}

fn sends(section: &Section) -> bool {
    section.sends && !section.rejected && section.kind != Kind::Data
}

/// A device has one camera and one microphone.
const fn source(kind: Kind) -> (lk::TrackSource, &'static str) {
    match kind {
        Kind::Audio => (lk::TrackSource::Microphone, "microphone"),
        Kind::Video | Kind::Data => (lk::TrackSource::Camera, "camera"),
    }
}

fn announcement(section: &Section, cid: String) -> lk::AddTrackRequest {
    let audio = section.kind == Kind::Audio;
    let r#type = if audio { lk::TrackType::Audio } else { lk::TrackType::Video };
    let (source, name) = source(section.kind);
    let (r#type, source, name) = (r#type.into(), source.into(), name.to_owned());
    // Nothing in the offer asks for copies or for silence.
    let (disable_red, mut audio_features) = (true, vec![lk::AudioTrackFeature::TfNoDtx.into()]);
    // A device that speaks of two channels means those that it sends.
    if section
        .codecs
        .iter()
        .any(|it| it.kind == CodecKind::Opus && (it.says("stereo=1") || it.says("sprop-stereo=1")))
    {
        audio_features.push(lk::AudioTrackFeature::TfStereo.into());
    }
    lk::AddTrackRequest {
        cid,
        name,
        r#type,
        source,
        disable_red,
        audio_features,
        ..Default::default()
    }
}
