//! Inputs in object storage of a real server, SeaweedFS, which answers on loopback as S3 does.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicU16;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::sleep;
use std::time::Duration;

use monthend_tests::generator::{Format, Settings, generate};
use monthend_tests::{Outcome, monthend, run, tables};

use crate::cannot_run;

/// What names the program `weed`, where it is not on the path.
const WEED: &str = "MONTHEND_WEED";
/// Between looks at whether it answers.
const LOOK: Duration = Duration::from_millis(200);
const LOOKS: u32 = 300;

/// A server, and the folder that it keeps all in.
struct SeaweedFs {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Drop for SeaweedFs {
    fn drop(&mut self) {
        // It is gone already where a test has killed it.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Ports that are free, as are those 10,000 above, where its parts talk to each other.
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

impl SeaweedFs {
    #[expect(clippy::disallowed_methods, reason = "the test's own environment")]
    fn start() -> Outcome<Self> {
        let weed = std::env::var_os(WEED);
        let program = weed.clone().unwrap_or_else(|| "weed".into());
        let folder = tempfile::tempdir()?;
        let [master, volume, filer, s3] = free_ports()?;
        let mut command = Command::new(&program);
        command.args(["server", "-ip=127.0.0.1", "-s3", "-volume.max=20"]);
        command.args(["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"]);
        command.arg(format!("-dir={}", folder.path().display()));
        command.args([format!("-master.port={master}"), format!("-volume.port={volume}")]);
        command.args([format!("-filer.port={filer}"), format!("-s3.port={s3}")]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).current_dir(folder.path());
        let process = match command.spawn() {
            Ok(process) => process,
            Err(e) if weed.is_none() => return cannot_run(format!("there is no weed: {e}")),
            Err(e) => return Err(format!("{}: {e}", program.display()).into()),
        };
        let mut server = SeaweedFs { process, port: s3, _folder: folder };
        for _ in 0..LOOKS {
            if server.put("", &[]).is_ok() {
                return Ok(server);
            }
            if let Some(ended) = server.process.try_wait()? {
                return Err(format!("SeaweedFS has ended: {ended}").into());
            }
            sleep(LOOK);
        }
        Err("SeaweedFS does not answer".into())
    }

    /// Puts an object into the bucket, or makes that where there is no key.
    fn put(&self, key: &str, bytes: &[u8]) -> Outcome {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port))?;
        let (host, length) = (format!("127.0.0.1:{}", self.port), bytes.len());
        write!(
            connection,
            "PUT /logs/{key} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
             content-length: {length}\r\n\r\n"
        )?;
        connection.write_all(bytes)?;
        let mut answer = BufReader::new(connection);
        let mut status = String::new();
        answer.read_line(&mut status)?;
        answer.read_to_end(&mut Vec::new())?;
        // A bucket may have been made though its answer did not come.
        match status.contains(" 200 ") || key.is_empty() && status.contains(" 409 ") {
            true => Ok(()),
            false => Err(format!("{key}: {status}").into()),
        }
    }

    fn put_all(&self, folder: &Path) -> Outcome {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let below = if name.starts_with("usage-") { "usage/month=2026-04/" } else { "" };
            self.put(&format!("{below}{name}"), &fs::read(&path)?)?;
        }
        Ok(())
    }

    /// Tells a command of it.
    fn known_to(&self, command: &mut assert_cmd::Command) {
        command
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port))
            .env("AWS_SKIP_SIGNATURE", "true")
            .env("AWS_REGION", "nowhere")
            .env("NO_PROXY", "127.0.0.1");
    }
}

fn make(folder: &Path, format: Format) -> Outcome {
    let usual = Settings::usual("2026-04", 100_000, 1_000).ok_or("no month")?;
    let settings =
        Settings { duplicates: 5, conflicts: 1, format, files: 3, row_group: 5_000, ..usual };
    generate(&settings, folder).map_err(|fault| fault.to_string())?;
    Ok(())
}

/// What bills the month from a place, into a book of a name.
fn bill(folder: &Path, from: &str, usage: &str, book: &str) -> assert_cmd::Command {
    let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
    command.current_dir(folder).args(["--book", book, "--usage", &format!("{from}{usage}")]);
    command.args(["--catalog", &format!("{from}catalog.toml")]);
    command.args(["--changes", &format!("{from}changes*")]);
    command
}

fn check_is_built_in() -> Outcome {
    match cfg!(feature = "cloud") {
        true => Ok(()),
        false => cannot_run("this build reads no object storage: --features cloud"),
    }
}

pub fn seaweedfs_gives_the_same_bytes_as_the_disk() -> Outcome {
    check_is_built_in()?;
    for format in [Format::Parquet, Format::CsvZst, Format::Ndjson] {
        let server = SeaweedFs::start()?;
        let sandbox = tempfile::tempdir()?;
        make(sandbox.path(), format)?;
        server.put_all(sandbox.path())?;
        run(&mut bill(sandbox.path(), "", "usage-*", "disk"), 3)?;
        let mut stored = bill(sandbox.path(), "s3://logs/", "usage", "stored");
        server.known_to(&mut stored);
        run(&mut stored, 3)?;
        let revision = |book: &str| -> PathBuf { sandbox.path().join(book).join("2026-04/r001") };
        assert!(tables(&revision("disk"))? == tables(&revision("stored"))?, "{format:?}");
    }
    Ok(())
}

pub fn seaweedfs_that_is_gone_is_waited_for_and_nothing_is_published() -> Outcome {
    check_is_built_in()?;
    let mut server = SeaweedFs::start()?;
    let sandbox = tempfile::tempdir()?;
    make(sandbox.path(), Format::Parquet)?;
    server.put_all(sandbox.path())?;
    server.process.kill()?;
    server.process.wait()?;
    let mut stored = bill(sandbox.path(), "s3://logs/", "usage", "stored");
    server.known_to(&mut stored);
    let output = run(&mut stored, 75)?;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("s3://logs/") && told.contains("did not answer"), "{told}");
    assert!(!sandbox.path().join("stored/2026-04").exists(), "{told}");
    Ok(())
}
