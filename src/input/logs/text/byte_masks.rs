//! Bytes that matter in a text, found sixteen at a time, and which of them lie within quotes.

use wide::u8x16;

/// Bytes that are looked at together: one for each bit of a mask.
const CHUNK: usize = 64;
/// Stands behind the end of a text; it matters to nobody.
const FILLER: u8 = b'0';
/// What ends a cell of CSV outside quotes.
pub(super) const SEPARATORS: [u8; 3] = *b",\n\r";

/// Which of a chunk's bytes are of some kind: the first byte is the lowest bit.
pub(super) type Mask = u64;

/// Bytes that are looked at together.
pub(super) struct Chunk<'t>(&'t [u8; CHUNK]);

impl Chunk<'_> {
    /// The bytes for which `test` has all bits set.
    #[inline]
    fn mask(&self, test: impl Fn(u8x16) -> u8x16) -> Mask {
        let parts = self.0.as_chunks::<16>().0.iter().rev();
        parts.fold(0, |mask, part| mask << 16 | Mask::from(test(u8x16::new(*part)).to_bitmask()))
    }

    /// The bytes that are `byte`.
    #[inline]
    pub fn is(&self, byte: u8) -> Mask {
        self.mask(|bytes| bytes.simd_eq(u8x16::splat(byte)))
    }

    /// The bytes that are any of `wanted`.
    #[inline]
    pub fn is_any<const N: usize>(&self, wanted: [u8; N]) -> Mask {
        self.mask(|bytes| {
            let equal = wanted.map(|byte| bytes.simd_eq(u8x16::splat(byte)));
            equal.into_iter().fold(u8x16::ZERO, |any, one| any | one)
        })
    }

    /// The bytes of at most `most`.
    #[inline]
    pub fn is_at_most(&self, most: u8) -> Mask {
        self.mask(|bytes| bytes.min(u8x16::splat(most)).simd_eq(bytes))
    }
}

/// Visits a text chunk by chunk, each with its place, until `visit` says `false`. The last chunk
/// is filled up.
#[inline]
pub(super) fn chunks(text: &[u8], mut visit: impl FnMut(usize, Chunk<'_>) -> bool) -> bool {
    let (whole, rest) = text.as_chunks::<CHUNK>();
    let mut place = 0;
    for chunk in whole {
        if !visit(place, Chunk(chunk)) {
            return false;
        }
        place += CHUNK;
    }
    if rest.is_empty() {
        return true;
    }
    let mut last = [FILLER; CHUNK];
    last[..rest.len()].copy_from_slice(rest);
    visit(place, Chunk(&last))
}

/// Adds the places of a mask's bytes to `places`, rising.
#[inline]
pub(super) fn push_places(places: &mut Vec<u32>, place: usize, mut mask: Mask) {
    while mask != 0 {
        places.push(place as u32 + mask.trailing_zeros());
        mask &= mask - 1;
    }
}

/// Follows quotes through CSV by their parity, chunk by chunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quotes {
    met: Mask,
    doubled: Mask,
    /// All bits where the next chunk begins within quotes.
    within: Mask,
    /// The lowest bit where the next chunk begins behind a separator, or at the text's start.
    after_separator: Mask,
    /// The lowest bit where the next chunk begins behind a closing quote.
    after_closing: Mask,
}

/// What lies before a text whose quotes are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing, or a separator.
    Separator,
    /// A plain cell's start.
    Plain,
    /// An opening quote.
    Quote,
    /// A closing quote.
    ClosingQuote,
}

impl Quotes {
    pub fn new(before: Before) -> Self {
        Quotes {
            met: 0,
            doubled: 0,
            within: if before == Before::Quote { Mask::MAX } else { 0 },
            after_separator: (before == Before::Separator).into(),
            after_closing: (before == Before::ClosingQuote).into(),
        }
    }

    /// Whether what comes next is within quotes.
    pub fn within(self) -> bool {
        self.within != 0
    }

    /// Whether there were any quotes.
    pub fn met(self) -> bool {
        self.met != 0
    }

    /// Whether there were two quotes for one in a quoted cell. Where there were none, a cell has
    /// two quotes at most: the one that it begins with, and the one that closes it.
    pub fn doubled(self) -> bool {
        self.doubled != 0
    }

    /// The bytes outside quotes; opening quotes are within, closing ones are not.
    ///
    /// `None` where parity says nothing: a quote within a plain cell is a character like others.
    /// One opens a cell only after a separator; and after a closing quote, since two of them are
    /// one in a quoted cell, which goes on.
    #[inline]
    pub fn outside(&mut self, chunk: &Chunk<'_>) -> Option<Mask> {
        let quotes = chunk.is(b'"');
        if quotes | self.within == 0 {
            self.after_separator = SEPARATORS.contains(&chunk.0[CHUNK - 1]).into();
            self.after_closing = 0;
            return Some(Mask::MAX);
        }
        self.met |= quotes;
        let within = parity(quotes) ^ self.within;
        let (opening, closing) = (quotes & within, quotes & !within);
        let separators = chunk.is_any(SEPARATORS) & !within;
        let other = opening & !(separators << 1 | self.after_separator);
        self.doubled |= other;
        if other & !(closing << 1 | self.after_closing) != 0 {
            return None;
        }
        self.within = if within >> 63 == 1 { Mask::MAX } else { 0 };
        (self.after_separator, self.after_closing) = (separators >> 63, closing >> 63);
        Some(!within)
    }
}

/// For each bit, whether the number of bits up to it is odd.
#[inline]
fn parity(mut mask: Mask) -> Mask {
    for shift in [1, 2, 4, 8, 16, 32] {
        mask ^= mask << shift;
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_say_where_bytes_are() {
        let text: Vec<u8> = (0..=255).chain(0..40).collect();
        let (mut places, mut low) = (Vec::new(), Vec::new());
        assert!(chunks(&text, |place, chunk| {
            assert_eq!(chunk.is_any([b',', 200]), chunk.is(b',') | chunk.is(200));
            push_places(&mut places, place, chunk.is_any([b',', 200, 39, 255]));
            push_places(&mut low, place, chunk.is_at_most(2));
            true
        }));
        assert_eq!(places, [39, 44, 200, 255, 256 + 39]);
        assert_eq!(low, [0, 1, 2, 256, 257, 258]);
    }

    #[test]
    fn parity_finds_what_is_quoted_or_gives_up() {
        let outside = |text: &str| {
            let mut quotes = Quotes::new(Before::Separator);
            let mut found = String::new();
            let whole = chunks(text.as_bytes(), |place, chunk| {
                let Some(outside) = quotes.outside(&chunk) else { return false };
                let here = text[place..].chars().take(CHUNK).enumerate();
                found.extend(here.filter(|(at, _)| outside >> at & 1 == 1).map(|(_, c)| c));
                true
            });
            whole.then_some((found, quotes.within()))
        };
        let is = |found: &str, within| Some((found.to_owned(), within));
        assert_eq!(outside("a,\"b,c\",d"), is("a,\",d", false));
        assert_eq!(outside("\"b\"\"c\",\"\",\"\"\"\"\n\"d"), is("\"\",\",\"\"\n", true));
        let long = format!("{},\"{}\n\"\n", "a".repeat(62), "b".repeat(100));
        assert_eq!(outside(&long), is(&format!("{},\"\n", "a".repeat(62)), false));
        assert_eq!(outside("a\"b\",c"), None);
        assert_eq!(outside("\"a\" \"b\""), None);
        assert_eq!(outside(&format!("{}\"", "a".repeat(64))), None);
        assert!(outside(&format!("{},\"", "a".repeat(63))).is_some());
    }
}
