//! Tables of organizations, rooms and people, as counties write them in spreadsheets.

/// A table is read and carried out on an empty register; the second time it makes nothing.
pub(crate) fn table(data: &[u8]) {
    let found = scheduler::readers::table(data);
    assert!(found.is_none_or(|(_, same)| same), "the same table makes more the second time");
}
