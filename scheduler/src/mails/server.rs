//! The mail server: how it is reached, and what it says to a mail.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use lettre::Address;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use reqwest::Url;
use tokio::sync::oneshot;

use crate::config::MailConfig;
use crate::store::SettledMail;

const CONNECT: Duration = Duration::from_secs(10);
/// How long the server may take over one answer.
const ANSWER: Duration = Duration::from_secs(20);
/// Most characters of what the server said that are kept.
const REPLY_CHARS_MAX: usize = 200;

/// What the server said to a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// It has it and answers for it from now on.
    Taken,
    /// It will never take it (5xx).
    Refused(String),
    /// It did not take it this time (4xx).
    NotNow(String),
    /// Nobody knows whether it has it.
    Unknown(String),
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) struct NotConnected {
    /// In a sentence for the operator.
    pub(super) why: String,
    /// Whether the server is there, and mails to it could be read by others or go to somebody else: it does not offer STARTTLS, or
    /// nobody vouches for its certificate.
    pub(super) is_untrusted: bool,
}

impl NotConnected {
    const fn away(why: String) -> Self {
        Self { why, is_untrusted: false }
    }

    const fn untrusted(why: String) -> Self {
        Self { why, is_untrusted: true }
    }
}

/// How the line is kept from others.
enum Secrecy {
    /// TLS from the first byte.
    Implicit(Box<TlsParameters>),
    /// STARTTLS, or nothing is sent.
    StartTls(Box<TlsParameters>),
    /// None: the server is on this machine.
    SameMachine,
}

/// How the server is reached.
struct Place {
    host: String,
    port: u16,
    secrecy: Secrecy,
    credentials: Option<Credentials>,
    hello: ClientId,
}

/// The mail server as it is set, and who writes.
pub(crate) struct MailServer {
    place: Arc<Place>,
    pub(super) from: Address,
    pub(super) from_name: String,
    pub(super) own_url: String,
}

impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailServer").field("host", &self.place.host).finish_non_exhaustive()
    }
}

impl MailServer {
    /// Checks the settings; says what is wrong with them in a sentence for the operator.
    pub(crate) fn new(settings: &MailConfig) -> Result<Self, String> {
        let form = "server must be smtps://USER@HOST:465 or smtp://USER@HOST:587";
        let url = Url::parse(&settings.server).map_err(|error| format!("{form}: {error}"))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(form)?.to_owned();
        if url.password().is_some() {
            return Err("write the password into a file and name it as password_file, or set SHANQIAO_SCHEDULER__MAIL__PASSWORD: in an address others can read it".to_owned());
        }
        let tls = || tls_for(&host, settings).map(Box::new);
        let (secrecy, usual_port) = match url.scheme() {
            "smtps" if settings.starttls => {
                return Err(
                    "starttls goes with smtp://: smtps:// is TLS from the first byte".to_owned()
                );
            }
            "smtps" => (Secrecy::Implicit(tls()?), 465),
            "smtp" if is_this_machine(&host) && !settings.starttls => (Secrecy::SameMachine, 25),
            "smtp" => (Secrecy::StartTls(tls()?), 587),
            _ => return Err(form.to_owned()),
        };
        let from: Address = settings
            .from
            .parse()
            .ok()
            .filter(|from: &Address| from.to_string().is_ascii())
            .ok_or("from must be a mail address, such as county@example.org")?;
        let place = Place {
            port: url.port().unwrap_or(usual_port),
            credentials: credentials(&url, settings)?,
            hello: ClientId::Domain(from.domain().to_owned()),
            host: host.trim_matches(['[', ']']).to_owned(),
            secrecy,
        };
        Ok(Self {
            place: Arc::new(place),
            from_name: settings.from_name.chars().filter(|sign| !sign.is_control()).collect(),
            own_url: own_url(&settings.own_url)?,
            from,
        })
    }

    /// A connection that takes mails.
    pub(super) async fn connect(&self) -> Result<SmtpConnection, NotConnected> {
        let place = Arc::clone(&self.place);
        let connected = apart(move || place.connect()).await;
        connected.unwrap_or_else(|| Err(NotConnected::away("the attempt was cut short".to_owned())))
    }

