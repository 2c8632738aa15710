//! The clients of object storage, one for each bucket, and the thread that they work on.

use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::client::HttpError;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path as Key;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::reached::{Addressing, Reached};
use super::{address, profile, reached};

/// A request that fails in a way that may pass is tried again until so long after the first.
const RETRIED_FOR: Duration = Duration::from_secs(60);
/// The clients do so for a while by themselves, so often at the most.
const OWN_RETRIES: usize = 3;
/// And so long.
const OWN_RETRIED_FOR: Duration = Duration::from_secs(10);
/// After the first failure; each later one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 200 });
/// A connection that is not made, or says nothing, for so long has failed.
const SILENCE: Duration = Duration::from_secs(10);

/// Where an object is: its bucket's client, and its key there.
#[derive(Debug, Clone)]
pub(super) struct Located {
    pub store: Arc<dyn ObjectStore>,
    pub key: Key,
}

impl Located {
    /// Of an address.
    pub fn of(path: &Path) -> io::Result<Self> {
        let (scheme, bucket, key) =
            address::parts(path).ok_or_else(|| invalid("it is no address in object storage"))?;
        if bucket.is_empty() {
            return Err(invalid("it names no bucket"));
        }
        let key = Key::parse(key).map_err(|e| io::Error::new(ErrorKind::InvalidInput, e))?;
        Ok(Located { store: client(scheme, bucket)?, key })
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, what)
}

type Clients = BTreeMap<(&'static str, String), Arc<dyn ObjectStore>>;
static CLIENTS: Mutex<Clients> = Mutex::new(BTreeMap::new());

/// Has addresses `s3://bucket/…` of this bucket answered by a store of a test's own.
#[cfg(test)]
pub fn serve(bucket: &str, store: Arc<dyn ObjectStore>) {
    let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
    clients.insert(("s3", bucket.to_owned()), store);
}

/// Makes all clients anew, when they are asked for.
pub(super) fn forget_all() {
    CLIENTS.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

fn client(scheme: &'static str, bucket: &str) -> io::Result<Arc<dyn ObjectStore>> {
    let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let place = (scheme, bucket.to_owned());
    if let Some(client) = clients.get(&place) {
        return Ok(Arc::clone(client));
    }
    let made = make(scheme, bucket)?;
    clients.insert(place, Arc::clone(&made));
    Ok(made)
}

/// S3, or what speaks it: as the job file says, or the environment by the names of AWS's own tools, or a profile.
#[expect(
    clippy::disallowed_methods,
    reason = "credentials are read where they are used, and are handed on nowhere"
)]
fn s3(bucket: &str) -> io::Result<AmazonS3Builder> {
    let said = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let mut made = AmazonS3Builder::from_env().with_bucket_name(bucket);
    let has_own = OWN_CREDENTIALS.iter().any(|name| said(name).is_some());
    if !has_own {
        let profile = profile::read(&said, std::env::home_dir().as_deref())?;
        if let (Some(key_id), Some(secret)) = (&profile.key_id, &profile.secret) {
            made = made.with_access_key_id(key_id).with_secret_access_key(secret);
        }
        if let Some(token) = profile.token {
            made = made.with_token(token);
        }
        if let (None, None, Some(region)) =
            (said("AWS_REGION"), said("AWS_DEFAULT_REGION"), profile.region)
        {
            made = made.with_region(region);
        }
        if let (None, None, Some(endpoint)) =
            (said("AWS_ENDPOINT_URL"), said("AWS_ENDPOINT"), profile.endpoint)
        {
            made = made.with_endpoint(endpoint);
        }
    }
    let Reached { endpoint, region, addressing } = reached::said();
    if let Some(endpoint) = endpoint {
        made = made.with_endpoint(endpoint);
    }
    if let Some(region) = region {
        made = made.with_region(region);
    }
    if let Some(addressing) = addressing {
        made = made.with_virtual_hosted_style_request(addressing == Addressing::Host);
    }
    // One object is removed at a time, by a request that every server knows.
    Ok(made.with_disable_bulk_delete(true))
}

/// Names by which the environment says who a program is, so that no profile is asked.
const OWN_CREDENTIALS: [&str; 5] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_SKIP_SIGNATURE",
];

/// A client as the environment has it: credentials, region and endpoint by the names that the clouds' own tools use.
fn make(scheme: &str, bucket: &str) -> io::Result<Arc<dyn ObjectStore>> {
    let s3 = (scheme == "s3").then(|| s3(bucket)).transpose()?;
    built(scheme, bucket, s3).map_err(|e| failed(&e))
}

