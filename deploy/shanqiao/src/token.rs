//! `shanqiao token`: one access token for a stock client, a script or a test.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use session::{AccessToken, Keys, Own};

use crate::args::Token;
use crate::folder::Folder;

/// Longest time that a token made by hand is good for: one year, in seconds.
const TTL_MAX_S: u64 = 366 * 24 * 3600;

/// The signed token that was asked for; the key is made if the folder has none.
pub(crate) fn make(asked: &Token) -> Result<String> {
    let folder = asked.data.clone().unwrap_or_else(|| PathBuf::from("data"));
    let keys = Folder::open(&folder)?.keys()?;
    sign(asked, &keys, now_s())
}

fn sign(asked: &Token, keys: &Keys, now_s: u64) -> Result<String> {
    if asked.room.is_empty() || asked.identity.is_empty() {
        bail!("--room and --identity must not be empty");
    }
    if asked.ttl == 0 || asked.ttl > TTL_MAX_S {
        bail!("--ttl must be between 1 and {TTL_MAX_S} seconds (one year)");
    }
    let name = asked.name.as_deref().unwrap_or(&asked.identity);
    let mut token = AccessToken::for_room(&asked.room, &asked.identity, name, now_s, asked.ttl);
    // LiveKit reads an absent right as granted; naming one right alone withholds the other.
    let both = asked.publish == asked.subscribe;
    token.video.can_publish = Some(both || asked.publish);
    token.video.can_publish_data = token.video.can_publish;
    token.video.can_subscribe = Some(both || asked.subscribe);
    token.video.room_admin = asked.admin;
    token.own = asked.record.then(|| Own {
        session: Some(asked.room.clone()),
        title: Some(asked.room.clone()),
        record: Some(true),
        ..Own::default()
    });
    Ok(token.sign(keys)?)
}

/// Seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is the outermost loop of this command"
)]
pub(crate) fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "a root that nobody is given, long enough";

    fn asked() -> Token {
        Token {
            data: None,
            room: "r".to_owned(),
            identity: "i".to_owned(),
            name: None,
            publish: false,
            subscribe: false,
            admin: false,
            record: false,
            ttl: 60,
        }
    }

    #[test]
    fn a_token_allows_what_was_named() {
        let keys = Keys::new("shanqiao", "0123456789abcdef0123456789abcdef", ROOT).unwrap();
        for (publish, subscribe, may_publish, may_subscribe) in [
            (false, false, true, true),
            (true, false, true, false),
            (false, true, false, true),
            (true, true, true, true),
        ] {
            let text = sign(&Token { publish, subscribe, ..asked() }, &keys, 1_000).unwrap();
            let token = AccessToken::read(&text, &keys, 1_030).unwrap();
            let video = &token.video;
            assert_eq!((video.may_publish(), video.may_subscribe()), (may_publish, may_subscribe));
            assert_eq!(video.may_publish_data(), may_publish);
            assert_eq!((token.room(), token.name.as_str()), (Some("r"), "i"));
        }
    }

    #[test]
    fn a_token_without_a_room_or_for_ever_is_refused() {
        let keys = Keys::new("shanqiao", "0123456789abcdef0123456789abcdef", ROOT).unwrap();
        assert!(sign(&Token { room: String::new(), ..asked() }, &keys, 0).is_err());
        assert!(sign(&Token { ttl: u64::MAX, ..asked() }, &keys, 0).is_err());
    }
}
