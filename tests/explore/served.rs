//! The command as it serves, and a client that sends whatever it is told.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Longer than anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server; it ends with the test.
pub struct Served {
    pub child: Child,
    pub port: u16,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a server said.
#[derive(Debug)]
pub struct Said {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Said {
    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        fields.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }
}

/// A command that would serve.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chainrule"));
    command.arg("explore").args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Served {
    /// Starts a server, and waits until it says where it is.
    pub fn new(arguments: &[&str]) -> Self {
        Self::of(command(arguments))
    }

    pub fn of(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a line");
        let port = line.trim().trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse().ok());
        Self { port: port.unwrap_or_else(|| panic!("no port in {line:?}")), child }
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The memory that it has, and the largest of the programs that work for it, in kB, where the system tells.
    pub fn memory(&self) -> Option<u64> {
        let workers = self.workers().into_iter().filter_map(memory).max().unwrap_or(0);
        memory(self.child.id()).map(|own| own + workers)
    }

    /// The programs that work for it, where the system tells.
    pub fn workers(&self) -> Vec<u32> {
        let own = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{own}/task/{own}/children")).unwrap_or_default();
        children.split_whitespace().filter_map(|id| id.parse().ok()).collect()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends bytes as they are, and reads until the server closes.
    pub fn raw(&self, bytes: &[u8]) -> Said {
        let mut stream = self.connect();
        // A server may answer and close before it has read all.
        let _ = stream.write_all(bytes);
        read(&mut stream)
    }

    /// A request without a body; `fields` replace those that a browser sends.
    pub fn ask(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> Said {
        self.send(method, path, fields, b"")
    }

    /// A request.
    pub fn send(&self, method: &str, path: &str, fields: &[(&str, &str)], body: &[u8]) -> Said {
        let host = self.host();
        let mut head = format!("{method} {path} HTTP/1.1\r\n");
        if !fields.iter().any(|(name, _)| *name == "Host") {
            head.extend([format!("Host: {host}\r\n")]);
        }
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
            head.extend([format!("{name}: {value}\r\n")]);
        }
        if !body.is_empty() {
            head.extend([format!("Content-Length: {}\r\n", body.len())]);
        }
        head += "Connection: close\r\n\r\n";
        self.raw(&[head.as_bytes(), body].concat())
    }

    /// A question as the page asks it.
    pub fn question(&self, path: &str, body: &[u8]) -> Said {
        let origin = format!("http://{}", self.host());
        self.send("POST", path, &[("Origin", &origin), ("Content-Type", "application/json")], body)
    }
}

/// The memory that a program has, in kB.
fn memory(program: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{program}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// All that comes until the other side closes.
pub fn read(stream: &mut TcpStream) -> Said {
    let mut bytes = Vec::new();
    // A reset behind the answer is an end too.
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Said { status, head, body: bytes[end..].to_vec() }
}

/// A file for this test alone.
pub fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("a file");
    path
}
