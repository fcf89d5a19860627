//! A search for what must not be anywhere (SYNC-LAW 42): secrets, and a client's name, e-mail or phone, in every dress
//! in which a careless line could have let them out.
//!
//! Only the search lives here, and in [`story`] the child process whose traces are searched. What is collected and
//! where a thing would be allowed is the test's matter. A finding names the thing and never shows it.

pub mod story;

use std::collections::BTreeSet;
use std::fmt;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Shorter forms turn up by chance in encrypted files: six bytes in ten megabytes once in thirty million files.
const SHORTEST: usize = 6;

/// How something was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoding {
    /// The bytes themselves; of a text its UTF-8.
    Plain,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Base64 at any of the three alignments, padded or not.
    Base64,
    /// Base64 with the alphabet for URLs.
    Base64Url,
    /// Hexadecimal digits, in lower or upper case.
    Hex,
    /// Percent-encoded: only what has to be, or every byte.
    Percent,
    /// The numbers of the bytes, as `Debug` prints a byte array.
    Numbers,
    /// Quotes, backslashes and everything outside ASCII escaped as in JSON.
    Escaped,
}

/// Why something must not be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// It opens something.
    Secret,
    /// It names or reaches a client.
    Client,
}

/// Something to look for.
#[derive(Clone)]
pub struct Needle {
    /// Why.
    pub sort: Sort,
    /// What a finding calls it.
    pub name: String,
    bytes: Vec<u8>,
    text: Option<String>,
}

impl Needle {
    /// A secret that is text.
    pub fn secret(name: impl Into<String>, text: &str) -> Needle {
        Needle::text(Sort::Secret, name, text)
    }

    /// A text.
    pub fn text(sort: Sort, name: impl Into<String>, text: &str) -> Needle {
        Needle { sort, name: name.into(), bytes: text.as_bytes().to_owned(), text: Some(text.to_owned()) }
    }

    /// A secret that is no text: a key.
    pub fn key(name: impl Into<String>, bytes: &[u8]) -> Needle {
        Needle { sort: Sort::Secret, name: name.into(), bytes: bytes.to_owned(), text: None }
    }

    /// All forms of it, each once.
    pub fn forms(&self) -> Vec<(Encoding, Vec<u8>)> {
        let bytes = self.bytes.as_slice();
        let mut forms = vec![(Encoding::Plain, bytes.to_owned())];
        if let Some(text) = &self.text {
            let units: Vec<u16> = text.encode_utf16().collect();
            forms.push((Encoding::Utf16Le, units.iter().flat_map(|unit| unit.to_le_bytes()).collect()));
            forms.push((Encoding::Utf16Be, units.iter().flat_map(|unit| unit.to_be_bytes()).collect()));
            forms.push((Encoding::Escaped, escaped(text).into_bytes()));
        }
        for before in 0..3 {
            forms.push((Encoding::Base64, base64_within(bytes, before, &STANDARD_NO_PAD)));
            forms.push((Encoding::Base64Url, base64_within(bytes, before, &URL_SAFE_NO_PAD)));
        }
        let each = |write: fn(u8) -> String| bytes.iter().map(|&byte| write(byte)).collect::<Vec<_>>();
        forms.push((Encoding::Hex, each(|byte| format!("{byte:02x}")).concat().into_bytes()));
        forms.push((Encoding::Hex, each(|byte| format!("{byte:02X}")).concat().into_bytes()));
        forms.push((Encoding::Percent, each(|byte| format!("%{byte:02x}")).concat().into_bytes()));
        forms.push((Encoding::Percent, each(|byte| format!("%{byte:02X}")).concat().into_bytes()));
        let form: String = url::form_urlencoded::byte_serialize(bytes).collect();
        forms.push((Encoding::Percent, form.replace('+', "%20").into_bytes()));
        forms.push((Encoding::Percent, form.into_bytes()));
        forms.push((Encoding::Numbers, each(|byte| byte.to_string()).join(", ").into_bytes()));
        forms.push((Encoding::Numbers, each(|byte| byte.to_string()).join(",").into_bytes()));
        let mut seen = BTreeSet::new();
        forms.retain(|(_, form)| form.len() >= SHORTEST && seen.insert(form.clone()));
        forms
    }
}

