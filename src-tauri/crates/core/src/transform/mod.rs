//! The closed list of changes a mapping may make to a value on its way in.
//!
//! Transforms are data: stored with the mapping, shown as chips with a before and after, and each one knows whether it can
//! be undone for two-way use (SYNC-LAW 18). There is no template language and no code in them; a pattern is a size-limited
//! regular expression in linear time. Deliberately absent: which field a value belongs to (that is `mapping`).

mod apply;
mod coerce;
mod invert;
mod letters;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub use apply::{Pipeline, TransformFault, TransformProblem, apply};
pub use coerce::{coerce, money_of_json, phone_as_text};
pub use invert::{Inversion, LossyReason, PutError, invertible, put};
pub use letters::{name_case, sentence_case};

use crate::parse::{DateOrder, DecimalMark, MoneyUnit, ParseProblem};
use crate::value::{FieldType, Value};

/// Letters of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterCase {
    /// CAPITALS.
    Upper,
    /// small letters.
    Lower,
    /// First letter capital.
    Sentence,
}

/// A part of a person's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamePart {
    /// Form of address.
    Title,
    /// First given name.
    First,
    /// Further given names.
    Middle,
    /// First and further given names.
    Given,
    /// Family name.
    Last,
    /// Letters after the name.
    Suffix,
    /// The whole name.
    Full,
}

/// Which of two people in one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// The first of a couple (or the only person).
    First,
    /// The second of a couple.
    Second,
}

/// How thousands are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThousandsMark {
    /// 1,000
    Comma,
    /// 1.000
    Point,
    /// 1 000
    Space,
    /// 1'000
    Apostrophe,
}

/// What a value table does with a value it does not list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Otherwise {
    /// Ask: the value is a problem.
    Problem {},
    /// Take the value as it is.
    Keep {},
    /// Take nothing.
    Blank {},
    /// Take this instead.
    Use {
        /// The value to take.
        value: Json,
    },
}

/// One line of a value table. Texts are compared without case and surrounding space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableEntry {
    /// What the CRM says.
    pub from: Json,
    /// What WedSync is to hold.
    pub to: Json,
}

/// One change to a value. The empty braces make unknown parameters an error for every kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Transform {
    /// White space off both ends, runs of it inside as one space.
    Trim {},
    /// Letters to capitals or small ones.
    Case {
        /// Which.
        to: LetterCase,
    },
    /// Names typed in capitals or small letters as names are written (O'Neill, McDonald, van der Berg).
    NameCase {},
    /// A part of one person's name.
    SplitName {
        /// Which part.
        part: NamePart,
    },
    /// Several values as one name, blanks left out.
    JoinNames {},
    /// A part of one of two people in one cell.
    Couple {
        /// Which person.
        which: Which,
        /// Which part.
        part: NamePart,
    },
    /// A date; `order` overrides the column's decision.
    Date {
        /// Order of day and month.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<DateOrder>,
    },
    /// A phone number; `country` overrides the connection's.
    Phone {
        /// ISO 3166 code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        country: Option<String>,
    },
    /// An amount of money; what is left out comes from the connection.
    Money {
        /// Decimal mark.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decimal: Option<DecimalMark>,
        /// Thousands mark; says the decimal mark where that is left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thousands: Option<ThousandsMark>,
        /// ISO 4217 code of amounts that name none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        currency: Option<String>,
        /// What bare figures count.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<MoneyUnit>,
    },
    /// A plain number.
    Number {
        /// Decimal mark.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decimal: Option<DecimalMark>,
    },
    /// Yes or no. Own words come before the built-in ones.
    Boolean {
        /// Words for yes.
        #[serde(default)]
        true_words: Vec<String>,
        /// Words for no.
        #[serde(default)]
        false_words: Vec<String>,
    },
    /// Values replaced by a table.
    ValueTable {
        /// The lines.
        entries: Vec<TableEntry>,
        /// What happens to other values.
        otherwise: Otherwise,
    },
    /// A value for a blank.
    Default {
        /// The value.
        value: Json,
    },
    /// Text in front.
    Prefix {
        /// The text.
        text: String,
    },
    /// Text behind.
    Suffix {
        /// The text.
        text: String,
    },
    /// What a pattern finds.
    Extract {
        /// A regular expression of at most 200 characters.
        regex: String,
        /// Which group; 0 is the whole match.
        #[serde(default)]
        group: usize,
    },
    /// Several values as one text.
    Concat {
        /// What stands between them.
        separator: String,
    },
    /// The first value that is not blank.
    FirstNonEmpty {},
    /// A spreadsheet's day count.
    ExcelDate {
        /// `excel1900` or `excel1904`.
        epoch: DateOrder,
    },
    /// HTML as plain text; the original is kept by the field next to it.
    HtmlToText {},
}

/// What is known around a value: the connection's and the column's decisions.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TransformContext<'a> {
    /// ISO 3166 country of phone numbers without one.
    pub country: Option<&'a str>,
    /// ISO 4217 currency of amounts without one.
    pub currency: Option<&'a str>,
    /// What bare amounts count.
    pub money_unit: MoneyUnit,
    /// Decimal mark of the column.
    pub decimal: Option<DecimalMark>,
    /// Date order of the column.
    pub date_order: Option<DateOrder>,
    /// IANA zone of date-times without one.
    pub zone: Option<&'a str>,
}

/// A sample before and after a list of transforms.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BeforeAfter {
    /// As the CRM holds it.
    pub before: Json,
    /// In the encoding of the field's type, null for nothing.
    pub after: Json,
    /// The reason it could not be read.
    pub problem: Option<crate::parse::Reason>,
}

/// Shows what transforms do to samples.
///
/// # Errors
/// [`TransformFault`] when a transform itself is faulty.
pub fn preview(
    transforms: &[Transform],
    samples: &[Json],
    field_type: FieldType,
    context: &TransformContext<'_>,
) -> Result<Vec<BeforeAfter>, TransformFault> {
    let pipeline = Pipeline::compile(transforms)?;
    let show = |sample: &Json| {
        let read: Result<Option<Value>, ParseProblem> =
            pipeline.run(std::slice::from_ref(&sample), field_type, context);
        BeforeAfter {
            before: sample.clone(),
            after: read.as_ref().ok().and_then(Option::as_ref).map_or(Json::Null, Value::to_json),
            problem: read.err().map(|problem| problem.reason),
        }
    };
    Ok(samples.iter().map(show).collect())
}

#[cfg(test)]
mod tests;
