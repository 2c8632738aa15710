//! Numbers of accounts, segments and rows, which are held in 32 bits.

/// The number of an account, a segment, a change, or a row of a batch.
///
/// # Panics
/// It is 2^32 or more: no memory holds so many, since an account alone takes some 400 bytes.
#[inline]
#[expect(clippy::expect_used, reason = "memory ends long before")]
pub fn number(count: usize) -> u32 {
    u32::try_from(count).expect("memory holds fewer than 2^32 accounts, segments and rows")
}

/// The length of an id, which has been checked: it has 256 bytes at most.
///
/// # Panics
/// The text is no id that was checked.
#[inline]
#[expect(clippy::expect_used, reason = "ids are checked where they are read")]
pub fn id_bytes(id: &str) -> u16 {
    u16::try_from(id.len()).expect("an id that was checked has 256 bytes at most")
}
