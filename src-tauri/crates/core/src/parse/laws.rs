//! What was read and is written again reads as the same: the laws that two-way sync stands on (SYNC-LAW 11, 18, 26).

use proptest::prelude::*;

use super::*;
use crate::value::Money;

/// Cells near to what people write, without those that no parser takes.
fn cell() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[0-9]{1,5}",
        "[A-Z][a-z]{2,7}",
        "[a-z]{2,6}@[a-z]{2,8}\\.(com|co\\.uk|de)",
        Just("07700 900142".to_owned()),
        Just("+1 212 555 0147".to_owned()),
        Just("13/06/2026".to_owned()),
        Just("June".to_owned()),
        Just("2026".to_owned()),
        Just("£".to_owned()),
        Just("EUR ".to_owned()),
        Just(",".to_owned()),
        Just(".".to_owned()),
        Just(" ".to_owned()),
        Just(" & ".to_owned()),
        Just("-".to_owned()),
        Just("van ".to_owned()),
        Just("Mrs ".to_owned()),
        Just("k".to_owned()),
        Just("(".to_owned()),
        Just(")".to_owned()),
    ];
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

/// A name as most people have one, with what stands around it.
fn name() -> impl Strategy<Value = String> {
    let title = prop_oneof![Just(""), Just("Mrs "), Just("Dr "), Just("Mr. ")];
    let given = prop_oneof![
        Just("Emma"),
        Just("Mary Ann"),
        Just("Jean-Luc"),
        Just("Zoë"),
        Just("José Luis"),
        Just("E.")
    ];
    let middle = prop_oneof![Just(""), Just("Jane "), Just("J. ")];
    let family = prop_oneof![
        Just("Wright"),
        Just("O'Brien"),
        Just("van der Berg"),
        Just("Smith-Jones"),
        Just("García López"),
        Just("de la Cruz"),
        Just("St. John"),
    ];
    let suffix = prop_oneof![Just(""), Just(" Jr."), Just(" III"), Just(" PhD")];
    (title, given, middle, family, suffix)
        .prop_map(|(title, given, middle, family, suffix)| format!("{title}{given} {middle}{family}{suffix}"))
}

/// Minor units as a person writes them, with as many decimals as the currency has.
fn written(minor: i64, currency: &str, decimals: u32) -> String {
    let unit = 10_i64.pow(decimals);
    let sign = if minor < 0 { "-" } else { "" };
    let (whole, rest) = (minor.abs() / unit, minor.abs() % unit);
    match decimals {
        0 => format!("{currency} {sign}{whole}"),
        _ => format!("{currency} {sign}{whole}.{rest:0width$}", width = decimals as usize),
    }
}

fn currencies() -> Vec<(String, u32)> {
    let letters = || b'A'..=b'Z';
    letters()
        .flat_map(|first| letters().map(move |second| (first, second)))
        .flat_map(|(first, second)| letters().map(move |third| [first, second, third]))
        .filter_map(|code| {
            let code = String::from_utf8(code.to_vec()).ok()?;
            currency::exponent(&code).map(|decimals| (code, decimals))
        })
        .collect()
}

