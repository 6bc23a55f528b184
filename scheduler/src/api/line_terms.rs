//! What a request for a booking says of lines.

use std::collections::BTreeSet;

use booking::Interval;

use super::App;
use super::line_refusals::site_twice;
use super::lines_wire::SiteMode;
use crate::problem::Problem;
use crate::store::LineTerms;

/// That no site is named twice.
pub(super) fn check_sites(sites: &[SiteMode]) -> Result<(), Problem> {
    let mut seen = BTreeSet::new();
    match sites.iter().find(|site| !seen.insert(&site.organization_id)) {
        Some(site) => Err(site_twice(&site.organization_id)),
        None => Ok(()),
    }
}

/// What a booking says of lines.
pub(super) fn terms(app: &App, sites: Vec<SiteMode>, interval: Interval) -> LineTerms {
    let month = app.zone.month(app.zone.day_at(interval.start()));
    let modes = sites.into_iter().map(|site| (site.organization_id, site.mode)).collect();
    LineTerms { modes, month }
}
