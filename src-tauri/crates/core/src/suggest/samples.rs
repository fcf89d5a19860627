//! What the values of a column look like.

use serde_json::Value as Json;

use super::SuggestReason;
use crate::parse::clean::{fold, is_blank_word, plain};
use crate::parse::{
    DateOrder, Reason, parse_boolean, parse_date, parse_email, parse_money, parse_names, parse_number,
    parse_phone,
};
use crate::value::FieldType;

/// How many values are looked at.
const MOST: usize = 40;

/// Words of the statuses that CRMs give a booking (PROVIDERS, part A).
const STAGES: &[&str] = &[
    "lead",
    "inquiry",
    "enquiry",
    "opportunity",
    "prospect",
    "booked",
    "fulfil",
    "retainer",
    "complete",
    "closed",
    "lost",
    "proposal",
    "contract",
    "delivered",
    "editing",
    "archived",
    "active",
    "cancel",
    "confirmed",
    "pending",
    "quote",
    "won",
    "new",
];
/// Forms of address that stand alone in a column.
const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "rev", "sir", "dame", "herr", "frau", "mme", "mlle", "m",
    "sr", "sra",
];

/// Counts over the values of a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Samples {
    pub(super) texts: Vec<String>,
    pub(super) filled: usize,
    pub(super) emails: usize,
    pub(super) phones: usize,
    pub(super) dates: usize,
    pub(super) amounts: usize,
    pub(super) numbers: usize,
    pub(super) flags: usize,
    pub(super) couples: usize,
    pub(super) people: usize,
    pub(super) stages: usize,
    pub(super) titles: usize,
    pub(super) times: usize,
    pub(super) several_words: usize,
    pub(super) letters: usize,
}

/// A time of the day and nothing else: 13:00, 2.30pm, 14h30.
fn is_time(folded: &str) -> bool {
    let digits = folded.chars().filter(char::is_ascii_digit).count();
    let rest: String = folded.chars().filter(|c| !c.is_ascii_digit()).collect();
    let marked = matches!(
        rest.trim(),
        ":" | "::"
            | "h"
            | "pm"
            | "am"
            | "."
            | ": pm"
            | ": am"
            | ":pm"
            | ":am"
            | ".pm"
            | ".am"
            | ":: am"
            | ":: pm"
            | ": uhr"
            | "uhr"
    );
    marked && (1..=6).contains(&digits) && !(rest.trim() == "." && digits < 3)
}

impl Samples {
    pub(super) fn of(values: &[Json]) -> Samples {
        let mut found = Samples::default();
        for value in values.iter().take(MOST) {
            let text = match value {
                Json::String(text) => text.clone(),
                Json::Number(number) => number.to_string(),
                Json::Bool(flag) => flag.to_string(),
                Json::Null | Json::Array(_) | Json::Object(_) => continue,
            };
            if is_blank_word(&plain(&text)) || text.len() > 400 {
                continue;
            }
            found.filled += 1;
            let email = matches!(parse_email(&text), Ok(Some(_)))
                || (text.contains('@') && parse_email(&text).is_err_and(|p| !p.fixes.is_empty()));
            let digits = text.chars().filter(char::is_ascii_digit).count();
            let date = match parse_date(&text, None) {
                Ok(Some(read)) => read.order != Some(DateOrder::Excel1900) || digits >= 5,
                Err(problem) => {
                    matches!(
                        problem.reason,
                        Reason::Ambiguous | Reason::NotADate | Reason::DateNoYear | Reason::DateNoDay
                    ) && digits >= 3
                }
                Ok(None) => false,
            };
            let phone = digits >= 7
                && !email
                && match parse_phone(&text, None) {
                    Ok(Some(_)) => true,
                    Err(problem) => {
                        matches!(problem.reason, Reason::PhoneNeedsCountry | Reason::PhoneDigitsLost)
                    }
                    Ok(None) => false,
                };
            let money_format = crate::parse::MoneyFormat { currency: Some("GBP"), ..Default::default() };
            let amount = match parse_money(&text, &money_format) {
                Ok(Some(_)) => true,
                Err(problem) => {
                    matches!(problem.reason, Reason::MoneyUnclearSeparators | Reason::MoneyTooManyDecimals)
                }
                Ok(None) => false,
            };
            let marked = text.contains(['£', '$', '€', '/']);
            found.emails += usize::from(email);
            found.dates += usize::from(date);
            found.phones += usize::from(phone && !(date && marked));
            found.amounts += usize::from(amount);
            found.numbers += usize::from(matches!(parse_number(&text, None), Ok(Some(_))));
            found.flags += usize::from(matches!(parse_boolean(&text, &[], &[]), Ok(Some(_))));
            found.several_words += usize::from(text.split_whitespace().count() > 1);
            found.letters += usize::from(text.chars().any(char::is_alphabetic));
            if text.len() <= 120
                && digits < 7
                && let Ok(Some(read)) = parse_names(&text)
            {
                found.people += 1;
                found.couples += usize::from(read.people.len() >= 2);
            }
            let word = fold(&text);
            found.stages += usize::from(STAGES.iter().any(|stage| word.contains(stage)));
            found.times += usize::from(is_time(&word));
            found.titles += usize::from(TITLES.contains(&word.trim_end_matches('.')));
            found.texts.push(text);
        }
        found
    }

