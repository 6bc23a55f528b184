//! When people, rooms and lines of a wish are all there for it.

use booking::{Interval, next_free};

use super::clashes::LOOK_AHEAD_MOST_S;
use super::line_claims::{LineRefused, outlook};
use super::wanted::look;
use super::{NewSession, Store};

impl Store {
    /// The earliest time from the wanted one on at which all people and rooms are free and every line carries the mode that is
    /// wanted; `None` if there is none within 31 days.
    pub(crate) async fn next_fit(&self, new: &NewSession) -> Result<Option<Interval>, LineRefused> {
        let mut connection = self.readers.acquire().await?;
        let horizon = new.interval.start().plus(LOOK_AHEAD_MOST_S);
        let Ok(ahead) = Interval::new(new.interval.start(), horizon) else { return Ok(None) };
        let found = look(&mut connection, new, horizon).await?;
        let mut known_until = found.known_until;
        let mut taken: Vec<Interval> = found.wanted.into_iter().flat_map(|it| it.taken).collect();
        for site in outlook(&mut connection, new, (ahead, "")).await? {
            known_until = known_until.min(site.known_until(horizon));
            taken.extend(site.full(new.interval, ahead));
        }
        Ok(next_free(&taken, new.interval.start(), new.interval.seconds(), known_until))
    }
}
