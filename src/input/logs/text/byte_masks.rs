//! Bytes that matter in a text, found sixteen at a time.

use crate::base::number::number;

use wide::u8x16;

/// Bytes that are looked at together: one for each bit of a mask.
pub(super) const CHUNK: usize = 64;
/// Stands behind the end of a text; it matters to nobody.
const FILLER: u8 = b'0';

/// Which of a chunk's bytes are of some kind: the first byte is the lowest bit.
pub(super) type Mask = u64;

/// Bytes that are looked at together.
pub(super) struct Chunk<'t>(&'t [u8; CHUNK]);

impl Chunk<'_> {
    /// The last byte.
    #[inline]
    pub fn last(&self) -> u8 {
        self.0[CHUNK - 1]
    }

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
}

/// Which bytes end a plain text of JSON: quotes, backslashes and control characters.
#[inline]
pub(super) fn is_special(bytes: [u8; 16]) -> u32 {
    let bytes = u8x16::new(bytes);
    let is = |byte| bytes.simd_eq(u8x16::splat(byte));
    (is(b'"') | is(b'\\') | is_at_most(bytes, 0x1f)).to_bitmask()
}

/// Which bytes are digits.
#[inline]
pub(super) fn is_digit(bytes: [u8; 16]) -> u32 {
    is_at_most(u8x16::new(bytes) - u8x16::splat(b'0'), 9).to_bitmask()
}

#[inline]
fn is_at_most(bytes: u8x16, most: u8) -> u8x16 {
    bytes.min(u8x16::splat(most)).simd_eq(bytes)
}

/// Where the first byte of a kind stands.
pub(super) fn position(text: &[u8], byte: u8) -> Option<usize> {
    let mut found = None;
    chunks(text, |place, chunk| {
        let mask = chunk.is(byte);
        if mask != 0 {
            found = Some(place + mask.trailing_zeros() as usize);
        }
        mask == 0
    });
    found
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
    let place = number(place);
    while mask != 0 {
        places.push(place + mask.trailing_zeros());
        mask &= mask - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_say_where_bytes_are() {
        let text: Vec<u8> = (0..=255).chain(0..40).collect();
        let mut places = Vec::new();
        assert!(chunks(&text, |place, chunk| {
            assert_eq!(chunk.is_any([b',', 200]), chunk.is(b',') | chunk.is(200));
            push_places(&mut places, place, chunk.is_any([b',', 200, 39, 255]));
            true
        }));
        assert_eq!(places, [39, 44, 200, 255, 256 + 39]);
        assert_eq!(position(&text, 200), Some(200));
        assert_eq!(position(&text[201..], 39), Some(55 + 39));
        assert_eq!(position(&text[201..], 99), None);
    }

    #[test]
    fn kinds_of_bytes_are_told_from_all_others() {
        for byte in 0..=255 {
            let mut bytes = [b'x'; 16];
            bytes[5] = byte;
            let special = matches!(byte, b'"' | b'\\' | ..=0x1f);
            assert_eq!(is_special(bytes), u32::from(special) << 5, "{byte}");
            assert_eq!(is_digit(bytes), u32::from(byte.is_ascii_digit()) << 5, "{byte}");
        }
    }
}
