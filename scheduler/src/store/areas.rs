//! Areas, and the index of words by which they are found.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::AssertSqlSafe;

use super::texts::placeholders;
use super::{Connection, Store, StoreError};
use crate::areas::{Area, above, level, plain};

/// Rows of one INSERT.
const ROWS: usize = 200;
/// Digits of the code of a county.
const COUNTY: usize = 6;
/// Behind every word and every code that begins with a prefix.
const BEHIND: char = '\u{10ffff}';

/// What one part of a list changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AreaChanges {
    pub(crate) put: u64,
    pub(crate) gone: u64,
}

/// An area that was found, and the names of those that it lies in, the widest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundArea {
    pub(crate) area: Area,
    pub(crate) within: Vec<String>,
}

impl Store {
    /// Makes the areas with codes after `after`, up to and with `until` (without it: all after), be these. What is the same
    /// already is not written.
    pub(crate) async fn put_areas(
        &self,
        after: &str,
        until: Option<&str>,
        areas: &[Area],
    ) -> Result<AreaChanges, StoreError> {
        let mut change = self.change().await?;
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT code, name FROM area WHERE code > $1 AND code <= $2 ORDER BY code",
        )
        .bind(after)
        .bind(until.map_or_else(|| BEHIND.to_string(), str::to_owned))
        .fetch_all(&mut *change)
        .await?;
        let mut there: BTreeMap<String, String> = rows.into_iter().collect();
        let mut new = Vec::new();
        for area in areas {
            if there.get(&area.code) == Some(&area.name) {
                there.remove(&area.code);
            } else {
                new.push(area);
            }
        }
        let mut changes = AreaChanges::default();
        for (code, name) in there {
            take_out(&mut change, &Area { code, name }).await?;
            changes.gone += 1;
        }
        // One that is called otherwise now has gone and comes anew.
        changes.put = u64::try_from(new.len()).unwrap_or(u64::MAX);
        insert(&mut change, &new).await?;
        change.commit().await?;
        Ok(changes)
    }

    /// Areas within `within` (a code; empty: everywhere) that have a word, or the code, that begins with `word`, at most `most`: wide ones
    /// first, then in the order of their words.
    pub(crate) async fn find_areas(
        &self,
        word: &str,
        within: &str,
        most: usize,
    ) -> Result<Vec<FoundArea>, StoreError> {
        let mut look = self.readers.acquire().await?;
        if within.len() >= COUNTY {
            return find_in_county(&mut look, word, within, most).await;
        }
        let mut codes: Vec<String> = Vec::new();
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            codes = sqlx::query_scalar(
                "SELECT code FROM area WHERE code >= $1 AND code < $2 AND code >= $3 AND code < $4
                 ORDER BY code LIMIT $5",
            )
            .bind(word)
            .bind(format!("{word}{BEHIND}"))
            .bind(within)
            .bind(format!("{within}{BEHIND}"))
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .fetch_all(&mut *look)
            .await?;
        }
        for level in 1..=5_i64 {
            let left = i64::try_from(most.saturating_sub(codes.len())).unwrap_or(i64::MAX);
            if left == 0 {
                break;
            }
            // One area may be found by several of its words.
            let found: Vec<String> = sqlx::query_scalar(
                "SELECT code FROM area_word
                 WHERE level = $1 AND word >= $2 AND word < $3 AND code >= $4 AND code < $5
                 ORDER BY word, code LIMIT $6",
            )
            .bind(level)
            .bind(word)
            .bind(format!("{word}{BEHIND}"))
            .bind(within)
            .bind(format!("{within}{BEHIND}"))
            .bind(left)
            .fetch_all(&mut *look)
            .await?;
            for code in found {
                if !codes.contains(&code) {
                    codes.push(code);
                }
            }
        }
        named(&mut look, codes).await
    }

    /// The areas of these codes that there are, and what they lie in.
    pub(crate) async fn areas_of(&self, codes: Vec<String>) -> Result<Vec<FoundArea>, StoreError> {
        let mut look = self.readers.acquire().await?;
        let mut found = named(&mut look, codes).await?;
        found.retain(|found| !found.area.name.is_empty());
        Ok(found)
    }

    /// The areas right below `parent`; without one the provinces. At most `most`, those after the code `after`.
    pub(crate) async fn areas_below(
        &self,
        parent: &str,
        after: &str,
        most: usize,
    ) -> Result<Vec<FoundArea>, StoreError> {
        let mut look = self.readers.acquire().await?;
        let depth = i64::try_from(parent.len()).unwrap_or(i64::MAX);
        let below = [2_i64, 4, 6, 9, 12].into_iter().find(|length| *length > depth);
        let codes: Vec<String> = sqlx::query_scalar(
            "SELECT code FROM area WHERE code > $1 AND code < $2 AND length(code) = $3 ORDER BY code LIMIT $4",
        )
        .bind(if after.is_empty() { parent } else { after })
        .bind(format!("{parent}{BEHIND}"))
        .bind(below.unwrap_or(0))
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&mut *look)
        .await?;
        named(&mut look, codes).await
    }
}

