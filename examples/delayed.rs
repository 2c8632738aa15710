//! Passes connections on to a server, and each request after a while: as far away as a cloud's storage is.
//!
//! ```sh
//! cargo run --release --example delayed -- 8334 127.0.0.1:8333 50
//! ```
//!
//! listens on port 8334 of this machine, and delays by 50 milliseconds. `benches/storage.py` measures with it.

use std::env::args;
use std::error::Error;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{sleep, spawn};
use std::time::Duration;

#[expect(clippy::disallowed_methods, reason = "an example has a command line of its own")]
fn main() -> Result<(), Box<dyn Error>> {
    let typed: Vec<String> = args().skip(1).collect();
    let [port, server, millis] = typed.as_slice() else {
        return Err("say PORT SERVER MILLISECONDS".into());
    };
    let delay = Duration::from_millis(millis.parse()?);
    let listener = TcpListener::bind(("127.0.0.1", port.parse::<u16>()?))?;
    for client in listener.incoming().flatten() {
        let Ok(server) = TcpStream::connect(server) else { continue };
        let (client_too, server_too) = (client.try_clone()?, server.try_clone()?);
        // Whether what the client says next begins a request.
        let is_answered = Arc::new(AtomicBool::new(true));
        let answered = Arc::clone(&is_answered);
        spawn(move || {
            pass(client, server, &|| {
                if is_answered.swap(false, SeqCst) {
                    sleep(delay);
                }
            })
        });
        spawn(move || pass(server_too, client_too, &|| answered.store(true, SeqCst)));
    }
    Ok(())
}

/// Passes on what comes, until one of both hangs up.
fn pass(mut from: TcpStream, mut to: TcpStream, before: &dyn Fn()) {
    let mut buffer = vec![0; 1 << 18];
    let _ = to.set_nodelay(true); // a matter of speed alone
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        before();
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both); // it may have hung up already
}
