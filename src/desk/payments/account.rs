//! One account's documents and payments, matched.
//!
//! Exact matches come first, the surest before the others. If what is left then adds up, it is a
//! match too: several payments, one sum for several documents, a note that was kept back from what
//! is due. Otherwise each payment goes to the document that it names, the rest to what is open in
//! order, and whatever remains anywhere is a break. What was put together on the way is a
//! settlement.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use super::export::Payment;
use super::items::{Break, BreakCode, Document, MatchInput, Settlement};

/// An account's documents and payments, by index into all of them; payments in other currencies
/// apart. Documents are in the order of their ids, payments in that of time and id.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    /// Documents.
    pub documents: Vec<usize>,
    /// Payments and refunds in the book's currency.
    pub payments: Vec<usize>,
    /// Payments and refunds in other currencies.
    pub foreign: Vec<usize>,
    /// Payments that name it and belong nowhere, and why: not matched with the others.
    pub strays: Vec<(usize, BreakCode)>,
}

/// What an item of an account is: its documents first, then its payments, then the foreign ones.
type Item = usize;

/// The matching of one account.
struct Matching<'a> {
    account: &'a Account,
    input: &'a MatchInput,
    /// What is left of each item: of documents what is due (notes: negative), of payments what is
    /// not used yet (refunds: negative).
    left: Vec<i128>,
    /// Which items belong together: each points to another of its group, or to itself.
    group: Vec<Item>,
    /// What is wrong with each item.
    breaks: Vec<Option<Break>>,
}

/// Matches one account.
pub(super) fn settle(account: &Account, input: &MatchInput) -> Vec<Settlement> {
    let due = account.documents.iter().map(|&d| input.documents[d].total.into());
    let paid = account.payments.iter().map(|&p| input.payments[p].amount());
    let left: Vec<i128> = due.chain(paid).chain(account.foreign.iter().map(|_| 0)).collect();
    let (group, breaks) = ((0..left.len()).collect(), vec![None; left.len()]);
    let mut matching = Matching { account, input, left, group, breaks };
    matching.match_one_by_one();
    matching.match_the_rest_as_a_whole();
    matching.apply();
    matching.find_breaks();
    matching.settlements()
}

