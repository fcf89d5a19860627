//! What a household ordered and paid.
//!
//! Sums are made in minor units and written in the unit the book was asked for. Where that is the major unit every
//! amount is a whole number of it, so that nothing is lost and both books mean the same.

use jiff::ToSpan;
use jiff::civil::Date;

use super::bill::{Allocation, Invoice, LineItem, Order, Payment, Subtotal};
use super::dice::Ulid;
use super::household::Builder;
use super::record::Stream;
use super::studio::{METHODS, TODAY};
use super::{MoneyUnit, Special};

/// A part of an order that falls due on a day.
struct Instalment {
    title: &'static str,
    minor: i64,
    due: Date,
}

/// What becomes of an instalment's payment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Posted,
    Refunded,
    Failed,
    Pending,
    Future,
    None,
}

impl Builder<'_> {
    pub(super) fn add_money(
        &mut self,
        job: usize,
        date: Option<Date>,
        people: &[(Ulid, &'static str, bool)],
    ) {
        let stage = self.out.jobs[job].stage;
        let draft = stage == "lead";
        if draft && !self.dice.chance(25) {
            return;
        }
        let kind = self.out.jobs[job].job_type_name;
        let pounds = if kind == Some("Wedding") {
            self.dice.between(24, 90) * 50
        } else {
            self.dice.between(5, 16) * 25
        };
        let odd = if self.spec.money_unit == MoneyUnit::Minor && self.dice.chance(12) { 50 } else { 0 };
        let total = pounds * 100 + odd;
        let booked = self.out.jobs[job].inquiry_date.unwrap_or(TODAY).saturating_add(9.days());
        let deposit = pounds / 4 * 100;
        let rest_due = date.map_or(booked, |day| day.saturating_sub(30.days())).max(booked);
        let instalments = [
            Instalment { title: "Deposit", minor: deposit, due: booked },
            Instalment { title: "Balance", minor: total - deposit, due: rest_due },
        ];
        // The mother pays where there is one.
        let payer = people
            .iter()
            .find(|person| person.1.starts_with("Mother"))
            .or(people.first())
            .map(|person| person.0);
        self.add_order(job, &instalments, payer, draft, booked);
    }

    fn fate(&mut self, instalment: &Instalment, draft: bool) -> Fate {
        if draft {
            return Fate::None;
        }
        if instalment.due > TODAY {
            return if self.dice.chance(60) { Fate::Future } else { Fate::None };
        }
        if self.is(Special::EngagementAndWedding) {
            return Fate::Posted;
        }
        if self.is(Special::Closed) && instalment.title == "Deposit" {
            return Fate::Refunded;
        }
        match self.dice.below(100) {
            0..88 => Fate::Posted,
            88..92 => Fate::Refunded,
            92..95 => Fate::Failed,
            95..97 => Fate::Pending,
            _ => Fate::None,
        }
    }

    fn add_order(
        &mut self,
        job: usize,
        instalments: &[Instalment],
        payer: Option<Ulid>,
        draft: bool,
        booked: Date,
    ) {
        let (order_id, created, modified) = self.fresh();
        let job_id = self.out.jobs[job].id;
        let total: i64 = instalments.iter().map(|instalment| instalment.minor).sum();
        let (item_id, item_created, item_modified) = self.fresh();
        let line = LineItem {
            id: item_id,
            created: item_created,
            modified: item_modified,
            hidden: false,
            order_id,
            name: "Photography of the day",
            price_per_unit: self.spec.money(total),
            units: 1,
            taxable: false,
            discount: false,
            selected: true,
        };
        let mut invoices = Vec::new();
        let mut allocations = Vec::new();
        let mut paid = 0;
        for (number, instalment) in instalments.iter().enumerate() {
            let fate = self.fate(instalment, draft);
            let (invoice_id, invoice_created, invoice_modified) = self.fresh();
            if fate == Fate::Posted {
                paid += instalment.minor;
            }
            if let Some(allocation) = self.add_payment(job, order_id, invoice_id, instalment, payer, fate) {
                allocations.push(allocation);
            }
            invoices.push(Invoice {
                id: invoice_id,
                created: invoice_created,
                modified: invoice_modified,
                hidden: false,
                status: match (draft, fate) {
                    (true, _) => "draft",
                    (false, Fate::Posted) => "paid-in-full",
                    (false, _) => "open",
                },
                custom_number: format!("INV-{:05}-{}", self.home + 1, number + 1),
                order_id,
                title: Some(instalment.title),
                due_date: Some(instalment.due),
                recipient_id: payer,
                reference_code: format!("r{:05}{}", self.home + 1, number + 1),
                total: self.spec.money(instalment.minor),
            });
        }
        let status = match (draft, paid == total) {
            (true, _) => "draft",
            (false, true) if self.out.jobs[job].stage == "completed" => "completed",
            (false, true) => "paid-in-full",
            (false, false) => "open",
        };
        self.expected.counts.orders += 1;
        self.expected.counts.invoices += invoices.len();
        self.expected.money.ordered += total;
        let written = self.spec.money(total);
        self.out.orders.push(Order {
            id: order_id,
            created,
            modified,
            hidden: false,
            job_id,
            recipient_id: payer,
            custom_number: Some(format!("O{:05}", self.home + 1)),
            name: None,
            title: Some(format!("Order O{:05}", self.home + 1)),
            reference_code: format!("o{:05}", self.home + 1),
            status,
            booked_electronically: false,
            booked_from_quote: false,
            booked_on: (!draft).then_some(booked.min(TODAY)),
            balance: self.spec.money(total - paid),
            line_items: vec![line],
            subtotal: Subtotal { amount: written, taxable: 0, non_taxable: written },
            total: written,
            payment_allocations: allocations,
            invoices,
        });
        let record = &mut self.out.jobs[job];
        record.account_balance = self.spec.money(total - paid);
        record.total_revenue = self.spec.money(total);
        record.total_profit = record.total_revenue;
    }

    fn add_payment(
        &mut self,
        job: usize,
        order_id: Ulid,
        invoice_id: Ulid,
        instalment: &Instalment,
        payer: Option<Ulid>,
        fate: Fate,
    ) -> Option<Allocation> {
        let status = match fate {
            Fate::None => return None,
            Fate::Posted | Fate::Refunded => "posted",
            Fate::Failed => "failed",
            Fate::Pending => "pending",
            Fate::Future => "future",
        };
        let (id, created, modified) = self.fresh();
        let job_id = Some(self.out.jobs[job].id);
        let amount = self.spec.money(instalment.minor);
        let given_back = if fate == Fate::Refunded { amount } else { 0 };
        let method = METHODS[self.dice.below(METHODS.len() as u64) as usize].0;
        let payment_method_id = self.studio.id_of(Stream::PaymentMethod, method);
        let received = (status == "posted").then_some(instalment.due);
        let mut refunds = Vec::new();
        if fate == Fate::Refunded {
            let (refund_id, refund_created, refund_modified) = self.fresh();
            refunds.push(Payment {
                id: refund_id,
                created: refund_created,
                modified: refund_modified,
                hidden: false,
                job_id,
                payer_id: payer,
                payment_method_id,
                status: "posted",
                amount,
                refunded_amount: 0,
                memo: Some("Given back"),
                received: Some(instalment.due.saturating_add(20.days()).min(TODAY)),
                processed_via_client_access: false,
                refunds: Vec::new(),
                payment_allocations: Vec::new(),
            });
            self.expected.counts.refunds += 1;
            self.expected.money.refunded += instalment.minor;
        }
        if status == "posted" {
            self.expected.money.paid += instalment.minor;
        }
        let (allocation_id, allocation_created, allocation_modified) = self.fresh();
        let allocation = Allocation {
            id: allocation_id,
            created: allocation_created,
            modified: allocation_modified,
            hidden: false,
            payment_id: id,
            order_id: Some(order_id),
            invoice_item_id: Some(invoice_id),
            job_id,
            amount,
            refunded_amount: given_back,
        };
        self.expected.counts.payments += 1;
        self.expected.counts.allocations += 1;
        self.out.payments.push(Payment {
            id,
            created,
            modified,
            hidden: false,
            job_id,
            payer_id: payer,
            payment_method_id,
            status,
            amount,
            refunded_amount: given_back,
            memo: None,
            received,
            processed_via_client_access: method == "Card",
            refunds,
            payment_allocations: vec![allocation.clone()],
        });
        Some(allocation)
    }
}
