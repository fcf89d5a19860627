//! E-mail addresses out of cells that people typed.
//!
//! The address is kept as written, case included (comparison folds case, see `value`); what is taken away is only what
//! stands around it. A likely slip ("a@b,com", "gmial.com") is offered as a fix and never applied. The grammar is the
//! practical part of RFC 5321 with the letters of RFC 6531.

use serde_json::Value as Json;

use super::clean::{MAX_CELL, is_blank_word, plain, unwrap_spreadsheet};
use super::email_domain::{KNOWN_DOMAINS, likely_domain, with_dot};
use super::problem::{ParseProblem, Reading, Reason};

/// What an e-mail cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailReading {
    /// The first address, as written.
    pub address: String,
    /// Further addresses of the cell, in order, without repeats.
    pub others: Vec<String>,
    /// The name in front of an address in angle brackets.
    pub name: Option<String>,
}

impl EmailReading {
    /// The address that was probably meant, when the domain looks like a slip of a well-known one. Compared with each of
    /// them, so asked for where a person looks and not for every record.
    pub fn suggestion(&self) -> Option<String> {
        likely_domain(&self.address)
    }
}

/// Reads an e-mail cell.
///
/// # Errors
/// A [`ParseProblem`] with one of the `email_*` reasons and, where one is likely, the address that was meant.
pub fn parse_email(text: &str) -> Reading<EmailReading> {
    if text.len() > MAX_CELL {
        return Err(Reason::EmailTooLong.into());
    }
    // Nearly every cell is one plain address.
    let trimmed = text.trim();
    if trimmed.is_ascii() && !trimmed.contains(['/', '&', '|', '\'']) && is_valid(trimmed) {
        return Ok(Some(EmailReading { address: trimmed.to_owned(), others: Vec::new(), name: None }));
    }
    let cleaned = plain(text);
    let cell: &str = unwrap_spreadsheet(&cleaned).trim_matches(['"', '\'', ' ']);
    if is_blank_word(cell) {
        return Ok(None);
    }
    let cell = &without_comments(&cell.replace("%40", "@").replace('＠', "@"));
    let mut addresses: Vec<String> = Vec::new();
    let mut name = None;
    let mut problem: Option<ParseProblem> = None;
    for piece in pieces(cell) {
        let (label, candidate) = unwrap_address(piece);
        if candidate.is_empty() {
            continue;
        }
        match check_address(candidate) {
            Ok(()) => {
                if addresses.is_empty() && !label.is_empty() {
                    name = Some(label.to_owned());
                }
                if !addresses.iter().any(|known| known.to_lowercase() == candidate.to_lowercase()) {
                    addresses.push(candidate.to_owned());
                }
            }
            Err(found) => problem = Some(problem.unwrap_or(found)),
        }
    }
    let mut found = addresses.into_iter();
    match found.next() {
        Some(address) => Ok(Some(EmailReading { address, others: found.collect(), name })),
        None => Err(problem.unwrap_or_else(|| Reason::EmailNoAt.into())),
    }
}

