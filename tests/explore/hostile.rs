//! Requests that never end, are too large, or come all at once: nobody else waits for them.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::served::{Served, read};

const QUESTION: &str = r#"{"spec": "input X [n, f0]; dense f1 relu; dense f2; loss half_mse", "wrt": "W2"}"#;

fn half_a_header(served: &Served) -> TcpStream {
    let mut stream = served.connect();
    stream.write_all(format!("GET / HTTP/1.1\r\nHost: {}\r\nX-A: ", served.host()).as_bytes()).unwrap();
    stream
}

fn half_a_body(served: &Served) -> TcpStream {
    let mut stream = served.connect();
    let host = served.host();
    let head = format!(
        "POST /api/page HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Type: application/json\r\n\
         Content-Length: 5000\r\n\r\n{{\"spec\": "
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

#[test]
fn half_a_header_is_closed_within_six_seconds() {
    let served = Served::new(&[]);
    let started = Instant::now();
    let mut stream = half_a_header(&served);
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    let took = started.elapsed();
    assert!(took > Duration::from_secs(3) && took < Duration::from_secs(7), "{took:?}");
}

#[test]
fn half_a_body_is_told_so_and_closed() {
    let served = Served::new(&[]);
    let started = Instant::now();
    let said = read(&mut half_a_body(&served));
    assert_eq!(said.status, 408);
    assert!(started.elapsed() < Duration::from_secs(14), "{:?}", started.elapsed());
}

#[test]
fn a_question_beside_a_dozen_half_sent_ones_is_answered_at_once() {
    let served = Served::new(&[]);
    let _open: Vec<TcpStream> = (0..6).flat_map(|_| [half_a_header(&served), half_a_body(&served)]).collect();
    thread::sleep(Duration::from_millis(100));
    assert_eq!(served.question("/api/page", QUESTION.as_bytes()).status, 200, "with what is loaded on the way");
    let started = Instant::now();
    assert_eq!(served.ask("GET", "/", &[]).status, 200);
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

#[test]
fn what_is_too_large_is_told_so() {
    let served = Served::new(&[]);
    let three = vec![b' '; 3 << 20];
    assert_eq!(served.question("/api/page", &three).status, 413);
    // Without a length before it.
    let host = served.host();
    let head = format!(
        "POST /api/page HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    let mut bytes = head.into_bytes();
    for _ in 0..48 {
        bytes.extend(b"10000\r\n");
        bytes.extend(vec![b' '; 0x10000]);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    assert_eq!(served.raw(&bytes).status, 413);
    assert_eq!(served.ask("GET", "/", &[("X-Long", &"x".repeat(20 << 10))]).status, 431);
    assert_eq!(
        served.raw(&[b"GET / HTTP/1.1\r\n".as_slice(), "A: b\r\n".repeat(500).as_bytes(), b"\r\n"].concat()).status,
        431
    );
    assert_eq!(served.ask("GET", "/", &[]).status, 200);
}

#[test]
fn noise_is_no_request() {
    let served = Served::new(&[]);
    for noise in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"[..],
        b"GET\r\n\r\n",
        b"\r\n\r\n\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let said = served.raw(noise);
        assert!([0, 400, 421, 505].contains(&said.status), "{said:?}");
    }
    // A proxy's way to name this server, or another one behind its name.
    let other = format!("GET http://evil.example/ HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", served.host());
    assert_eq!(served.raw(other.as_bytes()).status, 421);
    let twice = format!("GET / HTTP/1.1\r\nHost: {0}\r\nHost: {0}\r\nConnection: close\r\n\r\n", served.host());
    assert!([400, 421].contains(&served.raw(twice.as_bytes()).status));
    assert!([400, 421].contains(&served.raw(b"GET / HTTP/1.0\r\n\r\n").status));
    assert_eq!(served.ask("GET", "/", &[]).status, 200);
}

#[test]
fn more_connections_than_there_is_room_for_wait() {
    let served = Served::new(&[]);
    let _idle: Vec<TcpStream> = (0..80).map(|_| served.connect()).collect();
    // The idle ones are closed after five seconds; then it is this one's turn.
    let started = Instant::now();
    assert_eq!(served.ask("GET", "/", &[]).status, 200);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

/// Ten seconds do not do for it.
const SLOW: &str =
    r#"{"spec": "input X [n, 4]; repeat 10000 { dense 4 relu }; loss half_mse", "want": ["formula", "graph"]}"#;

#[test]
fn what_takes_long_keeps_nobody_waiting() {
    let served = Arc::new(Served::new(&[]));
    let ask = |_| {
        let served = Arc::clone(&served);
        thread::spawn(move || served.question("/api/page", SLOW.as_bytes()).status)
    };
    let slow: Vec<_> = (0..3).map(ask).collect();
    thread::sleep(Duration::from_millis(300));
    let started = Instant::now();
    assert_eq!(served.question("/api/page", QUESTION.as_bytes()).status, 200);
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    for slow in slow {
        let status = slow.join().expect("an answer");
        assert!([503, 504].contains(&status), "{status}");
    }
    assert!(served.workers().len() <= 2, "{:?} still work", served.workers());
}

#[test]
fn work_that_nobody_waits_for_ends() {
    let served = Served::new(&[]);
    let until = Instant::now() + Duration::from_secs(6);
    while served.workers().is_empty() && Instant::now() < until {
        thread::sleep(Duration::from_millis(50));
    }
    let before = served.workers();
    let mut stream = served.connect();
    let head = format!("POST /api/page HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\n", served.host());
    let rest = format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{SLOW}", SLOW.len());
    stream.write_all((head + &rest).as_bytes()).unwrap();
    thread::sleep(Duration::from_secs(2));
    assert_eq!(served.workers(), before, "the one that was there is at work");
    drop(stream);
    let until = Instant::now() + Duration::from_secs(6);
    while !served.workers().is_empty() && Instant::now() < until {
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(served.workers(), [0; 0]);
    assert_eq!(served.question("/api/page", QUESTION.as_bytes()).status, 200);
}

#[test]
fn fifty_clients_lose_nothing() {
    /// Small enough that fifty of them wait for one another on a slow machine too.
    const QUESTION: &str = r#"{"spec": "input X [n, 3]; dense 2; loss mse", "want": ["formula"]}"#;
    let served = Arc::new(Served::new(&[]));
    let expected: Value = serde_json::from_slice(&served.question("/api/page", QUESTION.as_bytes()).body).unwrap();
    let (done, until) = (Arc::new(AtomicUsize::new(0)), Instant::now() + Duration::from_secs(10));
    let client = |client: usize| {
        let (served, done, expected) = (Arc::clone(&served), Arc::clone(&done), expected.clone());
        thread::spawn(move || {
            let mut id = client * 1_000_000;
            loop {
                id += 1;
                let mut question: Value = serde_json::from_str(QUESTION).unwrap();
                question["id"] = json!(id);
                let said = served.question("/api/page", question.to_string().as_bytes());
                assert_eq!(said.status, 200);
                let mut answer: Value = serde_json::from_slice(&said.body).expect("whole");
                assert_eq!(answer["id"], json!(id), "everyone gets the answer to the own question");
                answer["id"] = expected["id"].clone();
                assert_eq!(answer, expected);
                done.fetch_add(1, Ordering::Relaxed);
                if Instant::now() > until {
                    return;
                }
            }
        })
    };
    let clients: Vec<_> = (0..50).map(client).collect();
    // What all of them take at once it has after a while; from then on it takes no more.
    thread::sleep(Duration::from_secs(4));
    let early = served.memory();
    clients.into_iter().for_each(|client| client.join().expect("no client failed"));
    assert!(done.load(Ordering::Relaxed) >= 50);
    if let Some((early, late)) = early.zip(served.memory()) {
        assert!(late < early + (16 << 10), "{early} kB, then {late} kB");
    }
}
