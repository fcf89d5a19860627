//! Records of lists beside the main one as rows: an invoice or a payment that hangs on whoever it belongs to.

use hub_core::ports::{StoreResult, StoredRaw};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

use super::flat::{cells, text_of};
use super::rows::{DAY, amount, amounts, use_of, uses, worded};
use crate::assemble::{at, parse};
use crate::definition::{BesideList, BesideRecord, PAID_AT, Pays};
use crate::file::RowIs;
use crate::sheet::{RowPlace, StoredRow, TableReading, Told, ToldEvent};

/// Where the day of it stands.
pub(super) const PAID_ON: &str = "payment.paid_on";
/// What stands before the place of a value that is the same of every record.
const FIXED: &str = "=";

/// How the records of such a list are read, in the form in which columns are.
pub(super) fn table(beside: &BesideList) -> TableReading {
    let mut columns = uses(&beside.fields, "");
    columns.extend(beside.fixed.keys().filter_map(|line| use_of(&format!("{FIXED}{line}"), line)));
    TableReading {
        stream: beside.name.clone(),
        preset: None,
        row: match beside.record {
            BesideRecord::Invoice => RowIs::Invoice,
            BesideRecord::Payment => RowIs::Transaction,
            BesideRecord::Instalment => RowIs::Instalment,
        },
        columns,
        extras: Vec::new(),
    }
}

/// A record of it: what it says hangs on the job it belongs to.
pub(super) fn as_row(
    beside: &BesideList,
    table: &TableReading,
    record: &StoredRaw,
    zone: &TimeZone,
) -> StoreResult<StoredRow> {
    let json = parse(&record.raw)?;
    let mut cells = worded(cells(&json), &beside.words);
    for (line, value) in &beside.fixed {
        cells.insert(format!("{FIXED}{line}"), Json::from(value.as_str()));
    }
    let instants = beside.fields.iter().filter(|(_, uses)| uses.split(' ').any(|use_| use_ == PAID_AT));
    for (path, _) in instants {
        let Some(told) = cells.get(path).and_then(Json::as_str) else { continue };
        let day = match told.parse::<Timestamp>() {
            Ok(instant) => instant.to_zoned(zone.clone()).date().to_string(),
            // A day, or what somebody has to look at.
            Err(_) => told.to_owned(),
        };
        cells.insert(format!("{path}{DAY}"), Json::from(day));
    }
    let currency = beside.currency.as_deref().and_then(|path| at(&json, path)).map(text_of);
    // However it is written: ISO 4217 has capitals.
    let currency = currency.map(|code| code.to_ascii_uppercase());
    let told = Told {
        amounts: amounts(table, &json, currency.as_deref(), ""),
        pays: beside.pays.as_ref().map(|pays| paid(pays, &json, currency.as_deref())).unwrap_or_default(),
        event: ToldEvent::Own,
    };
    let at = RowPlace { job: record.parents[0].clone(), ..RowPlace::default() };
    Ok(StoredRow { cells, at, told })
}

/// Which invoices a payment pays: stream, id, amount.
fn paid(pays: &Pays, record: &Json, currency: Option<&str>) -> Vec<(String, String, Json)> {
    let parts: Vec<&Json> = match &pays.list {
        Some(list) => at(record, list).and_then(Json::as_array).into_iter().flatten().collect(),
        None => vec![record],
    };
    parts
        .into_iter()
        .filter_map(|part| {
            let invoice = |link: &&Json| {
                pays.only
                    .as_ref()
                    .is_none_or(|only| at(link, &only.path).map(text_of).as_ref() == Some(&only.is))
            };
            let links: Vec<&Json> = match &pays.links {
                Some(links) => {
                    at(part, links).and_then(Json::as_array).into_iter().flatten().filter(invoice).collect()
                }
                None => std::iter::once(part).filter(invoice).collect(),
            };
            let [link] = links.as_slice() else { return None };
            let id = at(link, &pays.id).map(text_of).filter(|id| !id.is_empty())?;
            Some((pays.of.clone(), id, amount(at(part, &pays.amount)?, currency)))
        })
        .collect()
}
