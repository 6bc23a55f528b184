use std::error::Error as _;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, USER_AGENT};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::names::{CheckedNames, ForbiddenName, Lookup, UnknownName};
use super::target::{BadTarget, Target};

/// Most tries at a time.
const TRIES_AT_ONCE: usize = 8;
const CONNECT: Duration = Duration::from_secs(5);
/// Of an answer no more is read.
const ANSWER_BYTES_MAX: usize = 4096;
/// Longest body of a message, bytes.
const BODY_BYTES_MAX: usize = 16 * 1024;
/// A receiver does not ask for a longer pause than the longest between two tries.
const ASKED_PAUSE_S_MAX: u64 = 3600;
/// What a try may take beside the answer's time, seconds.
const TRY_S_SPARE: u64 = 5;

/// How messages are sent.
#[derive(Debug, Clone)]
pub(crate) struct SendSettings {
    /// The operator allows the county's own networks, and http to this machine.
    pub(crate) private: bool,
    /// PEM file of an authority that vouches for receivers, beside the system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// How long a receiver may take, from the first look-up of its name to the end of its answer.
    pub(crate) answer: Duration,
    pub(crate) lookup: Lookup,
}

/// A message, signed.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// The same whenever this event is sent to this endpoint.
    pub(crate) id: String,
    /// Seconds since 1970, of this try.
    pub(crate) timestamp_s: u64,
    /// One or two, with a space between.
    pub(crate) signatures: String,
    /// JSON.
    pub(crate) body: String,
}

/// Why a try failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The receiver answered with another status than 2xx.
    Status,
    /// It answered 410: it wants no messages any more.
    Gone,
    /// It sent us elsewhere, where we do not go.
    Redirect,
    /// No answer in time.
    Timeout,
    /// Its name is not known.
    UnknownName,
    /// Its address, or where its name leads, is one that nothing is sent to.
    Forbidden,
    /// No connection, or one that broke.
    Unreachable,
    /// The message is too long to be sent.
    TooLong,
}

impl Failure {
    /// The word in the API, in the store and in counters.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Gone => "gone",
            Self::Redirect => "redirect",
            Self::Timeout => "timeout",
            Self::UnknownName => "unknown-name",
            Self::Forbidden => "forbidden",
            Self::Unreachable => "unreachable",
            Self::TooLong => "too-long",
        }
    }
}

/// What became of one try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tried {
    /// The receiver's status, if it answered.
    pub(crate) status: Option<u16>,
    /// None: it has taken the message.
    pub(crate) failure: Option<Failure>,
    /// How long it took, milliseconds.
    pub(crate) ms: u64,
    /// How long the receiver asks to be left alone, seconds.
    pub(crate) pause_s: Option<u64>,
}

impl Tried {
    /// What became of it in a word, for counters.
    pub(crate) fn outcome(&self) -> &'static str {
        self.failure.map_or("taken", Failure::word)
    }
}

/// A place among the tries that are made at a time.
#[derive(Debug)]
pub(crate) struct Turn<'a>(#[expect(dead_code, reason = "held until dropped")] SemaphorePermit<'a>);

/// Sends messages to where they may go: to addresses that were checked, over no proxy, after no redirect, bounded in time, bytes
/// and number.
#[derive(Debug)]
pub(crate) struct Sender {
    client: reqwest::Client,
    names: CheckedNames,
    turns: Semaphore,
    answer: Duration,
}

