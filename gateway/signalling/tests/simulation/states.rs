//! The state and the chat of rooms: what is written at random, and what must come of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use signalling::effect::Counted;
use signalling::ids::ParticipantId;
use signalling::words::data::{DataPacket, UserData};

use crate::device::Stand;
use crate::truth::{Person, booked};
use crate::world::World;

/// Messages that a room keeps.
const CHAT_MAX: usize = 200;

/// What a room must show to whoever is in it.
#[derive(Debug, Default)]
pub(crate) struct RoomTruth {
    page: Option<u64>,
    /// In the order in which they went up.
    hands: Vec<String>,
    called: Option<String>,
    /// Ids of what was written to everybody.
    chat: Vec<String>,
    /// The room has closed: it was over, or empty and shows the same when it opens again. Who comes first tells.
    doubt: bool,
    /// So many of the first messages are in doubt.
    doubtful: usize,
}

impl RoomTruth {
    /// The room of a booked session has closed.
    pub(crate) fn close(&mut self) {
        self.hands.clear();
        self.called = None;
        (self.doubt, self.doubtful) = (true, self.chat.len());
    }

    /// The first who comes in again is told this of the room.
    fn settle_page(&mut self, state: &Value) {
        if std::mem::take(&mut self.doubt) && self.page != state["slides"]["page"].as_u64() {
            (self.page, self.doubtful) = (None, 0);
            self.chat.clear();
        }
    }

    /// Nobody of this identity is there any more.
    pub(crate) fn forget(&mut self, identity: &str) {
        self.hands.retain(|it| it != identity);
        self.called.take_if(|it| it == identity);
    }

    fn write(&mut self, identity: &str, write: &Value) {
        if let Some(page) = write["slides"]["page"].as_u64() {
            self.page = Some(page);
        } else if let Some(of) = write["call"].as_str() {
            self.forget(of);
            self.called = Some(of.to_owned());
        } else if write["hand"] == true {
            if !self.hands.iter().any(|it| it == identity) {
                self.forget(identity);
                self.hands.push(identity.to_owned());
            }
        } else {
            let of = write["of"].as_str().unwrap_or(identity);
            self.hands.retain(|it| it != of);
        }
    }
}

impl World {
    /// Something that a page may say to the gateway about its room, or to the room.
    pub(crate) fn some_words(&mut self, topic: &str) -> Vec<u8> {
        let of = format!("person {}", self.dice.below(12));
        let said = match (topic, self.dice.below(9)) {
            ("chat", _) => json!({ "id": self.steps.to_string(), "text": "x" }),
            (_, 0..2) => {
                let page = 1 + self.dice.below(40);
                json!({ "slides": { "deck": "d", "page": page, "pages": 30 } })
            }
            (_, 2..5) => json!({ "hand": true }),
            (_, 5) => json!({ "hand": false }),
            (_, 6) => json!({ "hand": false, "of": of, "request": 7 }),
            (_, 7) => json!({ "call": of, "request": 8 }),
            _ => json!({ "call": of, "seen": self.dice.below(6) }),
        };
        said.to_string().into_bytes()
    }

    /// A write to the state of a room was taken or refused.
    pub(crate) fn after_write(&mut self, who: ParticipantId, packet: &DataPacket, user: &UserData) {
        let Some(me) = self.truth.people.get(&who) else { return };
        let dropped = |why| self.turn.counts.contains(&Counted::Dropped(why));
        let refused = dropped("room_state_refused") || dropped("data_not_allowed");
        let nobody = self.turn.delivered.is_empty();
        self.must(nobody, || "the gateway's own topic goes to others".to_owned());
        let write: Value = serde_json::from_slice(&user.payload).unwrap();
        let leads = me.grant.room_admin || !booked(&me.room);
        let own_hand =
            write.get("hand").is_some() && write["of"].as_str().is_none_or(|of| of == me.identity);
        let hides = me.hides() && write["hand"] == true;
        let may = me.grant.may_publish_data() && !packet.servers_only && !hides;
        let may = may && (leads || own_hand);
        self.must(may || refused, || format!("{write} of one who may not"));
        let told = self.turn.said.iter().any(|(_, what)| *what == "response");
        let reachable = me.signal.is_some_and(|it| {
            let gate = &self.gates[it.0 as usize];
            !gate.lost && !gate.hung_up
        });
        self.must(told || !refused || !reachable, || format!("{write} is refused without a word"));
        if !refused {
            let (room, identity) = (me.room.clone(), me.identity.clone());
            self.truth.states.entry(room).or_default().write(&identity, &write);
        }
    }

