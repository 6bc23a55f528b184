//! Starting and stopping the room.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use booking::UnixS;
use session::Keys;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::access::{Allowed, Gate, OpenId, SETUP_LINK_LIFE_S, Secret};
use crate::api::{self, App};
use crate::audit_files;
use crate::civil::Zone;
use crate::clock::Clock;
use crate::closing::{TOLD_AT_ONCE_MAX, Teller};
use crate::collecting::Collector;
use crate::config::Config;
use crate::delivering::Deliverer;
use crate::demo::{self, DemoLink};
use crate::gateway::Gateway;
use crate::mails::{Letterhead, MailServer, Sender};
use crate::metrics::Metrics;
use crate::reminders::{MailGateway, Reminding};
use crate::store::{MailRules, NewLink, OpenError, ReminderRules, Store, StoreError};
use crate::webhook::{self, Lookup, SendSettings};

/// How often the store is probed and the demo looked after.
const UPKEEP: Duration = Duration::from_secs(10);

/// Why the scheduler did not start. The texts are for the operator and say what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made or written.
    #[error(
        "cannot write to {path}: {why}. Give another folder with --data, or make this one writable for this user"
    )]
    NotWritable {
        /// The folder or file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// The database is damaged or is something else.
    #[error(
        "{path} is damaged or is not a scheduler's store: {why}. Move it away together with its -wal and -shm files and put back \
         your last copy; without a copy a new, empty store is made at the next start"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        why: String,
    },
    /// The database was made by a newer version.
    #[error(
        "{place} was made by a newer version of this program. Start that version, or give another folder with --data or \
         another database"
    )]
    Newer {
        /// The file, or the database without its password.
        place: String,
    },
    /// A PostgreSQL server that cannot be used.
    #[error("cannot use the database {place}: {why}. {advice}")]
    Database {
        /// Where it is, without its password.
        place: String,
        /// The server's or the system's words.
        why: String,
        /// What the operator can do.
        advice: &'static str,
    },
    /// No such time zone.
    #[error("there is no time zone `{0}`. Set time_zone to an IANA name, such as Asia/Shanghai")]
    TimeZone(String),
    /// Anything else of the store.
    #[error("cannot open {place}: {why}")]
    Store {
        /// The file, or the database without its password.
        place: String,
        /// What went wrong.
        why: String,
    },
    /// The calls to the gateway cannot be made.
    #[error("cannot speak to the gateway: {0}")]
    Gateway(String),
    /// The provider of single sign-on cannot be used as it is set.
    #[error("[scheduler.openid] cannot be used: {0}")]
    OpenId(String),
    /// Messages to webhooks cannot be sent as it is set.
    #[error("webhooks cannot be sent: {0}")]
    Webhooks(String),
    /// The mail server cannot be used as it is set.
    #[error("[scheduler.mail] cannot be used: {0}")]
    Mail(String),
    /// What is set for reminders could not be written down.
    #[error("cannot set by what people are reminded: {0}")]
    Reminders(String),
    /// The link to set the county up could not be made.
    #[error("cannot make the link to set the county up: {0}")]
    Setup(String),
    /// The demo county could not be written.
    #[error("cannot load the demo county: {0}")]
    Demo(String),
}

impl From<OpenError> for StartError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NotWritable { path, why } => Self::NotWritable { path, why },
            OpenError::Damaged { path, why } => Self::Damaged { path, why },
            OpenError::Newer { place } => Self::Newer { place },
            OpenError::Server { place, why, advice } => Self::Database { place, why, advice },
            OpenError::Other { place, why } => Self::Store { place, why },
        }
    }
}

fn gate(config: &Config) -> Gate {
    let person =
        Allowed { per_s: config.person_requests_per_s, at_once: config.person_requests_at_once };
    let address =
        Allowed { per_s: config.address_requests_per_s, at_once: config.address_requests_at_once };
    Gate::new(person, address)
}

/// The running room.
#[derive(Debug)]
pub struct Scheduler {
    app: Arc<App>,
    health: Arc<Mutex<Result<(), String>>>,
    stop: watch::Sender<bool>,
    upkeep: JoinHandle<()>,
    /// Who tells the gateway of bookings, who takes its receipts, who sends to webhooks, who reminds, and who sends mails.
    callers: Vec<JoinHandle<()>>,
    /// Who this is among the programs that send to webhooks.
    holder: Arc<str>,
    /// Opens the page on which the county is set up; none if it is.
    setup: Option<Secret>,
}

