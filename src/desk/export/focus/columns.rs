//! The columns of the export, and the cells of a row.

use std::path::Path;

use super::row::{RevisionBasis, Row};
use super::words::CREDITS;
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::money::Currency;
use crate::tables::{Output, ReportTarget, report_table};

/// The version of the specification.
pub(super) const FOCUS_VERSION: &str = "1.2";

/// What all rows of an export share.
pub(super) struct Seller<'a> {
    /// Who sells the service; the catalogue's name where `None`.
    pub provider: Option<&'a str>,
    pub service_category: &'a str,
    /// The billing period.
    pub period: Month,
    /// The currency with the finest minor unit among those of the rows.
    pub finest: Currency,
}

/// A charge as it is written.
struct FocusRow<'a> {
    charge: &'a Row,
    basis: &'a RevisionBasis,
    seller: &'a Seller<'a>,
    provider: &'a str,
    /// How many of the finest minor units one of the row's currency is.
    scale: i128,
    subcategory: String,
    month: String,
    sku: String,
    sku_price: String,
    sku_price_details: Option<String>,
}

report_table! {
    /// FOCUS columns in alphabetical order, then our own.
    fn focus(row: FocusRow) {
        required BilledCost: Money = row.charge.billed * row.scale,
        required BillingAccountId: Text = &row.charge.account,
        optional BillingAccountName: Text = Cell::Null, // accounts have no names
        required BillingCurrency: Text = row.basis.currency().code(),
        required BillingPeriodEnd: Instant = row.seller.period.end(),
        required BillingPeriodStart: Instant = row.seller.period.start(),
        required ChargeCategory: Text = row.charge.charge.category(),
        optional ChargeClass: Text = row.basis.class(),
        required ChargeDescription: Text = row.charge.description(),
        required ChargeFrequency: Text = row.charge.charge.frequency(),
        required ChargePeriodEnd: Instant = row.charge.period.1,
        required ChargePeriodStart: Instant = row.charge.period.0,
        optional ConsumedQuantity: Credits = row.charge.consumed(),
        optional ConsumedUnit: Text = row.charge.consumed().map(|_| CREDITS),
        required ContractedCost: Cost = row.charge.contracted_cost(),
        optional ContractedUnitPrice: Rate = row.charge.price().map(|price| price.contracted),
        required EffectiveCost: Money = row.charge.effective * row.scale,
        optional InvoiceId: Text = row.charge.line().map(|line| &line.row.document_id),
        required InvoiceIssuerName: Text = row.provider,
        required ListCost: Cost = row.charge.list_cost(),
        optional ListUnitPrice: Rate = row.charge.price().map(|price| price.list),
        required PricingCategory: Text = "Standard",
        required PricingCurrency: Text = row.charge.pricing_currency(),
        optional PricingCurrencyContractedUnitPrice: Rate = row.charge.unit_price().map(|(_, contracted)| contracted),
        required PricingCurrencyEffectiveCost: Credits = row.charge.effective_credits(),
        optional PricingCurrencyListUnitPrice: Rate = row.charge.unit_price().map(|(list, _)| list),
        optional PricingQuantity: Credits = row.charge.price().map(|price| price.quantity),
        optional PricingUnit: Text = row.charge.price().map(|_| row.charge.charge.unit_and_meter().0),
        required ProviderName: Text = row.provider,
        required PublisherName: Text = row.provider,
        required ServiceCategory: Text = row.seller.service_category,
        required ServiceName: Text = &row.basis.catalog.name,
        required ServiceSubcategory: Text = &row.subcategory,
        required SkuId: Text = &row.sku,
        required SkuMeter: Text = row.charge.charge.unit_and_meter().1,
        optional SkuPriceDetails: Text = row.sku_price_details.as_deref(),
        required SkuPriceId: Text = &row.sku_price,
        optional x_LineNumber: Integer = row.charge.line().map(|line| line.row.line_number),
        required x_LineType: Text = row.charge.charge.name(),
        required x_Month: Text = &row.month,
        required x_Plan: Text = &row.charge.plan,
        optional x_Reason: Text = row.charge.line().and_then(|line| line.reason.as_ref()),
        optional x_RelatesTo: Text = row.charge.line().and_then(|line| line.relates_to.as_ref()),
        required x_Revision: Text = &row.basis.revision,
    }
}

/// Writes `focus.parquet` and `focus.csv`.
pub(super) fn write(rows: &[Row], seller: &Seller<'_>, folder: &Path) -> Result<Vec<Output>> {
    let period = seller.period.to_string();
    let notes = [("monthend.month", period.as_str()), ("focus.version", FOCUS_VERSION)];
    let target = ReportTarget { folder, currency: seller.finest, notes: &notes };
    focus().write(&target, rows, |charge| {
        let basis = &*charge.basis;
        FocusRow {
            charge,
            basis,
            seller,
            provider: seller.provider.unwrap_or(&basis.catalog.name),
            scale: seller.finest.minor_units() / basis.currency().minor_units(),
            subcategory: format!("Other ({})", seller.service_category),
            month: basis.month.to_string(),
            sku: charge.sku(),
            sku_price: charge.sku_price(),
            sku_price_details: charge.sku_price_details(),
        }
    })
}
