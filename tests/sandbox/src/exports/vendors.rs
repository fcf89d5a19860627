//! Each vendor's files: which columns, which rows, how names, days and money are written.

use jiff::civil::Date;

use super::sheet::{Cell, WriteError, archive, delimited, workbook};
use super::{ExportFile, Vendor};
use crate::book::{BookSpec, ExpectedParty, ExpectedPerson, Household, Job, MoneyUnit, PartyRole, Person};

type Party = (Household, ExpectedParty);
type Table = Vec<Vec<String>>;

pub(super) fn write(
    spec: &BookSpec,
    parties: &[Party],
    vendor: Vendor,
) -> Result<Vec<ExportFile>, WriteError> {
    let desk = Desk { spec, parties };
    Ok(match vendor {
        Vendor::HoneyBook => vec![
            file("Booked projects.csv", ',', desk.honeybook_projects(Stage::Booked)),
            file("Leads.csv", ',', desk.honeybook_projects(Stage::Lead)),
            desk.honeybook_payments(),
        ],
        Vendor::Dubsado => vec![
            file("clients.csv", ',', desk.dubsado_clients()),
            file("projects.csv", ',', desk.dubsado_projects()),
            file("invoices.csv", ',', desk.dubsado_invoices()),
            file("transactions.csv", ',', desk.dubsado_transactions()),
        ],
        Vendor::StudioNinja => vec![file("Client List.csv", ',', desk.ninja_clients()), desk.ninja_jobs()?],
        Vendor::SeventeenHats => vec![file("contacts.csv", ',', desk.seventeen())],
        Vendor::Tave => vec![file("jobs.csv", ',', desk.tave())],
        Vendor::Spreadsheet => vec![desk.spreadsheet()?],
    })
}

fn file(name: &str, separator: char, rows: Table) -> ExportFile {
    let records = vec![rows.len() - 1];
    ExportFile { name: name.to_owned(), bytes: delimited(separator, "\r\n", &rows), records }
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Lead,
    Booked,
}

fn stage(job: &Job) -> Stage {
    if job.stage == "lead" { Stage::Lead } else { Stage::Booked }
}

/// "Dec 31, 2024".
fn american(day: Option<Date>) -> String {
    day.map(|day| day.strftime("%b %-d, %Y").to_string()).unwrap_or_default()
}

/// "20/6/2026", as a British studio sets it.
fn british(day: Option<Date>) -> String {
    day.map(|day| day.strftime("%-d/%-m/%Y").to_string()).unwrap_or_default()
}

fn last(person: &ExpectedPerson) -> String {
    person.last_name.clone().unwrap_or_default()
}

fn full(person: &ExpectedPerson) -> String {
    format!("{} {}", person.first_name, last(person)).trim().to_owned()
}

fn clients(party: &ExpectedParty) -> impl Iterator<Item = &ExpectedPerson> {
    party.people.iter().filter(|person| person.role != PartyRole::Parent)
}

fn text(value: &Option<String>) -> String {
    value.clone().unwrap_or_default()
}

struct Desk<'a> {
    spec: &'a BookSpec,
    parties: &'a [Party],
}

