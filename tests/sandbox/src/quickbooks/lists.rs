//! Customers, invoices and payments, made of the book.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::book::{Book, MoneyUnit, Person, Ulid};

/// When the service was opened: 2026-05-14, 08:00 in its own zone.
const OPENED: i64 = 1_778_770_800;

/// What a customer's records come to, for whoever compares.
#[derive(Debug, Clone, PartialEq)]
pub struct Owed {
    /// Id of the customer whose people they are.
    pub customer: String,
    /// Number, total and open amount of each invoice, in pence, by number.
    pub invoices: Vec<(String, i64, i64)>,
    /// Amounts of the payments in pence, sorted.
    pub payments: Vec<i64>,
    /// Names of the jobs under it, sorted.
    pub jobs: Vec<String>,
}

/// A record that is no more, as a request for changes tells of it.
#[derive(Debug, Clone)]
pub(super) struct Gone {
    pub(super) entity: String,
    pub(super) id: String,
    pub(super) at: String,
}

#[derive(Debug, Default)]
pub(super) struct Lists {
    pub(super) customers: Vec<Value>,
    pub(super) invoices: Vec<Value>,
    pub(super) payments: Vec<Value>,
    pub(super) owed: Vec<Owed>,
    pub(super) gone: Vec<Gone>,
    /// How often something was changed here.
    changes: u32,
}

impl Lists {
    /// The records of an entity.
    pub(super) fn of(&self, entity: &str) -> Option<&[Value]> {
        match entity {
            "Customer" => Some(&self.customers),
            "Invoice" => Some(&self.invoices),
            "Payment" => Some(&self.payments),
            _ => None,
        }
    }

    /// Each party's first person is a customer. Who has more than one job has one under theirs for each; the others are billed
    /// themselves.
    pub(super) fn of_book(book: &Book) -> Self {
        let mut lists = Self::default();
        for home in 0..book.spec().clients {
            let (household, party) = book.party(home);
            let Some(person) = party
                .primary()
                .and_then(|primary| household.persons.iter().find(|person| person.id == primary.id))
            else {
                continue;
            };
            let id = lists.next_customer();
            // Names are unique there.
            let again = lists.customers.iter().any(|held| held["DisplayName"] == person.name.as_str());
            let name = if again { format!("{} ({id})", person.name) } else { person.name.clone() };
            lists.customers.push(customer(book, &id, person, &name, !home.is_multiple_of(7)));
            let mut owed =
                Owed { customer: id.clone(), invoices: Vec::new(), payments: Vec::new(), jobs: Vec::new() };
            let mut billed: Vec<(Ulid, String)> = Vec::new();
            for job in &household.jobs {
                if household.jobs.len() == 1 {
                    billed.push((job.id, id.clone()));
                    continue;
                }
                let sub = lists.next_customer();
                let title =
                    job.name.clone().or_else(|| job.title.clone()).unwrap_or_else(|| "Job".to_owned());
                let title = format!("{title} {sub}");
                lists.customers.push(json!({
                    "Id": sub, "SyncToken": "0", "Active": true, "Job": true, "BillWithParent": true,
                    "ParentRef": {"value": id}, "Level": 1, "DisplayName": title,
                    "FullyQualifiedName": format!("{name}:{title}"),
                    "GivenName": person.first_name, "FamilyName": person.last_name,
                    "MetaData": {"CreateTime": job.created.to_string(), "LastUpdatedTime": job.modified.to_string()},
                }));
                owed.jobs.push(title);
                billed.push((job.id, sub));
            }
            lists.bill(book, &household, &billed, &mut owed);
            owed.jobs.sort();
            owed.invoices.sort();
            owed.payments.sort_unstable();
            lists.owed.push(owed);
        }
        lists
    }

