//! The forms of lines and quotes, camelCase JSON. Megabytes are of 10^6 bytes, kilobits of 10^3 bits.

use booking::{Band, Capacity, Interval, Misfit, Offer, Tariff, TariffError};
use serde::{Deserialize, Serialize};
use session::{Mode, Names};
use utoipa::openapi::schema::{AnyOfBuilder, Schema};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::App;
use super::names_wire::NamesSchema;
use super::problem_schemas::{Problem, SlotTaken};
use super::slots_wire::NotOpen;
use super::word_schemas::{misfit_schema, mode_schema};
use crate::civil::minute_of_day;
use crate::store;

/// What the access line of a site carries and costs.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Line {
    /// Kilobits a second to the site that may be booked at once; null = no bound.
    pub(super) down_kbps: Option<u32>,
    /// Kilobits a second from the site that may be booked at once; null = no bound.
    pub(super) up_kbps: Option<u32>,
    /// What a megabyte costs by the hour, in the order of the day, at most 24; empty = not known.
    #[serde(default)]
    pub(super) tariff: Vec<TariffBand>,
}

/// A price from an hour of the day on, until the next one begins; the last one goes on over midnight.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TariffBand {
    /// HH:MM in the county's zone.
    #[schema(example = "23:00")]
    from: String,
    /// Hundredths of a fen for a megabyte; 0 = free.
    hundredth_fen_per_mb: u32,
}

impl Line {
    /// The tariff that was sent; `None` where a time of it is none.
    pub(super) fn tariff(&self) -> Option<Result<Tariff, TariffError>> {
        let band = |band: &TariffBand| {
            let from_minute = minute_of_day(&band.from)?;
            Some(Band { from_minute, price: band.hundredth_fen_per_mb })
        };
        self.tariff.iter().map(band).collect::<Option<Vec<_>>>().map(Tariff::new)
    }
}

impl From<store::BookableLine> for Line {
    fn from(row: store::BookableLine) -> Self {
        let Capacity { down_kbps, up_kbps } = row.capacity;
        let band = |band: &Band| TariffBand {
            from: format!("{:02}:{:02}", band.from_minute / 60, band.from_minute % 60),
            hundredth_fen_per_mb: band.price,
        };
        Self { down_kbps, up_kbps, tariff: row.tariff.bands().iter().map(band).collect() }
    }
}

/// In which mode the people of a site take part.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SiteMode {
    pub(super) organization_id: String,
    #[schema(schema_with = mode_schema)]
    pub(super) mode: Mode,
}

/// What a session would take of the line of each of its sites.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Quote {
    pub(super) sites: Vec<SiteQuote>,
    /// When everybody is free and every line carries it, RFC 3339; null if it fits as it is, or not within 31 days.
    #[schema(required = true)]
    pub(super) next_fit: Option<String>,
}

/// What a session would take of the line of one site.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SiteQuote {
    organization_id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    /// How many of its people take part.
    people: usize,
    /// Null where nothing is known of the line: nothing bounds it then.
    #[schema(required = true)]
    line: Option<Line>,
    /// Megabytes of the site in the month of the session; null = no bound.
    #[schema(required = true)]
    month_mb: Option<u32>,
    /// What is left of them, when everything that is booked has taken all that it may; null = no bound.
    #[schema(required = true)]
    month_left_mb: Option<u32>,
    /// The mode that was asked for, or the most that its people may have.
    #[schema(schema_with = mode_schema)]
    mode: Mode,
    /// What its people may have, the most first.
    modes: Vec<ModeQuote>,
}

/// What the people of a site take in one mode, together.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ModeQuote {
    #[schema(schema_with = mode_schema)]
    mode: Mode,
    down_kbps: u32,
    up_kbps: u32,
    /// The most that they may use in all, both ways: the gateway saves, and stops, before it is more.
    megabytes: u32,
    /// What these megabytes cost, rounded up to a fen; null where no price is known.
    #[schema(required = true)]
    fen: Option<u64>,
    /// Null where it fits.
    #[schema(required = true)]
    misfit: Option<LineMisfit>,
}