impl Scheduler {
    /// Opens the store in `config.data` or `config.database`, made if it is not there, and loads the demo county if asked to.
    pub async fn start(config: Config, keys: Keys) -> Result<Self, StartError> {
        Self::start_by(config, keys, Clock::system()).await
    }

    /// The same by another clock.
    pub async fn start_by(config: Config, keys: Keys, clock: Clock) -> Result<Self, StartError> {
        Self::start_following(config, watch::channel(keys).1, clock).await
    }

    /// The same with keys that are rotated while it runs.
    pub async fn start_following(
        config: Config,
        keys: watch::Receiver<Keys>,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let zone = Zone::named(&config.time_zone)
            .ok_or_else(|| StartError::TimeZone(config.time_zone.clone()))?;
        let openid = config.openid.as_ref().map(OpenId::new).transpose();
        let openid = openid.map_err(StartError::OpenId)?;
        let webhooks = webhook_sender(&config).map_err(StartError::Webhooks)?;
        let mail_server = config.mail.as_ref().map(MailServer::new).transpose();
        let mail_server = mail_server.map_err(StartError::Mail)?;
        let store = Store::open(&config.data, &config.database).await?;
        set_mail_rules(&store, &config).await?;
        set_reminder_rules(&store, (&config, &zone), clock.now()).await?;
        if config.demo {
            demo::load(&store, clock.now())
                .await
                .map_err(|error| StartError::Demo(error.to_string()))?;
        }
        let setup = match config.demo {
            true => None,
            false => setup_link(&store, clock.now()).await?,
        };
        let gateway = match config.gateway_url.as_str() {
            "" => None,
            url => Some(Gateway::new(url, keys.clone()).map_err(StartError::Gateway)?),
        };
        let (changed, changes) = mpsc::channel(TOLD_AT_ONCE_MAX);
        let metrics = Metrics::new();
        let access = gate(&config);
        let app = Arc::new(App {
            store,
            keys,
            clock,
            zone,
            config,
            metrics,
            access,
            openid,
            webhooks,
            changed,
        });
        let health = Arc::new(Mutex::new(Ok(())));
        let (stop, stopped) = watch::channel(false);
        let holder: Arc<str> = uuid::Uuid::now_v7().to_string().into();
        let deliverer = Deliverer::new(Arc::clone(&app), Arc::clone(&holder));
        let mut callers = vec![tokio::spawn(deliverer.run())];
        if let Some(gateway) = gateway {
            let collector = Collector::new(Arc::clone(&app), gateway.clone());
            callers.push(tokio::spawn(collector.run()));
            callers.push(tokio::spawn(Teller::new(Arc::clone(&app), gateway, changes).run()));
        }
        let letterhead = mail_server.as_ref().map(Letterhead::of);
        let reminding = Reminding::new(Arc::clone(&app), letterhead.map(MailGateway::new));
        callers.push(tokio::spawn(reminding.run()));
        if let Some(server) = mail_server {
            callers.push(tokio::spawn(Sender::new(Arc::clone(&app), server).run()));
        }
        let upkeep = tokio::spawn(upkeep(Arc::clone(&app), Arc::clone(&health), stopped));
        Ok(Self { app, health, stop, upkeep, callers, holder, setup })
    }

    /// The routes under `/api`; state applied, no fallback, so that it merges with the other rooms' routers.
    pub fn router(&self) -> Router {
        api::router(Arc::clone(&self.app))
    }

    /// Whether the store answered when it was last probed, at most some 10 seconds ago; if not, why.
    pub fn ready(&self) -> Result<(), String> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The room's counters as Prometheus text, without the closing `# EOF`.
    #[must_use]
    pub fn metrics(&self) -> String {
        self.app.metrics.text()
    }

