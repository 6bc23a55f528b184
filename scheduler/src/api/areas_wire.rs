//! The form of an area.

use serde::Serialize;
use utoipa::ToSchema;

use crate::store::FoundArea;

/// An area.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AreaFound {
    /// 2, 4, 6, 9 or 12 digits: province, city, county, township, village.
    code: String,
    name: String,
    /// Names of the areas that it lies in, the widest first.
    within: Vec<String>,
}

impl From<FoundArea> for AreaFound {
    fn from(found: FoundArea) -> Self {
        let FoundArea { area, within } = found;
        Self { code: area.code, name: area.name, within }
    }
}
