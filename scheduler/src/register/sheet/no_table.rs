//! Why a file is no table at all.

use crate::register::fault::Param;

/// Why a file is no table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoTable {
    /// A word that never changes.
    pub(crate) code: &'static str,
    pub(crate) params: Vec<(&'static str, Param)>,
    /// What the person can do, in English.
    pub(crate) detail: String,
}

impl NoTable {
    pub(super) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, params: Vec::new(), detail: detail.into() }
    }

    pub(super) fn param(mut self, name: &'static str, value: impl Into<Param>) -> Self {
        self.params.push((name, value.into()));
        self
    }
}
