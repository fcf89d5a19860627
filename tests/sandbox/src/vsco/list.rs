//! Lists: parameters, pages, and faults that bend them.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use super::index::{Filter, Sort};
use super::reply;
use super::world::World;
use crate::book::{Dice, Household, Stream, Ulid};
use crate::faults::Fault;
use crate::http::{Request, Response};

/// What the document allows in `sortBy` beside `id`, `modified` and `created`.
fn sortable(stream: Stream) -> &'static [&'static str] {
    match stream {
        Stream::AddressBook => &[
            "name",
            "kind",
            "accountBalance",
            "anniversary",
            "anonymized",
            "bestDayToCall",
            "bestTimeToCall",
            "cellPhone",
            "companyName",
            "contactPreference",
            "creditBalance",
            "email",
            "fax",
            "firstName",
            "gender",
            "homePhone",
            "jobTitle",
            "lastName",
            "maidenName",
            "previousClient",
            "privacyOptIn",
            "requireStrictPrivacy",
            "salutation",
            "schoolGradYear",
            "schoolName",
            "sport",
            "teamName",
            "teamPosition",
            "workPhone",
        ],
        Stream::Job => &[
            "name",
            "accountBalance",
            "bookingDate",
            "closed",
            "closedDate",
            "completedDate",
            "creditBalance",
            "customNumber",
            "eventDate",
            "fulfillmentDate",
            "guestCount",
            "inquiryDate",
            "lastClientActivity",
            "leadConfidence",
            "leadDecisionExpectedByDate",
            "leadMaxBudget",
            "leadRating",
            "leadStatusChangedAt",
            "pinned",
            "previousInteractionDate",
            "stage",
            "staleDate",
            "title",
            "totalCost",
            "totalGratuity",
            "totalProfit",
            "totalRevenue",
            "webLead",
        ],
        Stream::EventType | Stream::JobRole | Stream::JobType | Stream::LeadStatus | Stream::Order => {
            &["name", "sortPosition"]
        }
        Stream::PaymentMethod => &["sortPosition"],
        Stream::Timezone => &["name", "usage"],
        Stream::Brand
        | Stream::CustomField
        | Stream::Event
        | Stream::File
        | Stream::JobClosedReason
        | Stream::LeadSource => &["name"],
        Stream::JobContact | Stream::Note | Stream::Payment | Stream::User => &[],
    }
}

fn default_sort(stream: Stream) -> &'static str {
    match stream {
        Stream::EventType
        | Stream::JobRole
        | Stream::JobType
        | Stream::LeadStatus
        | Stream::Order
        | Stream::PaymentMethod => "sortPosition",
        Stream::Timezone => "name asc",
        _ => "id",
    }
}

/// `type` of a list. The document spells it without the dashes of the path.
fn collection_type(stream: Stream) -> String {
    format!("{}-collection", stream.path().replace('-', ""))
}

fn has_links(stream: Stream) -> bool {
    !matches!(stream, Stream::Order | Stream::CustomField | Stream::PaymentMethod)
}

struct Asked {
    page: usize,
    size: usize,
    sort: Sort,
    filter: Filter,
}

fn number(
    request: &Request,
    name: &str,
    fallback: usize,
    least: usize,
    most: usize,
) -> Result<usize, Response> {
    match request.query(name) {
        None => Ok(fallback),
        Some(text) => match text.parse::<usize>() {
            Ok(number) if (least..=most).contains(&number) => Ok(number),
            _ => Err(reply::invalid(name, &format!("must be a whole number from {least} to {most}"))),
        },
    }
}

fn flag(request: &Request, name: &str) -> Result<bool, Response> {
    match request.query(name) {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(reply::invalid(name, "must be true or false")),
    }
}

fn reference(request: &Request, name: &str) -> Result<Option<Ulid>, Response> {
    match request.query(name) {
        None | Some("") => Ok(None),
        Some(text) => Ulid::parse(text).map(Some).ok_or_else(|| reply::invalid(name, "must be a ULID")),
    }
}

