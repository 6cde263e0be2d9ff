//! What is being worked on → a line on standard error, once it takes more than a second.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Until then nothing is said.
const PATIENCE: Duration = Duration::from_secs(1);
/// Erases a line and goes to its beginning.
const ERASE: &str = "\r\x1b[K";

/// Says on a terminal what is being worked on; the line is gone when this is.
#[derive(Debug, Default)]
pub struct Progress {
    told: Option<(Arc<Shared>, JoinHandle<()>)>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    working: String,
    done: bool,
}

impl Progress {
    /// On standard error if that is a terminal; else nothing is ever said.
    #[must_use]
    pub fn on_terminal() -> Self {
        if io::stderr().is_terminal() { Self::on(io::stderr(), PATIENCE) } else { Self::default() }
    }

    /// What standard error does not take is lost.
    fn on(mut to: impl Write + Send + 'static, patience: Duration) -> Self {
        let shared = Arc::new(Shared::default());
        let told = Arc::clone(&shared);
        let teller = thread::Builder::new().spawn(move || told.tell(&mut to, patience));
        Self { told: teller.ok().map(|teller| (shared, teller)) }
    }

    /// This is being worked on now.
    pub fn at(&mut self, working: impl Display) {
        self.change(|state| state.working = working.to_string());
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        if let Some((shared, _)) = &self.told {
            change(&mut shared.state.lock().unwrap_or_else(PoisonError::into_inner));
            shared.changed.notify_one();
        }
    }
}

impl Shared {
    /// Nothing for a while, then every part as it comes.
    fn tell(&self, to: &mut impl Write, patience: Duration) {
        let start = Instant::now();
        let (mut shown, mut state) = (String::new(), self.state.lock().unwrap_or_else(PoisonError::into_inner));
        while !state.done {
            let left = patience.saturating_sub(start.elapsed());
            if left.is_zero() && state.working != shown {
                shown.clone_from(&state.working);
                let _ = write!(to, "{ERASE}{shown} …").and_then(|()| to.flush());
            }
            let wait = if left.is_zero() { Duration::from_secs(60) } else { left };
            (state, _) = self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner);
        }
        if !shown.is_empty() {
            let _ = write!(to, "{ERASE}").and_then(|()| to.flush());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.change(|state| state.done = true);
        if let Some((_, teller)) = self.told.take() {
            let _ = teller.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Terminal(Arc<Mutex<Vec<u8>>>);

    impl Write for Terminal {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Terminal {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }

        /// Waits until the text ends so.
        fn shows(&self, end: &str) {
            let start = Instant::now();
            while !self.text().ends_with(end) {
                assert!(start.elapsed() < Duration::from_secs(30), "{:?}", self.text());
                thread::sleep(Duration::from_millis(1));
            }
        }
    }

    #[test]
    fn what_ends_soon_says_nothing() {
        let terminal = Terminal::default();
        let mut progress = Progress::on(terminal.clone(), Duration::from_secs(3600));
        progress.at("flow");
        drop(progress);
        assert_eq!(terminal.text(), "");
    }

    #[test]
    fn what_takes_longer_names_every_part_and_leaves_no_line() {
        let terminal = Terminal::default();
        let mut progress = Progress::on(terminal.clone(), Duration::from_millis(20));
        progress.at("flow");
        terminal.shows("flow …");
        progress.at("claims");
        terminal.shows("claims …");
        drop(progress);
        assert_eq!(terminal.text(), format!("{ERASE}flow …{ERASE}claims …{ERASE}"));
    }
}
