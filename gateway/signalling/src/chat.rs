//! The chat of a room, for those who come later: what is said to everybody is kept, and told once to each who comes.

use std::time::Instant;

use serde::Deserialize;
use serde_json::json;

use crate::Signalling;
use crate::ids::{ConnectionId, ParticipantId, RoomId};
use crate::tables::chat::{ChatMessage, ID_BYTES_MAX, TEXT_BYTES_MAX};
use crate::words::data::{Signature, UserData};

/// Topic of the packets of the chat.
const CHAT: &str = "chat";
/// Topic of those in which somebody who comes is told what was written before.
pub(crate) const CHAT_LOG: &str = "chat-log";
/// Bytes of one of these, at most about: a message of a data channel that goes with all clients.
const PIECE_BYTES: usize = 12 * 1024;

#[derive(Deserialize)]
struct ChatForm {
    #[serde(default)]
    id: String,
    text: String,
}

impl Signalling {
    /// Keeps what was said to everybody, if it is chat.
    pub(crate) fn keep_chat(
        &mut self,
        now: Instant,
        (room, from): (RoomId, ParticipantId),
        signature: &Signature,
        said: &UserData,
    ) {
        if said.topic.as_deref() != Some(CHAT) {
            return;
        }
        // Other clients may write in another form.
        let Ok(ChatForm { id, text }) = serde_json::from_slice(&said.payload) else { return };
        if text.is_empty() || text.len() > TEXT_BYTES_MAX || id.len() > ID_BYTES_MAX {
            return self.drop_one("chat_not_kept");
        }
        let (identity, at_ms) = (signature.identity.clone(), self.rules.clock.wall_ms(now));
        let sender = self.roster.get(from).filter(|_| !identity.is_empty());
        let name = sender.map(|sender| sender.profile.name.clone()).unwrap_or_default();
        let Some(room) = self.rooms.get_mut(room) else { return };
        let forgotten = room.memory.chat.keep(ChatMessage { id, identity, name, at_ms, text });
        (0..forgotten).for_each(|_| self.drop_one("chat_forgotten"));
    }

    /// Tells somebody to whom messages arrive from now on what was written before; once in a stay.
    pub(crate) fn tell_chat(&mut self, id: ParticipantId, connection: ConnectionId) {
        let Some(me) = self.roster.get_mut(id) else { return };
        if std::mem::replace(&mut me.stay.caught_up, true) {
            return;
        }
        // What doctors wrote to each other before, or of the patient before, is not for the one who comes in now.
        if me.profile.role == "patient" {
            return;
        }
        let (room, identity) = (me.room, me.profile.identity.clone());
        for payload in self.chat_pieces(room) {
            self.say_on(connection, identity.clone(), CHAT_LOG, payload);
        }
    }

    /// What is kept of a room, in its order, as messages of a channel take it.
    fn chat_pieces(&self, room: RoomId) -> Vec<Vec<u8>> {
        let Some(room) = self.rooms.get(room) else { return vec![] };
        let mut pieces: Vec<(usize, Vec<serde_json::Value>)> = vec![];
        for message in room.memory.chat.iter() {
            let ChatMessage { id, identity, name, at_ms, text } = message;
            let told =
                json!({ "id": id, "identity": identity, "name": name, "at": at_ms, "text": text });
            let bytes = told.to_string().len();
            match pieces.last_mut().filter(|(taken, _)| taken + bytes <= PIECE_BYTES) {
                Some((taken, list)) => {
                    *taken += bytes;
                    list.push(told);
                }
                None => pieces.push((bytes, vec![told])),
            }
        }
        let written = |(_, list)| json!({ "messages": list }).to_string().into_bytes();
        pieces.into_iter().map(written).collect()
    }
}
