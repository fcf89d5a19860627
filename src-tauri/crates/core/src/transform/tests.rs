//! The laws of transforms, and what each one does.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::value::{Money, Phone, same_value};

fn context() -> TransformContext<'static> {
    TransformContext {
        country: Some("GB"),
        currency: Some("GBP"),
        date_order: Some(DateOrder::Dmy),
        ..TransformContext::default()
    }
}

fn read(transforms: Json, input: &[Json], field_type: FieldType) -> Result<Json, String> {
    let transforms: Vec<Transform> =
        serde_json::from_value(transforms).expect("the transforms are well formed");
    match apply(&transforms, input, field_type, &context()) {
        Ok(value) => Ok(value.map_or(Json::Null, |value| value.to_json())),
        Err(problem) => Err(problem.to_string()),
    }
}

#[test]
fn each_transform_does_what_its_name_says() {
    use FieldType::{Boolean, Date, Money, Number, Phone, Text};
    let cases: Vec<(Json, Vec<Json>, FieldType, Json)> = vec![
        (json!([{"kind": "trim"}]), vec![json!("  Sarah \n Chen ")], Text, json!("Sarah Chen")),
        (json!([{"kind": "case", "to": "upper"}]), vec![json!("gbp")], Text, json!("GBP")),
        (json!([{"kind": "name_case"}]), vec![json!("SINÉAD O'NEILL")], Text, json!("Sinéad O'Neill")),
        (
            json!([{"kind": "split_name", "part": "last"}]),
            vec![json!("Anna van der Berg")],
            Text,
            json!("van der Berg"),
        ),
        (
            json!([{"kind": "join_names"}]),
            vec![json!("Sarah"), json!(" "), json!("Chen")],
            Text,
            json!("Sarah Chen"),
        ),
        (
            json!([{"kind": "couple", "which": "second", "part": "first"}]),
            vec![json!("Sarah & Mike Chen")],
            Text,
            json!("Mike"),
        ),
        (
            json!([{"kind": "couple", "which": "second", "part": "first"}]),
            vec![json!("Sarah Chen")],
            Text,
            Json::Null,
        ),
        (json!([{"kind": "date", "order": "mdy"}]), vec![json!("6/5/2026")], Date, json!("2026-06-05")),
        (
            json!([{"kind": "date"}]),
            vec![json!({"$date": "2026-06-13T00:00:00Z"})],
            Date,
            json!("2026-06-13"),
        ),
        (
            json!([{"kind": "excel_date", "epoch": "excel1904"}]),
            vec![json!(44724)],
            Date,
            json!("2026-06-13"),
        ),
        (
            json!([{"kind": "phone", "country": "US"}]),
            vec![json!("202-555-0123")],
            Phone,
            json!({"e164": "+12025550123", "text": "202-555-0123"}),
        ),
        (
            json!([{"kind": "money", "unit": "minor"}]),
            vec![json!(450000)],
            Money,
            json!({"minor": 450000, "currency": "GBP"}),
        ),
        (
            json!([{"kind": "money", "thousands": "point", "currency": "EUR"}]),
            vec![json!("4.500,00")],
            Money,
            json!({"minor": 450000, "currency": "EUR"}),
        ),
        (json!([{"kind": "number", "decimal": "comma"}]), vec![json!("1.234,5")], Number, json!("1234.5")),
        (
            json!([{"kind": "boolean", "true_words": ["Booked"], "false_words": ["Lost"]}]),
            vec![json!("lost")],
            Boolean,
            json!(false),
        ),
        (
            json!([{"kind": "value_table", "entries": [{"from": "Enquiry", "to": "lead"}], "otherwise": {"do": "keep"}}]),
            vec![json!(" enquiry")],
            Text,
            json!("lead"),
        ),
        (json!([{"kind": "default", "value": "Wedding"}]), vec![Json::Null], Text, json!("Wedding")),
        (json!([{"kind": "default", "value": "Wedding"}]), vec![json!("Party")], Text, json!("Party")),
        (
            json!([{"kind": "prefix", "text": "TV-"}, {"kind": "suffix", "text": "/x"}]),
            vec![json!(12)],
            Text,
            json!("TV-12/x"),
        ),
        (
            json!([{"kind": "extract", "regex": r"\((\d+)\)", "group": 1}]),
            vec![json!("Guests (120)")],
            Number,
            json!("120"),
        ),
        (
            json!([{"kind": "concat", "separator": ", "}]),
            vec![json!("Upcote"), Json::Null, json!("Bath")],
            Text,
            json!("Upcote, Bath"),
        ),
        (json!([{"kind": "first_non_empty"}]), vec![json!(""), json!("b"), json!("c")], Text, json!("b")),
        (
            json!([{"kind": "html_to_text"}]),
            vec![json!("<p>Likes <b>roses</b> &amp; oaks</p>")],
            Text,
            json!("Likes roses & oaks"),
        ),
        (json!([]), vec![json!(["a", "b"])], Text, json!("a, b")),
        (json!([]), vec![json!("Yes")], Boolean, json!(true)),
    ];
    for (transforms, input, field_type, expected) in cases {
        assert_eq!(read(transforms.clone(), &input, field_type), Ok(expected), "{transforms} of {input:?}");
    }
}

