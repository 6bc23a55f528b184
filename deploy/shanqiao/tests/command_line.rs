//! The program as an operator meets it in a terminal: what it prints, and what it says when it was asked wrongly.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test: what goes wrong stops it")]

use std::path::Path;
use std::process::{Command, Output};

fn shanqiao(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shanqiao")).args(arguments).output().unwrap()
}

/// What it printed, of a call that must succeed.
fn said(arguments: &[&str]) -> String {
    let output = shanqiao(arguments);
    let fault = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {fault}");
    String::from_utf8(output.stdout).unwrap()
}

/// Why it refused, of a call that must fail and print nothing else.
fn refused(arguments: &[&str]) -> String {
    let output = shanqiao(arguments);
    assert!(!output.status.success(), "{arguments:?} is taken");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn what_check_prints_is_a_configuration_that_check_takes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = said(&["check", "--data", text(&data), "--http", "127.0.0.1:8099"]);
    assert!(first.contains("127.0.0.1:8099"), "{first}");
    let secrets = std::fs::read_to_string(data.join("keys.toml")).unwrap();
    let secret = secrets.lines().find_map(|line| line.strip_prefix("secret = ")).unwrap();
    assert!(!first.contains(secret.trim_matches('"')), "the secret of the key is shown");

    let file = folder.path().join("shanqiao.toml");
    std::fs::write(&file, &first).unwrap();
    assert_eq!(said(&["check", "--config", text(&file)]), first);
}

#[test]
fn keys_are_listed_rotated_and_retired() {
    let folder = tempfile::tempdir().unwrap();
    let keys = |arguments: &[&str]| {
        said(&[&["keys"], arguments, &["--data", text(folder.path())]].concat())
    };
    let first = keys(&["list"]);
    let rotated = keys(&["rotate"]);
    let reads = |list: &str| -> Vec<String> {
        let old = list.lines().filter_map(|line| line.strip_prefix("reads  "));
        old.filter_map(|line| line.split_whitespace().next()).map(String::from).collect()
    };
    assert!(reads(&first).is_empty(), "{first}");
    let [old] = reads(&rotated).try_into().unwrap();
    let retired = keys(&["retire", &old]);
    assert!(!retired.contains(&old), "{retired}");
    assert_eq!(keys(&["list"]), retired);
    let data = text(folder.path());
    let said = refused(&["keys", "retire", &old, "--data", data]);
    assert!(said.starts_with("shanqiao: ") && said.contains("keys list"), "{said}");
}

#[test]
fn a_token_is_printed_alone_and_a_wrong_wish_says_which_flag() {
    let folder = tempfile::tempdir().unwrap();
    let data = text(folder.path());
    let token = said(&["token", "--data", data, "--room", "ward", "--identity", "li"]);
    assert_eq!(token.trim().split('.').count(), 3, "{token}");
    let long = refused(&[
        "token",
        "--data",
        data,
        "--room",
        "ward",
        "--identity",
        "li",
        "--ttl",
        "99999999999",
    ]);
    assert!(long.contains("--ttl"), "{long}");
    assert!(refused(&["token", "--data", data]).contains("--room"));
    assert!(refused(&["serve"]).contains("serve"));
}