impl fmt::Debug for Needle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Needle({})", self.name)
    }
}

/// The characters of a base64 text that depend on these bytes alone when so many others stand before them.
fn base64_within(bytes: &[u8], before: usize, alphabet: &impl base64::Engine) -> Vec<u8> {
    let mut shifted = vec![0; before];
    shifted.extend_from_slice(bytes);
    let text = alphabet.encode(&shifted).into_bytes();
    let first = (before * 8).div_ceil(6);
    let end = shifted.len() * 8 / 6;
    text[first.min(end)..end].to_owned()
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            ' '..='~' => out.push(letter),
            _ => letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out += &format!("\\u{unit:04x}")),
        }
    }
    out
}

/// Where something was looked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A column of hub.db after decryption.
    Table(String),
    /// A file of the profile as it lies on the disk.
    Profile(String),
    /// A file in the directory for temporary files.
    Temp(String),
    /// A file in the home or working directory.
    Home(String),
    /// The log.
    Log(String),
    /// The arguments of the process.
    Argv,
    /// The environment of the process.
    Environ,
    /// An address that a server was asked for.
    Url(String),
    /// An event of a job, or the job's row as everybody sees it.
    Event,
    /// What an error says, to people and to developers; what a line prints.
    Said,
    /// A decrypted column of vault.db as it lies there, credentials sealed.
    Vault(String),
    /// What goes between a window or a second process and the one that owns the profile.
    Rpc(String),
}

impl Place {
    /// The kind of place without its particulars.
    pub fn kind(&self) -> &'static str {
        match self {
            Place::Table(_) => "table",
            Place::Profile(_) => "profile",
            Place::Temp(_) => "temp",
            Place::Home(_) => "home",
            Place::Log(_) => "log",
            Place::Argv => "argv",
            Place::Environ => "environ",
            Place::Url(_) => "url",
            Place::Event => "event",
            Place::Said => "said",
            Place::Vault(_) => "vault",
            Place::Rpc(_) => "rpc",
        }
    }

    /// Whether clients themselves may stand there: the decrypted book, and what is told to the supplier about it.
    pub fn may_name_clients(&self) -> bool {
        match self {
            Place::Table(_) | Place::Event | Place::Said | Place::Rpc(_) => true,
            Place::Profile(_)
            | Place::Vault(_)
            | Place::Temp(_)
            | Place::Home(_)
            | Place::Log(_)
            | Place::Argv
            | Place::Environ
            | Place::Url(_) => false,
        }
    }
}

/// Something that was looked for and is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// Why it must not be there.
    pub sort: Sort,
    /// What.
    pub name: String,
    /// In which dress.
    pub encoding: Encoding,
}

impl Finding {
    /// Whether it is where it must not be.
    pub fn is_leak(&self) -> bool {
        match self.sort {
            Sort::Secret => true,
            Sort::Client => !self.place.may_name_clients(),
        }
    }
}

/// Looks for many things at once, in one pass over each haystack.
pub struct Searcher {
    automaton: AhoCorasick,
    forms: Vec<(Sort, String, Encoding)>,
}

impl Searcher {
    /// For these things.
    pub fn new(needles: &[Needle]) -> Searcher {
        let mut patterns = Vec::new();
        let mut forms = Vec::new();
        for needle in needles {
            let own = needle.forms();
            assert!(!own.is_empty(), "{} is too short to be looked for", needle.name);
            for (encoding, form) in own {
                patterns.push(form);
                forms.push((needle.sort, needle.name.clone(), encoding));
            }
        }
        let automaton = AhoCorasickBuilder::new()
            .match_kind(MatchKind::Standard)
            .build(&patterns)
            .expect("a few thousand short patterns");
        Searcher { automaton, forms }
    }

