//! Old entries of the log of who read what leave the store for files, so that the log is bounded there and never lost.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::store::{AuditEntry, Store, StoreError};

/// Why entries stayed in the store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MoveError {
    #[error("cannot write {path}: {why}")]
    File { path: PathBuf, why: std::io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Moves the oldest entries into a file of `folder`, if more than `most` are in the store; how many. A file is on the disk
/// before its entries leave the store; what was interrupted is done once more, with the same bytes.
pub(crate) async fn move_old(store: &Store, folder: &Path, most: u32) -> Result<u64, MoveError> {
    let entries = store.audit_to_move(most.into()).await?;
    let (Some(first), Some(last)) = (entries.first(), entries.last().cloned()) else {
        return Ok(0);
    };
    let path = folder.join(format!("audit-{:010}-{:010}.jsonl", first.number, last.number));
    let (count, target) = (entries.len(), path.clone());
    let written = tokio::task::spawn_blocking(move || write(&target, &entries)).await;
    written
        .unwrap_or_else(|error| Err(std::io::Error::other(error)))
        .map_err(|why| MoveError::File { path, why })?;
    store.audit_moved(&last).await?;
    Ok(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Writes beside the name and puts it there when all is on the disk.
fn write(path: &Path, entries: &[AuditEntry]) -> std::io::Result<()> {
    let beside = path.with_extension("part");
    let mut text = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut text, entry)?;
        text.push(b'\n');
    }
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(&text)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use booking::UnixS;

    use super::*;
    use crate::config::DatabaseUrl;
    use crate::store::Read;

    #[tokio::test]
    async fn what_is_too_much_goes_into_a_file_and_the_chain_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &DatabaseUrl::default()).await.unwrap();
        let read = Read {
            person_id: "dr-li".into(),
            act: "session",
            object: "a".into(),
            address: "127.0.0.1".into(),
            reason: String::new(),
            at: UnixS(1_795_392_000),
        };
        for _ in 0..25 {
            store.audit(&read).await.unwrap();
        }
        assert_eq!(move_old(&store, folder.path(), 25).await.unwrap(), 0);
        // The five that are too many, and a tenth of the bound beside.
        assert_eq!(move_old(&store, folder.path(), 20).await.unwrap(), 7);
        let text = std::fs::read_to_string(folder.path().join("audit-0000000001-0000000007.jsonl"));
        let numbers = text
            .unwrap()
            .lines()
            .map(|line| {
                let entry: serde_json::Value = serde_json::from_str(line).unwrap();
                entry["number"].as_i64().unwrap()
            })
            .collect::<Vec<_>>();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
        store.audit(&read).await.unwrap();
        let chain = store.audit_chain().await.unwrap();
        assert_eq!((chain.first, chain.latest, chain.broken_at), (8, 26, None));
        assert_eq!(move_old(&store, folder.path(), 20).await.unwrap(), 0);
        let nowhere = folder.path().join("nowhere");
        assert!(matches!(move_old(&store, &nowhere, 5).await, Err(MoveError::File { .. })));
        assert_eq!(store.audit_chain().await.unwrap().first, 8, "nothing left the store");
    }
}
