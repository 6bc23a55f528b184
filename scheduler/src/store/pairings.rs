//! How devices of terminals come in: by a pairing code once, and then by what they sign. The store knows a code by hashes.

use booking::UnixS;
use serde_json::json;

use super::devices::is_revoked;
use super::events::Act;
use super::register_events::note;
use super::sessions::{point, seconds};
use super::{Connection, Store, StoreError};

/// Revoked devices of a terminal that are listed; over it the one that was revoked first is forgotten.
const REVOKED_MAX: usize = 20;

/// A pairing code that is made.
#[derive(Debug, Clone)]
pub(crate) struct NewPairing {
    pub(crate) terminal_id: String,
    /// What the device is to be called.
    pub(crate) name: String,
    pub(crate) link_sha256: String,
    pub(crate) link_ends: UnixS,
    pub(crate) digits_mac: String,
    pub(crate) digits_ends: UnixS,
}

/// What a device shows of a pairing code.
#[derive(Debug, Clone)]
pub(crate) enum PairingBy {
    /// SHA-256 of the link's secret.
    Link(String),
    /// MAC of the digits.
    Digits(String),
}

/// A device that comes in by a code.
#[derive(Debug, Clone)]
pub(crate) struct NewDevice {
    pub(crate) id: String,
    pub(crate) public_key: String,
    pub(crate) key_sha256: String,
}

/// A challenge that a device has signed, and the cookie that it is given for that.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn {
    pub(crate) nonce: String,
    /// The last second of the challenge.
    pub(crate) ends: UnixS,
    pub(crate) login_sha256: String,
    pub(crate) login_ends: UnixS,
}

/// Bounds of what a device may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeviceBounds {
    /// Devices of one terminal that are not revoked.
    pub(crate) devices: i64,
    /// Challenges of one device whose time is not over.
    pub(crate) challenges: i64,
}

/// What became of a device that wanted to come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CameIn {
    In,
    /// No such code, or its time is over.
    NoCode,
    /// The terminal has as many as it may have.
    TooMany,
    /// Another device has the key.
    KeyTaken,
    Revoked,
    /// The challenge was used.
    Replayed,
    /// Too many challenges in a minute.
    TooOften,
}

impl Store {
    /// Makes a pairing code of a terminal; the one before it works no more. `false` if another terminal's has these digits.
    pub(crate) async fn make_pairing(
        &self,
        pairing: &NewPairing,
        act: &Act<'_>,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        // The digits of codes whose time is over can be given again.
        sqlx::query(
            "DELETE FROM terminal_pairing WHERE terminal_id = $1 OR (digits_ends_s <= $2 AND link_ends_s <= $2)",
        )
        .bind(&pairing.terminal_id)
        .bind(seconds(act.at)?)
        .execute(&mut *change)
        .await?;
        let made = sqlx::query(
            "INSERT INTO terminal_pairing
                (terminal_id, name, made_by, made_s, link_sha256, link_ends_s, digits_mac, digits_ends_s)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (digits_mac) DO NOTHING",
        )
        .bind(&pairing.terminal_id)
        .bind(&pairing.name)
        .bind(act.by)
        .bind(seconds(act.at)?)
        .bind(&pairing.link_sha256)
        .bind(seconds(pairing.link_ends)?)
        .bind(&pairing.digits_mac)
        .bind(seconds(pairing.digits_ends)?)
        .execute(&mut *change)
        .await?;
        if made.rows_affected() == 0 {
            return Ok(false);
        }
        let details = json!({ "name": pairing.name });
        note(&mut change, ("device", "code-made", &pairing.terminal_id), &details, act).await?;
        change.commit().await?;
        Ok(true)
    }

    /// Until when the code of a terminal works, if it has one.
    pub(crate) async fn pairing_ends(
        &self,
        terminal_id: &str,
        now: UnixS,
    ) -> Result<Option<UnixS>, StoreError> {
        let ends_s: Option<i64> = sqlx::query_scalar(
            "SELECT link_ends_s FROM terminal_pairing WHERE terminal_id = $1 AND link_ends_s > $2",
        )
        .bind(terminal_id)
        .bind(seconds(now)?)
        .fetch_optional(&self.readers)
        .await?;
        ends_s.map(point).transpose()
    }

    /// How many codes digits could open now.
    pub(crate) async fn pairings_awaited(&self, now: UnixS) -> Result<u64, StoreError> {
        let count: i64 =
            sqlx::query_scalar("SELECT count(*) FROM terminal_pairing WHERE digits_ends_s > $1")
                .bind(seconds(now)?)
                .fetch_one(&self.readers)
                .await?;
        Ok(count.unsigned_abs())
    }

    /// Whether a code of this kind works now.
    pub(crate) async fn pairing_works(
        &self,
        by: &PairingBy,
        now: UnixS,
    ) -> Result<bool, StoreError> {
        Ok(find(&mut *self.readers.acquire().await?, by, now).await?.is_some())
    }