    /// The share of filled values that a count is.
    #[allow(clippy::cast_precision_loss)] // at most forty values
    pub(super) fn share(&self, count: usize) -> f64 {
        if self.filled == 0 { 0.0 } else { count as f64 / self.filled as f64 }
    }

    /// What the values say about a type; nothing without values or for types that any value fits.
    pub(super) fn fit(&self, field_type: FieldType, record_type: &str, field: &str) -> Option<SuggestReason> {
        if self.filled == 0 {
            return None;
        }
        let share = match field_type {
            FieldType::Email => self.share(self.emails),
            FieldType::Phone => self.share(self.phones),
            FieldType::Date => self.share(self.dates),
            FieldType::Money => self.share(self.amounts),
            FieldType::Number => self.share(self.numbers),
            FieldType::Boolean => self.share(self.flags),
            FieldType::Array if field == "other_emails" => self.share(self.emails),
            FieldType::Array if field == "other_phones" => self.share(self.phones),
            FieldType::Text
                if matches!(field, "first_name" | "last_name" | "venue_name" | "company_name" | "name") =>
            {
                // Names have letters; a column of addresses, dates or figures is no column of names.
                let foreign = self
                    .emails
                    .max(self.filled - self.letters)
                    .max(if self.letters == self.filled { 0 } else { self.dates });
                1.0 - self.share(foreign)
            }
            FieldType::Text if field == "stage" => self.share(self.stages),
            FieldType::Text if matches!(field, "start_time" | "end_time") => self.share(self.times),
            FieldType::Text if (record_type, field) == ("person", "title") => self.share(self.titles),
            FieldType::Text
            | FieldType::DateTime
            | FieldType::Reference
            | FieldType::Json
            | FieldType::Array => return None,
        };
        Some(self.verdict(share, field_type == FieldType::Text))
    }

    /// What the values say about a column of whole names.
    pub(super) fn fit_names(&self) -> Option<SuggestReason> {
        (self.filled > 0).then(|| self.verdict(self.share(self.people), true))
    }

    fn verdict(&self, share: f64, text: bool) -> SuggestReason {
        let (code, points) = if share >= 0.8 {
            ("samples_fit", if text { 15 } else { 22 })
        } else if share >= 0.5 {
            ("samples_fit", 8)
        } else if share >= 0.2 {
            ("samples_doubtful", -18)
        } else {
            ("samples_contradict", -60)
        };
        super::reason(code, points, &[("percent", format!("{:.0}", share * 100.0))])
    }
}
