//! A server of one bucket, on loopback, that answers as S3 does: objects whole and by ranges, written, copied and
//! removed, on a condition, and listings. It counts what it gives, and fails as it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use assert_cmd::Command;
use chrono::{DateTime, TimeDelta, Utc};

/// The bucket's name.
pub const BUCKET: &str = "logs";

/// What a request comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Its answer.
    Answered,
    /// Its answer, after a while.
    Late(Duration),
    /// An answer of this status, which says nothing.
    Failed(u16),
    /// Half of its answer, and the end of the connection.
    Cut,
    /// Half of its answer, as if that were all of it.
    Short,
    /// What was asked for is done, and its answer lost.
    Lost,
    /// That the credentials have ended.
    Expired,
}

/// Says what a request comes to, by its number from 0, its method and its key.
type Fates = dyn Fn(u64, &str, &str) -> Fate + Send + Sync;

/// The server. It ends with the process.
#[derive(Clone)]
pub struct Bucket {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// An object, and when it was written.
#[derive(Clone)]
struct Stored {
    bytes: Arc<[u8]>,
    written: DateTime<Utc>,
}

struct Shared {
    objects: Mutex<BTreeMap<String, Stored>>,
    /// Its clock, which stands still.
    now: Mutex<DateTime<Utc>>,
    fates: Box<Fates>,
    requests: AtomicU64,
    /// Bytes of objects that were given, by key.
    given: Mutex<BTreeMap<String, u64>>,
}

impl Bucket {
    /// Serves a bucket that is empty.
    ///
    /// # Errors
    /// There is no port for it.
    pub fn serve(
        fates: impl Fn(u64, &str, &str) -> Fate + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let shared = Arc::new(Shared {
            objects: Mutex::default(),
            now: Mutex::new(
                DateTime::from_timestamp(1_777_586_400, 0).ok_or(io::ErrorKind::Other)?,
            ),
            fates: Box::new(fates),
            requests: AtomicU64::new(0),
            given: Mutex::default(),
        });
        let (address, serving) = (listener.local_addr()?, Arc::clone(&shared));
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                // A client that hangs up is no fault of the server.
                thread::spawn(move || shared.converse(connection).unwrap_or_default());
            }
        });
        Ok(Bucket { address, shared })
    }

    /// Puts an object in its place.
    pub fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        self.shared.store(&mut self.shared.objects(), key, bytes.into().into());
    }

    /// The objects whose keys begin so, by key.
    pub fn objects(&self, prefix: &str) -> BTreeMap<String, Arc<[u8]>> {
        let objects = self.shared.objects();
        let some = objects.iter().filter(|(key, _)| key.starts_with(prefix));
        some.map(|(key, stored)| (key.clone(), Arc::clone(&stored.bytes))).collect()
    }

    /// Removes an object.
    pub fn remove(&self, key: &str) {
        self.shared.objects().remove(key);
    }

    /// Puts its clock on.
    pub fn wait(&self, time: TimeDelta) {
        *self.shared.now.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }

    /// How many requests have come.
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(SeqCst)
    }

    /// How many bytes were given of the objects whose keys begin so.
    pub fn bytes_given(&self, prefix: &str) -> u64 {
        let given = self.shared.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.iter().filter(|(key, _)| key.starts_with(prefix)).map(|(_, bytes)| bytes).sum()
    }

    /// Where plain files are read from.
    pub fn http(&self) -> String {
        format!("http://{}/{BUCKET}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> impl std::fmt::Display {
        self.address
    }

    /// Tells a command of it, and of nothing else that may be in the environment.
    #[expect(clippy::disallowed_methods, reason = "what a test must not inherit")]
    pub fn known_to(&self, command: &mut Command) {
        let inherited = std::env::vars_os().map(|(name, _)| name);
        for name in inherited.filter(|name| name.to_string_lossy().starts_with("AWS_")) {
            command.env_remove(name);
        }
        command
            .env("AWS_ENDPOINT_URL", format!("http://{}", self.address))
            .env("AWS_ACCESS_KEY_ID", "tests")
            .env("AWS_SECRET_ACCESS_KEY", "no secret")
            .env("AWS_REGION", "nowhere")
            .env("NO_PROXY", "127.0.0.1");
    }
}