    /// Brings a device in by a code, which is used by that. Of many at once one comes in.
    pub(crate) async fn pair_device(
        &self,
        by: &PairingBy,
        device: &NewDevice,
        signed: &SignedIn,
        (now, bounds): (UnixS, DeviceBounds),
    ) -> Result<CameIn, StoreError> {
        let mut change = self.change().await?;
        let Some(code) = find(&mut change, by, now).await? else { return Ok(CameIn::NoCode) };
        if count_of_terminal(&mut change, &code.terminal_id).await? >= bounds.devices {
            return Ok(CameIn::TooMany);
        }
        let made = sqlx::query(
            "INSERT INTO device (id, terminal_id, name, public_key, key_sha256, paired_by, paired_s, seen_s)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (key_sha256) DO NOTHING",
        )
        .bind(&device.id)
        .bind(&code.terminal_id)
        .bind(&code.name)
        .bind(&device.public_key)
        .bind(&device.key_sha256)
        .bind(&code.made_by)
        .bind(seconds(now)?)
        .execute(&mut *change)
        .await?;
        if made.rows_affected() == 0 {
            return Ok(CameIn::KeyTaken);
        }
        let came = sign_in(&mut change, &device.id, signed, (now, bounds)).await?;
        if came != CameIn::In {
            return Ok(came);
        }
        sqlx::query("DELETE FROM terminal_pairing WHERE terminal_id = $1")
            .bind(&code.terminal_id)
            .execute(&mut *change)
            .await?;
        forget_revoked(&mut change, &code.terminal_id).await?;
        let details = json!({ "deviceId": device.id, "name": code.name });
        let act = Act { by: &code.made_by, at: now, reason: None };
        note(&mut change, ("device", "paired", &code.terminal_id), &details, &act).await?;
        change.commit().await?;
        Ok(CameIn::In)
    }

    /// A device comes back by what it has signed.
    pub(crate) async fn device_comes_back(
        &self,
        id: &str,
        signed: &SignedIn,
        (now, bounds): (UnixS, DeviceBounds),
    ) -> Result<CameIn, StoreError> {
        let mut change = self.change().await?;
        if is_revoked(&mut change, id).await? {
            return Ok(CameIn::Revoked);
        }
        let came = sign_in(&mut change, id, signed, (now, bounds)).await?;
        if came == CameIn::In {
            change.commit().await?;
        }
        Ok(came)
    }
}

#[derive(sqlx::FromRow)]
struct Code {
    terminal_id: String,
    name: String,
    made_by: String,
}

async fn find(
    look: &mut Connection,
    by: &PairingBy,
    now: UnixS,
) -> Result<Option<Code>, StoreError> {
    let (text, value) = match by {
        PairingBy::Link(sha256) => (
            "SELECT terminal_id, name, made_by FROM terminal_pairing WHERE link_sha256 = $1 AND link_ends_s > $2",
            sha256,
        ),
        PairingBy::Digits(mac) => (
            "SELECT terminal_id, name, made_by FROM terminal_pairing WHERE digits_mac = $1 AND digits_ends_s > $2",
            mac,
        ),
    };
    let found = sqlx::query_as(text).bind(value).bind(seconds(now)?);
    Ok(found.fetch_optional(&mut *look).await?)
}

async fn count_of_terminal(change: &mut Connection, id: &str) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar(
        "SELECT count(*) FROM device WHERE terminal_id = $1 AND revoked_s IS NULL",
    );
    Ok(count.bind(id).fetch_one(&mut *change).await?)
}

/// Takes a signed challenge, once, and gives the device its cookie for it.
async fn sign_in(
    change: &mut Connection,
    id: &str,
    signed: &SignedIn,
    (now, bounds): (UnixS, DeviceBounds),
) -> Result<CameIn, StoreError> {
    sqlx::query("DELETE FROM device_challenge WHERE ends_s < $1")
        .bind(seconds(now)?)
        .execute(&mut *change)
        .await?;
    let there: i64 =
        sqlx::query_scalar("SELECT count(*) FROM device_challenge WHERE device_id = $1")
            .bind(id)
            .fetch_one(&mut *change)
            .await?;
    if there >= bounds.challenges {
        return Ok(CameIn::TooOften);
    }
    let taken = sqlx::query(
        "INSERT INTO device_challenge (nonce, device_id, ends_s) VALUES ($1, $2, $3) ON CONFLICT (nonce) DO NOTHING",
    )
    .bind(&signed.nonce)
    .bind(id)
    .bind(seconds(signed.ends)?)
    .execute(&mut *change)
    .await?;
    if taken.rows_affected() == 0 {
        return Ok(CameIn::Replayed);
    }
    sqlx::query(
        "UPDATE device SET login_sha256 = $1, login_ends_s = $2, seen_s = $3 WHERE id = $4",
    )
    .bind(&signed.login_sha256)
    .bind(seconds(signed.login_ends)?)
    .bind(seconds(now)?)
    .bind(id)
    .execute(&mut *change)
    .await?;
    Ok(CameIn::In)
}

/// Forgets the devices of a terminal that were revoked before the latest ones.
async fn forget_revoked(change: &mut Connection, terminal_id: &str) -> Result<(), StoreError> {
    let old: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM device WHERE terminal_id = $1 AND revoked_s IS NOT NULL ORDER BY revoked_s DESC, id DESC",
    )
    .bind(terminal_id)
    .fetch_all(&mut *change)
    .await?;
    for id in old.iter().skip(REVOKED_MAX) {
        for text in [
            "DELETE FROM device_challenge WHERE device_id = $1",
            "DELETE FROM device_entry WHERE device_id = $1",
            "DELETE FROM device WHERE id = $1",
        ] {
            sqlx::query(text).bind(id).execute(&mut *change).await?;
        }
    }
    Ok(())
}
