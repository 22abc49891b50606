//! A server that is started by a command, on a port that we choose.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::cache::tail;
use crate::error::Error;
use crate::process::{GRACE, Group, Spec};

/// Placeholder for the port in an argument.
const PLACEHOLDER: &str = "{port}";
/// How long a server may take until its first response. On a busy machine, a cold start takes more than a minute.
const DEADLINE: Duration = Duration::from_secs(180);
/// Pause between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(20);

/// A command that serves a release. Its port is given as `{port}` in its arguments and as PORT in its environment.
#[derive(Debug)]
pub struct Serve {
    /// What it serves, for messages.
    pub name: String,
    /// The program.
    pub program: OsString,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Variables added to its environment.
    pub env: Vec<(OsString, OsString)>,
    /// Its working directory; ours if there is none.
    pub cwd: Option<PathBuf>,
    dir: Option<TempDir>,
}

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    /// The address it listens on.
    pub addr: SocketAddr,
    group: Group,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The files to serve cannot be copied.
    #[error("cannot copy {dir} to serve {name}: {source}")]
    Copy {
        /// What is served.
        name: String,
        /// The directory.
        dir: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The command cannot be run.
    #[error("cannot run `{command}` to serve {name}: {source}")]
    Run {
        /// What is served.
        name: String,
        /// The command.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// The command exited before it responded.
    #[error(
        "the command for {name}, `{command}`, ended with {status} before it responded; its output ends with\n{tail}"
    )]
    Ended {
        /// What is served.
        name: String,
        /// The command.
        command: String,
        /// Its exit status.
        status: ExitStatus,
        /// The last lines of its output.
        tail: String,
    },
    /// Another process took the port each time.
    #[error(
        "the command for {name}, `{command}`, ended because port {port} was already in use; its output ends with\n{tail}"
    )]
    PortInUse {
        /// What is served.
        name: String,
        /// The command.
        command: String,
        /// The port.
        port: u16,
        /// The last lines of its output.
        tail: String,
    },
    /// The command did not respond in time.
    #[error(
        "the command for {name}, `{command}`, sent no HTTP response on port {port} within {} s; it must listen on the \
         port given as `{PLACEHOLDER}` or in PORT; its output ends with\n{tail}",
        within.as_secs()
    )]
    Silent {
        /// What is served.
        name: String,
        /// The command.
        command: String,
        /// The port.
        port: u16,
        /// The time limit.
        within: Duration,
        /// The last lines of its output.
        tail: String,
    },
}

impl From<ServerError> for Error {
    fn from(error: ServerError) -> Self {
        Self::Tool(error.to_string())
    }
}

impl Serve {
    /// A command that serves `name`.
    #[must_use]
    pub fn new(name: &str, program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref().to_owned();
        Self { name: name.to_owned(), program, args: Vec::new(), env: Vec::new(), cwd: None, dir: None }
    }

    /// Runs the command in a directory that is removed with it.
    #[must_use]
    pub fn owning(mut self, dir: TempDir) -> Self {
        self.cwd = Some(dir.path().to_owned());
        self.dir = Some(dir);
        self
    }

    /// The arguments with the port filled in.
    fn arguments(&self, port: u16) -> Vec<OsString> {
        let filled = |arg: &OsString| match arg.to_str() {
            Some(text) => text.replace(PLACEHOLDER, &port.to_string()).into(),
            None => arg.clone(),
        };
        self.args.iter().map(filled).collect()
    }

    /// The command as typed in a shell.
    fn shown(&self, port: u16) -> String {
        let words = std::iter::once(self.program.clone()).chain(self.arguments(port));
        words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }
}

impl Server {
    /// Starts a server and waits until it responds. If another process takes the port meanwhile, tries another one.
    ///
    /// # Errors
    /// When it exits before it responds, or does not respond in time.
    pub async fn start(serve: Serve) -> Result<Self, ServerError> {
        start(serve, free_port, DEADLINE).await
    }

    /// Stops it with SIGTERM and waits until it has exited.
    pub async fn end(self) {
        self.group.end(GRACE).await;
    }
}

async fn start(
    mut serve: Serve,
    mut port: impl FnMut() -> io::Result<u16>,
    within: Duration,
) -> Result<Server, ServerError> {
    let mut again = true;
    loop {
        let name = serve.name.clone();
        let cannot = |source| ServerError::Run { name: name.clone(), command: serve.shown(0), source };
        let port = port().map_err(cannot)?;
        let command = serve.shown(port);
        let mut log = tempfile::tempfile().map_err(cannot)?;
        let mut group = spawn(&mut serve, port, &log).await.map_err(|source| ServerError::Run {
            name: name.clone(),
            command: command.clone(),
            source,
        })?;
        let ended = tokio::select! {
            status = group.wait() => Some(status),
            addr = answer(port) => return Ok(Server { addr, group }),
            () = tokio::time::sleep(within) => None,
        };
        serve.dir = group.keep_dir();
        group.kill();
        let tail = tail(&mut log, 0);
        match ended {
            None => return Err(ServerError::Silent { name, command, port, within, tail }),
            Some(Err(source)) => return Err(ServerError::Run { name, command, source }),
            Some(Ok(_)) if is_taken(port) && again => again = false,
            Some(Ok(_)) if is_taken(port) => return Err(ServerError::PortInUse { name, command, port, tail }),
            Some(Ok(status)) => return Err(ServerError::Ended { name, command, status, tail }),
        }
    }
}

