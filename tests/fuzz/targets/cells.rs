//! Every parser of `hub try`, on lines of text: a cell by itself, and all of them as a column.
#![no_main]

use hub_core::parse::DateOrder;
use hub_core::try_cell::{Lines, TryKind, TryOptions, try_lines};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let cells: Vec<&str> = text.split('\n').take(40).collect();
    for kind in
        [TryKind::Phone, TryKind::Email, TryKind::Date, TryKind::Name, TryKind::Money, TryKind::Mapping]
    {
        for (country, order, lines) in [
            (Some("GB"), None, Lines::Column),
            (Some("DE"), Some(DateOrder::Mdy), Lines::Each),
            (None, Some(DateOrder::Excel1904), Lines::Each),
        ] {
            let options = TryOptions { country: country.map(str::to_owned), order, lines };
            let answers = try_lines(kind, &cells, &options);
            assert_eq!(answers.len(), cells.len(), "one answer for each cell");
            for answer in answers {
                let (value, error) = (&answer["value"], &answer["error"]);
                assert!(value.is_null() || error.is_null(), "a value or a reason, never both: {answer}");
            }
        }
    }
});