    /// The service's clock: ten minutes for each change.
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_second(OPENED).unwrap_or(Timestamp::UNIX_EPOCH)
            + SignedDuration::from_mins(i64::from(self.changes) * 10)
    }

    /// A change begins: what the clock says now, as a record is stamped with it.
    pub(super) fn stamp(&mut self) -> String {
        self.changes += 1;
        self.now().to_string()
    }

    fn of_mut(&mut self, entity: &str) -> &mut Vec<Value> {
        match entity {
            "Customer" => &mut self.customers,
            "Invoice" => &mut self.invoices,
            _ => &mut self.payments,
        }
    }

    /// Changes a record; false where there is none.
    pub(super) fn change(&mut self, entity: &str, id: &str, field: &str, value: Value) -> bool {
        let now = self.stamp();
        let Some(held) = self.of_mut(entity).iter_mut().find(|held| held["Id"] == id) else { return false };
        let next =
            held["SyncToken"].as_str().and_then(|token| token.parse::<u64>().ok()).unwrap_or_default() + 1;
        held[field] = value;
        held["SyncToken"] = next.to_string().into();
        held["MetaData"]["LastUpdatedTime"] = now.into();
        true
    }

    /// Takes a record away; false where there is none.
    pub(super) fn take(&mut self, entity: &str, id: &str) -> bool {
        let at = self.stamp();
        let list = self.of_mut(entity);
        let before = list.len();
        list.retain(|held| held["Id"] != id);
        let taken = list.len() < before;
        if taken {
            self.gone.push(Gone { entity: entity.to_owned(), id: id.to_owned(), at });
        }
        taken
    }

    fn next_customer(&self) -> String {
        (self.customers.len() + 1).to_string()
    }

    fn bill(
        &mut self,
        book: &Book,
        household: &crate::book::Household,
        billed: &[(Ulid, String)],
        owed: &mut Owed,
    ) {
        let pence = |amount: i64| match book.spec().money_unit {
            MoneyUnit::Minor => amount,
            MoneyUnit::Major => amount * 100,
        };
        let of_job = |job: Ulid| billed.iter().find(|(held, _)| *held == job).map(|(_, customer)| customer);
        let posted: Vec<_> = household.payments.iter().filter(|payment| payment.status == "posted").collect();
        let mut known: Vec<(Ulid, String)> = Vec::new();
        for order in &household.orders {
            let Some(customer) = of_job(order.job_id) else { continue };
            for invoice in order.invoices.iter().filter(|invoice| invoice.status != "draft") {
                let id = (self.invoices.len() + 1).to_string();
                let paid: i64 = posted
                    .iter()
                    .flat_map(|payment| &payment.payment_allocations)
                    .filter(|part| part.invoice_item_id == Some(invoice.id))
                    .map(|part| part.amount)
                    .sum();
                let void = invoice.status == "voided";
                let total = if void { 0 } else { pence(invoice.total) };
                let balance = if void { 0 } else { (total - pence(paid)).max(0) };
                owed.invoices.push((invoice.custom_number.clone(), total, balance));
                known.push((invoice.id, id.clone()));
                self.invoices.push(json!({
                    "Id": id, "SyncToken": "0", "DocNumber": invoice.custom_number,
                    "TxnDate": invoice.created.strftime("%Y-%m-%d").to_string(),
                    "DueDate": invoice.due_date.map(|day| day.to_string()),
                    "TotalAmt": major(total), "Balance": major(balance),
                    "CustomerRef": {"value": customer, "name": "as it is called there"},
                    "CurrencyRef": {"value": book.spec().currency, "name": "Pound Sterling"},
                    "Line": [
                        {"Id": "1", "Amount": major(total), "DetailType": "SalesItemLineDetail"},
                        {"Amount": major(total), "DetailType": "SubTotalLineDetail"},
                    ],
                    "EmailStatus": "EmailSent",
                    "MetaData": {
                        "CreateTime": invoice.created.to_string(), "LastUpdatedTime": invoice.modified.to_string(),
                    },
                }));
            }
        }
        for payment in posted {
            let Some(customer) = payment.job_id.and_then(of_job) else { continue };
            let lines: Vec<Value> = payment
                .payment_allocations
                .iter()
                .filter_map(|part| {
                    let invoice = part.invoice_item_id?;
                    let (_, id) = known.iter().find(|(held, _)| *held == invoice)?;
                    Some(json!({
                        "Amount": major(pence(part.amount)),
                        "LinkedTxn": [{"TxnId": id, "TxnType": "Invoice"}],
                    }))
                })
                .collect();
            let id = (self.payments.len() + 1).to_string();
            owed.payments.push(pence(payment.amount));
            self.payments.push(json!({
                "Id": id, "SyncToken": "0", "TotalAmt": major(pence(payment.amount)), "UnappliedAmt": 0,
                "TxnDate": payment.received.map(|day| day.to_string()),
                "CustomerRef": {"value": customer}, "PaymentMethodRef": {"value": "3"},
                "CurrencyRef": {"value": book.spec().currency}, "PrivateNote": payment.memo, "Line": lines,
                "MetaData": {
                    "CreateTime": payment.created.to_string(), "LastUpdatedTime": payment.modified.to_string(),
                },
            }));
        }
    }
}

/// Pounds as QuickBooks writes them: a number, with a fraction only where there is one.
fn major(pence: i64) -> Value {
    if pence % 100 == 0 { json!(pence / 100) } else { json!(pence as f64 / 100.0) }
}

fn customer(book: &Book, id: &str, person: &Person, name: &str, active: bool) -> Value {
    let address = person.address.as_ref().map(|address| {
        json!({
            "Id": id, "Line1": address.street_address, "City": address.city,
            "CountrySubDivisionCode": address.state, "PostalCode": address.postal_code, "Country": address.country,
        })
    });
    let mut customer = json!({
        "Id": id, "SyncToken": "0", "Active": active, "Job": false, "BillWithParent": false,
        "GivenName": person.first_name, "FamilyName": person.last_name, "DisplayName": name,
        "FullyQualifiedName": name, "CompanyName": person.company_name,
        "PrimaryEmailAddr": person.email.as_ref().map(|address| json!({ "Address": address })),
        "PrimaryPhone": person.cell_phone.as_ref().map(|phone| json!({ "FreeFormNumber": phone.formatted })),
        "BillAddr": address, "Balance": 0, "CurrencyRef": {"value": book.spec().currency},
        "MetaData": {"CreateTime": person.created.to_string(), "LastUpdatedTime": person.modified.to_string()},
    });
    // What has no value is left out.
    if let Some(members) = customer.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    customer
}
