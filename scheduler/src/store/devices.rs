//! Devices of terminals: who they are, in which sessions they were, and that they are revoked. The store knows a device by its
//! public key, and what it came in with by the SHA-256.

use booking::UnixS;
use serde_json::json;
use session::Names;

use super::events::Act;
use super::register_events::note;
use super::sessions::{point, seconds};
use super::{Connection, Organization, Room, Store, StoreError};

/// It is noted for so long that a device was in a session, seconds: no room token is as old.
const ENTRIES_KEPT_S: u64 = 2 * 86_400;

/// A device of a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) name: String,
    /// A point of P-256, base64url.
    pub(crate) public_key: String,
    pub(crate) paired: UnixS,
    /// Who let it in.
    pub(crate) paired_by: Names,
    pub(crate) seen: UnixS,
    /// Until when the cookie works that it has.
    pub(crate) login_ends: Option<UnixS>,
    pub(crate) revoked: Option<UnixS>,
    pub(crate) terminal: Terminal,
}

/// The terminal of a device, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Terminal {
    pub(crate) id: String,
    pub(crate) names: Names,
    pub(crate) retired: bool,
    pub(crate) room: Room,
    pub(crate) site: Organization,
    /// Code of the area in which the site lies.
    pub(crate) area_code: Option<String>,
}

impl Device {
    /// Who the device is in the room.
    pub(crate) fn identity(&self) -> String {
        identity(&self.id)
    }
}

/// Before the id of a device in the room, so that it is nobody's of the directory.
const PREFIX: &str = "device-";

fn identity(id: &str) -> String {
    format!("{PREFIX}{id}")
}

/// By what a device is found.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DeviceBy<'a> {
    /// SHA-256 of its key.
    Key(&'a str),
    /// SHA-256 of the secret in its cookie.
    Login(&'a str),
}

#[derive(sqlx::FromRow)]
struct TerminalRow {
    terminal_id: String,
    #[sqlx(try_from = "String")]
    terminal_names: Names,
    retired_s: Option<i64>,
    room_id: String,
    #[sqlx(try_from = "String")]
    room_names: Names,
    site_id: String,
    #[sqlx(try_from = "String")]
    site_names: Names,
    site_kind: String,
    area_code: Option<String>,
}

impl TerminalRow {
    fn terminal(self) -> Terminal {
        Terminal {
            id: self.terminal_id,
            names: self.terminal_names,
            retired: self.retired_s.is_some(),
            room: Room {
                id: self.room_id,
                names: self.room_names,
                organization_id: self.site_id.clone(),
            },
            site: Organization { id: self.site_id, names: self.site_names, kind: self.site_kind },
            area_code: self.area_code,
        }
    }
}

#[derive(sqlx::FromRow)]
struct DeviceRow {
    id: String,
    name: String,
    public_key: String,
    paired_s: i64,
    #[sqlx(try_from = "String")]
    paired_by_names: Names,
    seen_s: i64,
    login_ends_s: Option<i64>,
    revoked_s: Option<i64>,
    #[sqlx(flatten)]
    terminal: TerminalRow,
}

impl DeviceRow {
    fn device(self) -> Result<Device, StoreError> {
        Ok(Device {
            paired: point(self.paired_s)?,
            seen: point(self.seen_s)?,
            login_ends: self.login_ends_s.map(point).transpose()?,
            revoked: self.revoked_s.map(point).transpose()?,
            id: self.id,
            name: self.name,
            public_key: self.public_key,
            paired_by: self.paired_by_names,
            terminal: self.terminal.terminal(),
        })
    }
}

/// A terminal, its room and its site; what follows joins more or narrows them.
macro_rules! terminals {
    ($more:literal, $from:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $more,
            "terminal.id AS terminal_id, terminal.names AS terminal_names,
                    terminal.retired_s, room.id AS room_id, room.names AS room_names,
                    organization.id AS site_id, organization.names AS site_names,
                    organization.kind AS site_kind, organization.area_code
             FROM ",
            $from,
            " JOIN room ON room.id = terminal.room_id JOIN organization ON organization.id = room.organization_id
             WHERE ",
            $rest
        )
    };
}

/// Devices by a condition.
macro_rules! devices_by {
    ($condition:literal) => {
        terminals!(
            "device.id, device.name, device.public_key, device.paired_s, person.names AS paired_by_names, device.seen_s, device.login_ends_s, device.revoked_s, ",
            "device JOIN person ON person.id = device.paired_by JOIN terminal ON terminal.id = device.terminal_id",
            $condition
        )
    };
}

impl Store {
    /// The terminal of this id, retired or not.
    pub(crate) async fn terminal(&self, id: &str) -> Result<Option<Terminal>, StoreError> {
        let row: Option<TerminalRow> =
            sqlx::query_as(terminals!("", "terminal", "terminal.id = $1"))
                .bind(id)
                .fetch_optional(&self.readers)
                .await?;
        Ok(row.map(TerminalRow::terminal))
    }

