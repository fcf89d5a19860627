//! JSON that could not be read, without its content.
//!
//! `serde_json`'s own error quotes what it stumbled over ("invalid type: string \"…\""). In this program that may be a
//! client's e-mail or a token, and errors are logged with all their sources (SYNC-LAW 42). So an error keeps where the
//! text stopped making sense and in what way; that is also all that mending it needs.

use serde_json::error::Category;

/// Where and how a JSON text stopped making sense. Line and column count from 1; both are 0 where the value had been
/// parsed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} at line {line}, column {column}")]
pub struct Malformed {
    what: &'static str,
    line: usize,
    column: usize,
}

impl From<serde_json::Error> for Malformed {
    fn from(error: serde_json::Error) -> Malformed {
        let what = match error.classify() {
            Category::Io => "the text could not be read or written",
            Category::Syntax => "no JSON",
            Category::Data => "JSON of another shape",
            Category::Eof => "the text ends too early",
        };
        Malformed { what, line: error.line(), column: error.column() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inv_42_an_unreadable_text_is_not_quoted() {
        let error = serde_json::from_str::<Vec<u64>>("[1,\n\"amy@example.com\"]").unwrap_err();
        assert!(error.to_string().contains("amy@example.com"), "else there is nothing to guard against");
        let malformed = Malformed::from(error);
        for words in [malformed.to_string(), format!("{malformed:?}")] {
            assert!(!words.contains("amy"), "{words}");
        }
        assert_eq!(malformed.to_string(), "JSON of another shape at line 2, column 17");
    }
}
