//! Documents to send: one page a document, in HTML that loads nothing and that any browser prints.
//!
//! A page depends on its document, the revision that issued it, the documents before it, and the
//! files of seller, buyers and template. So a later revision changes no page, and the same inputs
//! give the same bytes.

mod buyers;
mod issued;
mod page;
mod request;
mod seller;
mod written;

use rayon::prelude::*;

use crate::base::answer::Answer;
use crate::base::digits::counted;
use crate::base::error::Result;
use crate::desk::export::whole_file;
use buyers::{Buyer, Buyers};
use issued::{Issued, Selection};
use page::Template;
use seller::Seller;
use written::{Outcome, Tally};

pub use page::TEMPLATE;
pub use request::{Asked, Request};

/// Writes the pages, and says how many, and of whom no name is known.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where the month is not in the book, or the seller's file or the
/// template is not understood; [`crate::base::error::Kind::Input`] where the book has no such
/// document, or the buyers cannot be read; [`crate::base::error::Kind::Book`] where the book cannot be
/// read; [`crate::base::error::Kind::System`] where a page cannot be written.
pub fn run(request: &Request) -> Result<Answer> {
    let selection = Selection::of(request)?;
    let clerk = Clerk {
        request,
        seller: request.seller.as_deref().map(Seller::read).transpose()?.unwrap_or_default(),
        buyers: request.buyers.as_ref().map(Buyers::read).transpose()?.unwrap_or_default(),
        template: Template::read(request.template.as_deref())?,
    };
    let mut tally = Tally::default();
    let done = issued::each(&request.book, &selection, &mut |documents| {
        whole_file::make_folder(&request.out)?;
        let outcomes: Vec<_> = documents.par_iter().map(|issued| clerk.write(issued)).collect();
        for (issued, outcome) in documents.iter().zip(outcomes) {
            let Issued { document, .. } = issued;
            let named =
                clerk.buyers.of(&document.account_id).is_some_and(|buyer| buyer.name.is_some());
            tally.add(&document.document_id, &document.account_id, named, outcome?);
        }
        Ok(())
    });
    done.map_err(|e| match tally.written + tally.replaced {
        0 => e,
        pages => e.after([format!(
            "{} written into {}",
            counted(pages, "document"),
            request.out.display()
        )]),
    })?;
    Ok(tally.answer(&selection, &request.out))
}

/// Writes pages.
struct Clerk<'a> {
    request: &'a Request,
    seller: Seller,
    buyers: Buyers,
    template: Template,
}

impl Clerk<'_> {
    fn write(&self, issued: &Issued) -> Result<Outcome> {
        let Issued { document, catalog, .. } = issued;
        let mut seller = self.seller.clone();
        seller.name.get_or_insert_with(|| catalog.name.clone());
        let nobody = Buyer::default();
        let buyer = self.buyers.of(&document.account_id).unwrap_or(&nobody);
        let page = self.template.page(issued, &seller, buyer)?;
        written::write(&self.request.out, &document.document_id, &page, self.request.replace)
    }
}