fn built(
    scheme: &str,
    bucket: &str,
    s3: Option<AmazonS3Builder>,
) -> object_store::Result<Arc<dyn ObjectStore>> {
    // Of several providers none is chosen by itself; that one was chosen before does no harm.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let retry = RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: OWN_RETRIES,
        retry_timeout: OWN_RETRIED_FOR,
    };
    let options = ClientOptions::new()
        .with_connect_timeout(SILENCE)
        .with_read_timeout(SILENCE)
        .with_timeout_disabled(); // a large range takes as long as it takes
    if let Some(s3) = s3 {
        let options = options.with_allow_http(true); // as the endpoint says
        return Ok(Arc::new(s3.with_retry(retry).with_client_options(options).build()?));
    }
    Ok(match scheme {
        "gs" => {
            let made = GoogleCloudStorageBuilder::from_env().with_bucket_name(bucket);
            Arc::new(made.with_retry(retry).with_client_options(options).build()?)
        }
        "az" => {
            let made = MicrosoftAzureBuilder::from_env().with_container_name(bucket);
            Arc::new(made.with_retry(retry).with_client_options(options).build()?)
        }
        _ => {
            let options = options.with_allow_http(scheme == "http");
            let made = HttpBuilder::new().with_url(format!("{scheme}://{bucket}"));
            Arc::new(made.with_retry(retry).with_client_options(options).build()?)
        }
    })
}

/// What fetches: a thread of its own, so that those that decode need not wait for answers.
static FETCHING: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_multi_thread().worker_threads(1).thread_name("storage").enable_all().build()
});

fn fetching() -> io::Result<&'static Runtime> {
    FETCHING.as_ref().map_err(|e| io::Error::new(e.kind(), e.to_string()))
}

/// How long a request is made again that fails.
pub(super) struct Patience {
    began: Instant,
    next: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { began: Instant::now(), next: FIRST_PAUSE }
    }
}

impl Patience {
    /// The pause before it is made again; `None` where it has been for long enough.
    pub fn pause(&mut self) -> Option<Duration> {
        let pause = self.next;
        self.next *= 2;
        (self.began.elapsed() + pause < RETRIED_FOR).then_some(pause)
    }
}

/// Asks until there is an answer, or a failure that does not pass. The clients do so themselves where
/// they can tell that nothing was answered yet; what breaks off in the middle they leave to whoever asks.
pub(super) async fn answered<T, A: Future<Output = object_store::Result<T>>>(
    ask: impl Fn() -> A,
) -> object_store::Result<T> {
    let mut patience = Patience::default();
    loop {
        let answer = ask().await;
        let failed = answer.as_ref().err().filter(|failed| is_passing(failed));
        let Some((failed, pause)) = failed.zip(patience.pause()) else { return answer };
        tracing::debug!(error = told(failed), "asked again");
        sleep(pause).await;
    }
}

/// Whether a request may come to something else if it is made again: it failed on the way, or the
/// server has too much to do. Of the server's status the clients make a text.
pub(super) fn is_passing(failed: &object_store::Error) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(failed);
    while let Some(cause) = next {
        if cause.is::<HttpError>() {
            return true;
        }
        next = cause.source();
    }
    let told = told(failed);
    let status = status_in(&told);
    matches!(status, Some("408" | "429"))
        || status.is_some_and(|status| status.starts_with('5'))
        // Credentials that ended in the middle: the next request is made with those that came after them. The answer to
        // HEAD has no text that says so.
        || told.contains("ExpiredToken")
        || status == Some("400") && told.contains("performing HEAD")
}

/// The server's status, where a text tells one.
fn status_in(told: &str) -> Option<&str> {
    told.split_once("status code: ").and_then(|(_, status)| status.get(..3))
}

/// Waits for an answer.
pub(super) fn wait_for<T>(answer: impl Future<Output = object_store::Result<T>>) -> io::Result<T> {
    fetching()?.block_on(answer).map_err(|e| failed(&e))
}

/// What an answer will be.
#[derive(Debug)]
pub(super) struct Answer<T>(io::Result<JoinHandle<object_store::Result<T>>>);

impl<T: Send + 'static> Answer<T> {
    /// Asks, and does not wait.
    pub fn to(question: impl Future<Output = object_store::Result<T>> + Send + 'static) -> Self {
        Answer(fetching().map(|fetching| fetching.spawn(question)))
    }

    /// Waits for it.
    pub fn wait(self) -> io::Result<T> {
        let answer = fetching()?.block_on(self.0?);
        answer.map_err(io::Error::other)?.map_err(|e| failed(&e))
    }
}

/// A failure as the system would tell it: whether it may pass, or what this user may not do.
pub(super) fn failed(error: &object_store::Error) -> io::Error {
    use object_store::Error as Storage;
    let kind = match error {
        Storage::NotFound { .. } => ErrorKind::NotFound,
        Storage::PermissionDenied { .. } | Storage::Unauthenticated { .. } => {
            ErrorKind::PermissionDenied
        }
        Storage::AlreadyExists { .. } => ErrorKind::AlreadyExists,
        Storage::Precondition { .. } => {
            return io::Error::other("the object was changed after it had been opened");
        }
        Storage::InvalidPath { .. }
        | Storage::NotSupported { .. }
        | Storage::NotImplemented { .. }
        | Storage::UnknownConfigurationKey { .. } => ErrorKind::InvalidInput,
        failed if is_passing(failed) => ErrorKind::TimedOut,
        // What a listing is refused with is told in its text alone.
        failed if matches!(status_in(&told(failed)), Some("401" | "403")) => {
            ErrorKind::PermissionDenied
        }
        _ => ErrorKind::Other,
    };
    io::Error::new(kind, told(error))
}

/// An error and its causes, as far as they are not said already.
fn told(error: &object_store::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = next.source();
    }
    text
}
