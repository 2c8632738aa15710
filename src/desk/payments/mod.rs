//! Payments matched with documents: what `reconcile` tells, and `report`.
//!
//! `export` reads the provider's, `lookup` what the book has; `matching` brings the two together, account by
//! account (`account`), and finds what is wrong; `conservation` checks that nothing was lost. `ageing` says how
//! long what is open has been due, `payouts` what the provider paid out.

mod account;
mod ageing;
mod asked;
mod cells;
mod conservation;
mod export;
mod items;
mod lookup;
mod matching;
mod payouts;
mod reconciled;

pub use ageing::{Age, Ageing, Open};
pub use asked::{Asked, KindWords, Kinds};
pub use conservation::{check, fault};
pub use export::{Export, Payment};
pub use items::{
    BookLookup, Break, BreakCode, Document, MatchInput, Matched, PaymentOutcome, Settlement,
};
pub use matching::reconcile;
pub use payouts::{Part, Payout, PayoutOutcome, payouts};
pub use reconciled::Reconciled;
