//! Why a cell could not be read, as a closed set of reasons.
//!
//! One enum for the whole area, so that a reason found by a parser, shown in `hub try`, stored with a quarantined record
//! and looked up in the catalogue (`problem.<reason>`) is always the same word. Deliberately absent: the sentence itself,
//! which lives in the catalogues, and where the cell stood, which only the mapping knows.

use serde_json::Value as Json;

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident => $id:literal,)+) => {
        /// The reason a value could not be read or mapped.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum Reason {
            $($(#[$doc])* #[serde(rename = $id)] $variant,)+
        }

        impl Reason {
            /// Every reason, for the test that each has a sentence.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant,)+];

            /// The stable word used on the wire and in the catalogue.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Reason::$variant => $id,)+
                }
            }
        }
    };
}

reasons! {
    /// A telephone cell without a digit.
    PhoneNoDigits => "phone_no_digits",
    /// Letters stand where digits belong ("1-800-FLOWERS").
    PhoneLetters => "phone_letters",
    /// Fewer digits than any number of the country has.
    PhoneTooShort => "phone_too_short",
    /// More digits than any number of the country has.
    PhoneTooLong => "phone_too_long",
    /// A national number, and no country is known to read it in.
    PhoneNeedsCountry => "phone_needs_country",
    /// A spreadsheet rounded the number (7.7009E+11); the digits are gone.
    PhoneDigitsLost => "phone_digits_lost",
    /// The country calling code does not exist.
    PhoneUnknownCode => "phone_unknown_code",
    /// The right length, but no such number range.
    PhoneNotValid => "phone_not_valid",
    /// No @ in an e-mail address.
    EmailNoAt => "email_no_at",
    /// More than one @ in one address.
    EmailSeveralAts => "email_several_ats",
    /// White space inside the address.
    EmailSpace => "email_space",
    /// A comma where a dot belongs.
    EmailComma => "email_comma",
    /// The domain has no dot.
    EmailNoDot => "email_no_dot",
    /// The part before the @ is missing or malformed.
    EmailBadLocal => "email_bad_local",
    /// The part after the @ is missing or malformed.
    EmailBadDomain => "email_bad_domain",
    /// Longer than RFC 5321 allows.
    EmailTooLong => "email_too_long",
    /// A day that does not exist, such as 31 February.
    NotADate => "not_a_date",
    /// 3/4/2026 in a column where nothing tells day from month.
    Ambiguous => "ambiguous",
    /// Some rows of the column are day first and some month first.
    DateMixedColumn => "date_mixed_column",
    /// Day and month without a year.
    DateNoYear => "date_no_year",
    /// A month or season without a day.
    DateNoDay => "date_no_day",
    /// A year no wedding is in.
    DateYearRange => "date_year_range",
    /// Two alternatives in one cell ("13 or 20 June").
    DateSeveral => "date_several",
    /// Nothing in the cell reads as a date.
    DateUnreadable => "date_unreadable",
    /// "POA", "TBC": words where an amount belongs.
    NotAnAmount => "not_an_amount",
    /// More decimals than the currency has.
    MoneyTooManyDecimals => "money_too_many_decimals",
    /// 4.500 may be four and a half or four and a half thousand.
    MoneyUnclearSeparators => "money_unclear_separators",
    /// A currency code that ISO 4217 does not list.
    MoneyUnknownCurrency => "money_unknown_currency",
    /// No currency in the cell and none given.
    MoneyNeedsCurrency => "money_needs_currency",
    /// The provider does not say whether amounts are pence or pounds, and nobody has answered yet.
    MoneyUnitUnknown => "money_unit_unknown",
    /// An amount beyond what can be kept exactly.
    MoneyTooLarge => "money_too_large",
    /// Several amounts in one cell.
    MoneySeveral => "money_several",
    /// Not a number.
    NumberUnreadable => "number_unreadable",
    /// A number beyond what can be kept exactly.
    NumberTooLarge => "number_too_large",
    /// A word that is neither yes nor no.
    BooleanUnknown => "boolean_unknown",
    /// "Whole Weekend", "Vendor Meeting": no person.
    NotAPerson => "not_a_person",
    /// The value has no entry in the value table.
    NotInTable => "not_in_table",
    /// The pattern of an extract step does not occur in the value.
    PatternNotFound => "pattern_not_found",
    /// A list or an object where one value belongs, or the other way round.
    WrongShape => "wrong_shape",
    /// Longer than a field may be.
    TooLong => "too_long",
    /// The value does not have the type that its field declares.
    WrongType => "wrong_type",
    /// A field that must have a value has none.
    RequiredMissing => "required_missing",
}

/// A value that could not be read: the reason and what a person may want instead.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", .reason.as_str())]
pub struct ParseProblem {
    /// Why.
    pub reason: Reason,
    /// Likely meanings, most likely first, in the encoding of the field's type. Never applied without a person.
    pub fixes: Vec<Json>,
}

impl ParseProblem {
    /// A problem with likely meanings.
    pub fn with_fixes(reason: Reason, fixes: Vec<Json>) -> ParseProblem {
        ParseProblem { reason, fixes }
    }
}

impl From<Reason> for ParseProblem {
    fn from(reason: Reason) -> ParseProblem {
        ParseProblem { reason, fixes: Vec::new() }
    }
}

/// What a parser says about a cell: a value, nothing (blank, "n/a", "TBC"), or a problem.
pub type Reading<T> = Result<Option<T>, ParseProblem>;