#[test]
fn faulty_transforms_and_values_say_why() {
    let fail = |transforms: Json, input: Json, field_type| {
        read(transforms, &[input], field_type).expect_err("this must not be read")
    };
    assert_eq!(
        fail(json!([{"kind": "extract", "regex": "("}]), json!("x"), FieldType::Text),
        "the pattern can't be used"
    );
    assert_eq!(
        fail(json!([{"kind": "extract", "regex": "a{1000}{1000}"}]), json!("x"), FieldType::Text),
        "the pattern can't be used"
    );
    assert_eq!(
        fail(json!([{"kind": "extract", "regex": "a", "group": 2}]), json!("x"), FieldType::Text),
        "the pattern has no group 2"
    );
    assert_eq!(
        fail(json!([{"kind": "extract", "regex": "a"}]), json!("x"), FieldType::Text),
        "pattern_not_found"
    );
    assert_eq!(fail(json!([{"kind": "trim"}]), json!({"a": 1}), FieldType::Text), "wrong_shape", "F51");
    assert_eq!(
        fail(json!([{"kind": "money", "unit": "ask"}]), json!(4500), FieldType::Money),
        "money_unit_unknown"
    );
    assert_eq!(
        fail(json!([{"kind": "money", "currency": "XXX"}]), json!(1), FieldType::Money),
        "XXX is not a currency"
    );
    for unknown in [
        json!({"kind": "trim", "hard": true}),
        json!({"kind": "eval"}),
        json!({"kind": "case", "to": "mixed"}),
    ] {
        assert!(
            serde_json::from_value::<Transform>(unknown.clone()).is_err(),
            "{unknown} is not in the closed list"
        );
    }
}

#[test]
fn preview_shows_before_and_after() {
    let shown = preview(
        &[Transform::Date { order: None }],
        &[json!("13/06/2026"), json!("31/02/2026"), json!("TBC")],
        FieldType::Date,
        &context(),
    )
    .expect("the transform is sound");
    assert_eq!(shown[0].after, json!("2026-06-13"));
    assert_eq!(
        (shown[1].after.clone(), shown[1].problem),
        (Json::Null, Some(crate::parse::Reason::NotADate))
    );
    assert_eq!((shown[2].after.clone(), shown[2].problem), (Json::Null, None), "not known yet is no problem");
}

/// Lists that claim to be exact, with their field type.
fn exact_lists() -> Vec<(Vec<Transform>, FieldType)> {
    let table = json!([{"kind": "value_table", "otherwise": {"do": "problem"}, "entries": [
        {"from": "Enquiry", "to": "lead"}, {"from": "Confirmed", "to": "booked"}, {"from": 3, "to": "completed"}]}]);
    vec![
        (vec![], FieldType::Text),
        (vec![Transform::Trim {}], FieldType::Text),
        (vec![Transform::Trim {}], FieldType::Email),
        (
            vec![Transform::Prefix { text: "TV-".into() }, Transform::Suffix { text: " #".into() }],
            FieldType::Text,
        ),
        (vec![Transform::Date { order: Some(DateOrder::Mdy) }], FieldType::Date),
        (vec![Transform::Date { order: None }], FieldType::Date),
        (vec![Transform::ExcelDate { epoch: DateOrder::Excel1900 }], FieldType::Date),
        (vec![Transform::ExcelDate { epoch: DateOrder::Excel1904 }], FieldType::Date),
        (vec![Transform::Phone { country: None }], FieldType::Phone),
        (
            vec![Transform::Money { decimal: None, thousands: None, currency: None, unit: None }],
            FieldType::Money,
        ),
        (
            vec![Transform::Money {
                decimal: Some(DecimalMark::Comma),
                thousands: None,
                currency: Some("EUR".into()),
                unit: None,
            }],
            FieldType::Money,
        ),
        (
            vec![Transform::Money {
                decimal: None,
                thousands: None,
                currency: None,
                unit: Some(MoneyUnit::Minor),
            }],
            FieldType::Money,
        ),
        (vec![Transform::Number { decimal: Some(DecimalMark::Comma) }], FieldType::Number),
        (
            vec![Transform::Boolean { true_words: vec!["Ja".into()], false_words: vec!["Nein".into()] }],
            FieldType::Boolean,
        ),
        (serde_json::from_value(table).expect("well formed"), FieldType::Text),
    ]
}

