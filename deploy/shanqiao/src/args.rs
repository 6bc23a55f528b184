//! The command line.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Telemedicine and remote-education gateway: one program, one subcommand a role.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) all: ServeArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run gateway, recorder, scheduler and web client in one process (the default).
    All(ServeArgs),
    /// Print the effective configuration, secrets hidden, and what is missing on this machine.
    Check(ServeArgs),
    /// Assemble the recording whose task lies in the working directory; the recorder starts this in its sandbox.
    #[command(hide = true)]
    Assemble,
    /// Print one access token, signed with the key in the data folder.
    Token(Token),
    /// The areas of China: provinces, cities, counties, townships and villages.
    #[command(subcommand)]
    Areas(Areas),
    /// The keys of this house; a running program takes what changes within seconds.
    #[command(subcommand)]
    Keys(KeysCommand),
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Show the generations of keys: which signs, which are still read, and until when.
    List {
        /// Folder with keys.toml [default: data].
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Make new keys that sign from now on; what the earlier ones have signed is read until they are retired.
    Rotate(RotateKeys),
    /// Take an earlier generation away: links and tokens that only it has signed open nothing any more.
    Retire {
        /// Its id, as the list shows it.
        id: String,
        /// Folder with keys.toml [default: data].
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
}

/// Which keys become new.
#[derive(Debug, Args)]
pub(crate) struct RotateKeys {
    /// Only the root, or only the API key that servers with a LiveKit SDK have [default: both].
    #[arg(long, value_enum)]
    pub(crate) only: Option<Part>,
    /// Name of the new API key [default: the name of now with the next number].
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Days after which the keys of now are read no more [default: until they are retired].
    #[arg(long, value_name = "DAYS")]
    pub(crate) days: Option<u64>,
    /// Folder with keys.toml [default: data].
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// A part of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The root, of which the keys for people, rooms of the house, tickets and digits are derived.
    Root,
    /// The API key.
    Api,
}

/// What to do with areas.
#[derive(Debug, Subcommand)]
pub(crate) enum Areas {
    /// Make the areas of the store be those of a list; the scheduler may run meanwhile.
    Import(ImportAreas),
}

/// Which areas come from where.
#[derive(Debug, Args)]
pub(crate) struct ImportAreas {
    /// The list that deploy/areas/make.mjs makes, packed with gzip or not.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Code of one province, city or county: only what lies in it [default: all of China, some 130 MB in the store].
    #[arg(long, value_name = "CODE")]
    pub(crate) within: Option<String>,
    /// Folder of keys, bookings and recordings [default: data].
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// TOML file with the configuration; SHANQIAO_* variables win over it.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Where to listen and where to keep things; each flag wins over the file and the environment.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ServeArgs {
    /// Address and port of pages, API and signalling [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) http: Option<SocketAddr>,
    /// Port of sound and picture, UDP and TCP [default: 7882].
    #[arg(long, value_name = "PORT")]
    pub(crate) media: Option<u16>,
    /// Threads that carry sound and picture [default: one for each core].
    #[arg(long, value_name = "NUMBER")]
    pub(crate) shards: Option<usize>,
    /// Address and port of the counters for Prometheus; they tell how busy this machine is, so keep them from strangers
    /// [default: 127.0.0.1:9464, or a free port if another program has that].
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) metrics: Option<SocketAddr>,
    /// Address that browsers send media to; may be given again [default: follows --edge and --http].
    #[arg(long, value_name = "IP")]
    pub(crate) media_ip: Vec<IpAddr>,
    /// Address and port for pages, signalling and media together, over TLS: for networks that let nothing else through.
    /// TURN by UDP has the same number.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) edge: Option<SocketAddr>,
    /// PEM file with the certificate chain of --edge [default: one that nobody vouches for].
    #[arg(long, value_name = "FILE")]
    pub(crate) edge_certificate: Option<PathBuf>,
    /// PEM file with the key to it.
    #[arg(long, value_name = "FILE")]
    pub(crate) edge_key: Option<PathBuf>,
    /// Name in the certificate, under which browsers know this machine [default: the media address].
    #[arg(long, value_name = "NAME")]
    pub(crate) edge_name: Option<String>,
    /// Mail server that takes invitations, smtps://USER@HOST:465 or smtp://USER@HOST:587 [default: no mails are sent]. The
    /// password is read from a file ([scheduler.mail] password_file) or from SHANQIAO_SCHEDULER__MAIL__PASSWORD.
    #[arg(long, value_name = "URL")]
    pub(crate) mail_server: Option<String>,
    /// Address that mails come from.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) mail_from: Option<String>,
    /// Address under which people reach the pages; links in mails begin with it.
    #[arg(long, value_name = "URL")]
    pub(crate) mail_own_url: Option<String>,
    /// Folder of keys, bookings and recordings [default: data].
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Load a small demo county and print a link for each of its people.
    #[arg(long)]
    pub(crate) demo: bool,
    /// Let webhooks be in private networks, and by plain http on this machine.
    #[arg(long)]
    pub(crate) webhook_private_targets: bool,
    /// TOML file with the configuration; SHANQIAO_* variables win over it.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// What the token allows.
#[derive(Debug, Args)]
pub(crate) struct Token {
    /// Folder with keys.toml [default: data].
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Room that it opens.
    #[arg(long)]
    pub(crate) room: String,
    /// Who bears it.
    #[arg(long)]
    pub(crate) identity: String,
    /// Name shown to the others [default: the identity].
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// May send sound, picture and data. With neither --publish nor --subscribe both are allowed.
    #[arg(long)]
    pub(crate) publish: bool,
    /// May receive sound and picture.
    #[arg(long)]
    pub(crate) subscribe: bool,
    /// May mute and remove others.
    #[arg(long)]
    pub(crate) admin: bool,
    /// The room is recorded.
    #[arg(long)]
    pub(crate) record: bool,
    /// How long it is valid, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    pub(crate) ttl: u64,
}
