//! The bytes of materials, which come in pieces, one after the other, and are whole only when their hash is the one that was
//! announced.

use consultation::{Actor, MaterialPart, MediaType, Refused, Step, StepKind};
use sha2::{Digest as _, Sha256};

use super::case_events::{CASE_STEPS_MAX, tell};
use super::cases::{count, load};
use super::events::Act;
use super::sessions::{seconds, word};
use super::{CareCase, Connection, Store, StoreError};
use crate::hexadecimal::hexadecimal;

/// One file of a material.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MaterialBytes {
    pub(crate) media_type: MediaType,
    pub(crate) bytes: u64,
    /// Hexadecimal.
    pub(crate) sha256: String,
    /// How many of its bytes are here.
    pub(crate) received: u64,
}

impl MaterialBytes {
    pub(crate) const fn is_whole(&self) -> bool {
        self.received == self.bytes
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct FileRow {
    pub(super) media_type: String,
    pub(super) bytes: i64,
    pub(super) sha256: String,
    pub(super) received: i64,
}

impl FileRow {
    pub(super) fn file(self) -> Result<MaterialBytes, StoreError> {
        Ok(MaterialBytes {
            media_type: word(&self.media_type)?,
            bytes: count(self.bytes)?,
            received: count(self.received)?,
            sha256: self.sha256,
        })
    }
}

/// What became of a piece.
#[derive(Debug)]
pub(crate) enum TakenPiece {
    Taken(MaterialBytes),
    /// The next piece begins elsewhere.
    Elsewhere(MaterialBytes),
    /// It does not begin as a file of its type does.
    OtherType(MediaType),
    /// All bytes have come, and they are not those that were announced: none of them is kept.
    Damaged,
    Refused(Refused),
    TooManySteps,
    Unknown,
}

/// A file of a material in a case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FilePlace<'a> {
    pub(crate) case: &'a str,
    pub(crate) material: &'a str,
    pub(crate) part: MaterialPart,
}

impl Store {
    /// A file of a material, as far as it is here.
    pub(crate) async fn material_file(
        &self,
        place: FilePlace<'_>,
    ) -> Result<Option<MaterialBytes>, StoreError> {
        file(&mut *self.readers.acquire().await?, place).await
    }

    /// Takes the piece of a file that begins at `start`. With its last piece an original is there: a step of its case.
    pub(crate) async fn take_piece(
        &self,
        place: FilePlace<'_>,
        actor: Actor<'_>,
        (start, content): (u64, &[u8]),
        act: &Act<'_>,
    ) -> Result<TakenPiece, StoreError> {
        let Some(before) = self.material_file(place).await? else {
            return Ok(TakenPiece::Unknown);
        };
        let length = u64::try_from(content.len()).unwrap_or(u64::MAX);
        let end = start.saturating_add(length);
        if before.received != start || end > before.bytes {
            return Ok(TakenPiece::Elsewhere(before));
        }
        if start == 0 && !before.media_type.begins(content) {
            return Ok(TakenPiece::OtherType(before.media_type));
        }
        let whole = end == before.bytes;
        let damaged = whole && self.digest(place, content).await? != before.sha256;
        let mut change = self.change().await?;
        let Some(case) = load(&mut change, &[place.case]).await?.pop() else {
            return Ok(TakenPiece::Unknown);
        };
        if let Err(why) = case.case.take(actor, Step::Add) {
            return Ok(TakenPiece::Refused(why));
        }
        let Some(now) = file(&mut change, place).await? else {
            return Ok(TakenPiece::Unknown);
        };
        if now != before {
            return Ok(TakenPiece::Elsewhere(now));
        }
        if damaged {
            drop_pieces(&mut change, place.material, Some(place.part)).await?;
            change.commit().await?;
            return Ok(TakenPiece::Damaged);
        }
        keep_piece(&mut change, place, (start, content), end).await?;
        if whole && place.part == MaterialPart::Original {
            if case.version >= CASE_STEPS_MAX {
                return Ok(TakenPiece::TooManySteps);
            }
            stepped(&mut change, &case, (StepKind::Add, place.material), act).await?;
        }
        change.commit().await?;
        Ok(TakenPiece::Taken(MaterialBytes { received: end, ..now }))
    }

    /// The SHA-256 of what is here of a file and `last`, hexadecimal.
    async fn digest(&self, place: FilePlace<'_>, last: &[u8]) -> Result<String, StoreError> {
        let mut hash = Sha256::new();
        let mut at = 0;
        while let Some(piece) = self.material_piece((place.material, place.part), at).await? {
            at += u64::try_from(piece.len()).unwrap_or(u64::MAX);
            hash.update(&piece);
        }
        hash.update(last);
        Ok(hexadecimal(&hash.finalize()))
    }

