//! When the gateway was seen to hand over all its receipts: who has none of such a time received nothing. Of other times nobody
//! knows, so that nobody is absent for an outage.

use booking::{Interval, UnixS};
use teaching::Span;

use super::sessions::{point, seconds};
use super::{Store, StoreError};

/// Looks that are further apart than this leave a gap between them, seconds.
const GAP_S: u64 = 90;
/// How long it is kept, seconds: as long as receipts, and some days more.
const KEPT_S: u64 = 40 * 86_400;
/// Most spans of one class that are read: in twelve hours there are no more.
const SPANS_MAX: i64 = 1_000;

impl Store {
    /// Notes that all receipts of what was until `until` are here.
    pub(crate) async fn watch(&self, until: UnixS) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let (at, since) = (seconds(until)?, seconds(until.minus(GAP_S))?);
        let gone_on = sqlx::query(
            "UPDATE receipt_watch SET until_s = $1
             WHERE id = (SELECT max(id) FROM receipt_watch) AND until_s >= $2 AND until_s <= $1",
        )
        .bind(at)
        .bind(since)
        .execute(&mut *change)
        .await?;
        if gone_on.rows_affected() == 0 {
            sqlx::query("INSERT INTO receipt_watch (from_s, until_s) VALUES ($1, $1)")
                .bind(at)
                .execute(&mut *change)
                .await?;
            sqlx::query("DELETE FROM receipt_watch WHERE until_s < $1")
                .bind(seconds(until.minus(KEPT_S))?)
                .execute(&mut *change)
                .await?;
        }
        change.commit().await?;
        Ok(())
    }

    /// The spans within a time of which all receipts are here.
    pub(super) async fn watched(&self, time: Interval) -> Result<Vec<Span>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT from_s, until_s FROM receipt_watch WHERE until_s > $1 AND from_s < $2 ORDER BY id LIMIT $3",
        )
        .bind(seconds(time.start())?)
        .bind(seconds(time.end())?)
        .bind(SPANS_MAX)
        .fetch_all(&self.readers)
        .await?;
        let span = |(from_s, until_s): (i64, i64)| {
            let (from, until) = (point(from_s)?, point(until_s)?);
            Ok(Span::new(in_ms(from), in_ms(until)))
        };
        let spans = rows.into_iter().map(span).collect::<Result<Vec<_>, StoreError>>()?;
        Ok(spans.into_iter().flatten().collect())
    }
}

/// The same time in milliseconds.
pub(super) fn span_of(time: Interval) -> Result<Span, StoreError> {
    Span::new(in_ms(time.start()), in_ms(time.end()))
        .ok_or_else(|| StoreError::Unreadable("a time is empty".to_owned()))
}

const fn in_ms(at: UnixS) -> u64 {
    at.0.saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DatabaseUrl;

    #[tokio::test]
    async fn looks_that_follow_each_other_are_one_span_and_an_outage_is_between_two() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &DatabaseUrl::default()).await.unwrap();
        for at in [1_000, 1_030, 1_110, 1_201, 1_260, 1_150, 1_160] {
            store.watch(UnixS(at)).await.unwrap();
        }
        let within = async |from, to| {
            let spans =
                store.watched(Interval::new(UnixS(from), UnixS(to)).unwrap()).await.unwrap();
            spans.iter().map(|it| (it.from_ms() / 1_000, it.to_ms() / 1_000)).collect::<Vec<_>>()
        };
        // A clock that was set back begins anew.
        assert_eq!(within(0, 2_000).await, [(1_000, 1_110), (1_201, 1_260), (1_150, 1_160)]);
        assert_eq!(within(1_110, 1_140).await, []);
        store.watch(UnixS(1_111 + KEPT_S)).await.unwrap();
        assert_eq!(within(0, 2_000).await, [(1_201, 1_260), (1_150, 1_160)], "what is old goes");
    }
}