impl Matching<'_> {
    fn documents(&self) -> Range<Item> {
        0..self.account.documents.len()
    }

    fn payments(&self) -> Range<Item> {
        let first = self.documents().end;
        first..first + self.account.payments.len()
    }

    fn foreign(&self) -> Range<Item> {
        self.payments().end..self.left.len()
    }

    /// Those of some items of which this is left.
    fn left_of(&self, items: Range<Item>, is: impl Fn(i128) -> bool) -> Vec<Item> {
        items.filter(|&item| is(self.left[item])).collect()
    }

    fn document(&self, item: Item) -> &Document {
        &self.input.documents[self.account.documents[item]]
    }

    fn payment(&self, item: Item) -> &Payment {
        &self.input.payments[self.index_of_payment(item)]
    }

    fn index_of_payment(&self, item: Item) -> usize {
        let at = item - self.documents().end;
        let domestic = self.account.payments.len();
        match at.checked_sub(domestic) {
            None => self.account.payments[at],
            Some(at) => self.account.foreign[at],
        }
    }

    fn names(&self, payment: Item, document: Item) -> bool {
        self.payment(payment).document_id.as_ref() == Some(&self.document(document).document_id)
    }

    /// Whether a payment names the invoice that a note relates to.
    fn names_invoice_of(&self, payment: Item, note: Item) -> bool {
        let invoice = &self.document(note).relates_to;
        invoice.is_some() && self.payment(payment).document_id == *invoice
    }

    fn names_nothing(&self, payment: Item) -> bool {
        self.payment(payment).document_id.is_none()
    }

    fn root(&self, mut item: Item) -> Item {
        while self.group[item] != item {
            item = self.group[item];
        }
        item
    }

    /// Puts two items into one settlement; the first one stands for it.
    fn join(&mut self, one: Item, other: Item) {
        let (one, other) = (self.root(one), self.root(other));
        self.group[one.max(other)] = one.min(other);
    }

    /// Uses as much as both have: of a payment for a document, of a refund for a note.
    fn pay(&mut self, document: Item, payment: Item) {
        let (due, paid) = (self.left[document], self.left[payment]);
        if due.signum() * paid.signum() > 0 {
            let used = due.signum() * due.abs().min(paid.abs());
            self.left[document] -= used;
            self.left[payment] -= used;
            self.join(document, payment);
        }
    }

    /// Sets off as much as both have: a note against what is due, a refund against a payment.
    fn set_off(&mut self, one: Item, other: Item) {
        let (a, b) = (self.left[one], self.left[other]);
        if a.signum() * b.signum() < 0 {
            let used = a.signum() * a.abs().min(b.abs());
            self.left[one] -= used;
            self.left[other] += used;
            self.join(one, other);
        }
    }

    /// Takes items that add up to nothing more for one settlement.
    fn close(&mut self, items: &[Item]) {
        for &item in items {
            self.left[item] = 0;
            self.join(items[0], item);
        }
    }

    /// What can be matched document by document, the surest first.
    fn match_one_by_one(&mut self) {
        for payment in self.left_of(self.payments(), |left| left == 0) {
            if let Some(document) = self.documents().find(|&d| self.names(payment, d)) {
                self.join(document, payment);
            }
        }
        self.match_singly(0, Matching::names);
        for document in self.documents() {
            let named = self.payments().filter(|&p| self.left[p] != 0 && self.names(p, document));
            let mut items: Vec<Item> = named.collect();
            let paid: i128 = items.iter().map(|&p| self.left[p]).sum();
            if !items.is_empty() && self.left[document] != 0 && paid == self.left[document] {
                items.insert(0, document);
                self.close(&items);
            }
        }
        self.match_singly(0, Matching::names_invoice_of);
        self.match_singly(0, |matching, payment, _| matching.names_nothing(payment));
        let tolerance = self.input.tolerance.into();
        if tolerance > 0 {
            self.match_singly(tolerance, Matching::names);
            self.match_singly(tolerance, |matching, p, _| matching.names_nothing(p));
        }
    }

    /// Matches each open document with the first payment of its amount that `may` be its.
    fn match_singly(&mut self, tolerance: i128, may: impl Fn(&Self, Item, Item) -> bool) {
        for document in self.documents() {
            let due = self.left[document];
            let fits = |&p: &Item| {
                let paid = self.left[p];
                paid.signum() == due.signum()
                    && (paid - due).abs() <= tolerance
                    && may(self, p, document)
            };
            if let Some(payment) = self.payments().find(fits).filter(|_| due != 0) {
                self.close(&[document, payment]);
            }
        }
    }

    /// Takes all that is left for one settlement where it adds up.
    fn match_the_rest_as_a_whole(&mut self) {
        let [due, paid] =
            [self.documents(), self.payments()].map(|items| self.left_of(items, |left| left != 0));
        let sum = |items: &[Item]| items.iter().map(|&item| self.left[item]).sum::<i128>();
        let difference = (sum(&paid) - sum(&due)).abs();
        let tolerable = !paid.is_empty() && self.account.foreign.is_empty();
        if difference == 0 || (tolerable && difference <= i128::from(self.input.tolerance)) {
            let items: Vec<Item> = due.into_iter().chain(paid).collect();
            self.close(&items);
        }
    }

    /// Each payment to the document that it names, then to what is open in order.
    fn apply(&mut self) {
        let pairs = |matching: &Self| -> Vec<(Item, Item)> {
            let all = matching.payments();
            all.flat_map(|p| matching.documents().map(move |d| (p, d))).collect()
        };
        for (payment, document) in pairs(self) {
            if self.names(payment, document) {
                self.pay(document, payment);
            }
        }
        for (payment, document) in pairs(self) {
            self.pay(document, payment);
        }
    }

    /// What is left once surplus payments were given back and notes kept back: breaks.
    fn find_breaks(&mut self) {
        let unused = |&p: &Item| self.left[p] > 0 && self.left[p] == self.payment(p).amount();
        let unused: BTreeSet<Item> = self.payments().filter(unused).collect();
        let mut of_amount: BTreeMap<i128, Vec<Item>> = BTreeMap::new();
        for payment in self.payments() {
            of_amount.entry(self.payment(payment).amount()).or_default().push(payment);
        }
        self.give_back_surplus();
        self.keep_back_notes();
        self.find_foreign_payments();
        for document in self.left_of(self.documents(), |left| left != 0) {
            self.breaks[document] = Some(self.lacking(document));
        }
        for payment in self.left_of(self.payments(), |left| left != 0) {
            let same = of_amount.get(&self.payment(payment).amount());
            let same = same.into_iter().flatten().filter(|_| unused.contains(&payment));
            let counts = |&&other: &&Item| other < payment || !unused.contains(&other);
            let repeated = same.filter(counts).find(|&&other| self.may_repeat(payment, other));
            self.breaks[payment] = Some(self.surplus(payment, repeated.copied()));
        }
    }

    /// Sets refunds off against payments of which too much is left: those of the same amount
    /// first.
    fn give_back_surplus(&mut self) {
        let mut surplus: BTreeMap<i128, VecDeque<Item>> = BTreeMap::new();
        for payment in self.left_of(self.payments(), |left| left > 0) {
            surplus.entry(self.left[payment]).or_default().push_back(payment);
        }
        let refunds = self.left_of(self.payments(), |left| left < 0);
        for &refund in &refunds {
            let same = surplus.get_mut(&-self.left[refund]).and_then(VecDeque::pop_front);
            if let Some(payment) = same {
                self.set_off(refund, payment);
            }
        }
        let mut payments = VecDeque::from(self.left_of(self.payments(), |left| left > 0));
        for refund in refunds {
            while let Some(&payment) = payments.front().filter(|_| self.left[refund] < 0) {
                self.set_off(refund, payment);
                if self.left[payment] == 0 {
                    payments.pop_front();
                }
            }
        }
    }

    /// A note on an invoice that is still open is kept back from what is due; one on an invoice
    /// that was paid must be given back.
    fn keep_back_notes(&mut self) {
        for note in self.left_of(self.documents(), |left| left < 0) {
            let invoice = self.documents().find(|&d| {
                self.left[d] > 0
                    && Some(&self.document(d).document_id)
                        == self.document(note).relates_to.as_ref()
            });
            let Some(invoice) = invoice else { continue };
            self.set_off(note, invoice);
            for document in self.documents() {
                self.set_off(note, document);
            }
        }
    }

    /// A payment in another currency is a break, and stands for what its document still lacks.
    fn find_foreign_payments(&mut self) {
        for payment in self.foreign() {
            let sign = self.payment(payment).amount().signum();
            let named = self.documents().find(|&d| self.names(payment, d));
            let may_be = |d: Item| {
                self.names(payment, d)
                    || self.names_invoice_of(payment, d)
                    || self.names_nothing(payment)
            };
            let lacks = |&d: &Item| self.left[d].signum() * sign > 0 && may_be(d);
            let document = self.documents().find(lacks);
            let difference = document.map_or(0, |d| -std::mem::take(&mut self.left[d]));
            if let Some(document) = document {
                self.join(document, payment);
            }
            self.breaks[payment] = Some(Break {
                code: BreakCode::WrongCurrency,
                document: document.or(named).map(|d| self.account.documents[d]),
                payment: Some(self.index_of_payment(payment)),
                repeats: None,
                difference,
            });
        }
    }

    /// The break of a document of which something is left.
    fn lacking(&self, document: Item) -> Break {
        let left = self.left[document];
        let paid = self.payments().any(|p| self.root(p) == self.root(document));
        let code = match (left < 0, paid) {
            (true, _) => BreakCode::NoteWithoutRefund,
            (_, true) => BreakCode::ShortPayment,
            (_, false) => BreakCode::MissingPayment,
        };
        let document = Some(self.account.documents[document]);
        Break { document, ..Break::new(code, -left) }
    }

    /// The break of a payment of which something is left.
    fn surplus(&self, payment: Item, repeated: Option<Item>) -> Break {
        let left = self.left[payment];
        let code = match (left < 0, repeated) {
            (true, _) => BreakCode::RefundWithoutNote,
            (_, Some(_)) => BreakCode::DuplicatePayment,
            (_, None) => BreakCode::OverPayment,
        };
        let named = self.documents().find(|&d| self.names(payment, d));
        let roots = [payment, repeated.unwrap_or(payment)].map(|payment| self.root(payment));
        let joined = self.documents().find(|&d| roots.contains(&self.root(d)));
        Break {
            code,
            document: named.or(joined).map(|d| self.account.documents[d]),
            payment: Some(self.index_of_payment(payment)),
            repeats: repeated.map(|other| self.index_of_payment(other)),
            difference: left,
        }
    }

    /// Whether two payments of one amount may be for the same document.
    fn may_repeat(&self, payment: Item, other: Item) -> bool {
        let (one, two) = (&self.payment(payment).document_id, &self.payment(other).document_id);
        payment != other && (one == two || one.is_none() || two.is_none())
    }

    /// The groups, in the order of their first items.
    fn settlements(&self) -> Vec<Settlement> {
        let mut groups: BTreeMap<Item, Settlement> = BTreeMap::new();
        for item in 0..self.left.len() {
            let settlement = groups.entry(self.root(item)).or_default();
            if self.documents().contains(&item) {
                settlement.documents.push(self.account.documents[item]);
                settlement.expected += i128::from(self.document(item).total);
            } else {
                settlement.payments.push(self.index_of_payment(item));
                if self.payments().contains(&item) {
                    settlement.paid += self.payment(item).amount();
                }
            }
            settlement.breaks.extend(self.breaks[item]);
        }
        groups.into_values().map(|settlement| self.judged(settlement)).collect()
    }

    /// The settlement without breaks that are tolerated.
    fn judged(&self, mut settlement: Settlement) -> Settlement {
        settlement.breaks.sort();
        let differences = settlement.breaks.iter().map(|found| found.difference.abs());
        let foreign = settlement.breaks.iter().any(|found| found.code == BreakCode::WrongCurrency);
        if !foreign && differences.sum::<i128>() <= i128::from(self.input.tolerance) {
            settlement.breaks.clear();
        }
        settlement
    }
}
