//! ISO 4217: the active currencies, their minor-unit exponents, the signs people write, and who uses what.
//!
//! Facts: ISO 4217:2015 list one (maintained by SIX), without funds, metals and testing codes. Country conventions for the
//! decimal mark follow CLDR.

/// Currencies whose exponent is two.
const TWO: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK \
DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD \
MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD \
SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";
/// Currencies without minor units.
const ZERO: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
/// Currencies whose exponent is three.
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";

/// The number of decimals of a currency, `None` for a code that ISO 4217 does not list as active.
pub fn exponent(code: &str) -> Option<u32> {
    if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    if ZERO.contains(code) {
        Some(0)
    } else if THREE.contains(code) {
        Some(3)
    } else if TWO.contains(code) {
        Some(2)
    } else if matches!(code, "CLF" | "UYW") {
        Some(4)
    } else {
        None
    }
}

/// The currency of a country (ISO 3166 code), for the countries whose suppliers are served.
pub fn of_country(country: &str) -> Option<&'static str> {
    Some(match country.to_ascii_uppercase().as_str() {
        "GB" | "IM" | "JE" | "GG" => "GBP",
        "US" | "PR" => "USD",
        "AD" | "AT" | "BE" | "CY" | "DE" | "EE" | "ES" | "FI" | "FR" | "GR" | "HR" | "IE" | "IT" | "LT"
        | "LU" | "LV" | "MC" | "MT" | "NL" | "PT" | "SI" | "SK" | "SM" | "VA" => "EUR",
        "AU" => "AUD",
        "NZ" => "NZD",
        "CA" => "CAD",
        "CH" | "LI" => "CHF",
        "SE" => "SEK",
        "NO" => "NOK",
        "DK" => "DKK",
        "IS" => "ISK",
        "PL" => "PLN",
        "CZ" => "CZK",
        "HU" => "HUF",
        "RO" => "RON",
        "BG" => "BGN",
        "JP" => "JPY",
        "KR" => "KRW",
        "CN" => "CNY",
        "HK" => "HKD",
        "TW" => "TWD",
        "SG" => "SGD",
        "MY" => "MYR",
        "TH" => "THB",
        "ID" => "IDR",
        "PH" => "PHP",
        "VN" => "VND",
        "IN" => "INR",
        "PK" => "PKR",
        "LK" => "LKR",
        "AE" => "AED",
        "SA" => "SAR",
        "QA" => "QAR",
        "KW" => "KWD",
        "BH" => "BHD",
        "OM" => "OMR",
        "JO" => "JOD",
        "IL" => "ILS",
        "TR" => "TRY",
        "EG" => "EGP",
        "MA" => "MAD",
        "TN" => "TND",
        "ZA" => "ZAR",
        "NG" => "NGN",
        "KE" => "KES",
        "GH" => "GHS",
        "MX" => "MXN",
        "BR" => "BRL",
        "AR" => "ARS",
        "CL" => "CLP",
        "CO" => "COP",
        "PE" => "PEN",
        "UA" => "UAH",
        "RU" => "RUB",
        _ => return None,
    })
}

/// The decimal mark that a country writes.
pub fn decimal_mark(country: &str) -> Option<char> {
    Some(match country.to_ascii_uppercase().as_str() {
        "GB" | "IM" | "JE" | "GG" | "US" | "PR" | "IE" | "MT" | "AU" | "NZ" | "CA" | "CH" | "LI" | "JP"
        | "KR" | "CN" | "HK" | "TW" | "SG" | "MY" | "TH" | "PH" | "IN" | "PK" | "LK" | "AE" | "SA" | "QA"
        | "KW" | "BH" | "OM" | "JO" | "IL" | "EG" | "NG" | "KE" | "GH" | "MX" | "PE" => '.',
        "AD" | "AT" | "BE" | "CY" | "DE" | "EE" | "ES" | "FI" | "FR" | "GR" | "HR" | "IT" | "LT" | "LU"
        | "LV" | "MC" | "NL" | "PT" | "SI" | "SK" | "SM" | "VA" | "SE" | "NO" | "DK" | "IS" | "PL" | "CZ"
        | "HU" | "RO" | "BG" | "ID" | "VN" | "TR" | "MA" | "TN" | "BR" | "AR" | "CL" | "CO" | "UA" | "RU"
        | "ZA" => ',',
        _ => return None,
    })
}

