//! The program as a worker of its own server: questions come in on standard input, answers go out on standard output, until
//! the server is gone or ends it.

use std::{
    io::{self, Read, Write},
    process,
    sync::mpsc,
    thread,
};

use chainrule::explore::{Arrays, answer, api::Request, report};

/// The variable of the environment that makes the program a worker.
pub const WORKER: &str = "CHAINRULE_EXPLORE_WORKER";

/// What a derivation may take of the stack: only as much as it uses is there.
const STACK: usize = 64 << 20;

/// What is asked: the page's parts, or the cheat sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Asked {
    Parts,
    Sheet,
}

/// What comes back: an answer, a cheat sheet, or the answer that says why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Said {
    Answer,
    Sheet,
    NoSheet,
}

/// Writes one message: a byte that says what it is, its length, and its bytes.
pub fn send(to: &mut impl Write, kind: u8, bytes: &[u8]) -> io::Result<()> {
    let mut message = Vec::with_capacity(bytes.len() + 9);
    message.push(kind);
    message.extend((bytes.len() as u64).to_le_bytes());
    message.extend(bytes);
    to.write_all(&message)?;
    to.flush()
}

/// Reads one message.
pub fn receive(from: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let (mut kind, mut length) = ([0], [0; 8]);
    from.read_exact(&mut kind)?;
    from.read_exact(&mut length)?;
    let mut bytes = Vec::new();
    let length = u64::from_le_bytes(length);
    if from.take(length).read_to_end(&mut bytes)? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((kind[0], bytes))
}

/// Answers on `out` until nothing more can be asked; what is at work then ends with the program.
pub fn work(arrays: Arrays, out: &mut impl Write) -> io::Result<()> {
    let (ask, questions) = mpsc::channel::<(u8, Vec<u8>)>();
    let (tell, answers) = mpsc::channel();
    thread::Builder::new().stack_size(STACK).spawn(move || {
        let mut answers = questions.iter().map(|(kind, question)| answered(kind, &question, &arrays));
        while answers.next().is_some_and(|answer| tell.send(answer).is_ok()) {}
    })?;
    thread::Builder::new().spawn(move || {
        let mut from = io::stdin().lock();
        while receive(&mut from).is_ok_and(|question| ask.send(question).is_ok()) {}
        process::exit(0)
    })?;
    answers.iter().try_for_each(|(said, bytes)| send(out, said as u8, &bytes))
}

fn answered(kind: u8, question: &[u8], arrays: &Arrays) -> (Said, Vec<u8>) {
    // The server has read it before.
    let question: Request = serde_json::from_slice(question).unwrap_or_default();
    let json = |answer| serde_json::to_vec(&answer).unwrap_or_default();
    if kind == Asked::Parts as u8 {
        return (Said::Answer, json(answer(&question, arrays)));
    }
    match report::report(&question, arrays) {
        Ok(page) => (Said::Sheet, page.into_bytes()),
        Err(answer) => (Said::NoSheet, json(*answer)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_received() {
        let mut pipe = Vec::new();
        send(&mut pipe, 1, b"one\ntwo").unwrap();
        send(&mut pipe, 2, b"").unwrap();
        let mut from = &pipe[..];
        assert_eq!(receive(&mut from).unwrap(), (1, b"one\ntwo".to_vec()));
        assert_eq!(receive(&mut from).unwrap(), (2, Vec::new()));
        assert!(receive(&mut from).is_err());
        assert!(receive(&mut &pipe[..12]).is_err());
    }
}
