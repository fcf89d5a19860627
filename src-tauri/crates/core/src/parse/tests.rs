//! No text panics, whatever it is made of (F46 to F49).

use proptest::prelude::*;

use super::*;

/// Texts near to what the parsers look for, with what breaks byte arithmetic among them.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("@"),
        Just("."),
        Just(","),
        Just("(at)"),
        Just("gmail.com"),
        Just("com"),
        Just("couk"),
        Just("İ"),
        Just("ß"),
        Just("ﬁ"),
        Just("\u{301}"),
        Just("\u{202e}"),
        Just("13"),
        Just("06"),
        Just("2026"),
        Just("/"),
        Just("-"),
        Just(" "),
        Just("Jun"),
        Just("é"),
        Just("& "),
        Just("Mr."),
        Just("'s"),
        Just("Wedding"),
        Just("van"),
        Just("("),
        Just(")"),
        Just("£"),
        Just("kr"),
        Just("k"),
        Just("1,234"),
        Just("+44"),
        Just("0"),
        Just("x12"),
        Just("ext"),
        Just("E+11"),
        Just("年"),
        Just(" - "),
        Just("<"),
        Just(">"),
        Just(":"),
        Just(";"),
        Just("=\""),
        Just("\""),
        Just("'"),
        Just("，"),
        Just("٣"),
        Just("99999999999999999999"),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

fn read_all(text: &str) {
    let _ = parse_phone(text, Some("GB"));
    let _ = parse_phone(text, None);
    let _ = parse_email(text);
    let _ = decide_order([text, "13/06/2026"]);
    for order in [None, Some(DateOrder::Dmy), Some(DateOrder::Mdy), Some(DateOrder::Excel1904)] {
        let _ = parse_date(text, order);
    }
    let _ = decide_mark([text]);
    for currency in [None, Some("GBP"), Some("KWD")] {
        let _ = parse_money(text, &MoneyFormat { currency, ..MoneyFormat::default() });
    }
    let _ = parse_number(text, None);
    let _ = parse_boolean(text, &[], &[]);
    let _ = parse_names(text);
    let _ = crate::transform::name_case(text);
}

#[test]
fn f49_an_extension_is_kept_apart_and_a_country_is_never_guessed() {
    let read = |text: &str, country| {
        let found = parse_phone(text, country).map_err(|problem| problem.reason);
        found.map(|found| found.map(|found| (found.phone.e164.unwrap_or_default(), found.phone.ext)))
    };
    let number = |e164: &str, ext: Option<&str>| Ok(Some((e164.to_owned(), ext.map(str::to_owned))));
    for written in
        ["0161 496 0345 ext 204", "0161 496 0345 x204", "0161 496 0345 (ext. 204)", "0161 496 0345;ext=204"]
    {
        assert_eq!(read(written, Some("GB")), number("+441614960345", Some("204")), "{written}");
    }
    assert_eq!(read("+44 161 496 0345", None), number("+441614960345", None), "it says its country itself");
    assert_eq!(
        read("0161 496 0345", None),
        Err(Reason::PhoneNeedsCountry),
        "a person says which country it is"
    );
    assert_eq!(read("0161 496 0345 ext 204", None), Err(Reason::PhoneNeedsCountry));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn f46_hostile_cells_never_panic(text in hostile(), any in any::<String>()) {
        read_all(&text);
        read_all(&any);
    }

    #[test]
    fn f47_a_date_reads_back_in_every_notation(year in 1970_i16..2070, month in 1_i8..=12, day in 1_i8..=28) {
        let date = jiff::civil::date(year, month, day);
        let short = year % 100;
        let written = [
            (format!("{day}/{month}/{year}"), Some(DateOrder::Dmy)),
            (format!("{month}-{day}-{short:02}"), Some(DateOrder::Mdy)),
            (format!("{day:02}.{month:02}.{year}"), Some(DateOrder::Dmy)),
            (date.to_string(), None),
            (format!("{date}T23:59:59-11:00"), Some(DateOrder::Mdy)),
            (date.strftime("%A %d %B %Y").to_string(), None),
            (date.strftime("%b %d, %Y").to_string(), None),
            (date::excel_serial(date, DateOrder::Excel1900).map(|days| days.to_string()).unwrap_or_default(), Some(DateOrder::Excel1900)),
            (date::excel_serial(date, DateOrder::Excel1904).map(|days| days.to_string()).unwrap_or_default(), Some(DateOrder::Excel1904)),
        ];
        for (text, order) in written {
            let read = parse_date(&text, order).map(|read| read.map(|read| read.date));
            prop_assert_eq!(read, Ok(Some(date)), "{} in {:?}", text, order);
        }
    }

    #[test]
    fn f48_an_amount_reads_back_in_every_notation(minor in 0_i64..10_000_000_000) {
        let (whole, cents) = (minor / 100, minor % 100);
        let grouped = |mark: &str| {
            let digits = whole.to_string();
            let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or("")).collect();
            groups.join(mark)
        };
        for (text, expected) in [
            (format!("£{}.{cents:02}", grouped(",")), minor),
            (format!("{},{cents:02} GBP", grouped(".")), minor),
            (format!("GBP {},{cents:02}", grouped("\u{a0}")), minor),
            (format!("({}.{cents:02})", grouped("'")), -minor),
            (format!("{whole}.{cents:02}-"), -minor),
        ] {
            let read = parse_money(&text, &MoneyFormat { currency: Some("GBP"), ..MoneyFormat::default() });
            prop_assert_eq!(read.map(|read| read.map(|money| money.minor)), Ok(Some(expected)), "{}", text);
        }
    }
}
