//! Pixieset Studio Manager: its clients, their invoices and payments, by the requests of its own pages (gh:Trozz/pixieset-api-docs).
//!
//! Amounts are in the smallest unit of the currency, whose code is in small letters; drafts stand among the invoices, and a
//! visitor of a gallery who bought a print has one too. Each list calls the length of a page as it does there.

use serde_json::{Value, json};

use super::{Listed, Stand, Turn, lock, number, renamed, told};
use crate::http::{Request, Response};

/// An invoice of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteInvoice {
    /// Its id.
    pub id: String,
    /// Id of its client.
    pub client: String,
    /// In the smallest unit of its currency.
    pub amount: u64,
    /// Code in small letters.
    pub currency: &'static str,
    /// `draft`, `sent`, `paid` or `overdue`.
    pub status: &'static str,
    /// What was paid of it, or was to be.
    pub payments: Vec<SitePayment>,
}

/// A payment of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SitePayment {
    /// Its id.
    pub id: String,
    /// In the smallest unit of the invoice's currency.
    pub amount: u64,
    /// `completed`, `failed`, `disputed` or `partially_refunded`.
    pub status: &'static str,
    /// When.
    pub at: &'static str,
}

impl Stand {
    pub(super) fn pixieset(&self, request: &Request, turn: Turn) -> Response {
        let key =
            |usual: &'static str, moved: &'static str| if turn == Turn::ListMoved { moved } else { usual };
        match request.path.as_str() {
            "/api/v1/clients/" | "/api/v1/clients" => {
                let types = request.query("types").unwrap_or("client,lead,other");
                let all = self.listed(turn == Turn::EveryKind || types.split(',').any(|one| one == "other"));
                let rows: Vec<Value> = all.iter().map(|one| client(one, turn)).collect();
                listed(request, "per_page", key("data", "clients"), &rows, turn)
            }
            "/api/v1/invoices/" => {
                let wanted = |invoice: &SiteInvoice| match request.query("payment_type") {
                    Some("paid") => invoice.status == "paid",
                    Some("unpaid") => invoice.status == "sent",
                    Some("overdue") => invoice.status == "overdue",
                    _ => true,
                };
                let all = self.in_time(request).into_iter().filter(wanted);
                let rows: Vec<Value> = all.map(|one| invoice(&one, request, turn)).collect();
                listed(request, "per_page", key("data", "invoices"), &rows, turn)
            }
            "/api/v1/invoices/payments/list/" => {
                let all = self.in_time(request);
                let rows: Vec<Value> = all
                    .iter()
                    .flat_map(|invoice| invoice.payments.iter().map(move |one| (invoice, one)))
                    .map(|(invoice, one)| payment(invoice, one, request, turn))
                    .collect();
                listed(request, "page_size", key("data", "payments"), &rows, turn)
            }
            "/api/v1/notifications/all" => told(&json!({"data": []})),
            _ => Response::json(404, b"{\"message\":\"Not Found\"}".to_vec()),
        }
    }

    /// Invoices of this currency and time. None is of this month: nobody wrote down what a list without the word holds.
    fn in_time(&self, request: &Request) -> Vec<SiteInvoice> {
        let all_time = request.query("timeframe_filter") == Some("all_time");
        let currency = request.query("currency");
        let wanted = |one: &SiteInvoice| all_time && currency.is_none_or(|code| code == one.currency);
        self.invoices().into_iter().filter(wanted).collect()
    }

    /// Two of three have one: paid in two parts, sent with a deposit and a payment that failed, or overdue; every fifth has a
    /// draft besides.
    pub(super) fn invoices(&self) -> Vec<SiteInvoice> {
        let no_drafts = *lock(&self.turn) == Turn::NoDrafts;
        let mut all = Vec::new();
        for Listed { couple, other, .. } in self.listed(true) {
            let (number, client) = (couple.number, client_id(couple.number));
            let amount = 120_050 + number % 1_000 * 100;
            let invoice = |part: u64,
                           status: &'static str,
                           payments: &[(u64, &'static str, &'static str)]| {
                let payments = payments.iter().zip(0..).map(|((amount, status, at), at_part)| SitePayment {
                    id: format!("ip_{:030X}", number * 100 + part * 10 + at_part),
                    amount: *amount,
                    status,
                    at,
                });
                SiteInvoice {
                    id: format!("in_{:030X}", number * 10 + part),
                    client: client.clone(),
                    amount,
                    currency: if number.is_multiple_of(11) { "eur" } else { "gbp" },
                    status,
                    payments: payments.collect(),
                }
            };
            let deposit = (amount / 4, "completed", "2025-08-10T23:15:00.000000Z");
            if other {
                all.push(invoice(0, "paid", &[(amount, "completed", "2025-09-01T10:00:00.000000Z")]));
            } else if number % 3 != 2 {
                let rest = amount - amount / 4;
                all.push(match number % 4 {
                    0 => invoice(0, "paid", &[deposit, (rest, "completed", "2025-10-01T09:30:00.000000Z")]),
                    1 => invoice(0, "sent", &[deposit, (rest, "failed", "2025-10-01T09:30:00.000000Z")]),
                    2 => invoice(0, "overdue", &[(rest, "disputed", "2025-10-01T09:30:00.000000Z")]),
                    _ => invoice(0, "paid", &[(amount, "partially_refunded", "2025-11-02T12:00:00.000000Z")]),
                });
            }
            if number.is_multiple_of(5) && !no_drafts {
                all.push(invoice(1, "draft", &[]));
            }
        }
        all
    }
}