#[test]
fn f48_every_currency_keeps_the_decimals_of_the_standard() {
    let currencies = currencies();
    assert!(currencies.len() > 140, "ISO 4217 lists about 155 currencies, {} are known", currencies.len());
    for (currency, decimals) in currencies {
        for minor in [0, 1, 999, 1_000, 123_456_789, -5_005] {
            let text = written(minor, &currency, decimals);
            let read = parse_money(
                &text,
                &MoneyFormat { decimal: Some(DecimalMark::Point), ..MoneyFormat::default() },
            );
            assert_eq!(read, Ok(Some(Money { minor, currency: currency.clone() })), "{text}");
        }
        let finer = format!("{currency} 1.{}1", "0".repeat(decimals as usize));
        let read =
            parse_money(&finer, &MoneyFormat { decimal: Some(DecimalMark::Point), ..MoneyFormat::default() });
        let reason = read.map_err(|problem| problem.reason);
        assert_eq!(reason, Err(Reason::MoneyTooManyDecimals), "{finer} is not rounded");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn inv_11_a_phone_reads_back_as_itself(text in cell(), home in prop_oneof![Just("GB"), Just("US"), Just("DE"), Just("IT")]) {
        let Ok(Some(read)) = parse_phone(&text, Some(home)) else { return Ok(()) };
        for country in [Some(home), None, Some("FR"), Some("NZ")] {
            let again = parse_phone(read.phone.e164.as_deref().unwrap_or(""), country);
            let again = again.map(|again| again.and_then(|again| again.phone.e164));
            prop_assert_eq!(again, Ok(read.phone.e164.clone()), "{} out of {:?}", text, country);
        }
    }

    #[test]
    fn inv_11_an_address_reads_back_as_itself(text in cell()) {
        let Ok(Some(read)) = parse_email(&text) else { return Ok(()) };
        for address in read.others.iter().chain([&read.address]) {
            let again = parse_email(address);
            prop_assert!(matches!(&again, Ok(Some(again)) if again.address == *address && again.others.is_empty()), "{} of {}", address, text);
        }
    }

    #[test]
    fn inv_26_a_date_reads_back_as_itself(text in cell(), order in prop_oneof![Just(None), Just(Some(DateOrder::Dmy)), Just(Some(DateOrder::Mdy))]) {
        let Ok(Some(read)) = parse_date(&text, order) else { return Ok(()) };
        for order in [None, Some(DateOrder::Dmy), Some(DateOrder::Mdy), Some(DateOrder::Ymd), Some(DateOrder::Excel1904)] {
            let again = parse_date(&read.date.to_string(), order).map(|again| again.map(|again| again.date));
            prop_assert_eq!(again, Ok(Some(read.date)), "{} under {:?}", text, order);
        }
    }

    #[test]
    fn inv_26_no_zone_moves_a_day(year in 1970_i16..2100, month in 1_i8..=12, day in 1_i8..=28, offset in -12_i8..=14, hour in 0_u8..24) {
        let date = jiff::civil::date(year, month, day);
        let sign = if offset < 0 { '-' } else { '+' };
        for zone in [format!("{sign}{:02}:00", offset.abs()), format!("{sign}{:02}00", offset.abs()), "Z".to_owned()] {
            let text = format!("{date}T{hour:02}:30:00{zone}");
            let read = parse_date(&text, None).map(|read| read.map(|read| read.date));
            prop_assert_eq!(read, Ok(Some(date)), "{}", text);
        }
    }

    #[test]
    fn inv_11_an_amount_reads_back_as_itself(text in cell(), own in prop_oneof![Just("GBP"), Just("EUR"), Just("JPY"), Just("KWD")]) {
        let format = MoneyFormat { currency: Some(own), ..MoneyFormat::default() };
        let Ok(Some(read)) = parse_money(&text, &format) else { return Ok(()) };
        let decimals = currency::exponent(&read.currency).unwrap_or(2);
        let point = MoneyFormat { decimal: Some(DecimalMark::Point), ..format };
        prop_assert_eq!(parse_money(&written(read.minor, &read.currency, decimals), &point), Ok(Some(read)), "{}", text);
    }

    #[test]
    fn inv_11_a_name_reads_back_as_itself(text in name()) {
        let read = parse_names(&text).map(|read| read.map(|read| read.people).unwrap_or_default()).unwrap_or_default();
        prop_assert_eq!(read.len(), 1, "{} is one person", text);
        let full = read.iter().map(PersonName::full).collect::<String>();
        prop_assert_eq!(&full, &text, "no part of a name is lost");
        let again = parse_names(&full).map(|read| read.map(|read| read.people).unwrap_or_default()).unwrap_or_default();
        prop_assert_eq!(again, read, "{}", text);
    }
}
