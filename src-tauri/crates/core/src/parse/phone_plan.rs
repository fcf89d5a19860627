//! Numbering plans: from bare digits to E.164.
//!
//! The plans come from the `phonenumber` crate (libphonenumber's metadata). Its parser is not used: it strips national
//! prefixes from numbers that have none and refuses the ranges that regulators keep for examples (Ofcom's 07700 900xxx,
//! North America's 555-01xx). Here a number is taken when its plan lists the range, or when its length is right and it is
//! written like a national number; a number is refused when its length cannot be.

use phonenumber::Metadata;
use phonenumber::metadata::{DATABASE, Descriptor};

use super::problem::Reason;

/// A number that a plan knows.
pub(super) struct Resolved {
    /// `+` and digits.
    pub(super) e164: String,
}

/// How well digits fit a plan.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No(Length),
    Possible,
    Valid,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Length {
    Short,
    Long,
    Right,
}

/// Reads digits in the plan of their calling code, or of `country`.
pub(super) fn resolve(digits: &str, plus: bool, country: Option<&str>) -> Result<Resolved, Reason> {
    if digits.is_empty() {
        return Err(Reason::PhoneNoDigits);
    }
    if digits.len() > 20 {
        return Err(Reason::PhoneTooLong);
    }
    let significant = digits.trim_start_matches('0');
    if significant.len() < 4 || same_digit(significant) {
        return Err(if digits.len() < 7 { Reason::PhoneTooShort } else { Reason::PhoneNotValid });
    }
    if plus {
        return international(digits.strip_prefix("00").unwrap_or(digits));
    }
    let home = country.and_then(|code| DATABASE.by_id(code.to_ascii_uppercase().as_str()));
    // 491713920045 has lost its plus: where a trunk prefix is dialled, a long number without one starts with its own code.
    if let Some(plan) = home.filter(|plan| digits.len() >= 11 && plan.national_prefix() == Some("0"))
        && let Some(rest) = digits.strip_prefix(plan.country_code().to_string().as_str())
        && fit_of(plan, rest) == Fit::Valid
    {
        return Ok(Resolved { e164: format!("+{digits}") });
    }
    let national = home.map(|plan| national(plan, digits));
    if let Some(Ok((e164, Fit::Valid))) = &national {
        return Ok(Resolved { e164: e164.clone() });
    }
    // An exit code of any country: 00 almost everywhere, 011 from North America, 0011 from Australia.
    for prefix in ["0011", "011", "00"] {
        if let Some(rest) = digits.strip_prefix(prefix)
            && let Ok(found) = international(rest)
        {
            return Ok(found);
        }
    }
    if let Some(Ok((e164, _))) = national {
        return Ok(Resolved { e164 });
    }
    // A number that lost its plus: 447700900318.
    if digits.len() >= 11 && !digits.starts_with('0') {
        let by_home = home.filter(|plan| digits.starts_with(&plan.country_code().to_string()));
        // Abroad only what is two digits longer than any number at home: eleven digits in the US are a slip of the key, not Egypt.
        let abroad = home.is_some_and(|plan| digits.len() >= longest(plan) + 2);
        if (by_home.is_some() || abroad)
            && let Ok(found) = international_as(digits, Fit::Valid)
        {
            return Ok(found);
        }
        if by_home.is_some()
            && let Ok(found) = international(digits)
        {
            return Ok(found);
        }
    }
    match national {
        Some(Err(reason)) => Err(reason),
        Some(Ok(_)) => Err(Reason::PhoneNotValid),
        None if digits.len() < 6 => Err(Reason::PhoneTooShort),
        None if digits.len() > 15 => Err(Reason::PhoneTooLong),
        None => Err(Reason::PhoneNeedsCountry),
    }
}

/// The most digits of a subscriber number.
fn longest(plan: &Metadata) -> usize {
    let kinds = plan.descriptors();
    let lengths = [kinds.mobile(), kinds.fixed_line()]
        .into_iter()
        .flatten()
        .flat_map(|kind| kind.possible_length().iter());
    lengths.max().map_or(15, |length| usize::from(*length))
}

fn same_digit(digits: &str) -> bool {
    digits.bytes().all(|byte| Some(byte) == digits.bytes().next())
}

fn international(digits: &str) -> Result<Resolved, Reason> {
    international_as(digits, Fit::Possible)
}

fn international_as(digits: &str, least: Fit) -> Result<Resolved, Reason> {
    if digits.starts_with('0') {
        return Err(Reason::PhoneUnknownCode);
    }
    for length in 1..=3usize.min(digits.len()) {
        let Some(code) = digits.get(..length).and_then(|code| code.parse::<u16>().ok()) else { continue };
        let Some(mut plans) = DATABASE.by_code(&code) else { continue };
        plans.sort_by_key(|plan| !plan.is_main_country_for_code());
        let rest = digits.get(length..).unwrap_or("");
        let mut best = (Fit::No(Length::Short), String::new());
        for plan in plans {
            // The length is common to a calling code, so one plan decides whether others are worth a look.
            let found = fit_with_trunk(plan, rest);
            if found.0 > best.0 || best.1.is_empty() {
                best = found;
            }
            if best.0 >= Fit::Possible || matches!(best.0, Fit::No(Length::Short | Length::Long)) {
                break;
            }
        }
        return match best {
            (fit, national) if fit >= least => Ok(Resolved { e164: format!("+{code}{national}") }),
            (Fit::No(Length::Short), _) => Err(Reason::PhoneTooShort),
            (Fit::No(Length::Long), _) => Err(Reason::PhoneTooLong),
            _ => Err(Reason::PhoneNotValid),
        };
    }
    Err(Reason::PhoneUnknownCode)
}

