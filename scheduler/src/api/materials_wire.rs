//! The forms of materials of cases, camelCase JSON.

use consultation::{MaterialFile, MaterialKind, MaterialPart, MediaType};
use serde::{Deserialize, Serialize};
use session::Names;
use utoipa::ToSchema;

use super::App;
use super::case_schemas::{material_kind_schema, media_type_schema, word};
use super::names_wire::NamesSchema;
use crate::store::{MaterialBytes, NamedMaterial};

/// A file that is to come.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FileToCome {
    #[schema(schema_with = media_type_schema)]
    #[serde(deserialize_with = "word")]
    pub(super) media_type: MediaType,
    /// Length.
    pub(super) bytes: u64,
    /// SHA-256 of all bytes, 64 hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub(super) sha256: String,
}

impl FileToCome {
    pub(super) const fn measured(&self) -> MaterialFile {
        MaterialFile { media_type: self.media_type, bytes: self.bytes }
    }
}

/// A material that is announced; its bytes come in pieces after it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewMaterial)]
pub(super) struct MaterialToCome {
    #[schema(schema_with = material_kind_schema)]
    #[serde(deserialize_with = "word")]
    pub(super) kind: MaterialKind,
    /// One line, at most 60 characters; may be left out.
    #[serde(default)]
    pub(super) title: String,
    /// At most 16 MiB. A photo is a picture (JPEG, PNG, WebP), an ECG or a document a picture or a PDF, an image a picture or DICOM.
    pub(super) original: FileToCome,
    /// A small picture of it, at most 60 KiB, which those who look see first.
    #[serde(default)]
    pub(super) preview: Option<FileToCome>,
}

/// A file of a material.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileTold {
    #[schema(schema_with = media_type_schema)]
    media_type: &'static str,
    bytes: u64,
    sha256: String,
    /// How many of its bytes are here: where the next piece begins. All of them are here only after their SHA-256 was found to be
    /// the one that was announced.
    pub(super) received: u64,
}

impl From<MaterialBytes> for FileTold {
    fn from(file: MaterialBytes) -> Self {
        let MaterialBytes { media_type, bytes, sha256, received } = file;
        Self { media_type: media_type.as_str(), bytes, sha256, received }
    }
}

/// A material of a case.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Material)]
pub(super) struct MaterialTold {
    /// UUIDv7.
    pub(super) id: String,
    #[schema(schema_with = material_kind_schema)]
    kind: &'static str,
    title: String,
    added_by_id: String,
    #[schema(value_type = NamesSchema)]
    added_by_names: Names,
    /// RFC 3339 in the county's zone.
    added_at: String,
    original: FileTold,
    #[schema(required = true)]
    preview: Option<FileTold>,
}

impl MaterialTold {
    pub(super) fn new(app: &App, named: NamedMaterial) -> Self {
        let NamedMaterial { material: it, added_by_names } = named;
        Self {
            id: it.id,
            kind: it.kind.as_str(),
            title: it.title,
            added_by_id: it.added_by,
            added_by_names,
            added_at: app.zone.print(it.added),
            original: it.original.into(),
            preview: it.preview.map(FileTold::from),
        }
    }
}

/// Every material of a case.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Materials {
    /// The first one first; at most 24.
    pub(super) materials: Vec<MaterialTold>,
}

/// The part of a path that names a file of a material.
pub(super) fn part(word: &str) -> Option<MaterialPart> {
    word.parse().ok()
}
