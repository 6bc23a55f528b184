//! The configuration: defaults, then one TOML file, then SHANQIAO_* variables, then flags. Read once, here.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::args::ServeArgs;

const PREFIX: &str = "SHANQIAO_";

/// Everything that can be set. A key that is not here is refused.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Address and port of pages, API and signalling; port 0 takes a free one.
    pub(crate) http: SocketAddr,
    /// Port of sound and picture, UDP and TCP; 0 takes a free one.
    pub(crate) media: u16,
    /// Address and port of the counters; none: 127.0.0.1:9464, or a free port if another program has that.
    pub(crate) metrics: Option<SocketAddr>,
    /// Most HTTP connections from one address, or one IPv6 network, at a time. A county behind one address needs one for
    /// each page and some for loading; put a proxy's whole share here if it runs on another machine.
    pub(crate) connections_per_address_max: usize,
    /// Addresses that browsers send media to; empty: the address of `edge` if others reach it, else that of `http`, or
    /// that of the way out if it is 0.0.0.0.
    pub(crate) media_ip: Vec<IpAddr>,
    /// Address and port that carry pages, signalling and media together, over TLS, and TURN by UDP; port 0 takes a
    /// free one; none: there is no such port.
    pub(crate) edge: Option<SocketAddr>,
    /// PEM file with its certificate chain; none: one that nobody vouches for is made in the data folder.
    pub(crate) edge_certificate: Option<PathBuf>,
    /// PEM file with the key to it.
    pub(crate) edge_key: Option<PathBuf>,
    /// Name in that certificate, under which browsers know this machine; none: the first media address.
    pub(crate) edge_name: Option<String>,
    /// Folder of keys, bookings and recordings.
    pub(crate) data: PathBuf,
    /// Whether the demo county is loaded.
    pub(crate) demo: bool,
    /// What is logged: `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,gateway=debug`.
    pub(crate) log: String,
    /// Form of the log lines.
    pub(crate) log_form: LogForm,
    /// Bounds of the gateway; its port and addresses are `media` and `media_ip`.
    pub(crate) gateway: gateway::Config,
    /// Times and bounds of the scheduler; its folder is `data`.
    pub(crate) scheduler: scheduler::Config,
    /// Times and bounds of the recorder; its folder is `data`.
    pub(crate) recorder: recorder::Config,
}

/// Form of the log lines.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogForm {
    /// For people.
    #[default]
    Text,
    /// For machines: one JSON object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            http: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            media: 7882,
            metrics: None,
            connections_per_address_max: 1024,
            media_ip: Vec::new(),
            edge: None,
            edge_certificate: None,
            edge_key: None,
            edge_name: None,
            data: PathBuf::from("data"),
            demo: false,
            log: "info".to_owned(),
            log_form: LogForm::Text,
            gateway: gateway::Config::default(),
            scheduler: scheduler::Config::default(),
            recorder: recorder::Config::default(),
        }
    }
}