/// The currency that a sign or short name stands for. Signs that several currencies share ($, kr, ¥, £) go to the default
/// currency when it is one of theirs, otherwise to the most used one; `kr` alone has no such.
pub fn of_sign(sign: &str, default: Option<&str>) -> Option<String> {
    let shared = |family: &[&str], most_used: Option<&str>| -> Option<String> {
        match default {
            Some(code) if family.contains(&code) => Some(code.to_owned()),
            _ => most_used.map(str::to_owned),
        }
    };
    let upper = sign.trim_end_matches('.').to_uppercase();
    let named = match upper.as_str() {
        "$" | "DOLLAR" | "DOLLARS" => {
            return shared(
                &[
                    "USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD", "BBD", "BSD", "BMD", "JMD",
                    "TTD", "ARS", "CLP", "COP", "XCD", "FJD",
                ],
                Some("USD"),
            );
        }
        "£" | "₤" | "POUND" | "POUNDS" | "QUID" => {
            return shared(&["GBP", "EGP", "GIP", "FKP", "SHP"], Some("GBP"));
        }
        "¥" | "￥" | "元" | "円" => return shared(&["JPY", "CNY"], Some("JPY")),
        "KR" => return shared(&["SEK", "NOK", "DKK", "ISK"], None),
        "RS" | "₨" => return shared(&["INR", "PKR", "LKR", "NPR", "MUR"], Some("INR")),
        "R" => return shared(&["ZAR"], Some("ZAR")),
        "FR" => return shared(&["CHF"], Some("CHF")),
        "€" | "EURO" | "EUROS" => "EUR",
        "US$" | "$US" | "USD$" => "USD",
        "A$" | "AU$" | "AUD$" | "$AU" => "AUD",
        "C$" | "CA$" | "CAD$" | "CDN$" | "$CA" => "CAD",
        "NZ$" | "$NZ" | "NZD$" => "NZD",
        "S$" | "SG$" => "SGD",
        "HK$" => "HKD",
        "NT$" => "TWD",
        "MX$" | "MEX$" => "MXN",
        "R$" => "BRL",
        "₹" | "RUPEES" => "INR",
        "SFR" | "FRANKEN" => "CHF",
        "ZŁ" | "ZL" => "PLN",
        "KČ" | "KC" => "CZK",
        "FT" => "HUF",
        "LEI" => "RON",
        "₩" => "KRW",
        "₪" => "ILS",
        "₺" | "TL" => "TRY",
        "₽" => "RUB",
        "₴" => "UAH",
        "฿" => "THB",
        "₫" => "VND",
        "₱" => "PHP",
        "₦" => "NGN",
        "RM" => "MYR",
        "RP" => "IDR",
        "RMB" => "CNY",
        "DHS" | "DH" => "AED",
        "KD" => "KWD",
        code if exponent(code).is_some() => return Some(code.to_owned()),
        _ => return None,
    };
    Some(named.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_those_of_the_standard() {
        for (code, decimals) in
            [("GBP", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("ISK", 0), ("XOF", 0), ("TND", 3), ("HUF", 2)]
        {
            assert_eq!(exponent(code), Some(decimals), "{code}");
        }
        for code in ["XXX", "GB", "gbp", "P G", "D AE", "DEM"] {
            assert_eq!(exponent(code), None, "{code} is no active currency");
        }
        assert_eq!(of_sign("$", Some("AUD")).as_deref(), Some("AUD"), "the supplier's own dollar");
        assert_eq!(of_sign("kr", None), None, "four currencies are called kr");
    }
}