fn asked(stream: Stream, request: &Request) -> Result<Asked, Response> {
    let page = number(request, "page", 1, 1, usize::MAX)?;
    let size = number(request, "pageSize", 100, 10, 100)?;
    let text = request.query("sortBy").unwrap_or_else(|| default_sort(stream));
    let (field, direction) = text.split_once(' ').unwrap_or((text, "asc"));
    let known = ["id", "modified", "created"].contains(&field) || sortable(stream).contains(&field);
    if !known || !["asc", "desc"].contains(&direction) {
        return Err(reply::invalid("sortBy", "is not one of the allowed values"));
    }
    let sort = Sort { field: field.to_owned(), descending: direction == "desc" };
    let by_job = matches!(stream, Stream::JobContact | Stream::Event | Stream::Note | Stream::File);
    let by_contact = matches!(stream, Stream::JobContact | Stream::File);
    let mut filter = Filter {
        include_hidden: flag(request, "includeHidden")?,
        include_closed: flag(request, "includeClosed")?,
        job: if by_job { reference(request, "jobId")? } else { None },
        contact: if by_contact { reference(request, "contactId")? } else { None },
        email: None,
        mapping: None,
        property: Vec::new(),
    };
    if stream == Stream::AddressBook {
        filter.email = request.query("email").map(str::to_owned);
    } else {
        filter.mapping = request.query("externalMappingId").map(str::to_owned);
    }
    if stream == Stream::CustomField {
        for name in ["canApplyTo", "kind"] {
            let wanted: Vec<String> = request
                .query
                .iter()
                .filter(|pair| pair.0 == name)
                .map(|pair| pair.1.to_lowercase())
                .collect();
            if !wanted.is_empty() {
                filter.property.push((name.to_owned(), wanted));
            }
        }
    }
    Ok(Asked { page, size, sort, filter })
}

/// A page of a list.
pub(super) fn list(
    world: &World,
    stream: Stream,
    request: &Request,
    faults: &[Fault],
    origin: &str,
) -> Result<Response, Response> {
    let asked = asked(stream, request)?;
    let places = world.index.list(&world.book, stream, &asked.filter, &asked.sort);
    Ok(page(world, stream, &collection_type(stream), places, &asked, faults, origin))
}

/// A list that belongs to a job; the document gives it no page parameters, so all of it is one page.
pub(super) fn of_job(
    world: &World,
    stream: Stream,
    job: Ulid,
    kind: &str,
    request: &Request,
    faults: &[Fault],
    origin: &str,
) -> Result<Response, Response> {
    let mut asked = asked(stream, request)?;
    asked.filter.job = Some(job);
    (asked.page, asked.size) = (1, 10_000);
    let places = world.index.list(&world.book, stream, &asked.filter, &asked.sort);
    Ok(page(world, stream, kind, places, &asked, faults, origin))
}

/// One record with its links; notes too where it is a contact.
pub(super) fn single(world: &World, stream: Stream, id: Ulid, origin: &str) -> Option<Vec<u8>> {
    let record = world.index.text(&world.book, stream, id)?;
    let mut out = Vec::with_capacity(record.len() + 200);
    push_linked(&mut out, &record, stream, id, origin);
    if stream == Stream::AddressBook {
        let filter =
            Filter { include_hidden: true, include_closed: true, contact: Some(id), ..Filter::default() };
        let sort = Sort { field: "id".to_owned(), descending: false };
        let places = world.index.list(&world.book, Stream::Note, &filter, &sort);
        let mut made = HashMap::new();
        out.pop();
        out.extend_from_slice(b",\"notes\":[");
        push_rows(world, Stream::Note, &places, &mut made, origin, &mut out, &[]);
        out.extend_from_slice(b"]}");
    }
    Some(out)
}