    /// The device that is found by this, revoked or not.
    pub(crate) async fn device(&self, by: DeviceBy<'_>) -> Result<Option<Device>, StoreError> {
        let (text, value) = match by {
            DeviceBy::Key(sha256) => (devices_by!("device.key_sha256 = $1"), sha256),
            DeviceBy::Login(sha256) => (devices_by!("device.login_sha256 = $1"), sha256),
        };
        let row: Option<DeviceRow> =
            sqlx::query_as(text).bind(value).fetch_optional(&self.readers).await?;
        row.map(DeviceRow::device).transpose()
    }

    /// The devices of a terminal in the order in which they were paired, revoked ones too.
    pub(crate) async fn devices(&self, terminal_id: &str) -> Result<Vec<Device>, StoreError> {
        let rows: Vec<DeviceRow> =
            sqlx::query_as(devices_by!("terminal.id = $1 ORDER BY device.id"))
                .bind(terminal_id)
                .fetch_all(&self.readers)
                .await?;
        rows.into_iter().map(DeviceRow::device).collect()
    }

    /// Notes that a device is there.
    pub(crate) async fn device_seen(&self, id: &str, now: UnixS) -> Result<(), StoreError> {
        let statement =
            sqlx::query("UPDATE device SET seen_s = $1 WHERE id = $2").bind(seconds(now)?).bind(id);
        self.once(statement).await?;
        Ok(())
    }

    /// Lets a device of a terminal in no more; the sessions in whose rooms it may be, or none if there is no such device.
    /// Twice is the same as once.
    pub(crate) async fn revoke_device(
        &self,
        (terminal_id, id): (&str, &str),
        act: &Act<'_>,
    ) -> Result<Option<Vec<String>>, StoreError> {
        let mut change = self.change().await?;
        let found: Option<(String, Option<i64>)> =
            sqlx::query_as("SELECT name, revoked_s FROM device WHERE id = $1 AND terminal_id = $2")
                .bind(id)
                .bind(terminal_id)
                .fetch_optional(&mut *change)
                .await?;
        let Some((name, revoked_s)) = found else { return Ok(None) };
        if revoked_s.is_none() {
            sqlx::query("UPDATE device SET revoked_s = $1 WHERE id = $2")
                .bind(seconds(act.at)?)
                .bind(id)
                .execute(&mut *change)
                .await?;
            let details = json!({ "deviceId": id, "name": name });
            note(&mut change, ("device", "revoked", terminal_id), &details, act).await?;
        }
        let sessions =
            sqlx::query_scalar("SELECT session_id FROM device_entry WHERE device_id = $1")
                .bind(id)
                .fetch_all(&mut *change)
                .await?;
        change.commit().await?;
        Ok(Some(sessions))
    }

    /// Notes that a device comes into a session; `false` if it was revoked.
    pub(crate) async fn device_enters(
        &self,
        id: &str,
        session_id: &str,
        now: UnixS,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let revoked = is_revoked(&mut change, id).await?;
        if revoked {
            return Ok(false);
        }
        sqlx::query("DELETE FROM device_entry WHERE device_id = $1 AND at_s < $2")
            .bind(id)
            .bind(seconds(now.minus(ENTRIES_KEPT_S))?)
            .execute(&mut *change)
            .await?;
        sqlx::query(
            "INSERT INTO device_entry (device_id, session_id, at_s) VALUES ($1, $2, $3)
             ON CONFLICT (device_id, session_id) DO UPDATE SET at_s = excluded.at_s",
        )
        .bind(id)
        .bind(session_id)
        .bind(seconds(now)?)
        .execute(&mut *change)
        .await?;
        change.commit().await?;
        Ok(true)
    }

    /// The devices whose room tokens of a session hold no more, by their identities, with the last second of those tokens:
    /// they were revoked, or stand in none of its rooms by now.
    pub(crate) async fn devices_ended(
        &self,
        session_id: &str,
        now: UnixS,
    ) -> Result<Vec<(String, UnixS)>, StoreError> {
        let rows: Vec<(String, Option<i64>)> = sqlx::query_as(
            "SELECT device.id, device.revoked_s
             FROM device_entry JOIN device ON device.id = device_entry.device_id
                  JOIN terminal ON terminal.id = device.terminal_id
             WHERE device_entry.session_id = $1
               AND (device.revoked_s IS NOT NULL OR terminal.retired_s IS NOT NULL OR NOT EXISTS
                    (SELECT 1 FROM claim WHERE claim.session_id = device_entry.session_id
                                           AND resource_kind = 'room' AND resource_id = terminal.room_id))
             ORDER BY device.id",
        )
        .bind(session_id)
        .fetch_all(&self.readers)
        .await?;
        let ended = |(id, revoked_s): (String, Option<i64>)| {
            Ok((identity(&id), revoked_s.map_or(Ok(now), point)?))
        };
        rows.into_iter().map(ended).collect()
    }
}

pub(super) async fn is_revoked(change: &mut Connection, id: &str) -> Result<bool, StoreError> {
    let revoked_s: Option<Option<i64>> =
        sqlx::query_scalar("SELECT revoked_s FROM device WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *change)
            .await?;
    Ok(revoked_s.is_none_or(|revoked_s| revoked_s.is_some()))
}
