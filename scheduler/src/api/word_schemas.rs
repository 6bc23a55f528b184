//! What the description says of words of which there are only some.

use session::{Kind, Mode, Role};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

fn words<W: ToString>(list: &[W]) -> Object {
    let words: Vec<String> = list.iter().map(ToString::to_string).collect();
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
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
