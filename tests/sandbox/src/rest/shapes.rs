//! The shapes: path, key, page and record of each kind of source.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::Couple;
use crate::http::{Request, Response};

/// A shape of list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Page numbers with a total, a key in a header: `{"customers": [...], "meta": {"total", ...}}`. Sorted where that is asked
    /// for as JSON:API writes it.
    PagesWithTotal,
    /// An opaque cursor in the body, a bearer token: `{"data": [...], "paging": {"next_cursor"}}`.
    CursorInBody,
    /// The list itself, with a `Link` header, a key in the query, which the links repeat.
    LinkHeader,
    /// Rows to leave out, no total, user name and password, newest change first: `{"results": [...]}`.
    OffsetWithoutTotal,
    /// The address of the next page in the body, pages counted from 0, a bearer token.
    NextAddress,
    /// A list that is always the first 20, whatever is asked for: nobody can say where it ends.
    CutOff,
}

/// Couples in the order of their changes.
fn newest_first(mut couples: Vec<Couple>) -> Vec<Couple> {
    couples.sort_by(|one, other| other.changed.cmp(&one.changed));
    couples
}

impl Shape {
    /// Couples in the order in which this shape lists them.
    pub(super) fn ordered(self, couples: Vec<Couple>) -> Vec<Couple> {
        if self == Shape::OffsetWithoutTotal { newest_first(couples) } else { couples }
    }

    /// Those that can be read to their end.
    pub const READABLE: [Shape; 5] = [
        Shape::PagesWithTotal,
        Shape::CursorInBody,
        Shape::LinkHeader,
        Shape::OffsetWithoutTotal,
        Shape::NextAddress,
    ];