/// Takes comments inside an address out (RFC 5322: `sarah(work)@example.com`); a bracket that stands apart stays.
fn without_comments(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len());
    let mut rest = cell;
    while let Some((before, inside)) = rest.split_once('(') {
        out.push_str(before);
        let comment = inside.split_once(')').filter(|(comment, after)| {
            let beside_at = before.ends_with('@') || after.starts_with('@');
            cell.contains('@') && beside_at && !comment.contains(['@', '('])
        });
        match comment {
            Some((_, after)) => rest = after,
            None => {
                out.push('(');
                rest = inside;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Cuts a cell at separators, but not where a cut would leave a piece without an @ ("a@b,com", "Chen, Sarah <s@x.com>").
fn pieces(cell: &str) -> Vec<&str> {
    if cell.matches('@').count() < 2 {
        return vec![cell];
    }
    let mut out = Vec::new();
    let mut start = 0;
    let mut seen_at = false;
    let bytes = cell.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'@' => seen_at = true,
            b';' | b',' | b'/' | b'\\' | b'|' | b'\n' | b'&' | b' ' if seen_at => {
                let rest = cell.get(index + 1..).unwrap_or("");
                let glued = *byte == b','
                    && rest.chars().next().is_some_and(char::is_alphanumeric)
                    && !rest.split([',', ';', ' ']).next().unwrap_or("").contains('@');
                if *byte == b' ' && rest.trim_start().starts_with(['>', '.', '(']) {
                    continue;
                }
                if rest.contains('@') && !glued {
                    out.push(cell.get(start..index).unwrap_or(""));
                    start = index + 1;
                    seen_at = false;
                }
            }
            _ => {}
        }
    }
    out.push(cell.get(start..).unwrap_or(""));
    out
}

/// Takes the address out of `Name <address>`, `mailto:address?subject=x`, `address (Name)`, `Email: address`.
fn unwrap_address(piece: &str) -> (&str, &str) {
    let piece = piece.trim().trim_matches([';', ',', '|', '&', '/', '\\']).trim();
    let mut label = "";
    let mut address = piece;
    if let Some((before, rest)) = piece.split_once('<')
        && rest.contains('@')
    {
        label = before.trim().trim_matches(['"', '\'']).trim();
        address = rest.split('>').next().unwrap_or(rest);
    }
    address = address.trim();
    if let Some((inside, after)) = address.split_once('(')
        && inside.contains('@')
    {
        label = after.trim_end_matches(')').trim();
        address = inside.trim();
    }
    if let Some((head, tail)) = address.split_once(':')
        && !head.contains('@')
        && tail.contains('@')
    {
        address = tail.trim();
    }
    if address.contains('?') && address.contains('=') {
        address = address.split('?').next().unwrap_or(address);
    }
    // Words in front: "Sarah sarah@x.com", "and mike@y.com", "Sarah - sarah@x.com".
    let words: Vec<&str> = address.split_whitespace().collect();
    if words.len() > 1 {
        let whole: Vec<&&str> = words.iter().filter(|word| looks_whole(word)).collect();
        if let [only] = whole.as_slice() {
            let before = address.split(**only).next().unwrap_or("");
            // "sarah chen@example.com" is one torn address; a name or a label would stand out.
            let torn = words.len() == 2
                && before.contains(char::is_alphanumeric)
                && before.trim().chars().all(|c| c.is_lowercase() || c.is_ascii_digit() || "._-".contains(c));
            if torn && !LABELS.contains(&before.trim()) {
                return (label, address);
            }
            if label.is_empty() {
                label = before.trim().trim_matches(['-', ':', ',', '"']).trim();
            }
            address = only;
        }
    }
    let address = address.trim_matches(['"', '\'', '(', ')', '[', ']', '<', '>']);
    (label, address.trim_end_matches(['.', ',', ';', ':', '!', '?', '>', ')']).trim())
}

/// Words in lower case that stand in front of an address and are not a torn part of it.
const LABELS: &[&str] = &[
    "email", "e-mail", "mail", "and", "or", "to", "und", "et", "y", "e", "en", "cc", "bcc", "bride", "groom",
    "partner", "work", "home", "personal", "main", "primary", "second", "other", "new", "old", "use", "mum",
    "mom", "mother", "dad", "father", "planner", "client", "contact", "his", "hers", "her", "him", "via",
    "is",
];

fn looks_whole(word: &str) -> bool {
    let word = word.trim_matches(['<', '>', '(', ')', ',', ';', '"', '.']);
    match word.split_once('@') {
        Some((local, domain)) => {
            !local.is_empty() && domain.split('.').count() > 1 && domain.split('.').all(|l| !l.is_empty())
        }
        None => false,
    }
}

fn check_address(address: &str) -> Result<(), ParseProblem> {
    let fix = |reason: Reason, meant: String| {
        let good = is_valid(&meant) && meant != address;
        ParseProblem::with_fixes(reason, if good { vec![Json::String(meant)] } else { Vec::new() })
    };
    if address.len() > 254 {
        return Err(Reason::EmailTooLong.into());
    }
    let squeezed: String = address.chars().filter(|character| !character.is_whitespace()).collect();
    match address.matches('@').count() {
        0 => {
            let lower = squeezed.to_ascii_lowercase();
            for word in ["(at)", "[at]", "{at}"] {
                if let Some(position) = lower.find(word) {
                    let meant = format!("{}@{}", &squeezed[..position], &squeezed[position + word.len()..]);
                    return Err(fix(Reason::EmailNoAt, meant.replace("(dot)", ".").replace("[dot]", ".")));
                }
            }
            let words: Vec<&str> = address.split_whitespace().collect();
            if let [local, "at" | "AT", domain @ ..] = words.as_slice() {
                let domain =
                    domain.iter().map(|word| if *word == "dot" { "." } else { word }).collect::<String>();
                return Err(fix(Reason::EmailNoAt, format!("{local}@{domain}")));
            }
            let known =
                KNOWN_DOMAINS.iter().find(|domain| lower.ends_with(*domain) && lower.len() > domain.len());
            let meant = known.map(|domain| {
                format!(
                    "{}@{domain}",
                    squeezed[..squeezed.len() - domain.len()].trim_end_matches(['.', '2', '#'])
                )
            });
            return Err(fix(Reason::EmailNoAt, meant.unwrap_or_default()));
        }
        1 => {}
        _ => {
            let mut meant = squeezed.clone();
            while meant.contains("@@") {
                meant = meant.replace("@@", "@");
            }
            return Err(fix(Reason::EmailSeveralAts, meant));
        }
    }
    let dotted = squeezed.replace(',', ".").replace("..", ".").replace(".@", "@").replace("@.", "@");
    if address.contains(char::is_whitespace) {
        return Err(fix(Reason::EmailSpace, dotted));
    }
    if address.contains([',', ';']) {
        return Err(fix(Reason::EmailComma, dotted.replace(';', ".")));
    }
    let Some((local, domain)) = address.split_once('@') else { return Err(Reason::EmailNoAt.into()) };
    if !valid_local(local) {
        return Err(fix(Reason::EmailBadLocal, dotted.trim_start_matches('.').to_owned()));
    }
    if !domain.contains('.') {
        return Err(fix(Reason::EmailNoDot, with_dot(local, domain)));
    }
    if !valid_domain(domain) {
        let meant = dotted.replace('_', "-").trim_end_matches(['.', '-']).to_owned();
        let meant = if is_valid(&meant) { meant } else { likely_domain(&meant).unwrap_or(meant) };
        return Err(fix(Reason::EmailBadDomain, meant));
    }
    Ok(())
}

fn is_valid(address: &str) -> bool {
    address.len() <= 254
        && address.split_once('@').is_some_and(|(local, domain)| valid_local(local) && valid_domain(domain))
}

fn valid_local(local: &str) -> bool {
    !local.is_empty()
        && local.len() <= 64
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| {
            c.is_ascii_alphanumeric()
                || "!#$%&'*+/=?^_`{|}~.-".contains(c)
                || (!c.is_ascii() && c.is_alphanumeric())
        })
}

fn valid_domain(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    let last_ok = labels.last().is_some_and(|tld| {
        tld.chars().count() >= 2 && (tld.starts_with("xn--") || tld.chars().all(char::is_alphabetic))
    });
    domain.len() <= 253
        && labels.len() >= 2
        && last_ok
        && labels.iter().all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}
