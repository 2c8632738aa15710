//! SIGTERM and Ctrl-C: what a run says before it goes.

use std::io;
use std::process;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::signal_name;

use super::args::OutputOptions;
use super::{monitoring, published};
use crate::base::error::{Code, Error};
use crate::base::progress;
use crate::base::scratch;
use crate::base::undivided::undivided;
use crate::book::give_up_leases;

/// How long the last words may take: standard output may be a pipe that nobody reads.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// From now on a signal to end clears the progress line, says what was published, removes what was there
/// meanwhile, and ends the process with 128 and its number. A publication is not cut short.
///
/// # Errors
/// The handler cannot be installed: signals then end the process as they always do.
pub(super) fn watch(output: OutputOptions) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end(signal, output);
        }
    })?;
    Ok(())
}

fn end(signal: i32, output: OutputOptions) {
    // Held to the end, so that nothing is published after it is said that nothing was.
    let _undivided = undivided();
    let code = if signal == SIGINT { Code::INTERRUPTED } else { Code::TERMINATED };
    // Where no thread can be started, the last words are waited for.
    let _ = thread::Builder::new().spawn(move || {
        thread::sleep(LAST_WORDS);
        exit(code);
    });
    progress::clear();
    let published = published::so_far();
    let name = signal_name(signal).unwrap_or("a signal");
    let message = match published.is_empty() {
        true => format!("stopped by {name}: nothing was published"),
        false => format!("stopped by {name}"),
    };
    let error = Error::new(code, message);
    monitoring::note_failure(&error);
    monitoring::end(output.fail(error, &published));
    exit(code);
}

#[expect(clippy::exit, reason = "other threads are at work, and are not to be waited for")]
fn exit(code: Code) -> ! {
    // Storage that does not answer is not waited for: a lease ends by itself.
    let (done, is_done) = channel();
    let given_up = thread::Builder::new().spawn(move || {
        give_up_leases();
        done.send(())
    });
    if given_up.is_ok() {
        let _ = is_done.recv_timeout(LAST_WORDS);
    }
    scratch::remove_all();
    process::exit(code.kind().exit_code().into())
}
