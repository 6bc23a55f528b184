//! What was written in one room, for those who come later.

use std::collections::VecDeque;

/// Messages kept of one room; over it the oldest are forgotten.
const MESSAGES_MAX: usize = 200;
/// Bytes of all of them: four seconds of a line of 64 kbit/s.
const BYTES_MAX: usize = 32 * 1024;
/// The longest text that is kept, in bytes; pages write 2,000 characters at most.
pub(crate) const TEXT_BYTES_MAX: usize = 8_000;
/// The longest id of a message that is kept, in bytes.
pub(crate) const ID_BYTES_MAX: usize = 64;

/// One message of the chat.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ChatMessage {
    /// By its writer's client; empty where that gives none.
    pub(crate) id: String,
    /// Empty for one who hides.
    pub(crate) identity: String,
    /// The writer's name at that time.
    pub(crate) name: String,
    /// When it came, milliseconds since 1970.
    pub(crate) at_ms: u64,
    pub(crate) text: String,
}

impl ChatMessage {
    fn bytes(&self) -> usize {
        self.id.len() + self.identity.len() + self.name.len() + self.text.len()
    }
}

/// The last messages of one room, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Chat {
    list: VecDeque<ChatMessage>,
    bytes: usize,
}

impl Chat {
    /// Keeps a message, once; how many older ones were forgotten for it.
    pub(crate) fn keep(&mut self, message: ChatMessage) -> usize {
        let known = |kept: &ChatMessage| {
            kept.id == message.id && kept.identity == message.identity && !message.id.is_empty()
        };
        if self.list.iter().any(known) {
            return 0;
        }
        self.bytes += message.bytes();
        self.list.push_back(message);
        let mut forgotten = 0;
        while (self.list.len() > MESSAGES_MAX || self.bytes > BYTES_MAX)
            && let Some(oldest) = self.list.pop_front()
        {
            self.bytes -= oldest.bytes();
            forgotten += 1;
        }
        forgotten
    }

    /// Whether nothing was written.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What is kept, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &ChatMessage> {
        self.list.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, text: &str) -> ChatMessage {
        let (id, identity, name) = (id.to_owned(), "li".to_owned(), "李".to_owned());
        ChatMessage { id, identity, name, at_ms: 1, text: text.to_owned() }
    }

    #[test]
    fn a_message_that_comes_twice_is_kept_once() {
        let mut chat = Chat::default();
        chat.keep(message("a", "one"));
        chat.keep(message("a", "one"));
        chat.keep(ChatMessage { identity: "wang".to_owned(), ..message("a", "another's") });
        chat.keep(message("", "the same words"));
        chat.keep(message("", "the same words"));
        assert_eq!(chat.iter().count(), 4, "without an id nobody knows");
    }

    #[test]
    fn the_oldest_go_over_the_number_and_over_the_bytes() {
        let mut chat = Chat::default();
        let kept = |number: usize| message(&number.to_string(), "x");
        let forgotten: usize = (0..MESSAGES_MAX + 3).map(|number| chat.keep(kept(number))).sum();
        assert_eq!((forgotten, chat.iter().count()), (3, MESSAGES_MAX));
        assert_eq!(chat.iter().next().map(|it| it.id.as_str()), Some("3"));
        let mut chat = Chat::default();
        let long = "x".repeat(TEXT_BYTES_MAX);
        let forgotten: usize =
            (0..6).map(|number| chat.keep(message(&number.to_string(), &long))).sum();
        assert_eq!((forgotten, chat.iter().count()), (2, 4));
        let bytes: usize = chat.iter().map(ChatMessage::bytes).sum();
        assert!(bytes <= BYTES_MAX && bytes == chat.bytes);
    }
}
