//! Reading outside text into typed values.
//!
//! Exports and forms hold what people typed. Each parser here takes one cell and answers with a value, with nothing (a
//! blank, "n/a", "TBC") or with a reason and likely fixes; it never guesses between two meanings and never panics. What a
//! whole column knows (order of dates, decimal mark) is decided by functions of their own and handed in. Deliberately
//! absent: fields, records and transforms, which lie above.

pub mod boolean;
pub mod clean;
pub mod currency;
pub mod date;
mod date_shape;
mod date_words;
pub mod email;
mod email_domain;
pub mod figure;
pub mod money;
pub mod name;
mod name_split;
mod name_words;
pub mod number;
pub mod phone;
mod phone_plan;
pub mod problem;

pub use boolean::parse_boolean;
pub use date::{DateOrder, DateReading, OrderDecision, decide_order, parse_date, parse_date_json};
pub use email::{EmailReading, parse_email};
pub use figure::{DecimalMark, decide_mark};
pub use money::{MoneyFormat, MoneyUnit, parse_money};
pub use name::{NameReading, PersonName, parse_names};
pub use number::parse_number;
pub use phone::{PhoneReading, parse_phone};
pub use problem::{ParseProblem, Reading, Reason};

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
