//! Materials of cases: announced, sent piece by piece, and read. For who cares for the patient alone, and each read stands in the
//! log of reads before it is answered.
//!
//! Pieces go as in draft-ietf-httpbis-resumable-upload: `PATCH` with `Upload-Offset`, and who sends from elsewhere is told where
//! to go on. Nothing is decoded here but the first bytes, which say whether a file can be of its type.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body as Bytes, Bytes as Piece};
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use consultation::{MaterialLimits, MaterialPart, NewMaterial, check_material};
use futures_util::stream;
use serde_json::json;

use super::audit::{self, ReadFrom};
use super::audit_wire::ReadAct;
use super::case_refusals::{faulty, no_such_case, refused, too_many_steps};
use super::cases::cared_for;
use super::extract::{Body, Caller, Path, bytes_within};
use super::materials_wire::{FileToCome, FileTold, MaterialToCome, MaterialTold, Materials, part};
use super::refusals::{invalid, store_failed};
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::{
    Act, AddedMaterial, FilePlace, Material, MaterialBytes, Person, RemovedMaterial, StoreError,
    TakenPiece,
};

/// Largest piece, bytes.
const PIECE_BYTES_MAX: usize = 256 * 1024;
/// How long a piece may be on its way, seconds: the largest one on a line of 64 kbit/s, twice.
const PIECE_S_MAX: u64 = 66;
/// Where a piece begins.
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");

fn no_such_material() -> Problem {
    problem::not_found(
        "the case has no such material; read the case's materials again, it may have been taken out",
    )
}