    /// The bytes of a file from this place on to the end of the piece that it lies in; none behind what is here.
    pub(crate) async fn material_piece(
        &self,
        (material, part): (&str, MaterialPart),
        at: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let place = i64::try_from(at).unwrap_or(i64::MAX);
        let found: Option<(i64, Vec<u8>)> = sqlx::query_as(
            "SELECT start, content FROM care_case_piece
             WHERE material_id = $1 AND part = $2 AND start <= $3 ORDER BY start DESC LIMIT 1",
        )
        .bind(material)
        .bind(part.as_str())
        .bind(place)
        .fetch_optional(&self.readers)
        .await?;
        let Some((start, mut content)) = found else { return Ok(None) };
        let before = usize::try_from(place.saturating_sub(start)).unwrap_or(usize::MAX);
        if before >= content.len() {
            return Ok(None);
        }
        content.drain(..before);
        Ok(Some(content))
    }

    /// Notes that this person was handed out a file, to its last byte.
    pub(crate) async fn material_shown(
        &self,
        (material, part): (&str, MaterialPart),
        act: &Act<'_>,
    ) -> Result<(), StoreError> {
        let shown = sqlx::query(
            "INSERT INTO care_case_shown (material_id, part, person_id, at_s) VALUES ($1, $2, $3, $4)
             ON CONFLICT (material_id, part, person_id) DO NOTHING",
        )
        .bind(material)
        .bind(part.as_str())
        .bind(act.by)
        .bind(seconds(act.at)?);
        self.once(shown).await?;
        Ok(())
    }
}

/// Takes out what never came whole to a case that is over, and its bytes.
pub(super) async fn drop_unfinished(change: &mut Connection, case: &str) -> Result<(), StoreError> {
    let unfinished: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM care_case_material JOIN care_case_file ON material_id = id AND part = 'original'
         WHERE case_id = $1 AND removed_s IS NULL AND received < bytes",
    )
    .bind(case)
    .fetch_all(&mut *change)
    .await?;
    for material in &unfinished {
        drop_pieces(change, material, None).await?;
        sqlx::query("UPDATE care_case_material SET removed_s = added_s WHERE id = $1")
            .bind(material)
            .execute(&mut *change)
            .await?;
    }
    Ok(())
}

async fn file(
    connection: &mut Connection,
    place: FilePlace<'_>,
) -> Result<Option<MaterialBytes>, StoreError> {
    let row: Option<FileRow> = sqlx::query_as(
        "SELECT media_type, bytes, care_case_file.sha256, received
         FROM care_case_file JOIN care_case_material ON id = material_id
         WHERE material_id = $1 AND part = $2 AND case_id = $3 AND removed_s IS NULL",
    )
    .bind(place.material)
    .bind(place.part.as_str())
    .bind(place.case)
    .fetch_optional(connection)
    .await?;
    row.map(FileRow::file).transpose()
}

async fn keep_piece(
    change: &mut Connection,
    place: FilePlace<'_>,
    (start, content): (u64, &[u8]),
    end: u64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO care_case_piece (material_id, part, start, content) VALUES ($1, $2, $3, $4)",
    )
    .bind(place.material)
    .bind(place.part.as_str())
    .bind(i64::try_from(start).unwrap_or(i64::MAX))
    .bind(content)
    .execute(&mut *change)
    .await?;
    sqlx::query("UPDATE care_case_file SET received = $1 WHERE material_id = $2 AND part = $3")
        .bind(i64::try_from(end).unwrap_or(i64::MAX))
        .bind(place.material)
        .bind(place.part.as_str())
        .execute(&mut *change)
        .await?;
    Ok(())
}

/// Forgets the bytes of a part of a material, or of all of it.
pub(super) async fn drop_pieces(
    change: &mut Connection,
    material: &str,
    part: Option<MaterialPart>,
) -> Result<(), StoreError> {
    let part = part.map(MaterialPart::as_str);
    for text in [
        "DELETE FROM care_case_piece WHERE material_id = $1 AND ($2 IS NULL OR part = $2)",
        "UPDATE care_case_file SET received = 0 WHERE material_id = $1 AND ($2 IS NULL OR part = $2)",
    ] {
        sqlx::query(text).bind(material).bind(part).execute(&mut *change).await?;
    }
    Ok(())
}

/// Notes a step that changes nothing of the case but its version: who goes on from another one has not seen this.
pub(super) async fn stepped(
    change: &mut Connection,
    before: &CareCase,
    (step, material): (StepKind, &str),
    act: &Act<'_>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE care_case SET version = version + 1, changed_s = $1 WHERE id = $2")
        .bind(seconds(act.at)?)
        .bind(&before.id)
        .execute(&mut *change)
        .await?;
    tell(change, (&before.id, step.as_str()), material, act).await
}
