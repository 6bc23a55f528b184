//! The line of a site, as a table says it: kilobits a second, megabytes a month, and what a megabyte costs by the hour.

use booking::{Band, Capacity, MEGABYTES_MAX, Tariff};

use super::entry::{Entry, SiteLine, What};
use super::fault::{Column, Fault, shown};

/// Minutes of an hour and hours of a day.
const HOUR_MINUTES: u16 = 60;
const DAY_HOURS: u16 = 24;
/// Hundredths in a fen.
const HUNDREDTHS: u32 = 100;

/// What a line of a table says of the line of a site; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LineCells {
    pub(crate) down_kbps: Option<String>,
    pub(crate) up_kbps: Option<String>,
    pub(crate) month_mb: Option<String>,
    pub(crate) tariff: Option<String>,
}

/// The line of a site as `cells` make it of `before`; what is wrong is added to `faults`.
pub(super) fn said(cells: &LineCells, before: Option<&Entry>, faults: &mut Vec<Fault>) -> SiteLine {
    let kept = match before.map(|entry| &entry.what) {
        Some(What::Line { line, .. }) => line.clone(),
        _ => SiteLine::default(),
    };
    let found = faults.len();
    let mut bound = |column, cell: Option<&str>, kept, within| {
        cell.map_or(Ok(kept), |text| number(column, text, within)).unwrap_or_else(|fault| {
            faults.push(fault);
            None
        })
    };
    let (kbps, megabytes) = ((1, Capacity::KBPS_MAX), (0, MEGABYTES_MAX));
    let Capacity { down_kbps, up_kbps } = kept.capacity;
    let capacity = Capacity {
        down_kbps: bound(Column::DownKbps, cells.down_kbps.as_deref(), down_kbps, kbps),
        up_kbps: bound(Column::UpKbps, cells.up_kbps.as_deref(), up_kbps, kbps),
    };
    let month_mb = bound(Column::MonthMb, cells.month_mb.as_deref(), kept.month_mb, megabytes);
    let tariff = cells.tariff.as_deref().map_or(Ok(kept.tariff), tariff).unwrap_or_else(|fault| {
        faults.push(fault);
        Tariff::default()
    });
    let line = SiteLine { capacity, month_mb, tariff };
    if faults.len() == found && before.is_none() && line == SiteLine::default() {
        let detail = "nothing is said of the line; write at least one of down_kbps, up_kbps, month_mb and tariff";
        faults.push(Fault::new(Column::DownKbps, "line-empty", detail));
    }
    line
}

/// Whether a cell says that there is no bound.
fn is_none(text: &str) -> bool {
    matches!(text.to_lowercase().as_str(), "none" | "-" | "无" | "不限")
}

fn number(column: Column, text: &str, (least, most): (u32, u32)) -> Result<Option<u32>, Fault> {
    if is_none(text) {
        return Ok(None);
    }
    match text.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
        _ => {
            let detail = format!(
                "`{}` of `{}` must be a whole number from {least} to {most}, or `none` where nothing bounds it",
                shown(text),
                column.as_str()
            );
            let fault = Fault::new(column, "not-a-bound", detail);
            Err(fault.param("least", u64::from(least)).param("most", u64::from(most)))
        }
    }
}

/// `00:00=0.5;08:00=2`, a price of a megabyte in fen from each of these times on; or one price for all of the day.
fn tariff(text: &str) -> Result<Tariff, Fault> {
    if is_none(text) {
        return Ok(Tariff::default());
    }
    let malformed = || {
        let detail = format!(
            "`{}` is no tariff; write fen for a megabyte by the hour, such as 00:00=0.5;08:00=2, or one price for all of the day",
            shown(text)
        );
        Fault::new(Column::Tariff, "tariff-malformed", detail).param("id", text)
    };
    let parts = text.split([';', '；', ',', '，']).map(str::trim).filter(|part| !part.is_empty());
    let bands: Option<Vec<Band>> = parts.map(band).collect();
    let bands = bands.filter(|bands| !bands.is_empty()).ok_or_else(malformed)?;
    Tariff::new(bands).map_err(|error| {
        let detail = format!("`{}`: {error}", shown(text));
        Fault::new(Column::Tariff, "tariff-malformed", detail).param("id", text)
    })
}

/// `HH:MM=price`, or a price alone, which holds from midnight on.
fn band(part: &str) -> Option<Band> {
    let (from, price) = part.split_once('=').unwrap_or(("00:00", part));
    let (hour, minute) = from.trim().split_once([':', '：'])?;
    let (hour, minute): (u16, u16) =
        (digits(hour)?.try_into().ok()?, digits(minute)?.try_into().ok()?);
    let within = hour < DAY_HOURS && minute < HOUR_MINUTES;
    let price = hundredths(price.trim())?;
    within.then(|| Band { from_minute: hour * HOUR_MINUTES + minute, price })
}

/// Fen with at most two decimals, in hundredths.
fn hundredths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let tenths = match part.len() {
        1 => digits(part)?.checked_mul(10)?,
        2 => digits(part)?,
        _ => return None,
    };
    digits(whole)?.checked_mul(HUNDREDTHS)?.checked_add(tenths)
}

fn digits(text: &str) -> Option<u32> {
    let good = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    good.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tariff_is_fen_by_the_hour_or_one_price() {
        let bands = |text| tariff(text).map(|tariff| tariff.bands().to_vec());
        let band = |from_minute, price| Band { from_minute, price };
        assert_eq!(bands("2"), Ok(vec![band(0, 200)]));
        assert_eq!(bands(" 0:00=0.5； 8:30=2.25 "), Ok(vec![band(0, 50), band(510, 225)]));
        assert_eq!(bands("无"), Ok(Vec::new()));
        for bad in [
            "",
            ";",
            "08:00",
            "24:00=1",
            "08:60=1",
            "08:00=1;08:00=2",
            "1.234",
            "-1",
            "1e3",
            "08:00=99999999",
            "x",
        ] {
            assert_eq!(bands(bad).unwrap_err().code, "tariff-malformed", "{bad}");
        }
    }
}