/// Every material of a case. For who cares for the patient.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}/materials", tag = "cases", security(("person" = []), ("login" = [])),
    params(
        ("id" = String, Path, description = "Case id"),
        ("reason" = Option<String>, Query, description = "Why it is read; at most 200 characters"),
    ),
    responses(
        (status = 200, body = Materials),
        (status = 403, description = "Not one's own case", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "The reason is too long", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    from: ReadFrom,
) -> Result<Json<Materials>, Problem> {
    cared_for(&app, &person, &id).await?;
    audit::note(&app, &person, (ReadAct::Materials, &id), from).await?;
    let found = app.store.materials(&id).await.map_err(|error| store_failed(&error))?;
    let materials = found.into_iter().map(|it| MaterialTold::new(&app, it));
    Ok(Json(Materials { materials: materials.collect() }))
}

/// Announces a material; its bytes follow in pieces. The same file is one material of a case, however often it is announced.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/materials", tag = "cases", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Case id")), request_body = MaterialToCome,
    responses(
        (status = 200, description = "The same file is there already, or on its way", body = MaterialTold),
        (status = 201, description = "Announced", body = MaterialTold),
        (status = 403, description = "Not one's own case", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "The case is over (`/problems/case-step`), has as many or as large materials as may be (`/problems/too-many-materials`), or as many steps (`/problems/changed-too-often`)", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    body: Body<MaterialToCome>,
) -> Result<Response, Problem> {
    let (_, viewer) = cared_for(&app, &person, &id).await?;
    let material = announced(body.value, &person, &app)?;
    let limits = MaterialLimits::USUAL;
    let bounds = (&limits, app.config.material_bytes_max);
    let added = app.store.add_material((&id, viewer.actor), &material, bounds).await;
    let (status, material) = match added.map_err(|error| store_failed(&error))? {
        AddedMaterial::Made => (StatusCode::CREATED, material.id),
        AddedMaterial::Before(earlier) => (StatusCode::OK, earlier),
        AddedMaterial::Refused(why) => return Err(refused(&why)),
        AddedMaterial::TooManySteps => return Err(too_many_steps()),
        AddedMaterial::TooMany => {
            let MaterialLimits { count_max, case_bytes_max, .. } = limits;
            return Err(problem::too_many_materials(format!(
                "a case has at most {count_max} materials of {} MiB together; take out what is not needed, or send a smaller file",
                case_bytes_max >> 20
            )));
        }
        AddedMaterial::Full => {
            return Err(problem::materials_full(
                "the county has no room for more photos and documents; tell the operator, who can give it more by `scheduler.material_bytes_max`",
            ));
        }
        AddedMaterial::Unknown => return Err(no_such_case()),
    };
    let found = app.store.materials(&id).await.map_err(|error| store_failed(&error))?;
    let found = found.into_iter().find(|it| it.material.id == material);
    let told = MaterialTold::new(&app, found.ok_or_else(no_such_material)?);
    Ok((status, Json(told)).into_response())
}

/// The material that is announced, or everything that is wrong with it.
fn announced(asked: MaterialToCome, person: &Person, app: &App) -> Result<Material, Problem> {
    let title = asked.title.trim();
    let new = NewMaterial {
        kind: asked.kind,
        title,
        original: asked.original.measured(),
        preview: asked.preview.as_ref().map(FileToCome::measured),
    };
    check_material(&new, &MaterialLimits::USUAL).map_err(|faults| faulty(&faults))?;
    let file = |field: &str, file: FileToCome| {
        let digits = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
        if file.sha256.len() != 64 || !file.sha256.bytes().all(digits) {
            let detail = "send the SHA-256 of the file as 64 hexadecimal digits in small letters";
            return Err(invalid(field, "not-a-sha256", json!({}), detail));
        }
        let FileToCome { media_type, bytes, sha256 } = file;
        Ok(MaterialBytes { media_type, bytes, sha256, received: 0 })
    };
    Ok(Material {
        id: uuid::Uuid::now_v7().to_string(),
        kind: asked.kind,
        title: title.to_owned(),
        added_by: person.id.clone(),
        added: app.now(),
        original: file("original.sha256", asked.original)?,
        preview: asked.preview.map(|it| file("preview.sha256", it)).transpose()?,
    })
}

/// A piece of a file, and where it begins.
pub(super) struct SentPiece {
    start: u64,
    content: Piece,
}

impl FromRequest<Arc<App>> for SentPiece {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Problem> {
        let told = request.headers().get(&UPLOAD_OFFSET).and_then(|value| value.to_str().ok());
        let start = told.and_then(|text| text.parse().ok()).ok_or_else(|| {
            problem::bad_parameter(
                "say by `Upload-Offset` at which byte of the file the piece begins, such as `0`",
            )
        })?;
        let content = bytes_within(request, PIECE_BYTES_MAX, PIECE_S_MAX).await?;
        if content.is_empty() {
            return Err(problem::bad_parameter("the piece is empty; send at least one byte"));
        }
        Ok(Self { start, content })
    }
}

/// Takes a piece of a file, which begins where the last one ended. The first piece has at least 132 bytes, or is the whole file. With
/// its last piece the file is held against its SHA-256; an original that is whole is a step of its case.
#[utoipa::path(
    patch, path = "/api/v1/cases/{id}/materials/{material}/{part}", tag = "cases", security(("person" = []), ("login" = [])),
    params(
        ("id" = String, Path, description = "Case id"),
        ("material" = String, Path, description = "Material id"),
        ("part" = String, Path, description = "`preview` or `original`", pattern = "^(preview|original)$"),
        ("Upload-Offset" = u64, Header, description = "At which byte of the file the piece begins: `received` of the file"),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "1 byte to 256 KiB"),
    responses(
        (status = 200, description = "Kept on the disk; `received` says where the next piece begins", body = FileTold,
            headers(("Upload-Offset" = u64, description = "The same as `received`"))),
        (status = 403, description = "Not one's own case", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "The next piece begins elsewhere (`/problems/upload-elsewhere`, with `expectedOffset`), the file was damaged on its way and is to be sent again from its beginning (`/problems/upload-damaged`), or the case is over", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn send(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path((id, material, word)): Path<(String, String, String)>,
    SentPiece { start, content }: SentPiece,
) -> Result<impl IntoResponse, Problem> {
    let (_, viewer) = cared_for(&app, &person, &id).await?;
    let part = part(&word).ok_or_else(no_such_material)?;
    let place = FilePlace { case: &id, material: &material, part };
    let act = Act { by: &person.id, at: app.now(), reason: None };
    let taken = app.store.take_piece(place, viewer.actor, (start, &content), &act).await;
    let file = match taken.map_err(|error| store_failed(&error))? {
        TakenPiece::Taken(file) => file,
        TakenPiece::Elsewhere(file) => return Err(elsewhere(&file)),
        TakenPiece::OtherType(media_type) => {
            let detail =
                format!("the file is no {media_type}; choose it again, it may have another type");
            return Err(invalid("", "not-that-media-type", json!({}), &detail));
        }
        TakenPiece::Damaged => {
            return Err(problem::upload_damaged(
                "the file that has come is not the one that was announced; send it again from its beginning",
            )
            .member("expectedOffset", 0));
        }
        TakenPiece::Refused(why) => return Err(refused(&why)),
        TakenPiece::TooManySteps => return Err(too_many_steps()),
        TakenPiece::Unknown => return Err(no_such_material()),
    };
    app.metrics.material_bytes.inc_by(u64::try_from(content.len()).unwrap_or_default());
    if file.is_whole() {
        tracing::info!(case = %id, material = %material, part = %part, bytes = file.bytes, "case.material");
    }
    Ok(([(UPLOAD_OFFSET, HeaderValue::from(file.received))], Json(FileTold::from(file))))
}

fn elsewhere(file: &MaterialBytes) -> Problem {
    let MaterialBytes { bytes, received, .. } = file;
    problem::upload_elsewhere(format!(
        "{received} of {bytes} bytes are here; send the file from byte {received} on, and no more of it than there is"
    ))
    .member("expectedOffset", *received)
}

/// From which byte on a file is wanted, if not from its first one (`Range: bytes=N-`, RFC 9110, section 14.2).
pub(super) struct From(u64);

impl<S: Send + Sync> FromRequestParts<S> for From {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(first_byte(&parts.headers).unwrap_or_default()))
    }
}

/// Other ranges count as none, as they may: the whole file is answered.
fn first_byte(headers: &HeaderMap) -> Option<u64> {
    let wanted = headers.get(header::RANGE)?.to_str().ok()?.strip_prefix("bytes=")?;
    wanted.strip_suffix('-')?.parse().ok()
}

/// A file of a material: the preview first, the original where it is needed. For who cares for the patient. A download that was
/// cut goes on by `Range: bytes=N-`.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}/materials/{material}/{part}", tag = "cases", security(("person" = []), ("login" = [])),
    params(
        ("id" = String, Path, description = "Case id"),
        ("material" = String, Path, description = "Material id"),
        ("part" = String, Path, description = "`preview` or `original`", pattern = "^(preview|original)$"),
        ("Range" = Option<String>, Header, description = "`bytes=N-`"),
        ("reason" = Option<String>, Query, description = "Why it is read; at most 200 characters"),
    ),
    responses(
        (status = 200, description = "The file; never shown in a page of ours by its address",
            content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"), (Vec<u8> = "application/pdf"), (Vec<u8> = "application/dicom")),
            headers(("ETag" = String, description = "SHA-256 of the file"))),
        (status = 206, description = "The rest of it",
            content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"), (Vec<u8> = "application/pdf"), (Vec<u8> = "application/dicom")),
            headers(("Content-Range" = String, description = "`bytes N-LAST/LENGTH`"))),
        (status = 403, description = "Not one's own case", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "The reason is too long", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path((id, material, word)): Path<(String, String, String)>,
    From(wanted): From,
    from: ReadFrom,
) -> Result<Response, Problem> {
    cared_for(&app, &person, &id).await?;
    let part = part(&word).ok_or_else(no_such_material)?;
    let place = FilePlace { case: &id, material: &material, part };
    let found = app.store.material_file(place).await.map_err(|error| store_failed(&error))?;
    let file = found.filter(MaterialBytes::is_whole).ok_or_else(no_such_material)?;
    audit::note(&app, &person, (ReadAct::Material, &material), from).await?;
    let from = if wanted < file.bytes { wanted } else { 0 };
    let handing = Handing { app, material, part, person: person.id, bytes: file.bytes, at: from };
    Ok(answered(handing, &file))
}

/// A file on its way to somebody.
struct Handing {
    app: Arc<App>,
    material: String,
    part: MaterialPart,
    person: String,
    bytes: u64,
    /// Where the next piece begins.
    at: u64,
}

impl Handing {
    /// The next piece; none at the end. That it was shown is noted with the last one: who closes a large file after its first bytes was not.
    async fn next(mut self) -> Result<Option<(Vec<u8>, Self)>, StoreError> {
        let file = (self.material.as_str(), self.part);
        let Some(piece) = self.app.store.material_piece(file, self.at).await? else {
            return Ok(None);
        };
        self.at = self.at.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if self.at >= self.bytes {
            let act = Act { by: &self.person, at: self.app.now(), reason: None };
            self.app.store.material_shown((&self.material, self.part), &act).await?;
        }
        Ok(Some((piece, self)))
    }
}

/// The file, one piece after the other: no more than one of them is in memory.
fn answered(handing: Handing, file: &MaterialBytes) -> Response {
    let MaterialBytes { media_type, bytes, sha256, .. } = file;
    let from = handing.at;
    let pieces = stream::try_unfold(handing, Handing::next);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type.as_str())),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes.saturating_sub(from))),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        // What a stranger has sent is no page of this site, whoever opens its address.
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    let mut response = (headers, Bytes::from_stream(pieces)).into_response();
    let mut put = |name: HeaderName, text: String| {
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(name, value);
        }
    };
    put(header::ETAG, format!("\"{sha256}\""));
    if from > 0 {
        put(header::CONTENT_RANGE, format!("bytes {from}-{}/{bytes}", bytes.saturating_sub(1)));
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    response
}

/// Takes a material out, as long as no opinion is signed. For who has added it, and the inviting doctor.
#[utoipa::path(
    delete, path = "/api/v1/cases/{id}/materials/{material}", tag = "cases", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Case id"), ("material" = String, Path, description = "Material id")),
    responses(
        (status = 204, description = "It is not there any more, nor are its bytes"),
        (status = 403, description = "Not one's own case", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "An opinion is signed, or the case is over (`/problems/case-step`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Another invited doctor has added it", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path((id, material)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let (_, viewer) = cared_for(&app, &person, &id).await?;
    let act = Act { by: &person.id, at: app.now(), reason: None };
    let removed = app.store.remove_material((&id, &material), viewer.actor, &act).await;
    match removed.map_err(|error| store_failed(&error))? {
        RemovedMaterial::Done => Ok(StatusCode::NO_CONTENT),
        RemovedMaterial::Refused(why) => Err(refused(&why)),
        RemovedMaterial::TooManySteps => Err(too_many_steps()),
        RemovedMaterial::Unknown => Err(no_such_material()),
    }
}