    /// Hands one mail over; with the connection, if it takes more.
    pub(super) async fn send(
        &self,
        connection: SmtpConnection,
        mail: &SettledMail,
    ) -> (Said, Option<SmtpConnection>) {
        let to: Result<Address, _> = mail.recipient.parse();
        let envelope = to.map_err(|error| error.to_string()).and_then(|to| {
            Envelope::new(Some(self.from.clone()), vec![to]).map_err(|error| error.to_string())
        });
        let envelope = match envelope {
            Ok(envelope) => envelope,
            Err(why) => return (Said::Refused(why), Some(connection)),
        };
        let (message, mut connection) = (mail.message.clone(), connection);
        let sent = apart(move || {
            let answer = connection.send(&envelope, message.as_bytes());
            (answer.map_or_else(|error| said(&error), |_| Said::Taken), connection)
        });
        match sent.await {
            Some((said, connection)) => (said, Some(connection).filter(|it| !it.has_broken())),
            None => (Said::Unknown("the attempt was cut short".to_owned()), None),
        }
    }
}

impl Place {
    /// Waits for the server.
    fn connect(&self) -> Result<SmtpConnection, NotConnected> {
        let implicit = match &self.secrecy {
            Secrecy::Implicit(tls) => Some(&**tls),
            Secrecy::StartTls(_) | Secrecy::SameMachine => None,
        };
        let place = (self.host.as_str(), self.port);
        let connected = SmtpConnection::connect(place, Some(CONNECT), &self.hello, implicit, None);
        let mut connection = connected.map_err(|error| self.not_connected(&error))?;
        connection
            .set_timeout(Some(ANSWER))
            .map_err(|error| NotConnected::away(error.to_string()))?;
        if let Secrecy::StartTls(tls) = &self.secrecy {
            if !connection.can_starttls() {
                connection.abort();
                let why = "it does not offer STARTTLS, and without it nothing is sent".to_owned();
                return Err(NotConnected::untrusted(why));
            }
            let secret = connection.starttls(tls, &self.hello);
            secret.map_err(|error| self.not_connected(&error))?;
        }
        if let Some(credentials) = &self.credentials {
            let ways = [Mechanism::Plain, Mechanism::Login];
            let known = connection.auth(&ways, credentials);
            known.map_err(|error| NotConnected::away(words(&error)))?;
        }
        Ok(connection)
    }

    fn not_connected(&self, error: &Error) -> NotConnected {
        let said = words(error);
        // lettre has no kind for it: the words are those of rustls, and a test holds them.
        if !said.contains("invalid peer certificate") {
            return NotConnected::away(said);
        }
        let why = format!(
            "nobody vouches for the certificate of {} ({said}); name the PEM file of its authority as ca_file, and as server the name that stands in the certificate",
            self.host
        );
        NotConnected::untrusted(why)
    }
}

/// Does something that waits in a thread of its own, which holds up no end of the program.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (tell, told) = oneshot::channel();
    let thread = std::thread::Builder::new().name("mail".to_owned());
    thread
        .spawn(move || {
            let _ = tell.send(work());
        })
        .ok()?;
    told.await.ok()
}

/// Ends a connection in peace.
pub(super) async fn leave(mut connection: SmtpConnection) {
    let _ = apart(move || connection.quit().is_ok()).await;
}

/// Replies that say that the server does not serve us, and nothing of the mail: bad order, and those about logging in
/// (RFC 4954).
const ABOUT_US: [u16; 5] = [503, 530, 534, 535, 538];

fn said(error: &Error) -> Said {
    let code = error.status().map(u16::from);
    match code {
        Some(code) if ABOUT_US.contains(&code) => Said::NotNow(words(error)),
        _ if error.is_permanent() => Said::Refused(words(error)),
        _ if error.is_transient() => Said::NotNow(words(error)),
        _ => Said::Unknown(words(error)),
    }
}

/// What went wrong, on one line.
fn words(error: &Error) -> String {
    let mut text = error.to_string();
    if let Some(source) = std::error::Error::source(error).map(ToString::to_string)
        && !text.contains(&source)
    {
        text = format!("{text}: {source}");
    }
    text.chars()
        .map(|sign| if sign.is_control() { ' ' } else { sign })
        .take(REPLY_CHARS_MAX)
        .collect()
}

fn is_this_machine(host: &str) -> bool {
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}

