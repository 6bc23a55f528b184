//! What must be: who is in, what each may do and is to hear. Simple, and told of inputs alone and of who was let in.

use std::collections::{BTreeMap, BTreeSet};

use media::MediaKind;
use session::VideoGrant;
use signalling::ids::{ParticipantId, RoomId, SignalId, TrackId};
use signalling::words::participant::Permission;
use signalling::words::request::AudienceWish;
use signalling::words::track::TrackSource;
use transport::sdp::{Kind, Section};

use crate::device::Way;
use crate::shell::Shell;
use crate::states::RoomTruth;

/// A track that somebody has announced and not offered yet.
#[derive(Clone, Debug)]
pub(crate) struct Announced {
    pub(crate) cid: String,
    pub(crate) sid: String,
    pub(crate) kind: MediaKind,
    pub(crate) source: TrackSource,
    pub(crate) muted: bool,
}

/// Somebody who is in a room.
pub(crate) struct Person {
    pub(crate) way: Way,
    pub(crate) device: usize,
    pub(crate) room: String,
    pub(crate) identity: String,
    /// As the token says it.
    pub(crate) of: String,
    pub(crate) sid: String,
    pub(crate) signal: Option<SignalId>,
    pub(crate) grant: VideoGrant,
    pub(crate) auto: bool,
    pub(crate) announced: Vec<Announced>,
    /// The tracks that it is to hear.
    pub(crate) wants: BTreeSet<TrackId>,
    pub(crate) refused: BTreeSet<TrackId>,
    pub(crate) audience: Option<AudienceWish>,
    /// It was told what was written before it came.
    pub(crate) caught_up: bool,
}

impl Person {
    pub(crate) fn hides(&self) -> bool {
        self.grant.hidden && !booked(&self.room)
    }

    fn admits(&self, identity: &str, sid: &str, track: &str) -> bool {
        let Some(wish) = self.audience.as_ref().filter(|it| !it.all) else { return true };
        wish.entries.iter().any(|it| {
            let it_is =
                if it.identity.is_empty() { it.sid == sid } else { it.identity == identity };
            it_is && (it.all_tracks || it.tracks.iter().any(|of| of == track))
        })
    }

    /// The announcement that a section of this name brings.
    pub(crate) fn claim(&mut self, sections: &[Section], mid: &str) -> Option<Announced> {
        let section = sections.iter().find(|it| it.mid == mid)?;
        let kind = if section.kind == Kind::Audio { MediaKind::Audio } else { MediaKind::Video };
        let named = |it: &Announced| Some(it.cid.as_str()) == section.track.as_deref();
        let of_nobody = |it: &Announced| {
            !sections.iter().any(|section| section.track.as_deref() == Some(it.cid.as_str()))
        };
        let of_kind = |it: &&Announced| it.kind == kind;
        let place = self.announced.iter().position(|it| named(it) && it.kind == kind);
        let place = place.or_else(|| {
            let mut all = self.announced.iter().enumerate();
            let found = all.find(|(_, it)| of_kind(it) && of_nobody(it));
            found.map(|(place, _)| place)
        });
        Some(self.announced.remove(place?))
    }
}

/// Whether a room is a booked one.
pub(crate) fn booked(room: &str) -> bool {
    room.starts_with("booked")
}

/// What servers decided about somebody.
#[derive(Default)]
pub(crate) struct Decision {
    pub(crate) removed: bool,
    pub(crate) permission: Option<Permission>,
    pub(crate) muted: BTreeSet<TrackSource>,
}

#[derive(Default)]
pub(crate) struct Truth {
    pub(crate) people: BTreeMap<ParticipantId, Person>,
    /// By room and identity.
    pub(crate) decisions: BTreeMap<(String, String), Decision>,
    pub(crate) rooms: BTreeMap<RoomId, String>,
    /// Rooms that a token from before does not open any more: since when, seconds since 1970.
    pub(crate) closed: BTreeMap<String, u64>,
    /// By the room's name.
    pub(crate) states: BTreeMap<String, RoomTruth>,
}

impl Truth {
    pub(crate) fn decision(&mut self, room: &str, identity: &str) -> &mut Decision {
        self.decisions.entry((room.to_owned(), identity.to_owned())).or_default()
    }

    pub(crate) fn decided(&self, room: &str, identity: &str) -> Option<&Decision> {
        self.decisions.get(&(room.to_owned(), identity.to_owned()))
    }

    /// What a token permits after all that servers decided.
    pub(crate) fn permitted(&self, room: &str, identity: &str, grant: &VideoGrant) -> VideoGrant {
        let permission = self.decided(room, identity).and_then(|it| it.permission.as_ref());
        permission.map_or_else(|| grant.clone(), |it| it.onto(grant))
    }

    pub(crate) fn mutes(&self, of: &Person, source: TrackSource) -> bool {
        self.decided(&of.room, &of.identity).is_some_and(|it| it.muted.contains(&source))
    }

