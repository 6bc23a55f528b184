//! Materials of cases. Their bytes come in pieces, one after the other, and are whole only when their hash is the one that was
//! announced. What they show is of the patient: whoever hands it out has written that down.

use booking::UnixS;
use consultation::{Actor, MaterialKind, MaterialLimits, MaterialPart, Refused, StepKind};
use session::Names;

use super::case_events::CASE_STEPS_MAX;
use super::cases::{count, load};
use super::events::Act;
use super::material_pieces::{FileRow, MaterialBytes, drop_pieces, stepped};
use super::sessions::{point, seconds, word};
use super::{Connection, Store, StoreError};

/// A material of a case; of a new one nothing is received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Material {
    pub(crate) id: String,
    pub(crate) kind: MaterialKind,
    pub(crate) title: String,
    pub(crate) added_by: String,
    pub(crate) added: UnixS,
    pub(crate) original: MaterialBytes,
    pub(crate) preview: Option<MaterialBytes>,
}

/// A material, by what people call who added it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedMaterial {
    pub(crate) material: Material,
    pub(crate) added_by_names: Names,
}

/// What one person was shown of a material that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShownMaterial {
    pub(crate) material: Material,
    pub(crate) original: bool,
    pub(crate) preview: bool,
}

/// What became of a new material.
#[derive(Debug)]
pub(crate) enum AddedMaterial {
    Made,
    /// The same file is there already, as the material of this id.
    Before(String),
    Refused(Refused),
    /// The case has as many, or as large ones, as may be.
    TooMany,
    /// All cases together have.
    Full,
    /// The case has as many steps as may be.
    TooManySteps,
    Unknown,
}

/// What became of taking a material out.
#[derive(Debug)]
pub(crate) enum RemovedMaterial {
    Done,
    Refused(Refused),
    TooManySteps,
    Unknown,
}

#[derive(sqlx::FromRow)]
struct MaterialRow {
    id: String,
    kind: String,
    title: String,
    added_by: String,
    added_s: i64,
    #[sqlx(try_from = "String")]
    names: Names,
    part: String,
    media_type: String,
    bytes: i64,
    sha256: String,
    received: i64,
    shown: i64,
}

/// Rows of files as materials, in the order of their ids. `preview` comes after `original`.
fn materials(rows: Vec<MaterialRow>) -> Result<Vec<(NamedMaterial, [bool; 2])>, StoreError> {
    let mut found: Vec<(NamedMaterial, [bool; 2])> = Vec::new();
    for row in rows {
        let MaterialRow { id, kind, title, added_by, added_s, names, part, shown, .. } = row;
        let MaterialRow { media_type, bytes, sha256, received, .. } = row;
        let file = FileRow { media_type, bytes, sha256, received }.file()?;
        let shown = shown != 0;
        match word::<MaterialPart>(&part)? {
            MaterialPart::Original => {
                let added = point(added_s)?;
                let kind = word(&kind)?;
                let material =
                    Material { id, kind, title, added_by, added, original: file, preview: None };
                found.push((NamedMaterial { material, added_by_names: names }, [shown, false]));
            }
            MaterialPart::Preview => {
                let own = found.last_mut().filter(|(it, _)| it.material.id == id);
                if let Some((named, all)) = own {
                    named.material.preview = Some(file);
                    *all = [all[0], shown];
                }
            }
        }
    }
    Ok(found)
}

impl Store {
    /// Every material of a case, the first one first.
    pub(crate) async fn materials(&self, case: &str) -> Result<Vec<NamedMaterial>, StoreError> {
        let found = self.materials_shown(case, "").await?;
        Ok(found.into_iter().map(|(named, _)| named).collect())
    }

    /// The materials of a case that are whole, and what of them this person was shown.
    pub(crate) async fn shown_materials(
        &self,
        case: &str,
        person: &str,
    ) -> Result<Vec<ShownMaterial>, StoreError> {
        let found = self.materials_shown(case, person).await?.into_iter();
        let whole = found.filter(|(named, _)| named.material.original.is_whole());
        let shown = whole.map(|(named, [original, preview])| ShownMaterial {
            material: named.material,
            original,
            preview,
        });
        Ok(shown.collect())
    }

