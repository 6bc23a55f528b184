//! What can be set.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize, Serializer};

/// Settings of the scheduler; everything has a default, an unknown key is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder of the store (`scheduler.sqlite3` in it); made if it is not there.
    pub data: PathBuf,
    /// PostgreSQL database of the store, `postgres://USER:PASSWORD@HOST:PORT/NAME`; empty: the file in `data`. Schedulers on
    /// one database serve one county.
    pub database: DatabaseUrl,
    /// Whether to fill the store with a small county to try, and keep a consultation and a class open today.
    pub demo: bool,
    /// IANA name of the time zone in which days begin and times are printed.
    pub time_zone: String,
    /// How long before its start a session can be joined, seconds.
    pub join_early_s: u64,
    /// How long after its end a session can still be joined, seconds; then its room closes.
    pub join_late_s: u64,
    /// How long before a room closes its people are told, when that comes unforeseen: by a cancellation. Seconds.
    pub closing_notice_s: u64,
    /// Where the gateway's room service is, such as `http://127.0.0.1:8080`; empty: no gateway is told of bookings.
    pub gateway_url: String,
    /// How often the open rooms are held against their bookings, seconds.
    pub gateway_look_s: u64,
    /// Longest life of a room token, seconds; the gateway refreshes it in the session.
    pub room_token_s_max: u64,
    /// After how long without a request a login ends, seconds.
    pub login_idle_s: u64,
    /// Longest life of a login, seconds.
    pub login_s_max: u64,
    /// How many requests one person may send in a second, for as long as they like; 0: as many as they like.
    pub person_requests_per_s: u32,
    /// How many one person may send at once, after a rest; more are answered with 429.
    pub person_requests_at_once: u32,
    /// How many requests may come from one address, or one IPv6 network, in a second: a county may stand behind one. 0: any
    /// number.
    pub address_requests_per_s: u32,
    /// How many may come from it at once, after a rest; more are answered with 429.
    pub address_requests_at_once: u32,
    /// Largest request body, bytes; more is answered with 413.
    pub body_bytes_max: usize,
    /// How long the body of a request may take to arrive, seconds; longer is answered with 408.
    pub body_s_max: u64,
    /// Most participants of one session.
    pub participants_max: usize,
    /// Furthest start of a booking, days from now.
    pub ahead_days_max: u64,
    /// Most bookings that one search for slots looks through.
    pub slot_claims_max: usize,
    /// Most answers kept for `Idempotency-Key`, for 24 hours each; over it the oldest are dropped and counted.
    pub idempotency_rows_max: u64,
    /// Most times that one person holds at once for bookings that are being made; one more is refused.
    pub holds_of_person_max: usize,
    /// Most times that are held in the county at once.
    pub holds_max: usize,
    /// Most entries of the log of who read what that stay in the store; older ones are moved into files of the data folder.
    pub audit_rows_max: u32,
    /// Most organizations, most rooms and most people, retired ones too; one more is refused.
    pub register_entries_max: usize,
    /// Bytes of all photos and documents of cases together; more are refused.
    pub material_bytes_max: u64,
    /// Single sign-on by a provider of OpenID Connect; none: people come in by login name and password, and by links.
    pub openid: Option<OpenIdConfig>,
    /// Whether webhooks may be in private networks, and by plain http on this machine. Whoever administers the county can then make
    /// the scheduler send requests into these networks.
    pub webhook_private_targets: bool,
    /// PEM file of an authority that vouches for receivers of webhooks, beside the system's.
    pub webhook_ca_file: Option<PathBuf>,
    /// How long a receiver of webhooks may take to answer, seconds.
    pub webhook_answer_s: u64,
    /// How often it is looked what is to be sent to webhooks, milliseconds.
    pub webhook_look_ms: u64,
    /// The server that takes invitations by mail; none: no mails are sent.
    pub mail: Option<MailConfig>,
    /// Whether a program takes short messages from `spool/sms` of the data folder. Of several schedulers on one database all have
    /// the same spool folder.
    pub reminder_sms: bool,
    /// Whether a program takes calls to be made from `spool/voice` of the data folder.
    pub reminder_voice: bool,
    /// How often it is looked who is to be reminded, milliseconds.
    pub reminder_look_ms: u64,
}

/// The mail server, and who writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// `smtps://USER@HOST:465` (TLS from the first byte) or `smtp://USER@HOST:587` (STARTTLS, without which nothing is sent
    /// but to this machine); without `USER@` nobody logs in there.
    pub server: String,
    /// Whether a server on this machine must offer STARTTLS as well (`smtp://`): without it nothing is sent.
    pub starttls: bool,
    /// The password of that user; better in a file.
    pub password: MailPassword,
    /// File with the password.
    pub password_file: Option<PathBuf>,
    /// PEM file of the authority that vouches for the server's certificate, if the system's do not.
    pub ca_file: Option<PathBuf>,
    /// The address that mails come from, such as `county@example.org`.
    pub from: String,
    /// The name beside it.
    pub from_name: String,
    /// Under which address people reach our pages, such as `https://county.example.org`: links in mails begin with it.
    pub own_url: String,
    /// How long a mail waits for further changes of the same session, seconds.
    pub delay_s: u64,
    /// Most mails that wait; what is over it is not sent, and counted.
    pub waiting_max: u32,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            server: String::new(),
            starttls: false,
            password: MailPassword::default(),
            password_file: None,
            ca_file: None,
            from: String::new(),
            from_name: "山桥 Shanqiao".into(),
            own_url: String::new(),
            delay_s: 60,
            waiting_max: 10_000,
        }
    }
}