    /// The links to click in a demo county, one for each user, valid 30 days; none if this is no demo.
    /// `base_url` is where the web client is, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn demo_links(&self, base_url: &str) -> Vec<DemoLink> {
        if !self.app.config.demo {
            return Vec::new();
        }
        demo::links(&self.app.keys(), self.app.clock.now(), base_url)
    }

    /// The link to name the county and make its first administrator, if there was none at the start: it works once and for
    /// 24 hours. `base_url` is where the web client is, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn setup_link(&self, base_url: &str) -> Option<String> {
        let base = base_url.trim_end_matches('/');
        self.setup.as_ref().map(|secret| format!("{base}/#/setup?once={}", secret.as_str()))
    }

    /// Ends the upkeep and closes the store. Stop serving the router first: a request after this is answered with 500.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for caller in self.callers {
            caller.abort();
            let _ = caller.await;
        }
        let _ = self.upkeep.await;
        // Another program, or this one when it is started again, goes on without waiting.
        if let Err(error) = self.app.store.leave_webhooks(&self.holder).await {
            tracing::warn!(%error, "webhooks.not_left");
        }
        self.app.store.close().await;
    }
}

fn webhook_sender(config: &Config) -> Result<webhook::Sender, String> {
    webhook::Sender::new(SendSettings {
        private: config.webhook_private_targets,
        ca_file: config.webhook_ca_file.clone(),
        answer: Duration::from_secs(config.webhook_answer_s.max(1)),
        lookup: Lookup::system(),
    })
}

/// Tells the store whether what is booked is to be told by mail.
async fn set_mail_rules(store: &Store, config: &Config) -> Result<(), StartError> {
    let rules = config.mail.as_ref();
    let rules = rules.map(|it| MailRules { delay_s: it.delay_s, waiting_max: it.waiting_max });
    let set = store.set_mail_rules(rules).await;
    set.map_err(|error| StartError::Mail(error.to_string()))
}

/// Tells the store by what people are reminded here.
async fn set_reminder_rules(
    store: &Store,
    (config, zone): (&Config, &Zone),
    now: UnixS,
) -> Result<(), StartError> {
    let rules = ReminderRules {
        zone: zone.name().to_owned(),
        mail: config.mail.is_some(),
        sms: config.reminder_sms,
        voice: config.reminder_voice,
    };
    let set = store.set_reminder_rules(&rules, now).await;
    set.map_err(|error| StartError::Reminders(error.to_string()))
}

/// Makes a new set-up link as long as nobody is administrator.
async fn setup_link(store: &Store, now: UnixS) -> Result<Option<Secret>, StartError> {
    let failed = |error: StoreError| StartError::Setup(error.to_string());
    if store.has_administrator().await.map_err(failed)? {
        return Ok(None);
    }
    let secret = Secret::random();
    let link = NewLink { sha256: secret.sha256(), made: now, ends: now.plus(SETUP_LINK_LIFE_S) };
    store.put_setup_link(&link).await.map_err(failed)?;
    Ok(Some(secret))
}

/// Moves what is too much of the log of reads into a file.
async fn move_old_audit(app: &App) {
    let moved = audit_files::move_old(&app.store, &app.config.data, app.config.audit_rows_max);
    match moved.await {
        Ok(entries) => {
            app.metrics.access.audit_moved.inc_by(entries);
        }
        Err(error) => {
            app.metrics.access.audit_not_moved.inc();
            tracing::warn!(%error, "audit.not_moved");
        }
    }
}

async fn upkeep(
    app: Arc<App>,
    health: Arc<Mutex<Result<(), String>>>,
    mut stopped: watch::Receiver<bool>,
) {
    while tokio::time::timeout(UPKEEP, stopped.changed()).await.is_err() {
        let probed = app.store.probe().await.map_err(|error| error.to_string());
        if let Err(why) = &probed {
            tracing::warn!(%why, "store.not_ready");
        }
        *health.lock().unwrap_or_else(PoisonError::into_inner) = probed;
        if let Err(error) = app.store.forget_logins(app.now(), app.config.login_idle_s).await {
            tracing::warn!(%error, "logins.not_forgotten");
        }
        move_old_audit(&app).await;
        if app.config.demo
            && let Err(error) = demo::renew(&app.store, app.clock.now()).await
        {
            tracing::warn!(%error, "demo.not_renewed");
        }
    }
}