/// Why a mode does not fit.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LineMisfit {
    /// `line` = too much at once, `month` = too many megabytes.
    #[schema(schema_with = misfit_schema)]
    reason: &'static str,
    /// From when until when the line is too full, RFC 3339; null for a month.
    #[schema(required = true)]
    from: Option<String>,
    #[schema(required = true)]
    until: Option<String>,
    /// Kilobits a second that are too many at the worst of it.
    over_down_kbps: u32,
    over_up_kbps: u32,
}

/// A site whose line cannot take a session, and what it can.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SiteMisfit {
    organization_id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    /// The mode that does not fit.
    #[schema(schema_with = mode_schema)]
    mode: Mode,
    #[serde(flatten)]
    misfit: LineMisfit,
    /// The modes that fit, the greatest first: send one of them in `sites`.
    fits: Vec<String>,
}

/// The problem of a session that lines cannot carry.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LineFull {
    #[serde(flatten)]
    problem: Problem,
    /// Every site whose line is too full.
    sites: Vec<SiteMisfit>,
    /// When everybody is free and every line carries it, RFC 3339; null if not within 31 days.
    #[schema(required = true)]
    next_fit: Option<String>,
}

/// Why a session was not booked though nothing is wrong with it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "a schema: the problems are made member by member")]
pub(super) enum NotBooked {
    /// A person or a room is taken.
    Taken(SlotTaken),
    /// Somebody or something is not open then.
    NotOpen(NotOpen),
    /// A line is too full.
    Line(LineFull),
}

/// Why a session was not changed though nothing is wrong with the change: as it is not booked, or for what has become of it.
#[derive(Debug)]
pub(super) enum NotChanged {}

impl PartialSchema for NotChanged {
    fn schema() -> RefOr<Schema> {
        let forms = ["SlotTaken", "NotOpen", "LineFull", "Problem"];
        let any = forms
            .into_iter()
            .fold(AnyOfBuilder::new(), |any, name| any.item(Ref::from_schema_name(name)));
        RefOr::T(Schema::AnyOf(any.build()))
    }
}

impl ToSchema for NotChanged {}

/// The problem of a line that is set to less than is booked on it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LineBooked {
    #[serde(flatten)]
    problem: Problem,
    #[serde(flatten)]
    misfit: LineMisfit,
}

impl LineMisfit {
    pub(super) fn new(app: &App, misfit: Misfit) -> Self {
        match misfit {
            Misfit::Line(excess) => Self {
                reason: "line",
                from: Some(app.zone.print(excess.interval.start())),
                until: Some(app.zone.print(excess.interval.end())),
                over_down_kbps: excess.over.down_kbps,
                over_up_kbps: excess.over.up_kbps,
            },
            Misfit::Month { .. } => Self {
                reason: "month",
                from: None,
                until: None,
                over_down_kbps: 0,
                over_up_kbps: 0,
            },
        }
    }
}

impl SiteMisfit {
    pub(super) fn new(app: &App, site: store::SiteMisfit) -> Self {
        let store::SiteMisfit { organization, wanted, why, fitting } = site;
        Self {
            organization_id: organization.id,
            names: organization.names,
            mode: wanted.mode,
            misfit: LineMisfit::new(app, why),
            fits: fitting.iter().map(ToString::to_string).collect(),
        }
    }
}

impl SiteQuote {
    pub(super) fn new(app: &App, site: store::SiteOutlook, interval: Interval) -> Self {
        let clock = app.zone.clock(interval);
        let offers = site.offers(interval);
        let store::SiteOutlook { organization, people, line, reception, wanted, .. } = site;
        let tariff = line.as_ref().map(|line| line.tariff.clone()).unwrap_or_default();
        let mode = |offer: &Offer| ModeQuote {
            mode: offer.mode,
            down_kbps: offer.load.down_kbps,
            up_kbps: offer.load.up_kbps,
            megabytes: offer.megabytes,
            fen: tariff.fen(&clock, offer.megabytes),
            misfit: offer.misfit.map(|misfit| LineMisfit::new(app, misfit)),
        };
        Self {
            organization_id: organization.id,
            names: organization.names,
            people: people.len(),
            modes: offers.iter().map(mode).collect(),
            line: line.map(Line::from),
            month_mb: reception.month_mb,
            month_left_mb: site.month_left_mb,
            mode: wanted,
        }
    }
}