    /// Somebody who comes in is told of its room.
    pub(crate) fn told_of_room(&mut self, room: &str, metadata: &str) {
        let about: Value = serde_json::from_str(metadata).unwrap_or_default();
        if let Some(state) = self.truth.states.get_mut(room) {
            state.settle_page(&about["state"]);
        }
    }

    /// Something was said to everybody.
    pub(crate) fn after_chat(&mut self, who: ParticipantId, packet: &DataPacket, user: &UserData) {
        let Some(me) = self.truth.people.get(&who) else { return };
        let to_all = packet.to.is_empty() && packet.to_sids.is_empty();
        if !to_all || packet.servers_only || !me.grant.may_publish_data() {
            return;
        }
        let said: Value = serde_json::from_slice(&user.payload).unwrap();
        let id = said["id"].as_str().unwrap().to_owned();
        let chat = &mut self.truth.states.entry(me.room.clone()).or_default().chat;
        chat.push(id);
        let over = chat.len().saturating_sub(CHAT_MAX);
        chat.drain(..over);
    }

    /// Messages to somebody arrive from now on: it was told, once, what was written before.
    pub(crate) fn after_channels(&mut self, who: ParticipantId) {
        let Some(me) = self.truth.people.get_mut(&who) else { return };
        let first = !std::mem::replace(&mut me.caught_up, true);
        let room = me.room.clone();
        let lines = &self.shell.lines;
        let own = |it: &signalling::ids::ConnectionId| {
            lines.get(it).is_some_and(|line| line.owner == who)
        };
        let said = self.turn.delivered.iter().filter(|it| it.to.iter().all(own));
        let said = said.filter_map(|it| it.said.as_ref());
        let said = said.filter(|it| it.topic.as_deref() == Some("chat-log"));
        let told: Vec<String> = said
            .flat_map(|it| {
                let log: Value = serde_json::from_slice(&it.payload).unwrap();
                let all = log["messages"].as_array().cloned().unwrap();
                all.into_iter().map(|it| it["id"].as_str().unwrap().to_owned())
            })
            .collect();
        let state = self.truth.states.get_mut(&room).filter(|_| first);
        let right = state.map(|state| {
            let doubtful = std::mem::take(&mut state.doubtful).min(state.chat.len());
            if let Some(over) = (0..=doubtful).find(|at| state.chat.get(*at..) == Some(&told)) {
                state.chat.drain(..over);
            }
            state.chat.clone()
        });
        let right = right.unwrap_or_default();
        self.must(told == right, || format!("{who:?} is told {told:?} of {right:?}"));
    }

    /// Everybody who is in a room sees the same state, and it is the true one.
    pub(crate) fn states_agree(&self) {
        let mut seen: BTreeMap<&str, (&str, Value)> = BTreeMap::new();
        for device in self.devices.iter().filter(|it| it.stand == Stand::In) {
            let room = device.token.video.room.as_str();
            let about: Value = serde_json::from_str(&device.about).unwrap_or_default();
            let (state, who) = (about["state"].clone(), device.token.identity.as_str());
            self.is_true(room, &state, who);
            match seen.get(room) {
                Some((other, known)) => self.must(*known == state, || {
                    format!("{who} sees {state} in {room} and {other} sees {known}")
                }),
                None => drop(seen.insert(room, (who, state))),
            }
        }
    }

    fn is_true(&self, room: &str, state: &Value, who: &str) {
        let nothing = RoomTruth::default();
        let right = self.truth.states.get(room).unwrap_or(&nothing);
        let hands = state["hands"].as_array().into_iter().flatten();
        let hands: Vec<&str> = hands.filter_map(|it| it["of"].as_str()).collect();
        let same = hands == right.hands
            && state["slides"]["page"].as_u64() == right.page
            && state["called"]["of"].as_str() == right.called.as_deref();
        self.must(same, || format!("{who} sees {state} in {room}, which is {right:?}"));
        let people = || self.truth.people.values().filter(|it| it.room == room);
        let ghost = hands.iter().find(|of| !people().any(|it: &Person| it.identity == **of));
        self.must(ghost.is_none(), || format!("{ghost:?} has left and its hand is up"));
    }
}