    pub(super) fn path(self) -> &'static str {
        match self {
            Shape::PagesWithTotal => "/api/v1/customers",
            Shape::CursorInBody => "/v3/bookings",
            Shape::LinkHeader => "/export/people.json",
            Shape::OffsetWithoutTotal => "/rest/weddings",
            Shape::NextAddress => "/clients",
            Shape::CutOff => "/latest",
        }
    }

    pub(super) fn sign(self) -> &'static str {
        match self {
            Shape::PagesWithTotal => "header:X-Api-Key",
            Shape::CursorInBody | Shape::NextAddress | Shape::CutOff => "bearer",
            Shape::LinkHeader => "query:api_key",
            Shape::OffsetWithoutTotal => "basic",
        }
    }

    pub(super) fn typed(self, key: &str) -> String {
        match self {
            Shape::OffsetWithoutTotal => format!("studio:{key}"),
            _ => key.to_owned(),
        }
    }

    pub(super) fn opens(self, key: &str, request: &Request) -> bool {
        let authorization = request.header("authorization").unwrap_or_default();
        match self {
            Shape::PagesWithTotal => request.header("x-api-key") == Some(key),
            Shape::CursorInBody | Shape::NextAddress | Shape::CutOff => {
                authorization.strip_prefix("Bearer ") == Some(key)
            }
            Shape::LinkHeader => request.query("api_key") == Some(key),
            Shape::OffsetWithoutTotal => authorization
                .strip_prefix("Basic ")
                .and_then(|text| STANDARD.decode(text).ok())
                .is_some_and(|pair| pair == format!("studio:{key}").into_bytes()),
        }
    }

    pub(super) fn page(self, request: &Request, couples: &[Couple]) -> Response {
        let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
        let sorted: Vec<Couple>;
        let couples = if self == Shape::PagesWithTotal && request.query("sort") == Some("-updatedAt") {
            sorted = newest_first(couples.to_vec());
            &sorted
        } else {
            couples
        };
        let rows = |from: usize, size: usize| -> Vec<Value> {
            couples.iter().skip(from).take(size).map(|couple| self.record(couple)).collect()
        };
        let json = |value: &Value| Response::json(200, value.to_string().into_bytes());
        match self {
            Shape::PagesWithTotal => {
                let page = number("page").unwrap_or(1).max(1);
                let pages = couples.len().div_ceil(10);
                json(&json!({
                    "customers": rows((page - 1).saturating_mul(10), 10),
                    "meta": {"total": couples.len(), "page": page, "pages": pages},
                    "status": "ok",
                }))
            }
            Shape::CursorInBody => {
                let from = request
                    .query("cursor")
                    .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
                    .and_then(|bytes| String::from_utf8(bytes).ok())
                    .and_then(|text| text.strip_prefix("after:")?.parse().ok())
                    .unwrap_or(0);
                let next =
                    (from + 8 < couples.len()).then(|| URL_SAFE_NO_PAD.encode(format!("after:{}", from + 8)));
                json(&json!({"data": rows(from, 8), "paging": {"next_cursor": next}}))
            }
            Shape::LinkHeader => {
                let page = number("p").unwrap_or(1).max(1);
                let reply = json(&Value::Array(rows((page - 1).saturating_mul(12), 12)));
                // The key is repeated, as careless servers do.
                let key = request.query("api_key").unwrap_or_default();
                let link = |page: usize, relation: &str| {
                    format!("</export/people.json?p={page}&api_key={key}>; rel=\"{relation}\"")
                };
                let mut links = vec![link(1, "first")];
                if page * 12 < couples.len() {
                    links.push(link(page + 1, "next"));
                }
                reply.with("link", links.join(", "))
            }
            Shape::OffsetWithoutTotal => json(&json!({"results": rows(number("offset").unwrap_or(0), 15)})),
            Shape::NextAddress => {
                let page = number("page").unwrap_or(0);
                let next = ((page + 1) * 9 < couples.len()).then(|| format!("/clients?page={}", page + 1));
                json(
                    &json!({"items": rows(page.saturating_mul(9), 9), "links": {"self": "/clients", "next": next}}),
                )
            }
            Shape::CutOff => json(&json!({"entries": rows(0, 20)})),
        }
    }

    fn record(self, couple: &Couple) -> Value {
        let day = couple.wedding.map(|day| day.to_string());
        let whole = |first: &str, last: &str| format!("{first} {last}");
        let partner = couple.partner.as_ref().zip(couple.partner_last.as_ref());
        match self {
            Shape::PagesWithTotal => json!({
                "customerId": format!("C-{:05}", couple.number),
                "firstName": couple.first, "lastName": couple.last,
                "partnerFirstName": couple.partner, "partnerLastName": couple.partner_last,
                "emailAddress": couple.email, "mobile": couple.phone,
                "weddingDate": day, "venueName": couple.venue,
                "firstDance": couple.song, "updatedAt": couple.changed,
            }),
            Shape::CursorInBody => json!({
                "uuid": format!("5f0c2a10-0000-4000-8000-{:012}", couple.number),
                "contact": {"first_name": couple.first, "last_name": couple.last, "email": couple.email, "phone": couple.phone},
                "partner": partner.map(|(first, last)| json!({"first_name": first, "last_name": last})),
                "wedding": {"date": day, "venue": couple.venue},
                "extras": {"song": couple.song},
                "modified_at": couple.changed,
            }),
            Shape::LinkHeader => json!({
                "id": couple.number,
                "client_first_name": couple.first, "client_surname": couple.last,
                "partner_first_name": couple.partner, "partner_surname": couple.partner_last,
                "email": couple.email, "telephone": couple.phone,
                "event_date": day, "event_location": couple.venue, "song": couple.song,
            }),
            Shape::OffsetWithoutTotal => json!({
                "ref": format!("w{}", couple.number),
                "bride": whole(&couple.first, &couple.last),
                "groom": partner.map(|(first, last)| whole(first, last)),
                "bride_email": couple.email, "bride_phone": couple.phone,
                "date_of_wedding": day, "venue": couple.venue, "music": couple.song,
                "last_modified": couple.changed,
            }),
            Shape::NextAddress | Shape::CutOff => json!({
                "id": format!("{:08x}", couple.number),
                "attributes": {
                    "first-name": couple.first, "last-name": couple.last, "email": couple.email,
                    "phone-number": couple.phone, "wedding-date": day, "venue": couple.venue, "song": couple.song,
                    "partner-first-name": couple.partner, "partner-last-name": couple.partner_last,
                },
            }),
        }
    }
}