fn any_value(field_type: FieldType) -> BoxedStrategy<Value> {
    let day =
        (1990_i16..2099, 1_i8..=12, 1_i8..=28).prop_map(|(y, m, d)| Value::Date(jiff::civil::date(y, m, d)));
    match field_type {
        FieldType::Date => day.boxed(),
        FieldType::Phone => (1_000_000_u32..9_999_999, proptest::option::of(1_u32..9_999))
            .prop_map(|(line, ext)| {
                let e164 = format!("+4420{line:08}");
                Value::Phone(Phone {
                    text: e164.clone(),
                    e164: Some(e164),
                    ext: ext.map(|ext| ext.to_string()),
                })
            })
            .boxed(),
        FieldType::Money => {
            (-900_000_000_i64..900_000_000, prop_oneof![Just("GBP"), Just("EUR"), Just("JPY"), Just("KWD")])
                .prop_map(|(minor, code)| Value::Money(Money { minor, currency: code.into() }))
                .boxed()
        }
        FieldType::Number => (-1_000_000_000_i64..1_000_000_000, 0_u32..6)
            .prop_map(|(digits, scale)| Value::Number(rust_decimal::Decimal::new(digits, scale)))
            .boxed(),
        FieldType::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        FieldType::Email => {
            "[a-z]{1,8}\\.[a-z]{1,8}@[a-z]{2,8}\\.(com|co\\.uk)".prop_map(Value::Email).boxed()
        }
        _ => prop_oneof![
            "[A-Za-zé' -]{1,12}".prop_map(Value::Text),
            "TV-[a-z0-9]{1,6} #".prop_map(Value::Text),
            prop_oneof![Just("lead"), Just("booked"), Just("completed")]
                .prop_map(|stage| Value::Text(stage.into())),
        ]
        .boxed(),
    }
}

fn any_original() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        Just(json!("13/06/2026")),
        Just(json!("2026-06-13")),
        Just(json!("£4,500.00")),
        Just(json!(4500)),
        Just(json!("07700 900318")),
        Just(json!("Nein")),
        Just(json!(true)),
        "[ -~]{0,12}".prop_map(Json::String),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn inv_18_what_was_put_is_what_is_got(
        (transforms, field_type, value) in proptest::sample::select(exact_lists()).prop_flat_map(|(list, t)| (Just(list), Just(t), any_value(t))),
        original in any_original(),
    ) {
        let written = put(&transforms, &value, &original, field_type, &context());
        // A value with no counterpart in the CRM is refused, never written as something else.
        if let Ok(written) = written {
            let got = apply(&transforms, std::slice::from_ref(&written), field_type, &context()).expect("what was written can be read");
            let got = got.unwrap_or(Value::Null);
            prop_assert!(same_value(field_type, &got.to_json(), &value.to_json()), "{written} is read as {got:?}, not {value:?}");
            let again = put(&transforms, &got, &written, field_type, &context()).expect("it stands there already");
            prop_assert_eq!(again, written, "putting back what was got changes nothing");
        } else {
            prop_assert!(field_type == FieldType::Text, "{value:?} must have a counterpart");
        }
    }

    #[test]
    fn inv_18_putting_back_what_was_got_writes_what_was_there(
        (transforms, field_type) in proptest::sample::select(exact_lists()),
        original in any_original(),
    ) {
        if let Ok(Some(got)) = apply(&transforms, std::slice::from_ref(&original), field_type, &context()) {
            let written = put(&transforms, &got, &original, field_type, &context()).expect("it stands there already");
            prop_assert_eq!(written, original);
        }
    }

    #[test]
    fn f51_no_shape_panics(text in any::<String>(), number in any::<f64>()) {
        for (transforms, field_type) in exact_lists() {
            for json in [json!(text), json!(number), json!([text]), json!({"a": text}), json!([[{"$date": number}]])] {
                let _ = apply(&transforms, &[json], field_type, &context());
            }
        }
    }
}

#[test]
fn inv_18_lossy_lists_are_refused() {
    for transform in [
        Transform::NameCase {},
        Transform::HtmlToText {},
        Transform::FirstNonEmpty {},
        Transform::Default { value: json!("x") },
    ] {
        assert!(matches!(invertible(&transform), Inversion::Lossy(_)), "{transform:?} loses something");
        let written = put(&[transform], &Value::Text("x".into()), &Json::Null, FieldType::Text, &context());
        assert!(matches!(written, Err(PutError::Lossy(_))));
    }
    let same = json!({"kind": "value_table", "otherwise": {"do": "problem"}, "entries": [{"from": "a", "to": "x"}, {"from": "b", "to": "x"}]});
    let same: Transform = serde_json::from_value(same).expect("well formed");
    assert_eq!(invertible(&same), Inversion::Lossy(LossyReason::TableNotOneToOne));
}