/// A password, which is never shown.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct MailPassword(String);

impl MailPassword {
    /// The password; empty if there is none.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }
}

impl From<String> for MailPassword {
    fn from(password: String) -> Self {
        Self(password)
    }
}

impl fmt::Debug for MailPassword {
    fn fmt(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        form.write_str(if self.0.is_empty() { "``" } else { "***" })
    }
}

impl Serialize for MailPassword {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.0.is_empty() { "" } else { "***" })
    }
}

/// The provider of single sign-on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenIdConfig {
    /// Its address as it says it of itself, such as `https://id.example.org/county`; plain http on this machine alone.
    pub issuer: String,
    /// What people call it; stands on the button of the login page.
    pub name: String,
    /// Our id there.
    pub client_id: String,
    /// File with our secret there; none: we are a public client, which PKCE holds alone.
    pub client_secret_file: Option<PathBuf>,
    /// Under which address browsers reach us, such as `https://county.example.org`; `/api/v1/login/provider/back` behind it is
    /// what the provider is to be told as redirect URI.
    pub own_url: String,
    /// PEM file of the authority that vouches for its certificate, if the system's do not.
    pub ca_file: Option<PathBuf>,
    /// What of the provider's words is a login name of ours: whoever has the account of that name there has it here, without
    /// having connected the two. Trust it only with a provider whose names people cannot choose themselves.
    pub login_name_by: SameName,
}

/// A claim that holds a login name of ours (OpenID Connect Core 1.0, section 5.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SameName {
    /// None: people connect their accounts themselves.
    #[default]
    Never,
    /// `preferred_username`.
    PreferredUsername,
    /// `email`, if it is verified.
    Email,
    /// `phone_number`, if it is verified.
    PhoneNumber,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            database: DatabaseUrl::default(),
            demo: false,
            time_zone: "Asia/Shanghai".into(),
            join_early_s: 15 * 60,
            join_late_s: 15 * 60,
            closing_notice_s: 60,
            gateway_url: String::new(),
            gateway_look_s: 10,
            room_token_s_max: 6 * 3600,
            login_idle_s: 7 * 86_400,
            login_s_max: 30 * 86_400,
            person_requests_per_s: 20,
            person_requests_at_once: 600,
            address_requests_per_s: 300,
            address_requests_at_once: 6_000,
            body_bytes_max: 64 * 1024,
            body_s_max: 10,
            participants_max: 50,
            ahead_days_max: 366,
            slot_claims_max: 50_000,
            idempotency_rows_max: 10_000,
            holds_of_person_max: 5,
            holds_max: 200,
            audit_rows_max: 100_000,
            register_entries_max: 20_000,
            material_bytes_max: 20 << 30,
            openid: None,
            webhook_private_targets: false,
            webhook_ca_file: None,
            webhook_answer_s: 10,
            webhook_look_ms: 1000,
            mail: None,
            reminder_sms: false,
            reminder_voice: false,
            reminder_look_ms: 1000,
        }
    }
}

impl Config {
    /// The bounds of a booking under these settings.
    pub(crate) fn limits(&self) -> booking::Limits {
        booking::Limits {
            participants_max: self.participants_max,
            ahead_s_max: self.ahead_days_max.saturating_mul(86_400),
            ..booking::Limits::default()
        }
    }
}

/// Where a database is and how to get in. It is shown without its password, however it is printed.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Whether none was given.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The whole of it.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }
}

impl From<String> for DatabaseUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let Some((scheme, rest)) = self.0.split_once("://") else { return form.write_str("***") };
        // The last @: one in the password that should have been escaped does not show what is before it.
        let (user, place) = match rest.rsplit_once('@') {
            Some((who, place)) => match who.split_once(':') {
                Some((user, _)) => (format!("{user}:***@"), place),
                None => (format!("{who}@"), place),
            },
            None => (String::new(), rest),
        };
        // What stands after it may name a password as well, and so may what is no port.
        let place = place.split_once('?').map_or(place, |(place, _)| place);
        let host = place.split_once('/').map_or(place, |(host, _)| host);
        let port = host.rsplit_once(':').map_or("", |(_, port)| port);
        if !port.ends_with(']') && !port.bytes().all(|it| it.is_ascii_digit()) {
            return write!(form, "{scheme}://***");
        }
        write!(form, "{scheme}://{user}{place}")
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(form, "`{self}`")
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