impl Sender {
    /// Says in a sentence for the operator what is wrong with the settings.
    pub(crate) fn new(settings: SendSettings) -> Result<Self, String> {
        let SendSettings { private, ca_file, answer, lookup } = settings;
        let names = CheckedNames { lookup, private };
        let mut client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT)
            .timeout(answer)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(15))
            .dns_resolver(std::sync::Arc::new(names.clone()));
        if let Some(path) = ca_file {
            let pem = std::fs::read(&path)
                .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
            let authority = reqwest::Certificate::from_pem(&pem)
                .map_err(|error| format!("{} is no certificate in PEM: {error}", path.display()))?;
            client = client.add_root_certificate(authority);
        }
        let client = client.build().map_err(|error| error.to_string())?;
        Ok(Self { client, names, turns: Semaphore::new(TRIES_AT_ONCE), answer })
    }

    /// How long a try takes at most, seconds.
    pub(crate) fn try_s_max(&self) -> u64 {
        self.answer.as_secs().saturating_add(TRY_S_SPARE)
    }

    /// Waits for a turn to send.
    pub(crate) async fn turn(&self) -> Option<Turn<'_>> {
        self.turns.acquire().await.ok().map(Turn)
    }

    /// A turn to send, if nobody has to be waited for.
    pub(crate) fn turn_now(&self) -> Option<Turn<'_>> {
        self.turns.try_acquire().ok().map(Turn)
    }

    /// An address that may be sent to. One whose name nobody knows at the moment is taken: it may be known later.
    pub(crate) async fn check(&self, text: &str) -> Result<Target, BadTarget> {
        let target = Target::read(text, self.names.private)?;
        if let Some(name) = target.name() {
            let looked = tokio::time::timeout(CONNECT, self.names.addresses(name)).await;
            if let Ok(Err(error)) = looked
                && error.is::<ForbiddenName>()
            {
                return Err(BadTarget::Forbidden);
            }
        }
        Ok(target)
    }

    /// One try.
    pub(crate) async fn send(&self, _turn: &Turn<'_>, url: &str, message: Message) -> Tried {
        let begun = Instant::now();
        let (status, failure, pause_s) = self.answered(url, message).await;
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Tried { status, failure, ms, pause_s }
    }

    async fn answered(
        &self,
        url: &str,
        message: Message,
    ) -> (Option<u16>, Option<Failure>, Option<u64>) {
        if message.body.len() > BODY_BYTES_MAX {
            return (None, Some(Failure::TooLong), None);
        }
        // Numbers are not looked up: what the operator allows may be less than when the address was given.
        let Ok(target) = Target::read(url, self.names.private) else {
            return (None, Some(Failure::Forbidden), None);
        };
        let request = self
            .client
            .post(target.url())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(USER_AGENT, HeaderValue::from_static("shanqiao-webhooks/1"))
            .header("webhook-id", message.id)
            .header("webhook-timestamp", message.timestamp_s)
            .header("webhook-signature", message.signatures)
            .body(message.body);
        let mut answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return (None, Some(failure(&error)), None),
        };
        let status = answer.status();
        let pause_s = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let pause_s = pause_s.and_then(|text| text.parse().ok());
        let pause_s = pause_s.map(|seconds: u64| seconds.min(ASKED_PAUSE_S_MAX));
        let failure = match status {
            status if status.is_success() => None,
            StatusCode::GONE => Some(Failure::Gone),
            status if status.is_redirection() => Some(Failure::Redirect),
            _ => Some(Failure::Status),
        };
        // The rest of a short answer is taken so that the connection can be used again; of a long one it is cut.
        let mut read = 0;
        while read < ANSWER_BYTES_MAX {
            match answer.chunk().await {
                Ok(Some(part)) => read += part.len(),
                Ok(None) | Err(_) => break,
            }
        }
        (Some(status.as_u16()), failure, pause_s)
    }
}

