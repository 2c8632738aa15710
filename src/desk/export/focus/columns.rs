//! The columns of the export, and the cells of a row.

use std::path::Path;

use super::row::Row;
use super::words::CREDITS;
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::money::Currency;
use crate::tables::ColumnType::{Cost, Credits, Instant, Integer, Money, Rate, Text};
use crate::tables::{BatchBuilder, Cell, Output, ReportTable, TableColumn, optional, required};

/// The version of the specification.
pub(super) const FOCUS_VERSION: &str = "1.2";

/// FOCUS columns in alphabetical order, then our own.
const COLUMNS: &[TableColumn] = &[
    required("BilledCost", Money),
    required("BillingAccountId", Text),
    optional("BillingAccountName", Text),
    required("BillingCurrency", Text),
    required("BillingPeriodEnd", Instant),
    required("BillingPeriodStart", Instant),
    required("ChargeCategory", Text),
    optional("ChargeClass", Text),
    required("ChargeDescription", Text),
    required("ChargeFrequency", Text),
    required("ChargePeriodEnd", Instant),
    required("ChargePeriodStart", Instant),
    optional("ConsumedQuantity", Credits),
    optional("ConsumedUnit", Text),
    required("ContractedCost", Cost),
    optional("ContractedUnitPrice", Rate),
    required("EffectiveCost", Money),
    optional("InvoiceId", Text),
    required("InvoiceIssuerName", Text),
    required("ListCost", Cost),
    optional("ListUnitPrice", Rate),
    required("PricingCategory", Text),
    required("PricingCurrency", Text),
    optional("PricingCurrencyContractedUnitPrice", Rate),
    required("PricingCurrencyEffectiveCost", Credits),
    optional("PricingCurrencyListUnitPrice", Rate),
    optional("PricingQuantity", Credits),
    optional("PricingUnit", Text),
    required("ProviderName", Text),
    required("PublisherName", Text),
    required("ServiceCategory", Text),
    required("ServiceName", Text),
    required("ServiceSubcategory", Text),
    required("SkuId", Text),
    required("SkuMeter", Text),
    optional("SkuPriceDetails", Text),
    required("SkuPriceId", Text),
    optional("x_LineNumber", Integer),
    required("x_LineType", Text),
    required("x_Month", Text),
    required("x_Plan", Text),
    optional("x_Reason", Text),
    optional("x_RelatesTo", Text),
    required("x_Revision", Text),
];

const TABLE: ReportTable = ReportTable { name: "focus", columns: COLUMNS };

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

/// Writes `focus.parquet` and `focus.csv`.
pub(super) fn write(rows: &[Row], seller: &Seller<'_>, folder: &Path) -> Result<Vec<Output>> {
    let period = seller.period.to_string();
    let notes = [("monthend.month", period.as_str()), ("focus.version", FOCUS_VERSION)];
    TABLE.write(folder, seller.finest, &notes, rows, |row, sheet| fill(row, seller, sheet))
}

fn fill(row: &Row, seller: &Seller<'_>, sheet: &mut BatchBuilder) -> Result<()> {
    let terms = &*row.terms;
    let currency = terms.currency();
    let scale = seller.finest.minor_units() / currency.minor_units();
    let provider = seller.provider.unwrap_or(&terms.catalog.name);
    let subcategory = format!("Other ({})", seller.service_category);
    let month = terms.month.to_string();
    let (sku, sku_price, details) = (row.sku(), row.sku_price(), row.sku_price_details());
    let (price, unit_price) = (row.price, row.unit_price());
    let document = row.document.as_ref();
    sheet.push([
        Cell::Decimal(row.billed * scale),
        row.account.as_str().into(),
        Cell::Null, // accounts have no names
        currency.code().into(),
        seller.period.end().into(),
        seller.period.start().into(),
        row.charge.category().into(),
        terms.correction.then_some("Correction").into(),
        row.description().into(),
        row.charge.frequency().into(),
        row.period.1.into(),
        row.period.0.into(),
        some_decimal(row.consumed()),
        row.consumed().map(|_| CREDITS).into(),
        Cell::Decimal(row.contracted_cost()),
        some_decimal(price.map(|price| price.contracted)),
        Cell::Decimal(row.effective * scale),
        document.map(|document| document.document_id.as_str()).into(),
        provider.into(),
        Cell::Decimal(row.list_cost()),
        some_decimal(price.map(|price| price.list)),
        "Standard".into(),
        row.pricing_currency().into(),
        some_decimal(unit_price.map(|(_, contracted)| contracted)),
        Cell::Decimal(row.effective_credits()),
        some_decimal(unit_price.map(|(list, _)| list)),
        some_decimal(price.map(|price| price.quantity)),
        price.map(|_| row.charge.unit()).into(),
        provider.into(),
        provider.into(),
        seller.service_category.into(),
        terms.catalog.name.as_str().into(),
        subcategory.as_str().into(),
        sku.as_str().into(),
        row.charge.meter().into(),
        details.as_deref().into(),
        sku_price.as_str().into(),
        document.map_or(Cell::Null, |document| Cell::Integer(document.line_number)),
        row.charge.name().into(),
        month.as_str().into(),
        row.plan.as_str().into(),
        some_text(document.map(|document| document.reason.as_str())),
        some_text(document.map(|document| document.relates_to.as_str())),
        terms.revision.as_str().into(),
    ])
}

fn some_decimal(value: Option<i128>) -> Cell<'static> {
    value.map_or(Cell::Null, Cell::Decimal)
}

fn some_text(text: Option<&str>) -> Cell<'_> {
    text.filter(|text| !text.is_empty()).into()
}