/// A county has so few areas that all of them are looked through, where the index of words would give all of China's first.
async fn find_in_county(
    look: &mut Connection,
    word: &str,
    within: &str,
    most: usize,
) -> Result<Vec<FoundArea>, StoreError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT code, name FROM area WHERE code >= $1 AND code < $2 ORDER BY code")
            .bind(within)
            .bind(format!("{within}{BEHIND}"))
            .fetch_all(&mut *look)
            .await?;
    // In the same order as by the index: by their codes first, then wide ones, then by their words.
    let mut found: Vec<(usize, String, String)> = Vec::new();
    for (code, name) in rows {
        let area = Area { code, name };
        if area.code.starts_with(word) {
            found.push((0, String::new(), area.code));
        } else if let Some(by) = area.words().into_iter().find(|by| by.starts_with(word)) {
            found.push((area.code.len(), by, area.code));
        }
    }
    found.sort();
    found.truncate(most);
    named(look, found.into_iter().map(|(_, _, code)| code).collect()).await
}

async fn named(look: &mut Connection, codes: Vec<String>) -> Result<Vec<FoundArea>, StoreError> {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut found = Vec::with_capacity(codes.len());
    for code in codes {
        let mut names = Vec::new();
        for part in above(&code).chain([code.as_str()]) {
            if !known.contains_key(part) {
                let name: Option<String> =
                    sqlx::query_scalar("SELECT name FROM area WHERE code = $1")
                        .bind(part)
                        .fetch_optional(&mut *look)
                        .await?;
                known.insert(part.to_owned(), name.unwrap_or_default());
            }
            names.extend(known.get(part).cloned());
        }
        let name = names.pop().unwrap_or_default();
        names.retain(|name| !name.is_empty());
        found.push(FoundArea { area: Area { code, name }, within: names });
    }
    Ok(found)
}

pub(super) async fn count_areas(look: &mut Connection) -> Result<usize, StoreError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM area").fetch_one(&mut *look).await?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// The areas of these codes or whole names; of one name at most two, which says that it is not enough.
pub(super) async fn areas_called(
    look: &mut Connection,
    words: &BTreeSet<String>,
) -> Result<Vec<Area>, StoreError> {
    let mut found = Vec::new();
    for word in words {
        let rows: Vec<(String, String)> = if level(word).is_some() {
            sqlx::query_as("SELECT code, name FROM area WHERE code = $1")
                .bind(word)
                .fetch_all(&mut *look)
                .await?
        } else {
            // The levels are given, so that the index of words is used.
            sqlx::query_as(
                "SELECT area.code, area.name FROM area_word JOIN area ON area.code = area_word.code
                 WHERE level IN (1, 2, 3, 4, 5) AND word = $1 AND name = $2 LIMIT 2",
            )
            .bind(plain(word))
            .bind(word)
            .fetch_all(&mut *look)
            .await?
        };
        found.extend(rows.into_iter().map(|(code, name)| Area { code, name }));
    }
    Ok(found)
}

/// Makes an area, or gives it another name.
pub(super) async fn put_area(
    change: &mut Connection,
    code: &str,
    name: &str,
) -> Result<(), StoreError> {
    let before: Option<String> = sqlx::query_scalar("SELECT name FROM area WHERE code = $1")
        .bind(code)
        .fetch_optional(&mut *change)
        .await?;
    if let Some(name) = before {
        take_out(change, &Area { code: code.to_owned(), name }).await?;
    }
    insert(change, &[&Area { code: code.to_owned(), name: name.to_owned() }]).await
}

async fn take_out(change: &mut Connection, area: &Area) -> Result<(), StoreError> {
    for word in area.words() {
        sqlx::query("DELETE FROM area_word WHERE level = $1 AND word = $2 AND code = $3")
            .bind(level(&area.code).unwrap_or(0))
            .bind(word)
            .bind(&area.code)
            .execute(&mut *change)
            .await?;
    }
    sqlx::query("DELETE FROM area WHERE code = $1").bind(&area.code).execute(&mut *change).await?;
    Ok(())
}

async fn insert(change: &mut Connection, areas: &[&Area]) -> Result<(), StoreError> {
    for part in areas.chunks(ROWS) {
        let text =
            format!("INSERT INTO area (code, name) VALUES {}", placeholders(1, part.len(), 2));
        let mut query = sqlx::query(AssertSqlSafe(text));
        for area in part {
            query = query.bind(&area.code).bind(&area.name);
        }
        query.execute(&mut *change).await?;
    }
    let mut words: Vec<(i64, String, &str)> = areas
        .iter()
        .flat_map(|area| {
            let level = level(&area.code).unwrap_or(0);
            area.words().into_iter().map(move |word| (level, word, area.code.as_str()))
        })
        .collect();
    // In the order of the index a page of it is written once and not once for each of its words.
    words.sort_unstable();
    for part in words.chunks(ROWS) {
        let text = format!(
            "INSERT INTO area_word (level, word, code) VALUES {}",
            placeholders(1, part.len(), 3)
        );
        let mut query = sqlx::query(AssertSqlSafe(text));
        for (level, word, code) in part {
            query = query.bind(*level).bind(word.as_str()).bind(*code);
        }
        query.execute(&mut *change).await?;
    }
    Ok(())
}
