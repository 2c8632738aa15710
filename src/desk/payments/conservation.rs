//! Nothing was lost, and nothing counted twice: the sums that must agree.

use super::items::{MatchInput, Matched, PaymentOutcome};
use crate::base::error::{Code, Error, Result};

/// What is a fault of the program.
pub fn fault(message: String) -> Error {
    Error::new(Code::RECONCILIATION, message)
        .expected("every document and every payment exactly once, and the differences explained")
        .hint("this is a fault of the program: keep the payments and report it")
}

/// Checks that nothing was lost, and nothing counted twice: by the inputs and the settlements
/// alone.
///
/// # Errors
/// [`crate::base::error::Kind::Conservation`]: something was, which is a fault of the program.
pub fn check(input: &MatchInput, matched: &Matched) -> Result<()> {
    let mut documents = vec![0_u32; input.documents.len()];
    let mut payments: Vec<u32> = matched
        .payments
        .iter()
        .zip(&input.payments)
        .map(|(outcome, payment)| match outcome {
            PaymentOutcome::Settled(_) => 0,
            PaymentOutcome::OtherMonth(_) => 1,
            PaymentOutcome::Later => u32::from(payment.is_later_than(input.as_of)),
            PaymentOutcome::SetAside => u32::from(payment.set_aside.is_some()),
        })
        .collect();
    let (mut expected, mut paid, mut explained) = (0, 0, 0);
    for settlement in &matched.settlements {
        settlement.documents.iter().for_each(|&document| documents[document] += 1);
        settlement.payments.iter().for_each(|&payment| payments[payment] += 1);
        let difference: i128 = settlement.breaks.iter().map(|found| found.difference).sum();
        let left = settlement.difference() - difference;
        let tolerance = if settlement.breaks.is_empty() { input.tolerance.into() } else { 0 };
        if left.abs() > tolerance {
            let account = settlement.account_id.as_deref().unwrap_or_default();
            return Err(fault(format!("a difference of account `{account}` is not explained")));
        }
        expected += settlement.expected;
        paid += settlement.paid;
        explained += difference + left;
    }
    if let Some(at) = documents.iter().position(|&times| times != 1) {
        let id = &input.documents[at].document_id;
        return Err(fault(format!("document `{id}` is accounted for {} times", documents[at])));
    }
    if let Some(at) = payments.iter().position(|&times| times != 1) {
        let id = &input.payments[at].payment_id;
        return Err(fault(format!("payment `{id}` is accounted for {} times", payments[at])));
    }
    let due: i128 = input.documents.iter().map(|document| document.total).sum();
    let came = input.payments.iter().zip(&matched.payments);
    let came = came.filter(|(_, outcome)| matches!(outcome, PaymentOutcome::Settled(_)));
    let came: i128 = came.map(|(payment, _)| payment.amount_in(input.currency)).sum();
    if (due, came) != (expected, paid) || came - due != explained {
        return Err(fault("the settlements do not add up to documents and payments".to_owned()));
    }
    Ok(())
}