fn tls_for(host: &str, settings: &MailConfig) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(host.trim_matches(['[', ']']).to_owned());
    if let Some(path) = &settings.ca_file {
        let shown = path.display();
        let pem =
            std::fs::read(path).map_err(|error| format!("{shown} cannot be read: {error}"))?;
        let authority = Certificate::from_pem(&pem);
        builder = builder.add_root_certificate(
            authority.map_err(|error| format!("{shown} holds no certificate: {error}"))?,
        );
    }
    builder.build().map_err(|error| format!("TLS cannot be used: {error}"))
}

fn credentials(url: &Url, settings: &MailConfig) -> Result<Option<Credentials>, String> {
    let from_file = settings.password_file.as_deref().map(|path| {
        std::fs::read_to_string(path)
            .map(|text| text.trim().to_owned())
            .map_err(|error| format!("{} cannot be read: {error}", path.display()))
    });
    let password = from_file.transpose()?.unwrap_or_else(|| settings.password.secret().to_owned());
    match (url.username(), password.as_str()) {
        ("", "") => Ok(None),
        ("", _) => Err("there is a password and no user: write server as smtps://USER@HOST".into()),
        (_, "") => Err("there is a user and no password: name its file as password_file".into()),
        (user, _) => Ok(Some(Credentials::new(unescaped(user)?, password))),
    }
}

/// A user's name as it stands in an address: `%40` is an @.
fn unescaped(user: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    let mut rest = user.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || char::from(rest.next().unwrap_or_default()).to_digit(16);
        bytes.push(match byte {
            b'%' => {
                let pair = digit().zip(digit()).map(|(high, low)| high * 16 + low);
                pair.and_then(|it| u8::try_from(it).ok()).ok_or("server holds a broken %")?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| "the user in server is no text".to_owned())
}

/// The address of our pages without its last `/`.
fn own_url(text: &str) -> Result<String, String> {
    let wrong = "own_url must be the address of the pages, such as https://county.example.org";
    let url = Url::parse(text).map_err(|_| wrong)?;
    let web = matches!(url.scheme(), "https" | "http") && url.host_str().is_some();
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if web && plain { Ok(url.as_str().trim_end_matches('/').to_owned()) } else { Err(wrong.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(server: &str) -> MailConfig {
        MailConfig {
            server: server.to_owned(),
            from: "county@example.org".to_owned(),
            own_url: "https://county.example.org/".to_owned(),
            ..MailConfig::default()
        }
    }

    #[test]
    fn what_cannot_work_or_would_leak_is_refused_with_what_to_do() {
        let password =
            MailConfig { password: "p".to_owned().into(), ..settings("smtps://a%40b@x") };
        let server = MailServer::new(&password).unwrap();
        assert!(
            server.place.credentials.is_some()
                && matches!(server.place.secrecy, Secrecy::Implicit(_))
        );
        assert_eq!(
            (server.place.port, server.own_url.as_str()),
            (465, "https://county.example.org")
        );
        let plain = MailServer::new(&settings("smtp://127.0.0.1:2525")).unwrap();
        assert!(matches!(plain.place.secrecy, Secrecy::SameMachine), "{plain:?}");
        let other = MailServer::new(&settings("smtp://mail.example.org")).unwrap();
        assert!(matches!(other.place.secrecy, Secrecy::StartTls(_)) && other.place.port == 587);
        let local =
            MailServer::new(&MailConfig { starttls: true, ..settings("smtp://localhost:2525") });
        assert!(matches!(local.unwrap().place.secrecy, Secrecy::StartTls(_)));
        for (wrong, advice) in [
            (MailConfig { starttls: true, ..settings("smtps://x") }, "smtp://"),
            (settings("smtps://a:secret@mail.example.org"), "password_file"),
            (settings("https://mail.example.org"), "smtps://"),
            (settings("smtps://a@mail.example.org"), "password_file"),
            (settings(""), "smtps://"),
            (MailConfig { from: "county".into(), ..settings("smtps://x") }, "county@example.org"),
            (MailConfig { own_url: "x".into(), ..settings("smtps://x") }, "own_url"),
        ] {
            let said = MailServer::new(&wrong).unwrap_err();
            assert!(said.contains(advice) && !said.contains("secret@"), "{said}");
        }
    }
}
