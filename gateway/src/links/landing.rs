//! In which shard a connection that carries media lands: in that of the peer that its first check names.

use tokio::sync::mpsc;
use transport::ice;

use super::table::{Link, LinkEvent};
use crate::bell::Bell;

/// Where arrivals are brought to one shard.
#[derive(Clone, Debug)]
pub(crate) struct Landing {
    pub(crate) arrivals: mpsc::Sender<LinkEvent>,
    pub(crate) bell: Bell,
}

/// The shard has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Ended;

/// The way of one connection to its shard.
#[derive(Debug)]
pub(super) struct Landings {
    number: u64,
    /// For another shard, until a check has named one.
    link: Option<Link>,
    shards: Vec<Landing>,
    /// Where it stands.
    home: usize,
}

impl Landings {
    /// It stands nowhere yet.
    pub(super) fn new(number: u64, link: Link, shards: Vec<Landing>) -> Self {
        // A connection that names no shard is anybody's: these are spread over all shards.
        let count = u64::try_from(shards.len()).unwrap_or(u64::MAX).max(1);
        let home = usize::try_from(number % count).unwrap_or_default();
        Self { number, link: Some(link), shards, home }
    }

    /// One that has landed in the only shard.
    #[cfg(test)]
    pub(super) fn landed(number: u64, shard: Landing) -> Self {
        Self { number, link: None, shards: vec![shard], home: 0 }
    }

    /// It stands.
    pub(super) async fn begin(&mut self) -> Result<(), Ended> {
        let link = match self.shards.len() {
            1 => self.link.take(),
            _ => self.link.clone(),
        };
        match link {
            Some(link) => self.say(LinkEvent::Up(self.number, link)).await,
            None => Ok(()),
        }
    }

    /// Brings one datagram. The first check takes the connection to the shard that it names.
    pub(super) async fn bring(&mut self, arrival: LinkEvent) -> Result<(), Ended> {
        if self.link.is_some()
            && let LinkEvent::Datagram(.., datagram) = &arrival
            && let Some(tag) = ice::local_ufrag(datagram).and_then(ice::tag_of)
            && self.shards.len() > usize::from(tag)
            && let Some(link) = self.link.take()
            && self.home != usize::from(tag)
        {
            self.say(LinkEvent::Down(self.number)).await?;
            self.wake();
            self.home = tag.into();
            self.say(LinkEvent::Up(self.number, link)).await?;
        }
        self.say(arrival).await
    }

    async fn say(&self, arrival: LinkEvent) -> Result<(), Ended> {
        let shard = self.shards.get(self.home).ok_or(Ended)?;
        shard.arrivals.send(arrival).await.map_err(|_| Ended)
    }

    /// What was brought is to be looked at.
    pub(super) fn wake(&self) {
        if let Some(shard) = self.shards.get(self.home) {
            shard.bell.ring();
        }
    }

    /// The connection has ended.
    pub(super) async fn end(self) {
        // An error means that the shard has ended, and with it all that it knew of the connection.
        let _ = self.say(LinkEvent::Down(self.number)).await;
    }
}
