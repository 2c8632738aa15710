//! Brotli unpacked. The crate's own reader passes over what follows a stream, and rows would be lost.

use std::io::{self, BufRead, Read};

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use crate::base::damaged_file::{Fault, guarded};

/// Unpacks one stream, and nothing else.
pub(super) struct BrotliReader<R> {
    input: R,
    state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    unpacked: usize,
    ended: bool,
}

impl<R: BufRead> BrotliReader<R> {
    pub fn new(input: R) -> Self {
        let alloc = StandardAlloc::default;
        let state = BrotliState::new_strict(alloc(), alloc(), alloc());
        BrotliReader { input, state, unpacked: 0, ended: false }
    }
}

impl<R: BufRead> Read for BrotliReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let packed = self.input.fill_buf()?;
            match (self.ended, packed.is_empty()) {
                (true, true) => return Ok(0),
                (true, false) => return Err(damaged("something follows the packed text")),
                _ if buffer.is_empty() => return Ok(0),
                (false, _) => {}
            }
            let (mut room, mut written) = (buffer.len(), 0);
            let (mut left, mut used) = (packed.len(), 0);
            let (state, unpacked) = (&mut self.state, &mut self.unpacked);
            let result = guarded(|| {
                Ok::<_, Fault>(BrotliDecompressStream(
                    &mut left,
                    &mut used,
                    packed,
                    &mut room,
                    &mut written,
                    buffer,
                    unpacked,
                    state,
                ))
            });
            let result =
                result.map_err(|fault| io::Error::new(io::ErrorKind::InvalidData, fault))?;
            let is_end_of_file = packed.is_empty();
            self.input.consume(used);
            match result {
                BrotliResult::ResultSuccess => self.ended = true,
                BrotliResult::NeedsMoreOutput => {}
                BrotliResult::NeedsMoreInput if written == 0 && is_end_of_file => {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                BrotliResult::NeedsMoreInput => {}
                BrotliResult::ResultFailure => return Err(damaged("not as Brotli packs text")),
            }
            if written > 0 {
                return Ok(written);
            }
        }
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
