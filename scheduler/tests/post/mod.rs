//! A mail server of another make (`tests/mails/run.sh`), and a county that sends through it.
#![allow(dead_code, reason = "every test file uses a part of it")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use scheduler::{Config, MailConfig};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::county::{County, answer};

/// Who keeps the register of the demo county.
const ADMINISTRATOR: &str = "scheduler";

/// Longest wait for a mail: the outbox is looked at each second of the machine's own clock.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server; it ends when this does.
pub(crate) struct Post {
    pub(crate) port: u16,
    child: Child,
    input: Option<ChildStdin>,
    told: mpsc::UnboundedReceiver<Value>,
}

impl Post {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub(crate) async fn start_with(options: &[&str]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/mails/run.sh");
        let mut child = Command::new(script)
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (tell, told) = mpsc::unbounded_channel();
        let (tell_port, port) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let mut first = String::new();
            output.read_line(&mut first).unwrap();
            tell_port.send(first.trim().parse().expect("the mail server starts")).unwrap();
            for line in output.lines().map_while(Result::ok) {
                let _ = tell.send(serde_json::from_str(&line).unwrap());
            }
        });
        Self { port: port.await.unwrap(), child, input, told }
    }

    /// The next mail that the server was handed over.
    pub(crate) async fn next(&mut self) -> Value {
        let mail = tokio::time::timeout(PATIENCE, self.told.recv()).await;
        let mail = mail.expect("a mail comes").unwrap();
        assert!(mail["unreadable"].is_null(), "{mail}");
        // A reminder is plain text alone.
        if mail["kind"] != "text/plain" {
            assert_eq!(mail["calendar"]["errors"], json!([]), "{mail}");
            assert_eq!(mail["calendar"]["bare"], 0, "lines end with CR LF: {mail}");
            assert!(mail["calendar"]["longest"].as_u64().unwrap() <= 75, "{mail}");
        }
        assert!(mail["ascii"] == true && mail["longest"].as_u64().unwrap() <= 998, "{mail}");
        mail
    }

    /// So many mails, by the address that they are for.
    pub(crate) async fn mails(&mut self, count: usize) -> Vec<Value> {
        let mut mails = vec![];
        while mails.len() < count {
            mails.push(self.next().await);
        }
        mails.sort_by_key(|mail| mail["to"][0].as_str().unwrap().to_owned());
        mails
    }

    /// Nothing was handed over so far.
    pub(crate) fn nothing(&mut self) {
        let found = self.told.try_recv().ok();
        assert!(found.is_none(), "{found:?}");
    }

    /// What the server says from now on to mails for this address.
    pub(crate) async fn say(&mut self, to: &str, say: &str) {
        let mut input = self.input.as_ref().unwrap();
        writeln!(input, "{}", json!({ "to": to, "say": say })).unwrap();
        let answered = tokio::time::timeout(PATIENCE, self.told.recv()).await.unwrap();
        assert_eq!(answered, Some(json!({})));
    }

    /// Start, end and title of all that a calendar shows which takes these texts in, one after the other.
    pub(crate) async fn read(&mut self, texts: &[&str]) -> Value {
        let mut input = self.input.as_ref().unwrap();
        writeln!(input, "{}", json!({ "read": texts })).unwrap();
        tokio::time::timeout(PATIENCE, self.told.recv()).await.unwrap().unwrap()
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Settings by which mails go to this port.
pub(crate) fn mailing(port: u16) -> Config {
    let mail = MailConfig {
        server: format!("smtp://127.0.0.1:{port}"),
        from: "county@example.org".to_owned(),
        own_url: "https://county.example.org".to_owned(),
        ..MailConfig::default()
    };
    Config { mail: Some(mail), ..Config::default() }
}

/// A county whose Dr Chen and Dr Zhao have mail addresses.
pub(crate) async fn county(config: Config) -> County {
    addressed(County::start_with(config).await).await
}

/// The same in a folder.
pub(crate) async fn county_in(folder: &Path, config: Config) -> County {
    addressed(County::start_in(folder, config).await).await
}

async fn addressed(county: County) -> County {
    for (id, name, name_en, site, role) in [
        ("dr-chen", "陈医生", "Dr Chen", "hospital", "specialist"),
        ("dr-zhao", "赵医生", "Dr Zhao", "clinic-b", "village_doctor"),
    ] {
        let mail = format!("{}@example.org", id.trim_start_matches("dr-"));
        let form = json!({ "names": { "zh": name, "en": name_en }, "organizationId": site, "roles": [role], "mail": mail });
        let (status, put) =
            put(&county, ADMINISTRATOR, &format!("/api/v1/people/{id}"), &form).await;
        assert_eq!(status, StatusCode::OK, "{put}");
        assert_eq!(put["mail"], mail.as_str());
    }
    county
}

pub(crate) async fn put(
    county: &County,
    person: &str,
    path: &str,
    body: &Value,
) -> (StatusCode, Value) {
    answer(county.by(person, Method::PUT, path).json(body)).await
}

/// Changes a session as the scheduler, from the version that it has.
pub(crate) async fn change(county: &County, session: &Value, wish: &Value) -> Value {
    let path = format!("/api/v1/sessions/{}", session["id"].as_str().unwrap());
    let (_, now) = county.get("scheduler", &path).await;
    let request = county.by("scheduler", Method::PATCH, &path);
    let request = request.header("If-Match", format!("\"{}\"", now["version"]));
    let (status, changed) = answer(request.json(wish)).await;
    assert_eq!(status, StatusCode::OK, "{changed}");
    changed
}