    /// What of it is in there.
    pub fn search(&self, place: &Place, haystack: &[u8]) -> BTreeSet<Finding> {
        self.automaton
            .find_overlapping_iter(haystack)
            .map(|found| {
                let (sort, name, encoding) = self.forms[found.pattern().as_usize()].clone();
                Finding { place: place.clone(), sort, name, encoding }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::*;

    const CANARY: &str = "cänary?/token>~7";

    fn found(haystack: &[u8]) -> BTreeSet<Encoding> {
        let searcher = Searcher::new(&[Needle::secret("canary", CANARY)]);
        searcher.search(&Place::Said, haystack).into_iter().map(|finding| finding.encoding).collect()
    }

    #[test]
    fn every_dress_is_seen_through() {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let units: Vec<u16> = format!("<{CANARY}>").encode_utf16().collect();
        let cases: Vec<(Encoding, Vec<u8>)> = vec![
            (Encoding::Plain, format!("key={CANARY};").into_bytes()),
            (Encoding::Utf16Le, units.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
            (Encoding::Utf16Be, units.iter().flat_map(|unit| unit.to_be_bytes()).collect()),
            (Encoding::Base64, STANDARD.encode(CANARY).into_bytes()),
            (Encoding::Base64, STANDARD.encode(format!("u{CANARY}p")).into_bytes()),
            (Encoding::Base64, STANDARD.encode(format!("us{CANARY}pw")).into_bytes()),
            (Encoding::Base64, STANDARD.encode(format!("user:{CANARY}:password")).into_bytes()),
            (Encoding::Base64Url, URL_SAFE.encode(CANARY).into_bytes()),
            (Encoding::Base64Url, URL_SAFE_NO_PAD.encode(format!("u{CANARY}")).into_bytes()),
            (Encoding::Hex, hex(CANARY.as_bytes()).into_bytes()),
            (Encoding::Hex, hex(CANARY.as_bytes()).to_uppercase().into_bytes()),
            (
                Encoding::Percent,
                url::form_urlencoded::byte_serialize(CANARY.as_bytes()).collect::<String>().into(),
            ),
            (Encoding::Numbers, format!("{:?}", CANARY.as_bytes()).into_bytes()),
            (Encoding::Escaped, b"\"c\\u00e4nary?/token>~7\"".to_vec()),
        ];
        for (encoding, haystack) in cases {
            assert!(
                found(&haystack).contains(&encoding),
                "{encoding:?} in {}",
                String::from_utf8_lossy(&haystack)
            );
        }
    }

    /// The search on the page's side (tests/e2e/harness/canary.mjs) is held to the same file.
    #[test]
    fn the_dresses_are_those_that_both_searches_agreed_on() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/canary/forms.json");
        let agreed: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(file).expect("it is there")).expect("JSON");
        for case in agreed["cases"].as_array().expect("a list") {
            let own: BTreeSet<(String, String)> =
                Needle::secret("canary", case["text"].as_str().expect("text"))
                    .forms()
                    .into_iter()
                    .map(|(encoding, form)| {
                        let digits = form.iter().map(|byte| format!("{byte:02x}")).collect();
                        (format!("{encoding:?}").to_lowercase(), digits)
                    })
                    .collect();
            let listed: BTreeSet<(String, String)> =
                serde_json::from_value(case["forms"].clone()).expect("pairs of encoding and hex");
            assert_eq!(own, listed, "{}", case["text"]);
        }
    }

    #[test]
    fn something_else_is_not_found() {
        assert!(found(b"c\xc3\xa4nary?/token>~8 and a lot of other text").is_empty(), "one letter differs");
    }

    #[test]
    fn a_key_that_is_no_text_is_found() {
        let key = [0, 255, 17, 128, 9, 200, 3, 77];
        let searcher = Searcher::new(&[Needle::key("key", &key)]);
        for dress in [
            [b"\x01".as_slice(), &key].concat(),
            b"x'00FF118009C8034D'".to_vec(),
            format!("Key({key:?})").into_bytes(),
        ] {
            assert_eq!(searcher.search(&Place::Said, &dress).len(), 1, "once, in its own dress");
        }
    }

    #[test]
    fn a_finding_does_not_show_what_was_found() {
        assert!(!format!("{:?}", Needle::secret("canary", CANARY)).contains(CANARY), "only its name");
    }
}
