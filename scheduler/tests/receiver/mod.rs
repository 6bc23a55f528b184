//! A receiver of webhooks, with or without TLS, that answers as it is told and holds what came; and a check of signatures by the
//! words of Standard Webhooks, with an HMAC (RFC 2104) of its own.
#![allow(dead_code, reason = "every test file uses a part of it")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// How a receiver answers one message.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Status(u16),
    /// With one more header line.
    With(u16, &'static str),
    /// Nothing, and the connection stays open.
    Silence,
}

/// A message that came.
#[derive(Debug, Clone)]
pub(crate) struct Came {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Came {
    pub(crate) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// The number of its event.
    pub(crate) fn number(&self) -> i64 {
        self.body["data"]["number"].as_i64().unwrap()
    }

    /// Which of the signatures are good under this secret, by their place.
    pub(crate) fn good(&self, secret: &str) -> Vec<usize> {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        assert!((24..=64).contains(&key.len()), "{} bytes", key.len());
        let signed = format!("{}.{}.{}", self.id(), self.headers["webhook-timestamp"], self.text);
        let expected = format!("v1,{}", STANDARD.encode(hmac_sha256(&key, signed.as_bytes())));
        let signatures = self.headers["webhook-signature"].split(' ').enumerate();
        signatures.filter(|(_, told)| *told == expected).map(|(place, _)| place).collect()
    }
}

fn hmac_sha256(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

/// The receiver; it ends with its test.
pub(crate) struct Receiver {
    pub(crate) url: String,
    /// What it answers next; 200 when nothing is told.
    pub(crate) answers: Arc<Mutex<VecDeque<Answer>>>,
    /// Connections that came, whatever became of them.
    pub(crate) connections: Arc<AtomicUsize>,
    came: mpsc::UnboundedReceiver<Came>,
}

impl Receiver {
    /// By plain http on this machine.
    pub(crate) async fn start() -> Self {
        Self::serve(None).await
    }

    /// By https under the name `localhost`, and the PEM of who vouches for it.
    pub(crate) async fn start_secure() -> (Self, String) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        (Self::serve(Some(TlsAcceptor::from(Arc::new(config)))).await, made.cert.pem())
    }

    async fn serve(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = match tls {
            Some(_) => format!("https://localhost:{port}/hooks"),
            None => format!("http://127.0.0.1:{port}/hooks"),
        };
        let (teller, came) = mpsc::unbounded_channel();
        let answers: Arc<Mutex<VecDeque<Answer>>> = Arc::default();
        let connections: Arc<AtomicUsize> = Arc::default();
        let (told, count) = (Arc::clone(&answers), Arc::clone(&connections));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let (told, teller, tls) = (Arc::clone(&told), teller.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => take(stream, told, teller).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => take(stream, told, teller).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        Self { url, answers, connections, came }
    }

    pub(crate) fn answer(&self, with: impl IntoIterator<Item = Answer>) {
        self.answers.lock().unwrap().extend(with);
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Came {
        let patience = Duration::from_secs(20);
        tokio::time::timeout(patience, self.came.recv()).await.expect("a message").unwrap()
    }

    pub(crate) async fn next_of(&mut self, many: usize) -> Vec<Came> {
        let mut all = vec![];
        for _ in 0..many {
            all.push(self.next().await);
        }
        all
    }

    /// Whether nothing came that was not looked at.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.came.try_recv().is_err()
    }
}

/// Messages of one connection, one after the other.
async fn take(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    told: Arc<Mutex<VecDeque<Answer>>>,
    teller: mpsc::UnboundedSender<Came>,
) -> Option<()> {
    let mut read = vec![];
    loop {
        let end = loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
            (stream.read_buf(&mut read).await.ok()? > 0).then_some(())?;
        };
        let head = String::from_utf8(read[..end].to_vec()).unwrap();
        assert!(head.starts_with("POST /hooks HTTP/1.1\r\n"), "{head}");
        let headers: BTreeMap<String, String> = head
            .lines()
            .skip(1)
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length: usize = headers["content-length"].parse().unwrap();
        while read.len() < end + 4 + length {
            (stream.read_buf(&mut read).await.ok()? > 0).then_some(())?;
        }
        let text = String::from_utf8(read[end + 4..end + 4 + length].to_vec()).unwrap();
        read.drain(..end + 4 + length);
        let body = serde_json::from_str(&text).unwrap();
        let answer = told.lock().unwrap().pop_front().unwrap_or(Answer::Status(200));
        teller.send(Came { headers, text, body }).ok()?;
        let (status, more) = match answer {
            Answer::Status(status) => (status, String::new()),
            Answer::With(status, line) => (status, format!("{line}\r\n")),
            Answer::Silence => {
                tokio::time::sleep(Duration::from_secs(3600)).await;
                return None;
            }
        };
        let answer = format!("HTTP/1.1 {status} Told\r\n{more}content-length: 2\r\n\r\nok");
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}
