//! In which characters a page is written (HTML, 13.2.3): a byte order mark, else the header, else what the page says of
//! itself at its beginning, else what browsers take where nothing is said.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// How far into a page its own word is looked for, as browsers do.
const PRESCAN: usize = 1024;

/// The text of a page.
pub(crate) fn text_of(content_type: Option<&str>, body: &[u8]) -> String {
    let told = content_type.and_then(in_header).or_else(|| in_page(body));
    // A page that says nothing and is sound UTF-8 is UTF-8: no other encoding looks like it by chance.
    let assumed = if std::str::from_utf8(body).is_ok() { UTF_8 } else { WINDOWS_1252 };
    let (text, _, _) = told.unwrap_or(assumed).decode(body);
    text.into_owned()
}

fn in_header(content_type: &str) -> Option<&'static Encoding> {
    label_after(&content_type.to_ascii_lowercase())
}

fn in_page(body: &[u8]) -> Option<&'static Encoding> {
    let start = String::from_utf8_lossy(body.get(..PRESCAN).unwrap_or(body)).to_ascii_lowercase();
    start.split("<meta").skip(1).find_map(|meta| label_after(meta.split('>').next().unwrap_or_default()))
}

/// The encoding after `charset=` in lower-case text.
fn label_after(text: &str) -> Option<&'static Encoding> {
    let (_, rest) = text.split_once("charset")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let label: String =
        rest.chars().take_while(|letter| !letter.is_whitespace() && !"\"';/>".contains(*letter)).collect();
    let found = Encoding::for_label(label.as_bytes())?;
    // A page that can say so in ASCII is not written in UTF-16 (HTML, 13.2.3.2).
    Some(if found.is_ascii_compatible() { found } else { UTF_8 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_in_the_characters_it_says() {
        let latin = b"<p>Zo\xeb</p>";
        assert_eq!(text_of(Some("text/html; charset=ISO-8859-1"), latin), "<p>Zoë</p>", "the header");
        let own = [b"<meta charset=\"windows-1252\">".as_slice(), latin].concat();
        assert!(text_of(Some("text/html"), &own).contains("Zoë"), "the page itself");
        let older =
            [b"<META http-equiv=Content-Type content='text/html; charset=iso-8859-15'>".as_slice(), latin]
                .concat();
        assert!(text_of(None, &older).contains("Zoë"), "as older pages say it");
        assert_eq!(text_of(None, latin), "<p>Zoë</p>", "nobody says, and it is no UTF-8");
        assert_eq!(text_of(None, "<p>Zoë</p>".as_bytes()), "<p>Zoë</p>", "nobody says, and it is UTF-8");
        let marked = [b"\xef\xbb\xbf".as_slice(), "Zoë".as_bytes()].concat();
        assert_eq!(
            text_of(Some("text/html; charset=latin1"), &marked),
            "Zoë",
            "a mark is stronger than a word"
        );
        assert_eq!(text_of(Some("text/html; charset=utf-16"), "Zoë".as_bytes()), "Zoë");
        assert_eq!(text_of(Some("text/html; charset=klingon"), b"plain"), "plain");
    }
}