async fn spawn(serve: &mut Serve, port: u16, log: &File) -> io::Result<Group> {
    let mut spec = Spec::new(&serve.program);
    let command = spec.command();
    command.args(serve.arguments(port)).env("PORT", port.to_string());
    command.envs(serve.env.iter().map(|(name, value)| (name, value)));
    command.stdout(log.try_clone()?).stderr(log.try_clone()?);
    if let Some(dir) = &serve.cwd {
        command.current_dir(dir);
    }
    match serve.dir.take() {
        Some(dir) => spec.owning(dir).spawn().await,
        None => spec.spawn().await,
    }
}

/// A port on which no process is listening.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn is_taken(port: u16) -> bool {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    bound.is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse)
}

/// Waits for any HTTP response on either loopback address.
async fn answer(port: u16) -> SocketAddr {
    loop {
        for addr in [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))] {
            if ask(addr).await.unwrap_or(false) {
                return addr;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn ask(addr: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect(addr).await?;
    let request = format!("GET / HTTP/1.1\r\nHost: {addr}\r\nAccept: */*\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut head = [0; 5];
    stream.read_exact(&mut head).await?;
    Ok(&head == b"HTTP/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    /// This very program, which then does what [`served`] does.
    fn serve(wish: &str) -> Serve {
        let mut serve = Serve::new("release A", std::env::current_exe().unwrap());
        let name = "release::server::tests::served";
        serve.args = ["--exact", name, "--ignored", "--nocapture"].map(Into::into).to_vec();
        serve.env = vec![("SERVE".into(), wish.into())];
        serve
    }

    #[test]
    #[ignore = "what the other tests start"]
    fn served() {
        let port: u16 = std::env::var("PORT").unwrap().parse().unwrap();
        match std::env::var("SERVE").unwrap().as_str() {
            "fail" => panic!("no such release"),
            "silent" => std::thread::park(),
            _ => {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
                loop {
                    let mut stream = listener.accept().unwrap().0;
                    let _ = stream.read(&mut [0; 1024]);
                    let _ = stream.write_all(b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n");
                }
            }
        }
    }

    #[tokio::test]
    async fn a_server_is_up_once_it_answers_and_its_directory_goes_with_it() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().to_owned();
        let server = Server::start(serve("").owning(dir)).await.unwrap();
        assert!(ask(server.addr).await.unwrap() && path.exists());
        let addr = server.addr;
        server.end().await;
        assert!(ask(addr).await.is_err() && !path.exists());
    }

    #[tokio::test]
    async fn a_command_that_fails_shows_its_output() {
        let error = Server::start(serve("fail")).await.unwrap_err().to_string();
        assert!(error.contains("release A") && error.contains("exit status: 101"), "{error}");
        assert!(error.contains("no such release"), "{error}");
    }

    #[tokio::test]
    async fn a_command_that_does_not_exist_is_named() {
        let error = Server::start(Serve::new("release A", "/no/such/server")).await.unwrap_err().to_string();
        assert!(error.contains("`/no/such/server`") && error.contains("127"), "{error}");
    }

    #[tokio::test]
    async fn a_command_that_never_answers_is_told_how_it_learns_its_port() {
        let error = start(serve("silent"), free_port, Duration::from_millis(300)).await.unwrap_err();
        assert!(matches!(error, ServerError::Silent { .. }), "{error}");
        assert!(error.to_string().contains("`{port}` or in PORT"), "{error}");
    }

    #[tokio::test]
    async fn a_port_in_use_is_tried_once_more_elsewhere() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let mut ports = vec![free_port().unwrap(), port];
        // It does not speak HTTP, so it is not mistaken for the server.
        let server = start(serve(""), || Ok(ports.pop().unwrap()), DEADLINE).await.unwrap();
        assert_ne!(server.addr.port(), port);
        let error = start(serve(""), || Ok(port), DEADLINE).await.unwrap_err();
        assert!(matches!(error, ServerError::PortInUse { port: it, .. } if it == port), "{error}");
    }

    #[test]
    fn the_port_stands_where_it_is_wanted() {
        let mut serve = Serve::new("a", "npx");
        serve.args = ["serve", "--listen=tcp://127.0.0.1:{port}", "{port}"].map(Into::into).to_vec();
        assert_eq!(serve.shown(80), "npx serve --listen=tcp://127.0.0.1:80 80");
    }
}