fn national(plan: &Metadata, digits: &str) -> Result<(String, Fit), Reason> {
    let (mut fit, mut number) = fit_with_trunk(plan, digits);
    if fit < Fit::Valid && plan.national_prefix().is_none() && !digits.starts_with('0') {
        // Italy keeps its leading zero, and spreadsheets drop it.
        let with_zero = format!("0{digits}");
        if fit_of(plan, &with_zero) == Fit::Valid {
            (fit, number) = (Fit::Valid, with_zero);
        }
    }
    match fit {
        Fit::No(length) => Err(match torn(plan, &number).unwrap_or(length) {
            Length::Short => Reason::PhoneTooShort,
            Length::Long => Reason::PhoneTooLong,
            Length::Right => Reason::PhoneNotValid,
        }),
        Fit::Possible | Fit::Valid => Ok((format!("+{}{number}", plan.country_code()), fit)),
    }
}

/// The better reading of digits with and without the national (trunk) prefix in front.
fn fit_with_trunk(plan: &Metadata, digits: &str) -> (Fit, String) {
    let as_is = fit_of(plan, digits);
    if as_is == Fit::Valid {
        return (as_is, digits.to_owned());
    }
    let prefix = plan.national_prefix().unwrap_or("0");
    if let Some(rest) = digits.strip_prefix(prefix) {
        let stripped = fit_of(plan, rest);
        // Where a prefix is dialled, no number begins with it: what is left tells why it is none.
        let prefixed = plan.national_prefix().is_some() && as_is < Fit::Possible;
        if stripped > as_is || prefixed || (stripped == as_is && stripped == Fit::Possible) {
            return (stripped, rest.to_owned());
        }
    }
    (as_is, digits.to_owned())
}

/// Whether a refused number is a mobile number with a digit or more missing (07700 90014) or too many.
fn torn(plan: &Metadata, national: &str) -> Option<Length> {
    let mobile = plan.descriptors().mobile()?;
    let whole = |digits: &str| kept_for_examples(plan, digits) || is_whole(mobile, digits);
    for missing in 1..=6 {
        if ['2', '5', '0']
            .iter()
            .any(|digit| whole(&format!("{national}{}", digit.to_string().repeat(missing))))
        {
            return Some(Length::Short);
        }
    }
    let most = national.len().saturating_sub(3)..national.len();
    most.rev().any(|end| national.get(..end).is_some_and(&whole)).then_some(Length::Long)
}

/// Whether a pattern matches to the end; the crate's own check is content with a beginning.
fn is_whole(kind: &Descriptor, digits: &str) -> bool {
    let length = u16::try_from(digits.len()).unwrap_or(u16::MAX);
    let lengths = kind.possible_length();
    (lengths.is_empty() || lengths.contains(&length))
        && kind
            .national_number()
            .find(digits)
            .is_some_and(|found| found.start() == 0 && found.end() == digits.len())
}

/// Ofcom keeps these for drama and examples, so no metadata lists them: mobile 07700 900xxx and 01632 960xxx.
fn kept_for_examples(plan: &Metadata, national: &str) -> bool {
    plan.country_code() == 44
        && national.len() == 10
        && (national.starts_with("7700900") || national.starts_with("1632960"))
}

fn fit_of(plan: &Metadata, national: &str) -> Fit {
    let kinds = plan.descriptors();
    let named = [
        kinds.mobile(),
        kinds.fixed_line(),
        kinds.toll_free(),
        kinds.voip(),
        kinds.shared_cost(),
        kinds.personal_number(),
        kinds.uan(),
        kinds.premium_rate(),
        kinds.pager(),
    ];
    if kept_for_examples(plan, national) {
        return Fit::Valid;
    }
    // Lengths are compared before any pattern runs.
    let length = u16::try_from(national.len()).unwrap_or(u16::MAX);
    let fits_length = named
        .into_iter()
        .flatten()
        .any(|kind| kind.possible_length().is_empty() || kind.possible_length().contains(&length));
    if fits_length
        && kinds.general().is_match(national)
        && named.into_iter().flatten().any(|kind| kind.is_match(national))
    {
        return Fit::Valid;
    }
    // Lengths of subscriber numbers; the short ones of service numbers do not make a torn mobile number possible.
    let lengths =
        || named.into_iter().take(2).flatten().flat_map(|kind| kind.possible_length().iter().copied());
    match (lengths().min(), lengths().max()) {
        (Some(least), _) if length < least => Fit::No(Length::Short),
        (_, Some(most)) if length > most => Fit::No(Length::Long),
        _ if lengths().all(|possible| possible != length) => Fit::No(Length::Short),
        // A range that the plan leaves open, such as those kept for films; not one that it rules out.
        _ if (9..=11).contains(&length) && !same_digit(national) && is_whole(kinds.general(), national) => {
            Fit::Possible
        }
        _ => Fit::No(Length::Right),
    }
}
