//! What a county may set, with units and reasons.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU16;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Most shards: a user fragment has one character to name one.
pub(crate) const SHARDS_MAX: usize = transport::ice::TAGS as usize;

/// Configuration of the gateway. Every field has a default; unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// UDP port of all media, and TCP port for clients without UDP; 0 lets the system choose.
    pub media_port: u16,
    /// Port that clients are told to send media to, UDP and TCP, where a router or a relay stands before `media_port` and
    /// passes another one on; none: `media_port` itself.
    pub media_port_advertised: Option<NonZeroU16>,
    /// Addresses that clients are told to send media to.
    pub media_ip: Vec<IpAddr>,
    /// Threads that carry media, each with rooms of its own; at most 64. 0: one for each core.
    pub shards: usize,
    /// Most TCP connections that carry media, at a time.
    pub links_max: usize,
    /// Most of them from one address: a school behind one router is one address.
    pub links_per_address_max: usize,
    /// Most TURN allocations at a time.
    pub relays_max: usize,
    /// Most of them for one participant: two connections, each by every carrier and network.
    pub relays_per_participant_max: usize,
    /// TURN credentials are good for new allocations for so long, in seconds.
    pub turn_credentials_s: u64,
    /// Port of the listener that carries everything, TURN over TLS too, and UDP port of TURN; none if there is none.
    pub edge_port: Option<u16>,
    /// Name in that listener's certificate; none: the first of `media_ip` is told.
    pub edge_name: Option<String>,
    /// Folder where receipts wait for the scheduler; none: no receipts are kept.
    pub receipts_folder: Option<PathBuf>,
    /// Whether rooms that are opened from one site (`site` in the token) go to one shard as far as its load allows, so that
    /// their clients, who share an access link, are together.
    pub site_in_one_shard: bool,
    /// Most rooms at a time.
    pub rooms_max: usize,
    /// Most participants in a room.
    pub participants_per_room_max: usize,
    /// Most that come in to the rooms of one shard within a second, on average; more wait for their turn. A join
    /// costs some 10 ms of its core's time in handshakes, and running media must have the rest.
    pub joins_per_s_max: u32,
    /// Most tracks that one participant may publish.
    pub tracks_per_participant_max: usize,
    /// Most signalling messages of one participant in a second, on average.
    pub signals_per_s_max: u32,
    /// Most data packets of one participant in a second, on average.
    pub data_packets_per_s_max: u32,
    /// Most media packets of one participant's connection in a second, on average: sixteen cameras send some 5,000.
    pub packets_per_s_max: u32,
    /// A client whose media path does not stand after so long gives up its place, in seconds.
    pub connect_within_s: u64,
    /// A client that says nothing for so long is gone, in seconds: three pings missed.
    pub silent_s: u64,
    /// A client that takes nothing for so long is cut off, in seconds.
    pub stalled_s: u64,
    /// A token in use is renewed so often, in seconds, each time for three times as long.
    pub renew_token_s: u64,
    /// A participant whose signalling broke off may resume for so long, in seconds.
    pub resume_s: u64,
    /// An empty room is over after so long, in seconds: long enough for a reload of the page.
    pub empty_room_s: u64,
    /// A booked room whose time is over stays open for so long, in seconds, after those who ran it have left.
    pub unled_s: u64,
    /// A recorded camera is asked for a keyframe so often, in seconds: the grain of seeking.
    pub recorded_keyframe_s: u64,
    /// In a room of many a picture's packet waits so long for the rest of its frame, in milliseconds, so that they leave
    /// in one piece; 0: never. Sound never waits for it, nor anything in a room of a few.
    pub lecture_hold_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            media_port: 7882,
            media_port_advertised: None,
            media_ip: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
            shards: 0,
            links_max: 2_000,
            links_per_address_max: 400,
            relays_max: 2_000,
            relays_per_participant_max: 32,
            turn_credentials_s: 3_600,
            edge_port: None,
            edge_name: None,
            receipts_folder: None,
            site_in_one_shard: false,
            rooms_max: 500,
            participants_per_room_max: 300,
            joins_per_s_max: 50,
            tracks_per_participant_max: 16,
            signals_per_s_max: 50,
            data_packets_per_s_max: 100,
            packets_per_s_max: 6_000,
            connect_within_s: 30,
            silent_s: 20,
            stalled_s: 10,
            renew_token_s: 300,
            resume_s: 15,
            empty_room_s: 20,
            unled_s: 120,
            recorded_keyframe_s: 10,
            lecture_hold_ms: 4,
        }
    }
}

impl Config {
    /// The port that clients are told, where media is taken at `port`.
    pub(crate) fn advertised(&self, port: u16) -> u16 {
        self.media_port_advertised.map_or(port, NonZeroU16::get)
    }

    /// How many threads carry media, at least one.
    pub(crate) fn shard_count(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let shards = if self.shards == 0 { cores() } else { self.shards };
        shards.clamp(1, SHARDS_MAX)
    }
}