/// A page of a list, whose length a list calls by its own name and knows by no other.
fn listed(request: &Request, size: &str, key: &str, rows: &[Value], turn: Turn) -> Response {
    let size = number(request, size).unwrap_or(25).clamp(1, 100);
    let at = number(request, "page").unwrap_or(1).max(1);
    let shown: Vec<&Value> = rows.iter().skip((at - 1) * size).take(size).collect();
    let count = shown.len();
    let mut meta = json!({
        "current_page": at, "from": (count > 0).then_some((at - 1) * size + 1),
        "last_page": rows.len().div_ceil(size).max(1), "per_page": size,
        "to": (count > 0).then_some((at - 1) * size + count), "total": rows.len(),
        "client_statuses": {"1": "Active", "2": "Archived"},
        "csv_url": "/api/v1/clients/download_csv",
    });
    if turn == Turn::NoTotal {
        meta = json!({"current_page": at});
    }
    told(&json!({key: shown, "meta": meta, "links": {"first": null, "last": null}}))
}

/// What an invoice and a payment have alike: whose they are, where that was asked for, and how much.
fn of_client(mut json: Value, client: &str, amount: u64, request: &Request, turn: Turn) -> Value {
    json[if turn == Turn::AmountsRenamed { "amount_minor" } else { "amount" }] = json!(amount);
    json["amount_formatted"] = json!(format!("£{}.{:02}", amount / 100, amount % 100));
    if request.query("expand") == Some("client") && turn != Turn::NobodyNamed {
        json["client"] = json!({"id": client, "first_name": "Ann", "last_name": "Doe"});
    }
    renamed(json, turn, "id", ["", ""])
}

fn invoice(one: &SiteInvoice, request: &Request, turn: Turn) -> Value {
    let json = json!({
        "id": one.id, "invoice_number": format!("INV-{}", one.id.trim_start_matches("in_").trim_start_matches('0')),
        "currency": one.currency, "status": one.status, "due_date": "2025-09-07",
        "created_at": "2025-08-07T14:30:00.000000Z",
    });
    of_client(json, &one.client, one.amount, request, turn)
}

fn payment(invoice: &SiteInvoice, one: &SitePayment, request: &Request, turn: Turn) -> Value {
    let json = json!({
        "id": one.id, "invoice_id": invoice.id, "currency": invoice.currency, "payment_date": one.at,
        "payment_method": "card", "status": one.status, "transaction_fee": 1500,
        "transaction_fee_formatted": "£15.00",
    });
    of_client(json, &invoice.client, one.amount, request, turn)
}

/// The id of a client.
fn client_id(number: u64) -> String {
    format!("cl_{number:030X}")
}

/// A client of Pixieset.
fn client(one: &Listed, turn: Turn) -> Value {
    let couple = &one.couple;
    let kind = if one.other {
        "other"
    } else if couple.number.is_multiple_of(5) {
        "lead"
    } else {
        "client"
    };
    let json = json!({
        "id": client_id(couple.number), "email": couple.email,
        "status_name": if one.archived { "Archived" } else { "Active" },
        "first_name": couple.first, "last_name": couple.last, "phone": couple.phone,
        "company": (couple.number.is_multiple_of(4)).then_some("Finch & Co"), "job_title": null,
        "address_info": {
            "address_line_1": format!("{} Mill Lane", couple.number), "address_line_2": null, "city": "Bath",
            "postal_code": "BA1 1AA", "state": "Somerset", "country": "United Kingdom", "country_id": 222,
        },
        "notes": couple.song, "avatar_color": 8, "created_at": format!("{}.000000Z", couple.changed.trim_end_matches('Z')),
        "sample": one.sample, "type": kind, "type_formatted": kind,
    });
    renamed(json, turn, "id", ["first_name", "last_name"])
}