impl Desk<'_> {
    /// Pounds or dollars with two decimals.
    fn major(&self, amount: i64) -> String {
        let minor = match self.spec.money_unit {
            MoneyUnit::Minor => amount,
            MoneyUnit::Major => amount * 100,
        };
        format!("{}.{:02}", minor / 100, minor.abs() % 100)
    }

    fn sign(&self) -> &'static str {
        if self.spec.currency == "GBP" { "£" } else { "$" }
    }

    fn jobs(&self) -> impl Iterator<Item = (&Party, &Job)> {
        self.parties.iter().flat_map(|party| party.0.jobs.iter().map(move |job| (party, job)))
    }

    fn venue(party: &Party, job: &Job) -> String {
        let found = party.1.jobs.iter().find(|expected| expected.id == job.id);
        found.and_then(|job| job.venue.clone()).unwrap_or_default()
    }

    fn card<'b>(party: &'b Party, person: &ExpectedPerson) -> Option<&'b Person> {
        party.0.persons.iter().find(|card| card.id == person.id)
    }

    /// "Meredith + Chris".
    fn project(party: &Party) -> String {
        clients(&party.1).map(|person| person.first_name.as_str()).collect::<Vec<_>>().join(" + ")
    }

    fn honeybook_projects(&self, wanted: Stage) -> Table {
        let mut rows = vec![match wanted {
            Stage::Booked => row(&[
                "First Name",
                "Last Name",
                "Email",
                "Project Name",
                "Project Date",
                "Total Booked Value",
                "Project Creation Date",
                "Project Source",
                "Booked Date",
            ]),
            Stage::Lead => row(&[
                "First Name",
                "Last Name",
                "Email",
                "Project Name",
                "Project Date",
                "Project Type",
                "Project Creation Date",
                "Project Source",
                "Project Stage",
            ]),
        }];
        for (party, job) in self.jobs().filter(|(_, job)| stage(job) == wanted) {
            let total: i64 =
                party.0.orders.iter().filter(|order| order.job_id == job.id).map(|order| order.total).sum();
            for person in clients(&party.1) {
                let source = job.lead_source_name.unwrap_or_default();
                let mut cells = vec![
                    person.first_name.clone(),
                    last(person),
                    text(&person.email),
                    Self::project(party),
                    american(job.event_date),
                ];
                match wanted {
                    Stage::Booked => cells.extend([
                        format!("{}{}", self.sign(), self.major(total)),
                        american(job.inquiry_date),
                        source.to_owned(),
                        american(job.booking_date),
                    ]),
                    Stage::Lead => cells.extend([
                        job.job_type_name.unwrap_or_default().to_owned(),
                        american(job.inquiry_date),
                        source.to_owned(),
                        job.lead_status_name.unwrap_or("Inquiry").to_owned(),
                    ]),
                }
                rows.push(cells);
            }
        }
        rows
    }

    /// One row an instalment, tab-separated in a file called `.csv`, with a row of totals whose project is `0`.
    fn honeybook_payments(&self) -> ExportFile {
        let mut rows = vec![row(&[
            "PROJECT_NAME",
            "CLIENT_INFO",
            "PROJECT_DATE",
            "INVOICE",
            "TRANSACTION_DATE",
            "DUE_DATE",
            "PAYMENT_NAME",
            "PAYMENT_METHOD",
            "PAYMENT_STATUS",
            "TOTAL_AMOUNT",
            "NET_AMOUNT",
            "TRANSACTION_FEE",
            "TAX_1",
            "GRATUITY",
            "PAYMENT_BEFORE_DISCOUNT",
            "DISCOUNT_PAYMENT",
            "CHARGE_NOTES",
        ])];
        let mut sum = 0;
        for (number, (party, job)) in self.jobs().enumerate() {
            let who: Vec<String> = clients(&party.1)
                .map(|person| match &person.email {
                    Some(email) => format!("{} ({email})", full(person)),
                    None => full(person),
                })
                .collect();
            let payments = party.0.payments.iter().filter(|payment| payment.job_id == Some(job.id));
            for (part, payment) in payments.enumerate() {
                let invoice = party.0.orders.iter().flat_map(|order| &order.invoices).find(|invoice| {
                    payment.payment_allocations.iter().any(|held| held.invoice_item_id == Some(invoice.id))
                });
                let amount = self.major(payment.amount);
                sum += payment.amount;
                rows.push(vec![
                    Self::project(party),
                    who.join(", "),
                    american(job.event_date),
                    format!("#{:06}-{:03}", number + 1, part + 1),
                    american(payment.received),
                    american(invoice.and_then(|invoice| invoice.due_date)),
                    invoice.and_then(|invoice| invoice.title).unwrap_or("Payment").to_owned(),
                    if payment.processed_via_client_access { "Card" } else { "Bank transfer" }.to_owned(),
                    match payment.status {
                        "posted" => "Paid",
                        "failed" => "Failed",
                        "pending" => "Processing",
                        _ => "Upcoming",
                    }
                    .to_owned(),
                    amount.clone(),
                    amount.clone(),
                    "0.00".to_owned(),
                    "0.00".to_owned(),
                    "0.00".to_owned(),
                    amount,
                    "0.00".to_owned(),
                    payment.memo.unwrap_or_default().to_owned(),
                ]);
            }
        }
        let records = vec![rows.len() - 1];
        let mut total = vec![String::new(); 17];
        total[0] = "0".to_owned();
        total[9] = self.major(sum);
        rows.push(total);
        ExportFile { name: "Payments.csv".to_owned(), bytes: delimited('\t', "\n", &rows), records }
    }

    fn dubsado_clients(&self) -> Table {
        let mut rows =
            vec![row(&["firstName", "lastName", "email", "phone", "addressString", "title", "start"])];
        for party in self.parties {
            let Some(person) = party.1.primary() else { continue };
            let job = party.0.jobs.first();
            rows.push(vec![
                person.first_name.clone(),
                last(person),
                text(&person.email),
                text(&person.phone_text),
                address(Self::card(party, person)).join(", "),
                job.and_then(|job| job.title.clone()).unwrap_or_default(),
                job.and_then(|job| job.event_date)
                    .map(|day| format!("{day}T00:00:00.000Z"))
                    .unwrap_or_default(),
            ]);
        }
        rows
    }

    fn dubsado_projects(&self) -> Table {
        let mut rows = vec![row(&[
            "Client email",
            "Client first name",
            "Client phone",
            "Client address Line 1",
            "City",
            "State",
            "Zip",
            "Company name",
            "Contact name",
            "Created date",
            "Start date",
        ])];
        for (party, job) in self.jobs() {
            let Some(person) = party.1.primary() else { continue };
            let card = Self::card(party, person);
            let held = card.and_then(|card| card.address.as_ref());
            let part = |value: fn(&crate::book::Address) -> &Option<String>| {
                held.map(|held| text(value(held))).unwrap_or_default()
            };
            rows.push(vec![
                text(&person.email),
                person.first_name.clone(),
                text(&person.phone_text),
                part(|held| &held.street_address),
                part(|held| &held.city),
                part(|held| &held.state),
                part(|held| &held.postal_code),
                card.map(|card| text(&card.company_name)).unwrap_or_default(),
                full(person),
                american(job.inquiry_date),
                american(job.event_date),
            ]);
        }
        rows
    }

    fn dubsado_invoices(&self) -> Table {
        let mut rows = vec![row(&["Client", "Date", "Payment Date(s)"])];
        for party in self.parties {
            let Some(person) = party.1.primary() else { continue };
            for order in &party.0.orders {
                let paid = party.0.payments.iter().filter(|payment| {
                    payment.status == "posted"
                        && payment.payment_allocations.iter().any(|held| held.order_id == Some(order.id))
                });
                let days: Vec<String> = paid.map(|payment| american(payment.received)).collect();
                rows.push(vec![full(person), american(order.booked_on), days.join("; ")]);
            }
        }
        rows
    }

    fn dubsado_transactions(&self) -> Table {
        let mut rows = vec![row(&["invoiceClient", "date", "invoicePaidDate"])];
        for party in self.parties {
            let Some(person) = party.1.primary() else { continue };
            for payment in party.0.payments.iter().filter(|payment| payment.status == "posted") {
                rows.push(vec![full(person), american(payment.received), american(payment.received)]);
            }
        }
        rows
    }

    fn ninja_clients(&self) -> Table {
        let mut rows = vec![row(&[
            "First Name",
            "Last Name",
            "Phone",
            "Email",
            "Company Name",
            "Business Number",
            "Street Address",
            "Suburb/Town",
            "Postcode/Zip",
            "State",
            "Country",
            "Date Added",
            "Total number of open Leads",
            "Total number of archived Leads",
            "Total number of active Jobs",
            "Total number of completed Jobs",
            "Consent from Contact Form",
            "Consent from Contract",
            "Consent from Questionnaire",
            "Consent added by me",
            "Client Notes",
        ])];
        for party in self.parties {
            let count =
                |wanted: fn(&Job) -> bool| party.0.jobs.iter().filter(|job| wanted(job)).count().to_string();
            for person in clients(&party.1) {
                let card = Self::card(party, person);
                let held = card.and_then(|card| card.address.as_ref());
                let part = |value: fn(&crate::book::Address) -> &Option<String>| {
                    held.map(|held| text(value(held))).unwrap_or_default()
                };
                rows.push(vec![
                    person.first_name.clone(),
                    last(person),
                    text(&person.phone_text),
                    text(&person.email),
                    card.map(|card| text(&card.company_name)).unwrap_or_default(),
                    String::new(),
                    part(|held| &held.street_address),
                    part(|held| &held.city),
                    part(|held| &held.postal_code),
                    part(|held| &held.state),
                    held.and_then(|held| held.country).unwrap_or_default().to_owned(),
                    card.map(|card| card.created.strftime("%d %b %Y").to_string()).unwrap_or_default(),
                    count(|job| stage(job) == Stage::Lead && !job.closed),
                    count(|job| stage(job) == Stage::Lead && job.closed),
                    count(|job| stage(job) == Stage::Booked && !job.closed),
                    count(|job| stage(job) == Stage::Booked && job.closed),
                    if card.and_then(|card| card.privacy_opt_in) == Some(true) { "Yes" } else { "No" }
                        .to_owned(),
                    "No".to_owned(),
                    "No".to_owned(),
                    "No".to_owned(),
                    String::new(),
                ]);
            }
        }
        rows
    }

    fn ninja_jobs(&self) -> Result<ExportFile, WriteError> {
        let top = "Studio Ninja Jobs Export [14 May 2026 1200PM]";
        let header = [
            "Job Name",
            "Type",
            "Lead Source",
            "Main Shoot",
            "Location",
            "Client Name",
            "Email",
            "Phone",
            "Note 1",
        ];
        let (mut active, mut completed, mut papers) = (vec![row(&header)], vec![row(&header)], Vec::new());
        for (party, job) in self.jobs() {
            let Some(person) = party.1.primary() else { continue };
            let names: Vec<String> = clients(&party.1).map(|person| person.first_name.clone()).collect();
            let name = format!("{}'s {}", names.join(" & "), job.job_type_name.unwrap_or("Job"));
            let shoot = job.event_date.map(|day| {
                let day = day.strftime("%d %b %Y");
                format!("{day} 2:00 PM - {day} 11:00 PM")
            });
            let everybody: Vec<String> = clients(&party.1).map(full).collect();
            let cells = vec![
                name.clone(),
                job.job_type_name.unwrap_or_default().to_owned(),
                job.lead_source_name.unwrap_or_default().to_owned(),
                text(&shoot),
                Self::venue(party, job),
                everybody.join(" & "),
                text(&person.email),
                text(&person.phone_text),
                text(&job.lead_notes),
            ];
            if job.closed { &mut completed } else { &mut active }.push(cells);
            let day = job
                .event_date
                .map_or_else(|| "No date".to_owned(), |day| day.strftime("%d %b %Y").to_string());
            papers.push((
                format!("{top}/{day} - {}/contracts/contract.pdf", name.replace('/', "-")),
                b"%PDF-1.4\n".to_vec(),
            ));
        }
        papers.sort();
        papers.dedup_by(|one, other| one.0 == other.0);
        let records = vec![active.len() - 1, completed.len() - 1];
        let mut files = vec![
            (format!("{top}/active-jobs.csv"), delimited(',', "\n", &active)),
            (format!("{top}/completed-jobs.csv"), delimited(',', "\n", &completed)),
        ];
        files.append(&mut papers);
        Ok(ExportFile { name: format!("{top}.zip"), bytes: archive(&files)?, records })
    }

    /// One column for each labelled e-mail and phone of every further person of the whole book.
    fn seventeen(&self) -> Table {
        let mut header = row(&[
            "Full Name",
            "First Name",
            "Last Name",
            "Company Name",
            "Type",
            "Email",
            "Primary Email",
            "Primary Phone",
        ]);
        let first = header.len();
        let others: Vec<(usize, &ExpectedPerson)> = self
            .parties
            .iter()
            .enumerate()
            .flat_map(|(at, party)| party.1.people.iter().skip(1).map(move |person| (at, person)))
            .collect();
        for (_, person) in &others {
            header.extend([format!("{} Email", full(person)), format!("{} Phone", full(person))]);
        }
        header.extend(row(&["Address", "City", "State", "Zip", "Country"]));
        let width = header.len();
        let mut rows = vec![header];
        for (at, party) in self.parties.iter().enumerate() {
            let Some(person) = party.1.primary() else { continue };
            let card = Self::card(party, person);
            let mut cells = vec![String::new(); width];
            let own = [
                full(person),
                person.first_name.clone(),
                last(person),
                card.map(|card| text(&card.company_name)).unwrap_or_default(),
                if party.0.jobs.iter().all(|job| stage(job) == Stage::Lead) { "Lead" } else { "Client" }
                    .to_owned(),
                text(&person.email),
                text(&person.email),
                text(&person.phone_text),
            ];
            cells.splice(..first, own);
            for (place, (_, other)) in others.iter().enumerate().filter(|(_, (home, _))| *home == at) {
                cells[first + place * 2] = text(&other.email);
                cells[first + place * 2 + 1] = text(&other.phone_text);
            }
            if let Some(held) = card.and_then(|card| card.address.as_ref()) {
                let parts = [
                    text(&held.street_address),
                    text(&held.city),
                    text(&held.state),
                    text(&held.postal_code),
                    held.country.unwrap_or_default().to_owned(),
                ];
                cells.splice(width - 5.., parts);
            }
            rows.push(cells);
        }
        rows
    }

    fn tave(&self) -> Table {
        let mut rows = vec![row(&[
            "First",
            "Last",
            "Email",
            "Client Emails",
            "Phone",
            "Mobile",
            "Event Date",
            "Venue",
            "Type",
            "Status",
            "Source",
            "Referral",
        ])];
        for (party, job) in self.jobs() {
            let Some(person) = party.1.primary() else { continue };
            let emails: Vec<String> = clients(&party.1).filter_map(|person| person.email.clone()).collect();
            let home = Self::card(party, person).and_then(|card| card.home_phone.as_ref());
            rows.push(vec![
                person.first_name.clone(),
                last(person),
                text(&person.email),
                emails.join(", "),
                home.map(|phone| phone.formatted.clone()).unwrap_or_default(),
                text(&person.phone_text),
                british(job.event_date),
                Self::venue(party, job),
                job.job_type_name.unwrap_or_default().to_owned(),
                if job.closed { "closed" } else { job.stage }.to_owned(),
                job.lead_source_name.unwrap_or_default().to_owned(),
                String::new(),
            ]);
        }
        rows
    }

    /// A couple in one cell, a title above the header, days as days, sums as numbers.
    fn spreadsheet(&self) -> Result<ExportFile, WriteError> {
        let words = |text: &str| if text.is_empty() { Cell::Blank } else { Cell::Text(text.to_owned()) };
        let mut rows = vec![
            vec![words("Weddings")],
            vec![],
            ["Couple", "Email", "Phone", "Wedding date", "Venue", "Price", "Notes"].map(words).to_vec(),
        ];
        for party in self.parties {
            let Some(person) = party.1.primary() else { continue };
            let couple: Vec<String> = clients(&party.1).map(full).collect();
            let total: i64 = party.0.orders.iter().map(|order| order.total).sum();
            let price = self.major(total).parse().ok().filter(|_| total > 0);
            rows.push(vec![
                words(&couple.join(" & ")),
                words(&text(&person.email)),
                words(&text(&person.phone_text)),
                party.1.wedding_date.map_or(Cell::Blank, Cell::Day),
                words(&text(&party.1.venue)),
                price.map_or(Cell::Blank, Cell::Number),
                words(&party.0.jobs.first().map(|job| text(&job.lead_notes)).unwrap_or_default()),
            ]);
        }
        let records = vec![rows.len() - 3];
        Ok(ExportFile {
            name: "Weddings.xlsx".to_owned(),
            bytes: workbook("Weddings", rows.into_iter())?,
            records,
        })
    }
}

fn address(card: Option<&Person>) -> Vec<String> {
    let Some(held) = card.and_then(|card| card.address.as_ref()) else { return Vec::new() };
    let parts = [text(&held.street_address), text(&held.city), text(&held.state), text(&held.postal_code)];
    parts.into_iter().filter(|part| !part.is_empty()).collect()
}