impl Config {
    /// The configuration of this process.
    pub(crate) fn read(args: &ServeArgs) -> Result<Self> {
        let mut variables: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_lowercase(), value)))
            .collect();
        variables.sort();
        Self::from_parts(args, variables)
    }

    fn from_parts(args: &ServeArgs, variables: Vec<(String, String)>) -> Result<Self> {
        let (files, variables): (Vec<_>, Vec<_>) =
            variables.into_iter().partition(|(name, _)| name == "config");
        let file = args.config.clone().or_else(|| files.first().map(|(_, path)| path.into()));
        let mut table = file.as_deref().map(read_file).transpose()?.unwrap_or_default();
        // The file is checked on its own first, so that the sentence about a wrong key names the right place.
        if let Some(file) = file {
            let place = format!("the configuration {}", file.display());
            Self::from_table(table.clone(), &place)?;
        }
        for (name, value) in variables {
            let value = typed(&value);
            set(&mut table, &name, value)
                .with_context(|| format!("{PREFIX}{} cannot be used", name.to_uppercase()))?;
        }
        let mut config = Self::from_table(table, "the SHANQIAO_* variables")?;
        config.take_flags(args);
        Ok(config)
    }

    fn from_table(table: Table, place: &str) -> Result<Self> {
        table.try_into().map_err(|error: toml::de::Error| {
            let reason = error.to_string();
            anyhow::anyhow!("{place} cannot be used: {}", reason.trim().replace('\n', " "))
        })
    }

    fn take_flags(&mut self, args: &ServeArgs) {
        self.http = args.http.unwrap_or(self.http);
        self.media = args.media.unwrap_or(self.media);
        self.gateway.shards = args.shards.unwrap_or(self.gateway.shards);
        if !args.media_ip.is_empty() {
            self.media_ip.clone_from(&args.media_ip);
        }
        self.edge = args.edge.or(self.edge);
        self.metrics = args.metrics.or(self.metrics);
        let named = |flag: &Option<PathBuf>, set: &mut Option<PathBuf>| {
            if flag.is_some() {
                set.clone_from(flag);
            }
        };
        named(&args.edge_certificate, &mut self.edge_certificate);
        named(&args.edge_key, &mut self.edge_key);
        self.edge_name = args.edge_name.clone().or(self.edge_name.take());
        self.data = args.data.clone().unwrap_or_else(|| self.data.clone());
        self.demo |= args.demo;
        self.scheduler.webhook_private_targets |= args.webhook_private_targets;
        self.take_mail_flags(args);
    }

    fn take_mail_flags(&mut self, args: &ServeArgs) {
        let flags = [&args.mail_server, &args.mail_from, &args.mail_own_url];
        if flags.iter().all(|flag| flag.is_none()) {
            return;
        }
        let mail = self.scheduler.mail.get_or_insert_default();
        let set = [&mut mail.server, &mut mail.from, &mut mail.own_url];
        for (set, flag) in set.into_iter().zip(flags) {
            if let Some(flag) = flag {
                set.clone_from(flag);
            }
        }
    }

    /// What the gateway is told.
    pub(crate) fn for_gateway(&self) -> Result<gateway::Config> {
        let media_ip = self.media_addresses()?;
        let (edge_port, edge_name) = (self.edge.map(|it| it.port()), self.edge_name.clone());
        let mut own = self.gateway.clone();
        own.receipts_folder = own.receipts_folder.or_else(|| Some(self.data.join("receipts")));
        Ok(gateway::Config { media_port: self.media, media_ip, edge_port, edge_name, ..own })
    }

    /// What the scheduler is told; `near` is where the gateway is reached.
    pub(crate) fn for_scheduler(&self, near: SocketAddr) -> scheduler::Config {
        scheduler::Config {
            data: self.data.clone(),
            demo: self.demo,
            gateway_url: format!("http://{near}"),
            ..self.scheduler.clone()
        }
    }

    /// What the recorder is told; `near` is where the gateway is reached.
    pub(crate) fn for_recorder(&self, near: SocketAddr) -> recorder::Config {
        recorder::Config {
            data: self.data.clone(),
            tap_url: format!("ws://{near}/tap"),
            ..self.recorder.clone()
        }
    }

    /// The addresses that browsers are told to send media to.
    pub(crate) fn media_addresses(&self) -> Result<Vec<IpAddr>> {
        if !self.media_ip.is_empty() {
            return Ok(self.media_ip.clone());
        }
        // A port of pages that only this machine reaches says nothing of where clients are.
        let open = self.edge.map(|it| it.ip()).filter(|it| !it.is_loopback());
        let own = open.unwrap_or(self.http.ip());
        if !own.is_unspecified() {
            return Ok(vec![own]);
        }
        match way_out() {
            Some(address) => Ok(vec![address]),
            None => bail!(
                "this machine has no address that others could send media to: say it with --media-ip IP"
            ),
        }
    }
}

/// The local address of the default route; connecting a UDP socket sends nothing (192.0.2.1 is for documents, RFC 5737).
fn way_out() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|it| it.ip()).filter(|it| !it.is_unspecified())
}

fn read_file(path: &Path) -> Result<Table> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the configuration {shown} cannot be read"))?;
    text.parse().map_err(|error: toml::de::Error| {
        anyhow::anyhow!("the configuration {shown} is not TOML: {}", error.to_string().trim())
    })
}

