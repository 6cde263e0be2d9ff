//! Routes and statuses, as the issue and the contract state them.

use std::{
    fs,
    net::TcpListener,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::served::{Served, command, file};
use crate::common;

const SPEC: &str = "input X [n, f0]; dense f1 relu; dense f2; loss half_mse";

#[test]
fn the_page_and_its_parts_are_served() {
    let served = Served::new(&["-e", SPEC]);
    for (path, kind, asset) in [
        ("/", "text/html; charset=utf-8", "index.html"),
        ("/app.js", "text/javascript; charset=utf-8", "app.js"),
        ("/app.css", "text/css; charset=utf-8", "app.css"),
    ] {
        let said = served.ask("GET", path, &[]);
        assert_eq!((said.status, said.field("content-type")), (200, Some(kind)), "{path}");
        assert_eq!(said.body, fs::read(common::path("src/explore/assets").join(asset)).unwrap(), "{path}");
        let tag = said.field("etag").expect("a tag").to_owned();
        let again = served.ask("GET", path, &[("If-None-Match", &tag)]);
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        assert_eq!(served.ask("GET", path, &[("If-None-Match", "\"other\"")]).status, 200);
        let head = served.ask("HEAD", path, &[]);
        assert_eq!((head.status, head.body.len()), (200, 0));
    }
    let styles = served.ask("GET", "/engine.css", &[]);
    assert_eq!((styles.status, styles.field("content-type")), (200, Some("text/css; charset=utf-8")));
    assert!(styles.text().contains(".v17 {") && styles.text().contains("prefers-color-scheme"));
    let language: Value = serde_json::from_slice(&served.ask("GET", "/api/language", &[]).body).unwrap();
    assert_eq!((&language["spec"], &language["has_data"]), (&json!(SPEC), &json!(false)));
}

#[test]
fn every_response_says_what_a_page_may_do() {
    let served = Served::new(&[]);
    let question = served.question("/api/page", br#"{"id": 7, "spec": "input X [n, 3]; dense 2; loss mse"}"#);
    assert_eq!(question.status, 200);
    let answer: Value = serde_json::from_slice(&question.body).unwrap();
    assert_eq!((&answer["id"], &answer["accepted"]), (&json!(7), &json!(true)));
    for said in [served.ask("GET", "/", &[]), served.ask("GET", "/none", &[]), question] {
        let policy = said.field("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(said.field("x-content-type-options"), Some("nosniff"));
        assert_eq!(said.field("referrer-policy"), Some("no-referrer"));
        assert_eq!(said.field("cross-origin-resource-policy"), Some("same-origin"));
        assert_eq!(said.field("access-control-allow-origin"), None);
        let kept = said.field("cache-control");
        assert!(kept == Some("no-store") || said.field("etag").is_some() && kept == Some("no-cache"), "{kept:?}");
    }
}

#[test]
fn what_is_no_question_gets_its_status() {
    let served = Served::new(&[]);
    let own = format!("http://{}", served.host());
    let json = ("Content-Type", "application/json");
    let status = |method, path, fields: &[(&str, &str)], body: &[u8]| {
        let said = served.send(method, path, fields, body);
        assert!(said.body.len() < 300 && said.text().trim_end().lines().count() <= 1, "{said:?}");
        (said.status, said.field("allow").map(str::to_owned))
    };
    assert_eq!(status("GET", "/nothing", &[], b"").0, 404);
    assert_eq!(status("GET", "/../etc/passwd", &[], b"").0, 404);
    assert_eq!(status("POST", "/", &[], b""), (405, Some("GET, HEAD".into())));
    assert_eq!(status("DELETE", "/app.js", &[], b"").0, 405);
    assert_eq!(status("GET", "/api/page", &[], b""), (405, Some("POST".into())));
    assert_eq!(status("OPTIONS", "/api/page", &[("Origin", &own)], b"").0, 405);
    for foreign in ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example"] {
        assert_eq!(status("GET", "/", &[("Host", foreign)], b"").0, 421, "{foreign}");
    }
    let mine = format!("localhost:{}", served.port);
    assert_eq!(served.ask("GET", "/", &[("Host", &mine)]).status, 200);
    // An origin is that of the address by which the page was loaded.
    assert_eq!(status("POST", "/api/page", &[("Host", &mine), ("Origin", &own), json], b"{}").0, 403);
    for origin in ["", "null", "http://evil.example", "https://127.0.0.1:1", &own.replace("http:", "https:")] {
        assert_eq!(status("POST", "/api/page", &[("Origin", origin), json], b"{}").0, 403, "{origin}");
    }
    for kind in ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
        assert_eq!(status("POST", "/api/page", &[("Origin", &own), ("Content-Type", kind)], b"{}").0, 415, "{kind}");
    }
    for body in ["{", "3", "{\"spec\": 3}", "{\"unknown\": 1}", "{\"want\": [\"none\"]}", "\u{0}", "null"] {
        assert_eq!(served.question("/api/page", body.as_bytes()).status, 400, "{body}");
    }
    assert_eq!(served.question("/api/page", b"{}").status, 200, "an empty spec has a message");
}

#[test]
fn a_port_that_is_taken_is_one_message() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = command(&["--port", &port]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
    assert!(said.starts_with(&format!("error[usage]: cannot serve at port {port}: ")), "{said}");
    assert!(said.contains("help: ") && said.trim_end().lines().count() <= 4, "{said}");
}

#[test]
fn a_faulty_start_serves_nothing() {
    let run = |arguments: &[&str]| {
        let output = command(arguments).output().unwrap();
        assert!(output.stdout.is_empty());
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, said) = run(&["no-such.spec"]);
    assert!(status == Some(3) && said.contains("no-such.spec"), "{said}");
    let (status, said) = run(&["--params", "tests/data/digits/params.safetensors"]);
    assert!(status == Some(2) && said.contains("none is given"), "{said}");
    let params = ["tests/specs/valid/three-layer.net", "--params", "tests/data/digits/digits.net"];
    assert_eq!(run(&params).0, Some(3));
    // A spec with an error is what the page is for.
    let served = Served::new(&["-e", "input X [n, 3]; dense 4 -> 5; loss mse"]);
    assert_eq!(served.ask("GET", "/", &[]).status, 200);
}

#[cfg(unix)]
#[test]
fn it_stops_at_once() {
    use std::process::Command;
    let mut served = Served::new(&[]);
    // A connection that is open, and one that has begun a request, keep nothing from ending.
    let _idle = served.connect();
    let started = Instant::now();
    let id = served.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let status = loop {
        if let Some(status) = served.child.try_wait().unwrap() {
            break status;
        }
        assert!(started.elapsed() < Duration::from_secs(1), "it still runs");
        std::thread::sleep(Duration::from_millis(5));
    };
    // By the signal, which a shell reports as 130; no stack trace.
    assert!(status.code().is_none_or(|code| code == 0 || code == 130), "{status}");
}

#[cfg(unix)]
#[test]
fn a_browser_that_is_not_there_is_a_remark() {
    use std::io::{BufRead, BufReader};
    let nowhere = tempfile::TempDir::new().unwrap();
    let mut command = command(&["--open"]);
    command.env("PATH", nowhere.path());
    let mut served = Served::of(command);
    let mut line = String::new();
    BufReader::new(served.child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("no browser was opened (there is no `"), "{line}");
    assert_eq!(served.ask("GET", "/", &[]).status, 200);
}

#[test]
fn the_cheat_sheet_is_the_one_of_the_command() {
    let served = Served::new(&[]);
    let said = served.question("/api/report", json!({ "spec": SPEC }).to_string().as_bytes());
    assert_eq!((said.status, said.field("content-type")), (200, Some("text/html; charset=utf-8")));
    let folder = tempfile::TempDir::new().unwrap();
    let (spec, page) = (file(&folder, "net.spec", SPEC), folder.path().join("net.html"));
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_chainrule"))
        .args(["report".as_ref(), spec.as_os_str(), "-o".as_ref(), page.as_os_str()])
        .status();
    assert!(status.unwrap().success());
    assert_eq!(said.text(), fs::read_to_string(page).unwrap());
    let said = served.question("/api/report", br#"{"spec": "dense"}"#);
    let answer: Value = serde_json::from_slice(&said.body).unwrap();
    assert_eq!((said.status, &answer["accepted"]), (422, &json!(false)));
    assert!(!answer["diagnostics"].as_array().unwrap().is_empty());
}

#[test]
fn the_examples_of_the_help_text_serve() {
    let help = command(&["--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let lines: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("  chainrule explore")).collect();
    assert!(lines.len() >= 3, "{help}");
    for line in lines {
        let line = line.replace("net.spec", "digits.net");
        let words: Vec<&str> = line.split_whitespace().filter(|word| *word != "--open").collect();
        let mut command = command(&words);
        command.current_dir(common::path("tests/data/digits"));
        let served = Served::of(command);
        let language: Value = serde_json::from_slice(&served.ask("GET", "/api/language", &[]).body).unwrap();
        assert_eq!(language["has_data"], json!(line.contains("--params")), "{line}");
    }
}
