//! The way forward: what the scheduler asks the gateway about its rooms, by the gateway's room service.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use session::{AccessToken, Clearance, Keys};
use tokio::sync::watch;

use crate::receipt::{Batch, Taken};

/// A gateway that does not answer within this is away.
const PATIENCE: Duration = Duration::from_secs(5);
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// Longest answer that is read, bytes: 500 rooms, and what servers may have put into their metadata.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Life of the token of one call, seconds.
const TOKEN_LIFE_S: u64 = 60;

/// Why a call was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Away {
    /// No answer, or none that can be read.
    #[error("the gateway does not answer: {0}")]
    Silent(String),
    /// It answered that it does not do that.
    #[error("the gateway refuses: {0}")]
    Refuses(String),
}

impl From<reqwest::Error> for Away {
    fn from(error: reqwest::Error) -> Self {
        Self::Silent(error.without_url().to_string())
    }
}

/// Why a room closes, in the gateway's words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Why {
    #[default]
    Ended,
    Cancelled,
    /// Moved to a time at which nobody may be in it yet.
    Moved,
}

/// When the room of a booking closes; times in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Closing {
    pub(crate) room: String,
    pub(crate) ends: u64,
    pub(crate) closes: u64,
    pub(crate) why: Why,
}

/// Whose room tokens of a session hold no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct WithdrawnTokens {
    pub(crate) room: String,
    pub(crate) people: Vec<Withdrawn>,
}

/// One person of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Withdrawn {
    pub(crate) identity: String,
    /// The last second of those tokens, since 1970.
    pub(crate) until: u64,
}

/// What the session of a case may do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct RoomClearance {
    pub(crate) room: String,
    pub(crate) clearance: Clearance,
}

/// A room that is open at the gateway, and what its people were told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenRoom {
    pub(crate) name: String,
    /// Of its end.
    pub(crate) told: Option<AnnouncedEnd>,
    /// Of what it may do.
    pub(crate) clearance: Option<Clearance>,
}

/// What the people in a room were told of its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct AnnouncedEnd {
    /// When the booked time ends, seconds since 1970.
    pub(crate) ends: u64,
    #[serde(default)]
    pub(crate) why: Why,
}

/// The gateway, as one who may close its rooms.
#[derive(Debug, Clone)]
pub(crate) struct Gateway {
    client: reqwest::Client,
    url: String,
    keys: watch::Receiver<Keys>,
}

impl Gateway {
    /// The gateway at `url`, such as `http://127.0.0.1:8080`.
    pub(crate) fn new(url: &str, keys: watch::Receiver<Keys>) -> Result<Self, String> {
        let client = reqwest::Client::builder().timeout(PATIENCE).connect_timeout(CONNECT_WITHIN);
        // A gateway is on this machine or in the county's own network: no proxy stands before it.
        let client = client.no_proxy().build().map_err(|error| error.to_string())?;
        Ok(Self { client, url: url.trim_end_matches('/').to_owned(), keys })
    }

    /// The rooms that are open.
    pub(crate) async fn rooms(&self, now_s: u64) -> Result<Vec<OpenRoom>, Away> {
        #[derive(Deserialize)]
        struct Rooms {
            #[serde(default)]
            rooms: Vec<Room>,
        }
        #[derive(Deserialize)]
        struct Room {
            name: String,
            #[serde(default)]
            metadata: String,
        }
        let body = self.call("ListRooms", &serde_json::json!({}), now_s).await?;
        let rooms: Rooms =
            serde_json::from_slice(&body).map_err(|error| Away::Silent(error.to_string()))?;
        #[derive(Deserialize)]
        struct Cleared {
            clearance: Clearance,
        }
        // Metadata that a server has set say nothing of either.
        let open = |it: Room| OpenRoom {
            told: serde_json::from_str(&it.metadata).ok(),
            clearance: serde_json::from_str(&it.metadata).ok().map(|it: Cleared| it.clearance),
            name: it.name,
        };
        Ok(rooms.rooms.into_iter().map(open).collect())
    }

    /// Says when a room closes.
    pub(crate) async fn set_closing(&self, closing: &Closing, now_s: u64) -> Result<(), Away> {
        self.call("SetClosing", closing, now_s).await.map(drop)
    }

    /// Says what the session of a case may do.
    pub(crate) async fn set_clearance(
        &self,
        clearance: &RoomClearance,
        now_s: u64,
    ) -> Result<(), Away> {
        self.call("SetClearance", clearance, now_s).await.map(drop)
    }

    /// Says whose tokens hold no more: who is inside with one is sent away.
    pub(crate) async fn withdraw_tokens(
        &self,
        ended: &WithdrawnTokens,
        now_s: u64,
    ) -> Result<(), Away> {
        self.call("WithdrawTokens", ended, now_s).await.map(drop)
    }

    /// The receipts after those that were taken: some of them, or none if there are no more.
    pub(crate) async fn receipts(&self, taken: &Taken, now_s: u64) -> Result<Batch, Away> {
        let url = format!("{}/receipts", self.url);
        let body = self.send(self.client.get(url).query(taken), now_s).await?;
        serde_json::from_slice(&body).map_err(|error| Away::Silent(error.to_string()))
    }

    /// Says that the receipts up to a number are kept here: the gateway forgets them.
    pub(crate) async fn forget_receipts(&self, taken: &Taken, now_s: u64) -> Result<(), Away> {
        let url = format!("{}/receipts", self.url);
        self.send(self.client.delete(url).query(taken), now_s).await.map(drop)
    }

    async fn call(&self, method: &str, ask: &impl Serialize, now_s: u64) -> Result<Vec<u8>, Away> {
        let url = format!("{}/twirp/shanqiao.RoomService/{method}", self.url);
        self.send(self.client.post(url).json(ask), now_s).await
    }

    async fn send(&self, ask: reqwest::RequestBuilder, now_s: u64) -> Result<Vec<u8>, Away> {
        let mut token = AccessToken::for_service("scheduler", now_s, TOKEN_LIFE_S);
        (token.video.room_list, token.video.room_create) = (true, true);
        let token =
            token.sign(&self.keys.borrow()).map_err(|error| Away::Refuses(error.to_string()))?;
        let mut answer = ask.bearer_auth(token).send().await?;
        let status = answer.status();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(Away::Silent("its answer is over 8 MiB".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        if status.is_success() {
            return Ok(body);
        }
        let said: String = String::from_utf8_lossy(&body).chars().take(200).collect();
        Err(Away::Refuses(format!("{status} {said}")))
    }
}
