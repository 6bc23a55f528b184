//! What the description says of words of which there are only some.

use booking::ResourceKind;
use serde_json::Value;
use session::{Kind, Mode, Role};
use utoipa::openapi::schema::{Array, ArrayBuilder, Object, ObjectBuilder, SchemaType, Type};

pub(super) fn words<W: ToString>(list: &[W]) -> Object {
    let words: Vec<String> = list.iter().map(ToString::to_string).collect();
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}

fn words_or_null<W: ToString>(list: &[W]) -> Object {
    let words = list.iter().map(|word| Value::from(word.to_string()));
    let types = SchemaType::from_iter([Type::String, Type::Null]);
    ObjectBuilder::new().schema_type(types).enum_values(Some(words.chain([Value::Null]))).build()
}

pub(super) fn kind_schema() -> Object {
    words(Kind::ALL)
}

pub(super) fn role_schema() -> Object {
    words(Role::ALL)
}

pub(super) fn guest_role_schema() -> Object {
    let roles: Vec<Role> = Role::ALL.iter().copied().filter(|role| role.is_guest()).collect();
    words(&roles)
}

pub(super) fn mode_schema() -> Object {
    words(Mode::ALL)
}

pub(super) fn bookable_schema() -> Object {
    let alone = |kind: &ResourceKind| *kind != ResourceKind::Line;
    words(&ResourceKind::ALL.into_iter().filter(alone).collect::<Vec<_>>())
}

pub(super) fn role_or_none_schema() -> Object {
    words_or_null(Role::ALL)
}

pub(super) fn state_schema() -> Object {
    words(&["scheduled", "cancelled"])
}

pub(super) fn event_kind_schema() -> Object {
    words(&["booked", "changed", "cancelled"])
}

pub(super) fn you_schema() -> Object {
    words_or_null(&["added", "removed"])
}

pub(super) fn purpose_schema() -> Object {
    words(&["setup", "password"])
}

pub(super) fn misfit_schema() -> Object {
    words(&["line", "month"])
}

pub(super) fn table_schema() -> Object {
    words_or_null(&["area", "organization", "room", "person", "terminal", "line"])
}

pub(super) fn outcome_schema() -> Object {
    words(&["made", "changed", "unchanged", "fault"])
}

pub(super) fn occurrence_schema() -> Object {
    words(&["booked", "moved", "skipped", "cancelled", "made-up", "waived"])
}

pub(super) fn blocked_schema() -> Object {
    words(&["taken", "full", "hours", "exception", "holiday", "overlay", "travel"])
}

/// Of messages to webhooks; each has the kind of an event behind `session.`.
pub(super) const MESSAGE_TYPES: [&str; 3] =
    ["session.booked", "session.changed", "session.cancelled"];

pub(super) fn message_type_schema() -> Object {
    words(&MESSAGE_TYPES)
}

pub(super) fn message_types_schema() -> Array {
    ArrayBuilder::new().items(words(&MESSAGE_TYPES)).build()
}

pub(super) fn message_types_or_none_schema() -> Array {
    let types = SchemaType::from_iter([Type::Array, Type::Null]);
    ArrayBuilder::new().schema_type(types).items(words(&MESSAGE_TYPES)).build()
}

pub(super) fn paused_why_schema() -> Object {
    words_or_null(&["by-hand", "gone", "given-up"])
}

pub(super) fn failure_schema() -> Object {
    words_or_null(&[
        "status",
        "gone",
        "redirect",
        "timeout",
        "unknown-name",
        "forbidden",
        "unreachable",
        "too-long",
    ])
}
