//! Telephone numbers that ring nowhere.
//!
//! United Kingdom: the ranges Ofcom reserves for drama (<https://www.ofcom.org.uk/phones-and-broadband/phone-numbers/numbers-for-drama/>).
//! United States: 555-0100 to 555-0199 in each area code (ATIS-0300115). Every person has a number of their own, so
//! that an equal number in a book means something; past the end of the ranges people have none.

use serde::Serialize;

use super::dice::Dice;

/// Where a person lives, and so how their number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Country {
    /// The United Kingdom.
    Gb,
    /// The United States.
    Us,
}

impl Country {
    /// The two letters of ISO 3166-1.
    pub fn code(self) -> &'static str {
        match self {
            Self::Gb => "GB",
            Self::Us => "US",
        }
    }
}

/// A phone as the vendor's document describes it (`Event/properties/phoneNumber`).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Phone {
    /// The text as kept; ASCII.
    pub formatted: String,
    /// E.164, null where the text could not be read.
    pub e164: Option<String>,
    /// Extension.
    pub extension: Option<u32>,
    /// RFC 3966.
    pub tel_uri: Option<String>,
    /// Country calling code.
    pub dial_code: Option<u32>,
    /// Lower-case ISO 3166-1.
    pub country_code: Option<&'static str>,
}

/// Ofcom's ranges of a thousand: the national number without its last three digits, and the groups it is written in.
const GB_RANGES: &[(&str, &[usize])] = &[
    ("7700900", &[4, 6]),
    ("2079460", &[2, 4, 4]),
    ("1632960", &[4, 6]),
    ("1134960", &[3, 3, 4]),
    ("1144960", &[3, 3, 4]),
    ("1154960", &[3, 3, 4]),
    ("1164960", &[3, 3, 4]),
    ("1174960", &[3, 3, 4]),
    ("1184960", &[3, 3, 4]),
    ("1214960", &[3, 3, 4]),
    ("1314960", &[3, 3, 4]),
    ("1414960", &[3, 3, 4]),
    ("1514960", &[3, 3, 4]),
    ("1614960", &[3, 3, 4]),
    ("1914980", &[3, 3, 4]),
    ("2896496", &[2, 4, 4]),
    ("2920180", &[2, 4, 4]),
];

/// Area codes of the United States in use.
const US_AREAS: &[u32] = &[
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229,
    231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302, 303, 304,
    305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 325, 330, 334, 336, 337,
    347, 351, 352, 360, 361, 386, 401, 402, 404, 405, 406, 407, 408, 409, 410, 412, 413, 414, 415, 417, 419,
    423, 425, 432, 434, 435, 440, 443, 469, 478, 479, 480, 501, 502, 503, 504, 505, 507, 508, 509, 510, 512,
    513, 515, 516, 517, 518, 520, 530, 540, 541, 559, 561, 562, 563, 570, 571, 573, 574, 580, 585, 586, 601,
    602, 603, 605, 606, 607, 608, 609, 610, 612, 614, 615, 616, 617, 618, 619, 620, 623, 626, 630, 631, 636,
    641, 646, 650, 651, 660, 661, 662, 678, 682, 701, 702, 703, 704, 706, 707, 708, 712, 713, 714, 715, 716,
    717, 718, 719, 720, 724, 727, 731, 732, 734, 740, 757, 760, 763, 765, 770, 772, 773, 774, 775, 781, 785,
    786, 801, 802, 803, 804, 805, 806, 808, 810, 812, 813, 814, 815, 816, 817, 818, 828, 830, 831, 832, 843,
    845, 847, 850, 856, 857, 858, 859, 860, 863, 864, 865, 870, 901, 903, 904, 906, 907, 908, 909, 910, 912,
    913, 914, 915, 916, 918, 919, 920, 925, 928, 931, 936, 937, 940, 941, 949, 951, 952, 954, 956, 970, 971,
    972, 973, 978, 979, 980, 985, 989,
];

/// The number of the `ordinal`-th person, written in one of many ways; `None` past the end of the reserved ranges.
pub(super) fn phone(country: Country, ordinal: u64, dice: &mut Dice) -> Option<Phone> {
    let extension = dice.chance(3).then(|| dice.between(2, 499) as u32);
    match country {
        Country::Gb => {
            let (range, groups) = GB_RANGES.get((ordinal / 1000) as usize)?;
            // 617 and 1000 share no factor: a walk over the whole range that does not look like counting.
            let national = format!("{range}{:03}", (ordinal % 1000) * 617 % 1000);
            let formatted = write_gb(&national, groups, dice.below(8));
            Some(finish(formatted, format!("+44{national}"), 44, "gb", extension))
        }
        Country::Us => {
            let area = US_AREAS.get((ordinal / 100) as usize)?;
            let line = 100 + (ordinal % 100) * 37 % 100;
            let formatted = write_us(*area, line, dice.below(7));
            Some(finish(formatted, format!("+1{area}5550{line}"), 1, "us", extension))
        }
    }
}

/// Text that no parser reads as a number; e164 is null, as the document says.
pub(super) fn unreadable(dice: &mut Dice) -> Phone {
    let text = dice.pick(&["ask her mum", "via WhatsApp only", "TBC", "see e-mail", "07700 900"]);
    Phone {
        formatted: text.to_owned(),
        e164: None,
        extension: None,
        tel_uri: None,
        dial_code: None,
        country_code: None,
    }
}

fn finish(text: String, e164: String, dial: u32, country: &'static str, extension: Option<u32>) -> Phone {
    let (formatted, tel_uri) = match extension {
        Some(number) => (format!("{text} ext {number}"), format!("tel:{e164};ext={number}")),
        None => (text, format!("tel:{e164}")),
    };
    Phone {
        formatted,
        e164: Some(e164),
        extension,
        tel_uri: Some(tel_uri),
        dial_code: Some(dial),
        country_code: Some(country),
    }
}

fn write_gb(national: &str, groups: &[usize], way: u64) -> String {
    let mut parts = Vec::new();
    let mut rest = national;
    for size in groups {
        let (part, tail) = rest.split_at((*size).min(rest.len()));
        parts.push(part);
        rest = tail;
    }
    let spaced = parts.join(" ");
    match way {
        0 | 1 => format!("0{spaced}"),
        2 => format!("+44 {spaced}"),
        3 => format!("+44 (0){spaced}"),
        4 => format!("0{national}"),
        5 => format!("0044 {spaced}"),
        6 => format!("(0{}) {}", parts[0], parts[1..].join("-")),
        _ => format!("+44{national}"),
    }
}

fn write_us(area: u32, line: u64, way: u64) -> String {
    match way {
        0 | 1 => format!("({area}) 555-0{line}"),
        2 => format!("{area}-555-0{line}"),
        3 => format!("{area}.555.0{line}"),
        4 => format!("+1 {area} 555 0{line}"),
        5 => format!("1-{area}-555-0{line}"),
        _ => format!("{area}5550{line}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn everybody_has_a_number_of_their_own_until_the_ranges_end() {
        for country in [Country::Gb, Country::Us] {
            let mut dice = Dice::new(1, 1);
            let numbers: Vec<_> =
                (0..40_000).map_while(|ordinal| phone(country, ordinal, &mut dice)?.e164).collect();
            assert!(numbers.len() >= 17_000, "the ranges hold at least 17,000 numbers");
            assert_eq!(numbers.iter().collect::<HashSet<_>>().len(), numbers.len());
            assert!(numbers.iter().all(|number| match country {
                Country::Gb => number.len() == 13,
                Country::Us => number.len() == 12 && number[5..].starts_with("55501"),
            }));
        }
    }
}
