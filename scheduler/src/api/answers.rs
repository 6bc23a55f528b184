//! What the description says of all routes alike: a name of its own for each, and the refusals that any request may meet.

use std::collections::BTreeSet;

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};

/// The description with what its routes have in common.
pub(super) fn complete(mut openapi: OpenApi) -> OpenApi {
    for (path, item) in &mut openapi.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(name(method, path));
            for (status, description) in met(method, path, operation) {
                answer(operation, status, description);
            }
            if method == "get" {
                tag(operation);
            }
        }
    }
    openapi
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let all = [("get", get), ("put", put), ("post", post), ("delete", delete), ("patch", patch)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// `getSessionsIdEvents` of `GET /api/v1/sessions/{id}/events`.
fn name(method: &str, path: &str) -> String {
    let short = path.strip_prefix("/api/v1/").unwrap_or(path);
    let words = short.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).fold(method.to_owned(), |name, word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        name + &first.into_iter().chain(letters).collect::<String>()
    })
}

/// The refusals that are nothing of one route's own.
fn met(method: &str, path: &str, operation: &Operation) -> BTreeSet<(u16, &'static str)> {
    let mut met = BTreeSet::new();
    let has = |place: ParameterIn| {
        let all = operation.parameters.iter().flatten();
        let mut found = all.filter_map(|it| match it {
            RefOr::T(Parameter { parameter_in, .. }) => Some(parameter_in),
            RefOr::Ref(_) => None,
        });
        found.any(|it| *it == place)
    };
    if path.starts_with("/api/v1/") {
        met.extend([
            (429, "Too many requests of one person or address; `Retry-After` says when to go on"),
            (500, "The scheduler failed; the log says more"),
            (503, "Too many ask at once; `Retry-After` says when to try again"),
            (507, "The disk is full or cannot be written"),
        ]);
    }
    if has(ParameterIn::Query) || has(ParameterIn::Header) {
        met.insert((400, "A parameter is wrong"));
    }
    if has(ParameterIn::Path) {
        met.insert((404, "There is nothing of this id"));
    }
    if operation.request_body.is_some() {
        met.extend([
            (400, "The body cannot be read"),
            (408, "The body did not arrive in time"),
            (413, "The body is too large"),
            (415, "The body is of another type"),
            (422, "What is wrong, member by member"),
        ]);
    }
    let by_somebody = operation.security.as_ref().is_some_and(|ways| !ways.is_empty());
    if by_somebody {
        met.insert((401, "Missing, expired or forged token or login"));
    }
    if method != "get" {
        met.insert((403, "Not allowed, or another site's page may have sent this"));
    }
    met
}

/// Says that an answer in JSON has a tag, and what becomes of who shows it.
fn tag(operation: &mut Operation) {
    let Some(RefOr::T(good)) = operation.responses.responses.get_mut("200") else { return };
    // One that says its tag itself says the version of what it tells, and is not held against a tag.
    if !good.content.contains_key("application/json") || good.headers.contains_key("ETag") {
        return;
    }
    let text = || Object::with_type(Type::String);
    let told =
        HeaderBuilder::new().schema(Some(text())).description(Some("Tag of this answer")).build();
    good.headers.insert("ETag".into(), RefOr::T(told));
    let same =
        ResponseBuilder::new().description("`If-None-Match` names the tag of what would be sent");
    operation.responses.responses.insert("304".into(), RefOr::T(same.build()));
    let asked = ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .description(Some("`ETag` of an answer that is still there"))
        .schema(Some(text()))
        .build();
    operation.parameters.get_or_insert_default().push(RefOr::T(asked));
}

/// Adds an answer, unless the route itself says what this status means there.
fn answer(operation: &mut Operation, status: u16, description: &str) {
    let form = if status == 422 { "Invalid" } else { "Problem" };
    let schema = Ref::from_schema_name(form);
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let response = ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .build();
    let answers = &mut operation.responses.responses;
    answers.entry(status.to_string()).or_insert(RefOr::T(response));
}