/// What an error of the client means, by what caused it.
fn failure(error: &reqwest::Error) -> Failure {
    let mut cause = error.source();
    while let Some(found) = cause {
        if found.is::<ForbiddenName>() {
            return Failure::Forbidden;
        }
        if found.is::<UnknownName>() {
            return Failure::UnknownName;
        }
        cause = found.source();
    }
    if error.is_timeout() { Failure::Timeout } else { Failure::Unreachable }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    fn message() -> Message {
        Message { id: "a".into(), timestamp_s: 1, signatures: "v1,".into(), body: "{}".into() }
    }

    fn sender(private: bool, tell: impl Fn(&str) -> Vec<IpAddr> + Send + Sync + 'static) -> Sender {
        let answer = Duration::from_secs(2);
        let lookup = Lookup::told(tell);
        Sender::new(SendSettings { private, ca_file: None, answer, lookup }).unwrap()
    }

    async fn tried(sender: &Sender, url: &str) -> Tried {
        sender.send(&sender.turn().await.unwrap(), url, message()).await
    }

    /// How many connections came.
    fn counting(listener: TcpListener) -> Arc<AtomicUsize> {
        let came = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&came);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        came
    }

    #[tokio::test]
    async fn a_name_that_leads_elsewhere_after_the_check_is_not_followed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let came = counting(listener);
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        // Public when it is given, this machine from the second look on.
        let sender = sender(false, move |_| {
            let first = count.fetch_add(1, Ordering::SeqCst) == 0;
            vec![if first { "192.88.98.1" } else { "127.0.0.1" }.parse().unwrap()]
        });
        let url = format!("https://hooks.example.org:{port}/");
        assert!(sender.check(&url).await.is_ok());
        assert_eq!(tried(&sender, &url).await.failure, Some(Failure::Forbidden));
        assert_eq!(sender.check(&url).await, Err(BadTarget::Forbidden));
        assert_eq!(asked.load(Ordering::SeqCst), 3, "looked up once for each");
        assert_eq!(came.load(Ordering::SeqCst), 0, "nobody was connected to");
    }

    #[tokio::test]
    async fn one_forbidden_address_among_others_is_enough() {
        let many = |text: &str| -> Vec<IpAddr> {
            text.split(' ').filter_map(|address| address.parse().ok()).collect()
        };
        let sender = sender(false, move |name| match name {
            "mixed.example.org" => many("8.8.8.8 127.0.0.1"),
            "many.example.org" => vec!["8.8.8.8".parse().unwrap(); 33],
            "mapped.example.org" => many("::ffff:169.254.169.254"),
            _ => vec![],
        });
        for name in ["mixed", "many", "mapped"] {
            let url = format!("https://{name}.example.org/");
            assert_eq!(sender.check(&url).await, Err(BadTarget::Forbidden), "{name}");
            assert_eq!(tried(&sender, &url).await.failure, Some(Failure::Forbidden), "{name}");
        }
        let url = "https://nobody.example.org/";
        assert!(sender.check(url).await.is_ok(), "it may be known later");
        assert_eq!(tried(&sender, url).await.failure, Some(Failure::UnknownName));
    }

    #[tokio::test]
    async fn numbers_are_judged_again_when_they_are_sent_to() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let came = counting(listener);
        assert!(sender(true, |_| vec![]).check(&url).await.is_ok());
        let tried = tried(&sender(false, |_| vec![]), &url).await;
        assert_eq!((tried.failure, came.load(Ordering::SeqCst)), (Some(Failure::Forbidden), 0));
    }

    #[tokio::test]
    async fn of_an_answer_that_never_ends_little_is_read() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let writing = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 1024];
            let _ = stream.read(&mut asked).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let mut written = 0_usize;
            while stream.write_all(&[b'a'; 16 * 1024]).await.is_ok() {
                written += 16 * 1024;
            }
            written
        });
        let tried = tried(&sender(true, |_| vec![]), &url).await;
        assert_eq!((tried.status, tried.failure), (Some(200), None));
        assert!(tried.ms < 2000, "{tried:?}");
        // What the system's buffers hold may have left the writer.
        assert!(writing.await.unwrap() < 64 * 1024 * 1024);
    }

    #[tokio::test]
    async fn a_message_that_is_too_long_is_not_sent() {
        let sender = sender(true, |_| vec![]);
        let long = Message { body: "a".repeat(BODY_BYTES_MAX + 1), ..message() };
        let turn = sender.turn_now().unwrap();
        let tried = sender.send(&turn, "https://127.0.0.1:1024/", long).await;
        assert_eq!(tried.failure, Some(Failure::TooLong));
        let others: Vec<_> = (1..TRIES_AT_ONCE).map(|_| sender.turn_now().unwrap()).collect();
        assert!(sender.turn_now().is_none(), "{} are under way", others.len() + 1);
    }
}
