//! Questions → answers, by programs beside the server: what takes too long, or is of no use to anyone any more, is ended with
//! the program that works on it, whatever it is doing.

use std::{
    collections::VecDeque,
    env,
    ffi::OsString,
    io,
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use hyper::body::Bytes;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

use super::worker::{Asked, WORKER, receive, send};

/// A derivation that takes longer is slow: it gives its place to the next.
const SWIFT_TIME: Duration = Duration::from_secs(1);
/// What a slow one may take in all.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// How long a question waits for its turn.
const TURN_TIME: Duration = Duration::from_secs(30);
/// Derivations at once, and how many of them may be of figures: there is always room for a formula.
const DERIVATIONS: usize = 2;
const MEASURING: usize = 1;
/// Slow ones at once, beside the others: one more ends the oldest.
const SLOW: usize = 2;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// No turn came.
    Crowded,
    /// It took longer than it may.
    TooLong,
    /// It was slow, and newer slow ones took its place.
    Overtaken,
    /// The program that worked on it broke, or could not be started.
    Broken,
}

/// A program that answers one question after the other. Dropped, it ends.
struct Worker {
    program: Program,
    pipes: Pipes,
}

struct Program(Arc<Mutex<Child>>);

struct Pipes(ChildStdin, ChildStdout);

/// All of them.
pub struct Workers {
    program: PathBuf,
    arguments: Vec<OsString>,
    /// The spec that the arrays are for.
    spec: String,
    idle: Mutex<Vec<Worker>>,
    /// What the slow ones work with, the oldest first.
    slow: Mutex<VecDeque<Arc<Mutex<Child>>>>,
    swift: Arc<Semaphore>,
    measuring: Arc<Semaphore>,
}

impl Workers {
    /// With one at work already: the first question does not wait for it.
    ///
    /// # Errors
    /// The program cannot be started again.
    pub fn new(spec: String) -> io::Result<Self> {
        let workers = Self {
            program: env::current_exe()?,
            arguments: env::args_os().skip(1).collect(),
            spec,
            idle: Mutex::default(),
            slow: Mutex::default(),
            swift: Arc::new(Semaphore::new(DERIVATIONS)),
            measuring: Arc::new(Semaphore::new(MEASURING)),
        };
        let first = workers.start()?;
        held(&workers.idle).push(first);
        Ok(workers)
    }

    fn start(&self) -> io::Result<Worker> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env(WORKER, "").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let program = Program(Arc::new(Mutex::new(child)));
        let (Some(mut input), Some(output)) = (input, output) else { return Err(io::ErrorKind::BrokenPipe.into()) };
        send(&mut input, 0, self.spec.as_bytes())?;
        Ok(Worker { program, pipes: Pipes(input, output) })
    }

    /// What comes back for a question. Whoever no longer waits for it ends the work.
    ///
    /// # Errors
    /// There is no answer, and why.
    pub async fn ask(&self, asked: Asked, measures: bool, question: Bytes) -> Result<(u8, Bytes), Unanswered> {
        let place = timeout(TURN_TIME, self.turn(measures)).await.ok().flatten().ok_or(Unanswered::Crowded)?;
        let idle = held(&self.idle).pop();
        let worker = idle.map_or_else(|| self.start(), Ok).map_err(|_| Unanswered::Broken)?;
        let Worker { program, mut pipes } = worker;
        let mut answered = spawn_blocking(move || {
            send(&mut pipes.0, asked as u8, &question)?;
            receive(&mut pipes.1).map(|answer| (answer, pipes))
        });
        let found = match timeout(SWIFT_TIME, &mut answered).await {
            Ok(found) => found,
            Err(_) => {
                drop(place);
                let slow = Slow::new(self, &program);
                let found = timeout(ANSWER_TIME.saturating_sub(SWIFT_TIME), answered).await;
                if slow.is_overtaken() {
                    return Err(Unanswered::Overtaken);
                }
                found.map_err(|_| Unanswered::TooLong)?
            }
        };
        let Ok(Ok(((kind, bytes), pipes))) = found else { return Err(Unanswered::Broken) };
        let mut idle = held(&self.idle);
        if idle.len() < DERIVATIONS {
            idle.push(Worker { program, pipes });
        }
        Ok((kind, bytes.into()))
    }

    async fn turn(&self, measures: bool) -> Option<(Option<OwnedSemaphorePermit>, OwnedSemaphorePermit)> {
        let measuring = match measures {
            true => Some(Arc::clone(&self.measuring).acquire_owned().await.ok()?),
            false => None,
        };
        Some((measuring, Arc::clone(&self.swift).acquire_owned().await.ok()?))
    }
}

/// A slow derivation among the others of its kind, until it is dropped.
struct Slow<'w> {
    workers: &'w Workers,
    child: Arc<Mutex<Child>>,
}

impl<'w> Slow<'w> {
    fn new(workers: &'w Workers, Program(child): &Program) -> Self {
        let mut slow = held(&workers.slow);
        if slow.len() >= SLOW
            && let Some(oldest) = slow.pop_front()
        {
            end(&oldest);
        }
        slow.push_back(Arc::clone(child));
        Self { workers, child: Arc::clone(child) }
    }

    fn is_overtaken(&self) -> bool {
        !held(&self.workers.slow).iter().any(|slow| Arc::ptr_eq(slow, &self.child))
    }
}

impl Drop for Slow<'_> {
    fn drop(&mut self) {
        held(&self.workers.slow).retain(|slow| !Arc::ptr_eq(slow, &self.child));
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        end(&self.0);
        // Somebody has to wait for it, or it stays in the system's table until this program ends.
        let child = Arc::clone(&self.0);
        thread::spawn(move || held(&child).wait());
    }
}

/// It may have ended by itself.
fn end(child: &Mutex<Child>) {
    let _ = held(child).kill();
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