fn page(
    world: &World,
    stream: Stream,
    kind: &str,
    places: Arc<Vec<u32>>,
    asked: &Asked,
    faults: &[Fault],
    origin: &str,
) -> Response {
    let mut places = places;
    let (mut number, mut total_by, mut endless, mut missing, mut double) =
        (asked.page, 0_i64, false, 0, false);
    for fault in faults {
        match fault {
            Fault::RepeatPage => number = number.saturating_sub(1).max(1),
            Fault::TotalLies { by } => total_by += by,
            Fault::Endless => endless = true,
            Fault::EmptyPage => missing = usize::MAX,
            Fault::ShortPage { missing: rows } => missing = *rows,
            Fault::DuplicateRow => double = true,
            Fault::UnstableOrder => places = Arc::new(shuffled(&places, asked.page as u64)),
            Fault::Cap { rows } => places = Arc::new(places.iter().copied().take(*rows).collect()),
            Fault::LeaveOut { ids } => {
                let gone: Vec<Ulid> = ids.iter().filter_map(|id| Ulid::parse(id)).collect();
                let stays =
                    |place: &u32| world.index.id_at(stream, *place).is_none_or(|id| !gone.contains(&id));
                places = Arc::new(places.iter().copied().filter(stays).collect());
            }
            _ => {}
        }
    }
    let pages = places.len().div_ceil(asked.size).max(1);
    if endless {
        number = number.min(pages);
    }
    let start = (number - 1).saturating_mul(asked.size).min(places.len());
    let end = (start + asked.size).min(places.len());
    let mut rows: Vec<u32> = places[start..end].to_vec();
    rows.truncate(rows.len().saturating_sub(missing));
    if double && let Some(first) = rows.first().copied() {
        rows.push(first);
    }
    let total = (places.len() as i64 + total_by).max(0);
    let total_pages = if endless {
        asked.page as i64 + 1
    } else {
        (total as u64).div_ceil(asked.size as u64).max(1) as i64
    };
    let mut out = Vec::with_capacity(rows.len() * 1400 + 200);
    let meta = json!({
        "currentPage": asked.page, "totalPages": total_pages, "totalItems": total, "rows": rows.len(),
    });
    out.extend_from_slice(format!("{{\"meta\":{meta},\"type\":\"{kind}\",\"items\":[").as_bytes());
    push_rows(world, stream, &rows, &mut HashMap::new(), origin, &mut out, faults);
    out.extend_from_slice(b"]}");
    Response::json(200, out)
}

fn push_rows(
    world: &World,
    stream: Stream,
    rows: &[u32],
    made: &mut HashMap<u32, Household>,
    origin: &str,
    out: &mut Vec<u8>,
    faults: &[Fault],
) {
    let patched = faults.iter().any(|fault| matches!(fault, Fault::Patch { .. }));
    let mut record = Vec::new();
    let mut first = true;
    for place in rows {
        record.clear();
        let Some(id) = world.index.id_at(stream, *place) else { continue };
        if !world.index.write(&world.book, stream, *place, made, &mut record) {
            continue;
        }
        if !first {
            out.push(b',');
        }
        first = false;
        if patched {
            reply::patch(&mut record, faults);
        }
        push_linked(out, &record, stream, id, origin);
    }
}

/// Writes a record with `links` in front; the address is known only here.
fn push_linked(out: &mut Vec<u8>, record: &[u8], stream: Stream, id: Ulid, origin: &str) {
    let plain = record.len() < 3 || !has_links(stream);
    if plain {
        out.extend_from_slice(record);
        return;
    }
    let path = stream.path();
    out.extend_from_slice(b"{\"links\":{\"self\":{\"href\":\"");
    out.extend_from_slice(format!("{origin}{}/{path}/{id}\"}}}},", super::BASE).as_bytes());
    out.extend_from_slice(&record[1..]);
}

/// Another order for each page, always the same one for the same page.
fn shuffled(places: &[u32], page: u64) -> Vec<u32> {
    let mut dice = Dice::new(page, 0x5F);
    let mut mixed = places.to_vec();
    for place in (1..mixed.len()).rev() {
        mixed.swap(place, dice.below(place as u64 + 1) as usize);
    }
    mixed
}
