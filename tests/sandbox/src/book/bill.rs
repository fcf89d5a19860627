//! Orders, invoices and payments in the shape the vendor's API v2 document gives them.
//!
//! Every amount is an integer in the studio's unit, which the document does not name.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::dice::Ulid;

/// One invoice of an order.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invoice {
    /// Id.
    pub id: Ulid,
    /// When made.
    pub created: Timestamp,
    /// When last changed.
    pub modified: Timestamp,
    /// Put away.
    pub hidden: bool,
    /// `draft`, `open`, `paid-in-full`, `voided`.
    pub status: &'static str,
    /// The studio's own number.
    pub custom_number: String,
    /// Of the order.
    pub order_id: Ulid,
    /// What it is for.
    pub title: Option<&'static str>,
    /// When due.
    pub due_date: Option<Date>,
    /// Who pays.
    pub recipient_id: Option<Ulid>,
    /// Reference for the bank.
    pub reference_code: String,
    /// Total, in the studio's unit.
    pub total: i64,
}

/// The part of a payment that goes to an order.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Allocation {
    /// Id.
    pub id: Ulid,
    /// When made.
    pub created: Timestamp,
    /// When last changed.
    pub modified: Timestamp,
    /// Put away.
    pub hidden: bool,
    /// Of the payment.
    pub payment_id: Ulid,
    /// Of the order.
    pub order_id: Option<Ulid>,
    /// The vendor's document names no relation to an invoice; this book puts the invoice's id here.
    pub invoice_item_id: Option<Ulid>,
    /// Of the job.
    pub job_id: Option<Ulid>,
    /// Amount, in the studio's unit.
    pub amount: i64,
    /// What was given back, in the studio's unit.
    pub refunded_amount: i64,
}

/// Totals of an order before tax.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Subtotal {
    /// All.
    pub amount: i64,
    /// Taxed.
    pub taxable: i64,
    /// Not taxed.
    pub non_taxable: i64,
}

/// A line of an order.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LineItem {
    /// Id.
    pub id: Ulid,
    /// When made.
    pub created: Timestamp,
    /// When last changed.
    pub modified: Timestamp,
    /// Put away.
    pub hidden: bool,
    /// Of the order.
    pub order_id: Ulid,
    /// What is sold.
    pub name: &'static str,
    /// Price of one, in the studio's unit.
    pub price_per_unit: i64,
    /// How many.
    pub units: u32,
    /// Taxed.
    pub taxable: bool,
    /// Takes off instead of adding.
    pub discount: bool,
    /// Chosen.
    pub selected: bool,
}

/// An order.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Id.
    pub id: Ulid,
    /// When made.
    pub created: Timestamp,
    /// When last changed.
    pub modified: Timestamp,
    /// Put away.
    pub hidden: bool,
    /// Of the job.
    pub job_id: Ulid,
    /// Who is asked to pay.
    pub recipient_id: Option<Ulid>,
    /// The studio's own number.
    pub custom_number: Option<String>,
    /// A name given by the supplier.
    pub name: Option<String>,
    /// The name shown.
    pub title: Option<String>,
    /// Reference for the bank.
    pub reference_code: String,
    /// `draft`, `open`, `paid-in-full`, `completed`, `voided`.
    pub status: &'static str,
    /// Booked by the client on the web.
    pub booked_electronically: bool,
    /// Came from a quote.
    pub booked_from_quote: bool,
    /// When booked.
    pub booked_on: Option<Date>,
    /// What is open, in the studio's unit.
    pub balance: i64,
    /// What is sold.
    pub line_items: Vec<LineItem>,
    /// Totals.
    pub subtotal: Subtotal,
    /// Total, in the studio's unit.
    pub total: i64,
    /// Payments that went here.
    pub payment_allocations: Vec<Allocation>,
    /// Invoices.
    pub invoices: Vec<Invoice>,
}

/// A payment; a refund is a payment inside the one it gives back.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// Id.
    pub id: Ulid,
    /// When made.
    pub created: Timestamp,
    /// When last changed.
    pub modified: Timestamp,
    /// Put away.
    pub hidden: bool,
    /// Of the job.
    pub job_id: Option<Ulid>,
    /// Who paid.
    pub payer_id: Option<Ulid>,
    /// How.
    pub payment_method_id: Option<Ulid>,
    /// `future`, `confirmed-future`, `posted`, `failed`, `pending`.
    pub status: &'static str,
    /// Amount, in the studio's unit.
    pub amount: i64,
    /// Given back, in the studio's unit.
    pub refunded_amount: i64,
    /// Remark.
    pub memo: Option<&'static str>,
    /// When it came.
    pub received: Option<Date>,
    /// Paid by the client on the web.
    pub processed_via_client_access: bool,
    /// Refunds.
    pub refunds: Vec<Payment>,
    /// Where it went.
    pub payment_allocations: Vec<Allocation>,
}