    /// Those of a room whose token has this identity: a person, and all screens that watch with its token.
    pub(crate) fn all_of(&self, room: &str, identity: &str) -> Vec<ParticipantId> {
        let all = self.people.iter().filter(|(_, it)| it.room == room && it.of == identity);
        all.map(|(id, _)| *id).collect()
    }

    /// The one of a room who has this identity.
    pub(crate) fn named(&self, room: &str, identity: &str) -> Option<ParticipantId> {
        let mut people = self.people.iter();
        people.find(|(_, it)| it.room == room && it.identity == identity).map(|(id, _)| *id)
    }

    pub(crate) fn admitted(&self, shell: &Shell, listener: ParticipantId, track: TrackId) -> bool {
        let (Some(it), Some(track)) = (self.people.get(&listener), shell.tracks.get(&track)) else {
            return false;
        };
        let owner = self.people.get(&track.owner);
        owner.is_none_or(|owner| owner.admits(&it.of, &it.sid, &track.sid))
    }

    fn of_same_room(&self, shell: &Shell, listener: ParticipantId) -> Vec<TrackId> {
        let Some(me) = self.people.get(&listener) else { return vec![] };
        let here = shell.tracks.iter().filter(|(_, it)| {
            it.owner != listener && self.people.get(&it.owner).is_some_and(|of| of.room == me.room)
        });
        here.map(|(id, _)| *id).collect()
    }

    pub(crate) fn subscribe(&mut self, shell: &Shell, listener: ParticipantId, track: TrackId) {
        let admitted = self.admitted(shell, listener, track);
        let here = self.of_same_room(shell, listener).contains(&track);
        let Some(me) = self.people.get_mut(&listener) else { return };
        if !here || !me.grant.may_subscribe() || !matches!(me.way, Way::Two | Way::One) {
            return;
        }
        let set = if admitted { &mut me.wants } else { &mut me.refused };
        set.insert(track);
    }

    pub(crate) fn unsubscribe(&mut self, listener: ParticipantId, track: TrackId) {
        let Some(me) = self.people.get_mut(&listener) else { return };
        me.wants.remove(&track);
        me.refused.remove(&track);
    }

    /// Who wants everything wants everything that is there.
    pub(crate) fn subscribe_to_all(&mut self, shell: &Shell, listener: ParticipantId) {
        if self.people.get(&listener).is_some_and(|it| it.auto) {
            let tracks = self.of_same_room(shell, listener);
            tracks.into_iter().for_each(|it| self.subscribe(shell, listener, it));
        }
    }

    /// A new track is heard by everybody who wants everything.
    pub(crate) fn spread(&mut self, shell: &Shell, track: TrackId) {
        let Some(room) = shell.tracks.get(&track).and_then(|it| self.people.get(&it.owner)) else {
            return;
        };
        let room = room.room.clone();
        let all = self.people.iter().filter(|(_, it)| it.room == room && it.auto);
        let all: Vec<ParticipantId> = all.map(|(id, _)| *id).collect();
        all.into_iter().for_each(|it| self.subscribe(shell, it, track));
    }

    /// Whom it lets have its tracks has changed.
    pub(crate) fn weigh(&mut self, shell: &Shell, owner: ParticipantId) {
        let own = shell.tracks.iter().filter(|(_, it)| it.owner == owner);
        let own: Vec<TrackId> = own.map(|(id, _)| *id).collect();
        let people: Vec<ParticipantId> = self.people.keys().copied().collect();
        for listener in people {
            for track in &own {
                let admitted = self.admitted(shell, listener, *track);
                let Some(it) = self.people.get_mut(&listener) else { continue };
                if !admitted && it.wants.remove(track) {
                    it.refused.insert(*track);
                } else if admitted && it.refused.remove(track) {
                    self.subscribe(shell, listener, *track);
                }
            }
        }
    }

    pub(crate) fn grant(&mut self, shell: &Shell, id: ParticipantId, grant: VideoGrant) {
        let Some(it) = self.people.get_mut(&id) else { return };
        let before = std::mem::replace(&mut it.grant, grant);
        let now = &it.grant;
        it.announced.retain(|it| now.may_publish_source(it.source.word()));
        if let Some(state) = self.states.get_mut(&it.room).filter(|_| it.hides()) {
            state.forget(&it.identity);
        }
        match (before.may_subscribe(), it.grant.may_subscribe()) {
            (true, false) => {
                it.wants.clear();
                it.refused.clear();
            }
            (false, true) => self.subscribe_to_all(shell, id),
            _ => {}
        }
    }

    /// A track is no more.
    pub(crate) fn forget(&mut self, track: TrackId) {
        for it in self.people.values_mut() {
            it.wants.remove(&track);
            it.refused.remove(&track);
        }
    }
}