    async fn materials_shown(
        &self,
        case: &str,
        person: &str,
    ) -> Result<Vec<(NamedMaterial, [bool; 2])>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT care_case_material.id, kind, title, added_by, added_s, person.names, care_case_file.part, media_type,
                    bytes, care_case_file.sha256, received,
                    CASE WHEN care_case_shown.person_id IS NULL THEN 0 ELSE 1 END AS shown
             FROM care_case_material JOIN person ON person.id = added_by
                  JOIN care_case_file ON care_case_file.material_id = care_case_material.id
                  LEFT JOIN care_case_shown ON care_case_shown.material_id = care_case_file.material_id
                       AND care_case_shown.part = care_case_file.part AND care_case_shown.person_id = $2
             WHERE case_id = $1 AND removed_s IS NULL
             ORDER BY care_case_material.id, care_case_file.part",
        )
        .bind(case)
        .bind(person)
        .fetch_all(&self.readers)
        .await?;
        materials(rows)
    }

    /// Announces a material, whose bytes are to come.
    pub(crate) async fn add_material(
        &self,
        (case, actor): (&str, Actor<'_>),
        new: &Material,
        (limits, all_bytes_max): (&MaterialLimits, u64),
    ) -> Result<AddedMaterial, StoreError> {
        let mut change = self.change().await?;
        let Some(before) = load(&mut change, &[case]).await?.pop() else {
            return Ok(AddedMaterial::Unknown);
        };
        if let Err(why) = before.case.may(actor, StepKind::Add) {
            return Ok(AddedMaterial::Refused(why));
        }
        let earlier: Option<String> = sqlx::query_scalar(
            "SELECT id FROM care_case_material WHERE case_id = $1 AND sha256 = $2 AND removed_s IS NULL",
        )
        .bind(case)
        .bind(&new.original.sha256)
        .fetch_optional(&mut *change)
        .await?;
        if let Some(id) = earlier {
            return Ok(AddedMaterial::Before(id));
        }
        if before.version >= CASE_STEPS_MAX {
            return Ok(AddedMaterial::TooManySteps);
        }
        let (there, bytes): (i64, i64) = sqlx::query_as(
            "SELECT count(DISTINCT id), CAST(coalesce(sum(bytes), 0) AS BIGINT)
             FROM care_case_material JOIN care_case_file ON material_id = id WHERE case_id = $1 AND removed_s IS NULL",
        )
        .bind(case)
        .fetch_one(&mut *change)
        .await?;
        let more = new.original.bytes + new.preview.as_ref().map_or(0, |it| it.bytes);
        if count::<usize>(there)? >= limits.count_max
            || count::<u64>(bytes)?.saturating_add(more) > limits.case_bytes_max
        {
            return Ok(AddedMaterial::TooMany);
        }
        let all: i64 = sqlx::query_scalar(
            "SELECT CAST(coalesce(sum(bytes), 0) AS BIGINT)
             FROM care_case_material JOIN care_case_file ON material_id = id WHERE removed_s IS NULL",
        )
        .fetch_one(&mut *change)
        .await?;
        if count::<u64>(all)?.saturating_add(more) > all_bytes_max {
            return Ok(AddedMaterial::Full);
        }
        insert(&mut change, case, new).await?;
        change.commit().await?;
        Ok(AddedMaterial::Made)
    }

    /// Takes a material out, and its bytes with it.
    pub(crate) async fn remove_material(
        &self,
        (case, material): (&str, &str),
        actor: Actor<'_>,
        act: &Act<'_>,
    ) -> Result<RemovedMaterial, StoreError> {
        let mut change = self.change().await?;
        let Some(before) = load(&mut change, &[case]).await?.pop() else {
            return Ok(RemovedMaterial::Unknown);
        };
        let found: Option<(String, i64)> = sqlx::query_as(
            "SELECT added_by, CASE WHEN received = bytes THEN 1 ELSE 0 END
             FROM care_case_material JOIN care_case_file ON material_id = id AND part = 'original'
             WHERE case_id = $1 AND id = $2 AND removed_s IS NULL",
        )
        .bind(case)
        .bind(material)
        .fetch_optional(&mut *change)
        .await?;
        let Some((added_by, whole)) = found else { return Ok(RemovedMaterial::Unknown) };
        if let Err(why) = before.case.may_remove(actor, &added_by, whole != 0) {
            return Ok(RemovedMaterial::Refused(why));
        }
        if before.version >= CASE_STEPS_MAX {
            return Ok(RemovedMaterial::TooManySteps);
        }
        sqlx::query("UPDATE care_case_material SET removed_s = $1 WHERE id = $2")
            .bind(seconds(act.at)?)
            .bind(material)
            .execute(&mut *change)
            .await?;
        drop_pieces(&mut change, material, None).await?;
        stepped(&mut change, &before, (StepKind::Remove, material), act).await?;
        change.commit().await?;
        Ok(RemovedMaterial::Done)
    }
}

async fn insert(change: &mut Connection, case: &str, new: &Material) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO care_case_material (id, case_id, kind, title, sha256, added_by, added_s)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&new.id)
    .bind(case)
    .bind(new.kind.as_str())
    .bind(&new.title)
    .bind(&new.original.sha256)
    .bind(&new.added_by)
    .bind(seconds(new.added)?)
    .execute(&mut *change)
    .await?;
    let preview = new.preview.iter().map(|it| (MaterialPart::Preview, it));
    for (part, file) in preview.chain([(MaterialPart::Original, &new.original)]) {
        sqlx::query(
            "INSERT INTO care_case_file (material_id, part, media_type, bytes, sha256, received)
             VALUES ($1, $2, $3, $4, $5, 0)",
        )
        .bind(&new.id)
        .bind(part.as_str())
        .bind(file.media_type.as_str())
        .bind(i64::try_from(file.bytes).unwrap_or(i64::MAX))
        .bind(&file.sha256)
        .execute(&mut *change)
        .await?;
    }
    Ok(())
}
