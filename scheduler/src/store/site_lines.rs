//! The lines of sites as the register reads and writes them: what they carry, a month and by the hour.

use booking::{Band, Capacity, Tariff, UnixS};

use super::lines::{forget, insert_line, whole};
use super::{BookableLine, Connection, StoreError};
use crate::register::SiteLine;

/// A bound that there is none of, in [`ROWS`].
const NONE: &str = "-";

/// The sites of whose lines something is known, as rows of the register; `more` is `down up month minute:price,…`.
pub(super) const ROWS: &str =
    "SELECT organization.id, names, organization.id AS special,
            coalesce(CAST(down_kbps AS TEXT), '-') || ' ' || coalesce(CAST(up_kbps AS TEXT), '-') || ' '
            || coalesce(CAST(month_mb AS TEXT), '-') || ' '
            || coalesce((SELECT string_agg(from_minute || ':' || price, ',' ORDER BY from_minute) FROM line_tariff
                         WHERE line_tariff.organization_id = organization.id), '') AS more,
            CAST(NULL AS BIGINT) AS retired_s
     FROM organization LEFT JOIN line ON line.organization_id = organization.id
          LEFT JOIN reception ON reception.organization_id = organization.id
     WHERE (line.organization_id IS NOT NULL OR month_mb IS NOT NULL) AND organization.id > $1
     ORDER BY organization.id LIMIT $2";

/// A line from the text of [`ROWS`].
pub(super) fn read(text: &str) -> Result<SiteLine, StoreError> {
    let unreadable = || StoreError::Unreadable(format!("`{text}` is no line"));
    let bound = |word: Option<&str>| match word {
        Some(NONE) => Ok(None),
        Some(word) => word.parse().map(Some).map_err(|_| unreadable()),
        None => Err(unreadable()),
    };
    let mut words = text.split(' ');
    let (down_kbps, up_kbps) = (bound(words.next())?, bound(words.next())?);
    let month_mb = bound(words.next())?;
    let band = |text: &str| {
        let (minute, price) = text.split_once(':')?;
        Some(Band { from_minute: minute.parse().ok()?, price: whole(price.parse().ok()?) })
    };
    let bands = words.next().unwrap_or_default().split(',').filter(|text| !text.is_empty());
    let bands: Option<Vec<Band>> = bands.map(band).collect();
    let tariff = Tariff::new(bands.ok_or_else(unreadable)?).map_err(|_| unreadable())?;
    Ok(SiteLine { capacity: Capacity { down_kbps, up_kbps }, month_mb, tariff })
}

/// Keeps what the register says of the line of a site.
pub(super) async fn write(
    change: &mut Connection,
    organization_id: &str,
    line: &SiteLine,
    now: UnixS,
) -> Result<(), StoreError> {
    forget(change, organization_id).await?;
    let bookable = BookableLine { capacity: line.capacity, tariff: line.tariff.clone() };
    if bookable != BookableLine::default() {
        insert_line(change, organization_id, &bookable, now).await?;
    }
    sqlx::query(
        "INSERT INTO reception (organization_id, mode, mode_most, session_mb, month_mb) VALUES ($1, 'full', 'full', NULL, $2)
         ON CONFLICT (organization_id) DO UPDATE SET month_mb = excluded.month_mb",
    )
    .bind(organization_id)
    .bind(line.month_mb.map(i64::from))
    .execute(change)
    .await?;
    Ok(())
}