/// A variable's text as TOML would have it, or as a string.
fn typed(text: &str) -> Value {
    let parsed = format!("value = {text}").parse::<Table>().ok();
    parsed.and_then(|mut it| it.remove("value")).unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Sets `gateway__room_max` as `room_max` in the table `gateway`.
fn set(table: &mut Table, name: &str, value: Value) -> Result<()> {
    let Some((outer, inner)) = name.split_once("__") else {
        table.insert(name.to_owned(), value);
        return Ok(());
    };
    let entry = table.entry(outer).or_insert_with(|| Value::Table(Table::new()));
    match entry {
        Value::Table(inside) => set(inside, inner, value),
        _ => bail!("{outer} is not a table"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn file(text: &str) -> (tempfile::TempDir, ServeArgs) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shanqiao.toml");
        std::fs::write(&path, text).unwrap();
        (folder, ServeArgs { config: Some(path), ..ServeArgs::default() })
    }

    #[test]
    fn flags_win_over_variables_over_file_over_defaults() {
        let (_folder, mut args) = file("media = 1\nlog = \"warn\"\ndemo = true");
        args.http = Some("127.0.0.1:9".parse().unwrap());
        let set = variables(&[("http", "127.0.0.1:8"), ("media", "2")]);
        let config = Config::from_parts(&args, set).unwrap();
        assert_eq!((config.http.port(), config.media, config.log.as_str()), (9, 2, "warn"));
        assert!(config.demo);
        assert_eq!(config.data, PathBuf::from("data"));
    }

    #[test]
    fn an_unknown_key_is_refused_by_name_and_place() {
        let (_folder, args) = file("mediaport = 1");
        let refused = Config::from_parts(&args, Vec::new()).unwrap_err().to_string();
        assert!(refused.contains("mediaport") && refused.contains("shanqiao.toml"), "{refused}");
        let set = variables(&[("htpp", "127.0.0.1:1")]);
        let refused = Config::from_parts(&ServeArgs::default(), set).unwrap_err().to_string();
        assert!(refused.contains("htpp") && refused.contains("SHANQIAO_"), "{refused}");
    }

    #[test]
    fn a_mail_server_is_named_by_flags_and_its_password_is_never_shown() {
        assert_eq!(
            Config::from_parts(&ServeArgs::default(), Vec::new()).unwrap().scheduler.mail,
            None
        );
        let args = ServeArgs {
            mail_server: Some("smtps://county@mail.example.org".to_owned()),
            mail_from: Some("county@example.org".to_owned()),
            ..ServeArgs::default()
        };
        let set = variables(&[
            ("scheduler__mail__password", "hunter2"),
            ("scheduler__mail__own_url", "https://county.example.org"),
        ]);
        let config = Config::from_parts(&args, set).unwrap();
        let mail = config.scheduler.mail.as_ref().unwrap();
        assert_eq!(
            (mail.from.as_str(), mail.own_url.as_str()),
            ("county@example.org", "https://county.example.org")
        );
        let shown = format!("{}{config:?}", toml::to_string(&config).unwrap());
        assert!(
            shown.contains("smtps://county@mail.example.org") && !shown.contains("hunter2"),
            "{shown}"
        );
    }

    #[test]
    fn a_wrong_value_is_refused_by_name() {
        let set = variables(&[("media", "70000")]);
        let refused = Config::from_parts(&ServeArgs::default(), set).unwrap_err().to_string();
        assert!(refused.contains("media"), "{refused}");
    }

    #[test]
    fn media_goes_where_the_pages_come_from() {
        let config = Config::default();
        assert_eq!(config.media_addresses().unwrap(), ["127.0.0.1".parse::<IpAddr>().unwrap()]);
        for (edge, media) in [("192.0.2.9:443", "192.0.2.9"), ("127.0.0.2:443", "127.0.0.1")] {
            let config = Config { edge: Some(edge.parse().unwrap()), ..Config::default() };
            assert_eq!(config.media_addresses().unwrap(), [media.parse::<IpAddr>().unwrap()]);
        }
        let named = vec!["192.0.2.7".parse().unwrap()];
        let config = Config { media_ip: named.clone(), ..Config::default() };
        assert_eq!(config.media_addresses().unwrap(), named);
    }
}
