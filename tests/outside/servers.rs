//! Servers of object storage that tests start on loopback and stop: SeaweedFS, rclone, Azurite.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicU16;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::sleep;
use std::time::Duration;

use monthend_tests::{Outcome, root};

use crate::cannot_run;
use crate::python;

/// Between looks at whether a server answers.
const LOOK: Duration = Duration::from_millis(200);
const LOOKS: u32 = 300;

/// What a server speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    S3,
    Azure,
}

/// A server with a bucket `logs`, and the folder that it keeps all in.
pub struct Server {
    process: Child,
    port: u16,
    kind: Kind,
    _folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Ports that are free, as are those 10,000 above, where parts of a server talk to each other.
fn free_ports<const N: usize>() -> Outcome<[u16; N]> {
    // Tests that start servers at the same time do not get the same ports.
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let first = 20_000 + u16::try_from(std::process::id() % 9_000)?;
    let next = std::iter::from_fn(|| first.checked_add(TAKEN.fetch_add(1, Relaxed)));
    let ports = next.take_while(|port| *port < 40_000);
    let mut ports = ports.filter(|port| free(*port) && free(port + 10_000));
    let mut found = [0; N];
    for port in &mut found {
        *port = ports.next().ok_or("no port is free")?;
    }
    Ok(found)
}

/// Starts a program: that which a variable names, or else one on the path. Without it a test is ignored.
#[expect(clippy::disallowed_methods, reason = "the test's own environment")]
fn start(variable: &str, usual: &str, folder: &Path, arguments: Vec<OsString>) -> Outcome<Child> {
    let named = std::env::var_os(variable);
    let program = named.clone().unwrap_or_else(|| usual.into());
    let mut command = Command::new(&program);
    command.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        Ok(process) => Ok(process),
        Err(e) if named.is_none() => cannot_run(format!("there is no {usual}: {e}")),
        Err(e) => Err(format!("{}: {e}", program.display()).into()),
    }
}

impl Server {
    /// SeaweedFS.
    pub fn seaweedfs() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let [master, volume, filer, s3] = free_ports()?;
        let words = "server -ip=127.0.0.1 -s3 -volume.max=20 -s3.port.iceberg=0 -s3.port.lance=0 \
                     -master.telemetry=false";
        let mut arguments: Vec<OsString> = words.split(' ').map(Into::into).collect();
        arguments.push(format!("-dir={}", folder.path().display()).into());
        for (of, port) in [("master", master), ("volume", volume), ("filer", filer), ("s3", s3)] {
            arguments.push(format!("-{of}.port={port}").into());
        }
        let process = start("MONTHEND_WEED", "weed", folder.path(), arguments)?;
        Server { process, port: s3, kind: Kind::S3, _folder: folder }.answering()
    }

    /// rclone, which takes no heed of conditions.
    pub fn rclone() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let [port] = free_ports()?;
        fs::create_dir(folder.path().join("logs"))?;
        let words = format!("serve s3 --config= --addr 127.0.0.1:{port}");
        let mut arguments: Vec<OsString> = words.split(' ').map(Into::into).collect();
        arguments.push(folder.path().into());
        let process = start("MONTHEND_RCLONE", "rclone", folder.path(), arguments)?;
        Server { process, port, kind: Kind::S3, _folder: folder }.answering()
    }

    /// Azurite, which answers as Azure's storage does.
    pub fn azurite() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let [port] = free_ports()?;
        let words =
            format!("--inMemoryPersistence --skipApiVersionCheck --silent --blobPort {port}");
        let arguments = words.split(' ').map(Into::into).collect();
        let process = start("MONTHEND_AZURITE", "azurite-blob", folder.path(), arguments)?;
        Server { process, port, kind: Kind::Azure, _folder: folder }.answering()
    }

    /// The same, once its bucket is there.
    fn answering(mut self) -> Outcome<Self> {
        for _ in 0..LOOKS {
            let is_there = match self.kind {
                Kind::S3 => self.put("", &[]).is_ok(),
                Kind::Azure => self.make_container()?,
            };
            if is_there {
                return Ok(self);
            }
            if let Some(ended) = self.process.try_wait()? {
                return Err(format!("the server has ended: {ended}").into());
            }
            sleep(LOOK);
        }
        Err("the server does not answer".into())
    }

    fn make_container(&self) -> Outcome<bool> {
        let script = root().join("tests/outside/azure_container.py");
        let made = python::script("MONTHEND_PYTHON", |command| {
            command.arg(script).args([&self.port.to_string(), "logs"]);
        })?;
        Ok(made.status.success())
    }

    /// Ends it.
    pub fn kill(&mut self) {
        // It is gone already where a test has killed it.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Puts an object into the bucket, or makes that where there is no key.
    pub fn put(&self, key: &str, bytes: &[u8]) -> Outcome {
        let status = self.asked("PUT", key, bytes)?;
        // A bucket may have been made though its answer did not come.
        match status.contains(" 200 ") || key.is_empty() && status.contains(" 409 ") {
            true => Ok(()),
            false => Err(format!("{key}: {status}").into()),
        }
    }

    /// Removes an object.
    pub fn remove(&self, key: &str) -> Outcome {
        self.asked("DELETE", key, &[]).map(drop)
    }

    /// Whether there is an object.
    pub fn has(&self, key: &str) -> Outcome<bool> {
        Ok(self.asked("HEAD", key, &[])?.contains(" 200 "))
    }

    /// The status line of an answer.
    fn asked(&self, method: &str, key: &str, bytes: &[u8]) -> Outcome<String> {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port))?;
        let (host, length) = (format!("127.0.0.1:{}", self.port), bytes.len());
        write!(
            connection,
            "{method} /logs/{key} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
             content-length: {length}\r\n\r\n"
        )?;
        connection.write_all(bytes)?;
        let mut answer = BufReader::new(connection);
        let mut status = String::new();
        answer.read_line(&mut status)?;
        answer.read_to_end(&mut Vec::new())?;
        Ok(status)
    }

    /// What tells the program of it.
    fn environment(&self) -> Vec<(&'static str, String)> {
        let place = format!("http://127.0.0.1:{}", self.port);
        let of_kind = match self.kind {
            Kind::S3 => vec![
                ("AWS_ENDPOINT_URL", place),
                ("AWS_SKIP_SIGNATURE", "true".to_owned()),
                ("AWS_REGION", "nowhere".to_owned()),
            ],
            Kind::Azure => vec![
                ("AZURE_STORAGE_USE_EMULATOR", "true".to_owned()),
                ("AZURITE_BLOB_STORAGE_URL", place),
            ],
        };
        of_kind.into_iter().chain([("NO_PROXY", "127.0.0.1".to_owned())]).collect()
    }

    /// Tells a command of it.
    pub fn known_to(&self, command: &mut assert_cmd::Command) {
        command.envs(self.environment());
    }

    /// The same command as a process that can be killed.
    pub fn process(&self, command: &assert_cmd::Command) -> Command {
        let mut process = Command::new(command.get_program());
        process.args(command.get_args()).envs(self.environment()).env_remove("MONTHEND_JOB");
        process.current_dir(command.get_current_dir().unwrap_or(root()));
        process.stdout(Stdio::null()).stderr(Stdio::piped());
        process
    }
}
