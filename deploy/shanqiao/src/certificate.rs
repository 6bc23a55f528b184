//! The certificate of the one port: two files, or made at the first start for a demo.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Config;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// What a client is shown: the chain, and the key to it, each in a PEM file.
#[derive(Debug)]
pub(crate) struct Certificate {
    chain: PathBuf,
    key: PathBuf,
}

impl Certificate {
    /// The files that the configuration names; without them a certificate that nobody vouches for,
    /// kept in the data folder so that a browser has to be told only once.
    pub(crate) fn find(config: &Config, names: Vec<String>) -> Result<Self> {
        match (&config.edge_certificate, &config.edge_key) {
            (Some(chain), Some(key)) => Ok(Self { chain: chain.clone(), key: key.clone() }),
            (None, None) => {
                let file = |name: &str| config.data.join(name);
                let made = Self { chain: file("edge-certificate.pem"), key: file("edge-key.pem") };
                if !(made.chain.exists() && made.key.exists()) {
                    made.make(names)?;
                }
                Ok(made)
            }
            _ => {
                bail!("--edge-certificate and --edge-key belong together: name both files or none")
            }
        }
    }

    fn written(&self) -> [Option<SystemTime>; 2] {
        let written = |path: &Path| fs::metadata(path).and_then(|it| it.modified()).ok();
        [written(&self.chain), written(&self.key)]
    }

    fn make(&self, names: Vec<String>) -> Result<()> {
        let made = rcgen::generate_simple_self_signed(names)
            .context("no certificate can be made for these names: set edge_name")?;
        write(&self.key, &made.signing_key.serialize_pem(), 0o600)?;
        write(&self.chain, &made.cert.pem(), 0o644)
    }

    /// Takes TLS 1.2 and 1.3 with this certificate.
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor> {
        let chain = read(&self.chain, |path| CertificateDer::pem_file_iter(path)?.collect())?;
        let key = read(&self.key, |path| PrivateKeyDer::from_pem_file(path))?;
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|it| it.with_no_client_auth().with_single_cert(chain, key))
            .with_context(|| {
                let (chain, key) = (self.chain.display(), self.key.display());
                format!("the certificate {chain} and the key {key} do not go together")
            })?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// Reads a renewed certificate without a restart.
pub(crate) struct Renewal {
    files: Certificate,
    /// When the files were last written.
    seen: [Option<SystemTime>; 2],
    tls: watch::Sender<TlsAcceptor>,
}

impl Renewal {
    /// The first reading, for the listener, and what follows it.
    pub(crate) fn new(files: Certificate) -> Result<(watch::Receiver<TlsAcceptor>, Self)> {
        let (seen, tls) = (files.written(), files.acceptor()?);
        let (tls, reads) = watch::channel(tls);
        Ok((reads, Self { files, seen, tls }))
    }

    /// Looks now and then, for ever.
    pub(crate) async fn follow(mut self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            self.look();
        }
    }

    fn look(&mut self) {
        let written = self.files.written();
        if written == self.seen {
            return;
        }
        // Half of a pair is read again the next time, when the other half is there.
        match self.files.acceptor() {
            Ok(tls) => {
                self.seen = written;
                self.tls.send_replace(tls);
                tracing::info!("edge.certificate_renewed");
            }
            Err(error) => tracing::warn!(error = format!("{error:#}"), "edge.certificate_kept"),
        }
    }
}

/// Names of a certificate for these addresses and this name.
pub(crate) fn names(name: Option<&str>, ips: &[IpAddr]) -> Vec<String> {
    let ips = ips.iter().map(IpAddr::to_string);
    name.map(str::to_owned).into_iter().chain(ips).chain(["localhost".to_owned()]).collect()
}

fn read<T, E: std::error::Error + Send + Sync + 'static>(
    path: &Path,
    read: impl FnOnce(&Path) -> Result<T, E>,
) -> Result<T> {
    let advice = "it must be a PEM file that this user can read";
    read(path).with_context(|| format!("{} cannot be used: {advice}", path.display()))
}

fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    // Half of a pair from a start that was cut off is of no use.
    let _ = fs::remove_file(path);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all().with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn config(folder: &Path) -> Config {
        Config { data: folder.to_owned(), ..Config::default() }
    }

    fn some_names() -> Vec<String> {
        names(Some("county.example"), &["192.0.2.1".parse().unwrap()])
    }

    #[test]
    fn one_is_made_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path());
        let made = Certificate::find(&config, some_names()).unwrap();
        made.acceptor().unwrap();
        let key = fs::read(&made.key).unwrap();
        assert_eq!(fs::metadata(&made.key).unwrap().permissions().mode() & 0o777, 0o600);
        let again = Certificate::find(&config, some_names()).unwrap();
        assert_eq!(fs::read(&again.key).unwrap(), key);
    }

    #[test]
    fn a_renewed_pair_is_taken_once_it_is_whole() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let files = Certificate::find(&config(one.path()), some_names()).unwrap();
        let fresh = Certificate::find(&config(other.path()), some_names()).unwrap();
        let (chain, key) = (files.chain.clone(), files.key.clone());
        let (mut reads, mut renewal) = Renewal::new(files).unwrap();
        let replace = |old: &Path, new: &Path, age: u64| {
            fs::copy(new, old).unwrap();
            let file = OpenOptions::new().write(true).open(old).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(age)).unwrap();
        };
        let mut taken = |renewal: &mut Renewal| {
            renewal.look();
            let changed = reads.has_changed().unwrap();
            reads.mark_unchanged();
            changed
        };
        assert!(!taken(&mut renewal));
        replace(&chain, &fresh.chain, 1);
        assert!(!taken(&mut renewal), "the key is still the old one");
        replace(&key, &fresh.key, 2);
        assert!(taken(&mut renewal));
        assert!(!taken(&mut renewal));
    }

    #[test]
    fn files_that_do_not_fit_say_so() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let chain = Certificate::find(&config(one.path()), some_names()).unwrap().chain;
        let key = Certificate::find(&config(other.path()), some_names()).unwrap().key;
        let named = |chain: &Path, key: Option<&Path>| {
            let config = Config {
                edge_certificate: Some(chain.to_owned()),
                edge_key: key.map(Path::to_owned),
                ..Config::default()
            };
            Certificate::find(&config, vec![]).and_then(|it| it.acceptor().map(|_| ()))
        };
        let refused = named(&chain, Some(&key)).unwrap_err().to_string();
        assert!(refused.contains("do not go together"), "{refused}");
        let refused = named(&chain, None).unwrap_err().to_string();
        assert!(refused.contains("belong together"), "{refused}");
        let refused = named(Path::new("/nowhere.pem"), Some(&key)).unwrap_err().to_string();
        assert!(refused.contains("/nowhere.pem"), "{refused}");
        let refused = named(&key, Some(&key)).unwrap_err().to_string();
        assert!(refused.contains("do not go together") || refused.contains("PEM"), "{refused}");
    }
}