/// A request's line and headers, names in lower case.
struct Request {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// What is answered.
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn of(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Answer { status, headers: Vec::new(), body: body.into() }
    }
}

impl Shared {
    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Stored>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self, objects: &mut BTreeMap<String, Stored>, key: &str, bytes: Arc<[u8]>) {
        let written = *self.now.lock().unwrap_or_else(PoisonError::into_inner);
        objects.insert(key.to_owned(), Stored { bytes, written });
    }

    /// Answers the requests of one connection.
    fn converse(&self, connection: TcpStream) -> io::Result<()> {
        connection.set_nodelay(true)?;
        let mut reader = BufReader::new(connection.try_clone()?);
        let mut writer = connection;
        while let Some(request) = Request::read(&mut reader)? {
            let number = self.requests.fetch_add(1, SeqCst);
            let key = request.path.strip_prefix(&format!("/{BUCKET}")).unwrap_or_default();
            let key = key.trim_start_matches('/');
            let fate = (self.fates)(number, &request.method, key);
            if fate == Fate::Lost {
                self.answer(&request, key);
                return Ok(());
            }
            let mut answer = match fate {
                Fate::Failed(status) => Answer::of(status, ""),
                Fate::Expired => Answer::of(400, "<Error><Code>ExpiredToken</Code></Error>"),
                _ => self.answer(&request, key),
            };
            if fate == Fate::Short {
                answer.body.truncate(answer.body.len() / 2);
            }
            if let Fate::Late(delay) = fate {
                thread::sleep(delay);
            }
            let length = answer.body.len();
            if request.method == "HEAD" {
                answer.body.clear();
            }
            write!(writer, "HTTP/1.1 {} -\r\ncontent-length: {length}\r\n", answer.status)?;
            for (name, value) in &answer.headers {
                write!(writer, "{name}: {value}\r\n")?;
            }
            write!(writer, "\r\n")?;
            if fate == Fate::Cut {
                return writer.write_all(&answer.body[..answer.body.len() / 2]);
            }
            writer.write_all(&answer.body)?;
        }
        Ok(())
    }

    fn answer(&self, request: &Request, key: &str) -> Answer {
        match request.method.as_str() {
            "GET" if request.query.contains_key("list-type") => self.list(&request.query),
            "GET" | "HEAD" => self.object(request, key),
            "PUT" => self.written(request, key),
            "DELETE" => {
                self.objects().remove(key);
                Answer::of(204, "")
            }
            _ => Answer::of(405, ""),
        }
    }

    /// An object written where its condition holds, or copied.
    fn written(&self, request: &Request, key: &str) -> Answer {
        let header = |name: &str| request.headers.get(name);
        let mut objects = self.objects();
        let there = objects.get(key).map(|object| tag(&object.bytes));
        let must_be_new = header("if-none-match").is_some_and(|wanted| wanted == "*");
        let must_be = header("if-match");
        if must_be_new && there.is_some() || must_be.is_some() && must_be != there.as_ref() {
            return Answer::of(412, "<Error><Code>PreconditionFailed</Code></Error>");
        }
        let bytes: Arc<[u8]> = match header("x-amz-copy-source") {
            None => request.body.clone().into(),
            Some(source) => {
                let source = decoded(source);
                let source = source.trim_start_matches('/').strip_prefix(&format!("{BUCKET}/"));
                match source.and_then(|source| objects.get(source)) {
                    Some(object) => Arc::clone(&object.bytes),
                    None => return Answer::of(404, "<Error><Code>NoSuchKey</Code></Error>"),
                }
            }
        };
        let tag = tag(&bytes);
        self.store(&mut objects, key, bytes);
        let body = match header("x-amz-copy-source") {
            None => String::new(),
            Some(_) => format!(
                "<CopyObjectResult><ETag>{}</ETag>\
                 <LastModified>2026-04-30T22:00:00.000Z</LastModified></CopyObjectResult>",
                tag.replace('"', "&quot;")
            ),
        };
        Answer { status: 200, headers: vec![("etag", tag)], body: body.into() }
    }

    fn object(&self, request: &Request, key: &str) -> Answer {
        let Some(Stored { bytes: object, written }) = self.objects().get(key).cloned() else {
            return Answer::of(404, "<Error><Code>NoSuchKey</Code></Error>");
        };
        let tag = tag(&object);
        if request.headers.get("if-match").is_some_and(|wanted| *wanted != tag) {
            return Answer::of(412, "<Error><Code>PreconditionFailed</Code></Error>");
        }
        let (status, range) = match request.headers.get("range").and_then(|range| range_of(range)) {
            Some((from, to)) if from < object.len() => (206, from..object.len().min(to + 1)),
            Some(_) => return Answer::of(416, ""),
            None => (200, 0..object.len()),
        };
        let mut headers = vec![
            ("etag", tag),
            ("last-modified", written.format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
            ("accept-ranges", "bytes".to_owned()),
        ];
        if status == 206 {
            let (from, to, of) = (range.start, range.end - 1, object.len());
            headers.push(("content-range", format!("bytes {from}-{to}/{of}")));
        }
        if request.method == "GET" {
            let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
            *given.entry(key.to_owned()).or_default() += range.len() as u64;
        }
        Answer { status, headers, body: object[range].to_vec() }
    }

    /// A page of a listing: of few entries, so that clients must ask on.
    fn list(&self, query: &BTreeMap<String, String>) -> Answer {
        const PAGE: usize = 10;
        let of = |name: &str| query.get(name).map_or("", String::as_str);
        let (prefix, delimiter, from) = (of("prefix"), of("delimiter"), of("continuation-token"));
        let objects = self.objects();
        // A key, or what several begin with up to the delimiter.
        let entry = |key: &String| {
            let rest = &key[prefix.len()..];
            match rest.find(delimiter).filter(|_| !delimiter.is_empty()) {
                Some(end) => (key[..prefix.len() + end + delimiter.len()].to_owned(), true),
                None => (key.clone(), false),
            }
        };
        let keys = objects.keys().filter(|key| key.starts_with(prefix));
        let entries: BTreeSet<(String, bool)> = keys.map(entry).collect();
        let mut left = entries.into_iter().filter(|(name, _)| name.as_str() > from).peekable();
        let mut body = String::new();
        let mut last = String::new();
        for (name, is_prefix) in left.by_ref().take(PAGE) {
            body += &match is_prefix {
                true => format!("<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>"),
                false => format!(
                    "<Contents><Key>{name}</Key><Size>{}</Size><ETag>{}</ETag>\
                     <LastModified>{}</LastModified></Contents>",
                    objects[&name].bytes.len(),
                    tag(&objects[&name].bytes).replace('"', "&quot;"),
                    objects[&name].written.format("%Y-%m-%dT%H:%M:%S.000Z"),
                ),
            };
            last = name;
        }
        if left.peek().is_some() {
            body += &format!("<NextContinuationToken>{last}</NextContinuationToken>");
        }
        Answer::of(200, format!("<ListBucketResult>{body}</ListBucketResult>"))
    }
}

fn tag(object: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    object.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

/// `bytes=FROM-TO`
fn range_of(text: &str) -> Option<(usize, usize)> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    Some((from.parse().ok()?, to.parse().ok()?))
}

impl Request {
    /// The next one; none where the client has hung up.
    fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let query = pairs.map(|(name, value)| (name.to_owned(), decoded(value))).collect();
        let (path, mut headers) = (decoded(path), BTreeMap::new());
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            match line.trim().split_once(':') {
                Some((name, value)) => {
                    headers.insert(name.to_lowercase(), value.trim().to_owned());
                }
                None => break,
            }
        }
        let length = headers.get("content-length").and_then(|length| length.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body)?;
        Ok(Some(Request { method, path, query, headers, body }))
    }
}

/// A text with `%2F` and the like put back.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes: Vec<u8> = parts.next().unwrap_or_default().into();
    for part in parts {
        let (code, rest) = part.split_at(part.len().min(2));
        bytes.extend(u8::from_str_radix(code, 16));
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
