use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::addresses::Reach;

/// Addresses of one name that are looked at; more of them are refused.
const ADDRESSES_MAX: usize = 32;

type Looked = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>>;

/// Where the addresses of a name come from: the system's resolver, or what a test tells.
#[derive(Clone)]
pub(crate) struct Lookup(Arc<dyn Fn(String) -> Looked + Send + Sync>);

impl Lookup {
    /// What the system says.
    pub(crate) fn system() -> Self {
        Self(Arc::new(|name| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        }))
    }

    #[cfg(test)]
    pub(super) fn told(tell: impl Fn(&str) -> Vec<IpAddr> + Send + Sync + 'static) -> Self {
        Self(Arc::new(move |name| {
            let found = tell(&name);
            Box::pin(async move { Ok(found) })
        }))
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lookup").finish_non_exhaustive()
    }
}

/// A name that leads where nothing is sent.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that nothing is sent to")]
pub(super) struct ForbiddenName;

/// A name has no address.
#[derive(Debug, thiserror::Error)]
#[error("the name is not known")]
pub(super) struct UnknownName;

/// Looks names up for the HTTP client and hands on addresses that were checked, all of them or none. The client connects to what
/// it is handed and asks nobody again, so that a name cannot lead elsewhere between the check and the connection.
#[derive(Debug, Clone)]
pub(super) struct CheckedNames {
    pub(super) lookup: Lookup,
    pub(super) private: bool,
}

impl CheckedNames {
    /// The addresses of a name, if each of them may be sent to.
    pub(super) async fn addresses(
        &self,
        name: &str,
    ) -> Result<Vec<IpAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let found = (self.lookup.0)(name.to_owned()).await.map_err(|_| UnknownName)?;
        if found.is_empty() {
            return Err(UnknownName.into());
        }
        let open = |address: &IpAddr| Reach::of(*address).is_open(self.private);
        if found.len() > ADDRESSES_MAX || !found.iter().all(open) {
            return Err(ForbiddenName.into());
        }
        Ok(found)
    }
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.clone();
        Box::pin(async move {
            let found = names.addresses(name.as_str()).await?;
            let found: Addrs =
                Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(found)
        })
    }
}
