//! The words of a command line, as the three shells divide it in which curl commands are handed around: POSIX with bash's
//! `$'...'` (XCU 2.2, and the bash manual, 3.1.2.4), the command prompt of Windows, and PowerShell.
//!
//! Nothing is run or looked up: a variable stays the text it is, and what follows a pipe is another program's. Deliberately
//! lenient where a shell would stumble over what web pages do to commands: a prompt in front, spaces after the backslash at a
//! line's end, an address with `&` in it that nobody quoted.

use std::iter::Peekable;
use std::str::Chars;

use hub_core::ports::Secret;

use super::{LARGEST_COMMAND, PastedError};

/// Words at most.
const MOST: usize = 10_000;
/// Lines before the command: comments, prompts, an assignment.
const LINES_BEFORE: usize = 50;

/// The text from the first curl command on; nothing where there is none.
pub(super) fn command(text: &str) -> Option<&str> {
    let mut rest = text;
    for _ in 0..LINES_BEFORE {
        let line = unprompted(rest);
        let name = line.split([' ', '\t', '\r', '\n', '^', '\\', '`']).next().unwrap_or_default();
        let own = name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        if !name.contains(':') && ["curl", "curl.exe"].contains(&own.as_str()) {
            return Some(line);
        }
        // A line that holds something else than a comment, a fence or an assignment is no beginning of a command.
        let first = line.lines().next().unwrap_or_default().trim();
        let passed = first.is_empty()
            || ["#", "//", "```", "REM ", "rem ", "export ", "set "]
                .iter()
                .any(|start| first.starts_with(start))
            || first.split_once('=').is_some_and(|(name, _)| is_variable(name));
        if !passed {
            return None;
        }
        rest = rest.split_once('\n')?.1;
    }
    None
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_$".contains(c))
}

/// A line without the prompt before it.
fn unprompted(line: &str) -> &str {
    let line = line.trim_start_matches([' ', '\t']);
    for prompt in ["$ ", "% ", "# ", "> "] {
        if let Some(rest) = line.strip_prefix(prompt)
            && rest.trim_start().starts_with("curl")
        {
            return rest.trim_start();
        }
    }
    // `PS C:\>` and `C:\>`.
    let of_windows = line.starts_with("PS ") || line.get(1..3) == Some(":\\");
    match line.split_once("> ").or_else(|| line.split_once('>')) {
        Some((before, rest)) if of_windows && !before.contains('\n') => rest.trim_start(),
        _ => line,
    }
}

/// Whether this is how another program asks for an address.
pub(super) fn is_other_command(text: &str) -> bool {
    const OTHERS: [&str; 10] = [
        "wget ",
        "http ",
        "https ",
        "fetch(",
        "await fetch(",
        "invoke-webrequest",
        "invoke-restmethod",
        "$session",
        "import requests",
        "require(",
    ];
    let start: String =
        text.trim_start_matches(['$', ' ']).chars().take(20).flat_map(char::to_lowercase).collect();
    let session = text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("$session"));
    session || OTHERS.iter().any(|other| start.starts_with(other))
}

/// The words of a command, without those of a program behind it.
pub(super) fn of(command: &str) -> Result<Vec<Secret>, PastedError> {
    if command.len() > LARGEST_COMMAND {
        return Err(PastedError::TooLarge);
    }
    let words = match shell(command) {
        Shell::Posix => posix(command)?,
        Shell::Windows => windows(&uncaret(command))?,
        Shell::Powershell => powershell(command)?,
    };
    if words.len() > MOST { Err(PastedError::TooLarge) } else { Ok(words) }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shell {
    Posix,
    Windows,
    Powershell,
}

/// Told by what goes on in the next line, and by what quotes are written like.
fn shell(command: &str) -> Shell {
    let ends = |mark: &str| {
        command.lines().rev().skip(1).any(|line| line.trim_end().ends_with(mark)) && command.contains('\n')
    };
    if command.contains("^\"") || ends("^") {
        Shell::Windows
    } else if ends("`") || command.get(..8).is_some_and(|name| name.eq_ignore_ascii_case("curl.exe")) {
        if command.contains('\'') || ends("`") { Shell::Powershell } else { Shell::Windows }
    } else {
        Shell::Posix
    }
}

/// Words while they are gathered. A quoted word of no letters is a word.
#[derive(Default)]
struct Words {
    done: Vec<Secret>,
    open: Option<String>,
}

impl Words {
    fn letter(&mut self, c: char) {
        self.open.get_or_insert_default().push(c);
    }

    fn begin(&mut self) {
        self.open.get_or_insert_default();
    }

    fn end(&mut self) {
        self.done.extend(self.open.take().map(Secret::new));
    }

    fn finish(mut self) -> Vec<Secret> {
        self.end();
        self.done
    }

    /// An address that nobody quoted: `&` and the like belong to it.
    fn in_address(&self) -> bool {
        self.open.as_ref().is_some_and(|word| word.contains("://"))
    }
}

type Letters<'a> = Peekable<Chars<'a>>;

fn posix(command: &str) -> Result<Vec<Secret>, PastedError> {
    let mut letters = command.chars().peekable();
    let mut words = Words::default();
    while let Some(c) = letters.next() {
        match c {
            '\'' => until(&mut letters, &mut words, '\'')?,
            '"' => double(&mut letters, &mut words, '\\', "$`\"\\")?,
            '$' if letters.peek() == Some(&'\'') => {
                letters.next();
                ansi_c(&mut letters, &mut words)?;
            }
            // A translated text of bash; nothing is translated here.
            '$' if letters.peek() == Some(&'"') => {}
            '\\' => escaped(&mut letters, &mut words),
            '#' if words.open.is_none() => while letters.next_if(|c| *c != '\n').is_some() {},
            '\n' => {
                words.end();
                while letters.next_if(|c| c.is_whitespace()).is_some() {}
                // A command over several lines whose backslashes were lost still goes on with options.
                if letters.peek().is_some_and(|next| *next != '-') {
                    break;
                }
            }
            ' ' | '\t' | '\r' => words.end(),
            '&' if words.in_address() && letters.peek().is_some_and(|c| !c.is_whitespace() && *c != '&') => {
                words.letter('&');
            }
            '|' | ';' | '&' => break,
            '>' | '<'
                if words.open.as_ref().is_none_or(|word| word.bytes().all(|byte| byte.is_ascii_digit())) =>
            {
                words.open = None;
                break;
            }
            c => words.letter(c),
        }
    }
    Ok(words.finish())
}

/// After a backslash outside of quotes: a line's end goes, also behind spaces; a letter stands for itself.
fn escaped(letters: &mut Letters<'_>, words: &mut Words) {
    match letters.next() {
        Some('\n') | None => {}
        Some(c @ (' ' | '\t' | '\r')) => {
            let mut spaces = 0;
            while letters.next_if(|c| [' ', '\t', '\r'].contains(c)).is_some() {
                spaces += 1;
            }
            if letters.next_if(|c| *c == '\n').is_some() || letters.peek().is_none() {
                words.end();
            } else {
                words.letter(c);
                if spaces > 0 {
                    words.end();
                }
            }
        }
        Some(c) => words.letter(c),
    }
}

/// Everything up to the closing quote, as it stands.
fn until(letters: &mut Letters<'_>, words: &mut Words, quote: char) -> Result<(), PastedError> {
    words.begin();
    for c in letters.by_ref() {
        if c == quote {
            return Ok(());
        }
        words.letter(c);
    }
    Err(PastedError::Cut)
}

/// Up to the closing `"`. The mark in front takes the meaning of these letters away, and a line's end with itself.
fn double(
    letters: &mut Letters<'_>,
    words: &mut Words,
    mark: char,
    special: &str,
) -> Result<(), PastedError> {
    words.begin();
    while let Some(c) = letters.next() {
        if c == '"' {
            return Ok(());
        }
        if c != mark {
            words.letter(c);
            continue;
        }
        match letters.next() {
            Some('\n') => {}
            Some(c) if special.contains(c) => words.letter(c),
            Some(c) => {
                words.letter(mark);
                words.letter(c);
            }
            None => break,
        }
    }
    Err(PastedError::Cut)
}

/// `$'...'` of bash.
fn ansi_c(letters: &mut Letters<'_>, words: &mut Words) -> Result<(), PastedError> {
    words.begin();
    while let Some(c) = letters.next() {
        match c {
            '\'' => return Ok(()),
            '\\' => match letters.next() {
                Some('n') => words.letter('\n'),
                Some('t') => words.letter('\t'),
                Some('r') => words.letter('\r'),
                Some('a') => words.letter('\u{7}'),
                Some('b') => words.letter('\u{8}'),
                Some('e' | 'E') => words.letter('\u{1b}'),
                Some('f') => words.letter('\u{c}'),
                Some('v') => words.letter('\u{b}'),
                Some('x') => numbered(letters, words, 16, 2, 0),
                Some('u') => numbered(letters, words, 16, 4, 0),
                Some('U') => numbered(letters, words, 16, 8, 0),
                Some(digit @ '0'..='7') => numbered(letters, words, 8, 2, digit.to_digit(8).unwrap_or(0)),
                Some(c) => words.letter(c),
                None => break,
            },
            c => words.letter(c),
        }
    }
    Err(PastedError::Cut)
}

/// A letter by its number; one that is none is left out.
fn numbered(letters: &mut Letters<'_>, words: &mut Words, base: u32, most: usize, first: u32) {
    let mut number = first;
    for _ in 0..most {
        let Some(digit) = letters.peek().and_then(|c| c.to_digit(base)) else { break };
        letters.next();
        number = number.saturating_mul(base).saturating_add(digit);
    }
    if let Some(c) = char::from_u32(number) {
        words.letter(c);
    }
}

/// What the command prompt hands on: `^` takes the meaning of the next letter away, outside of quotes; a line's end is a space.
fn uncaret(command: &str) -> String {
    let mut out = String::with_capacity(command.len());
    let mut quoted = false;
    let mut letters = command.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '"' => {
                quoted = !quoted;
                out.push('"');
            }
            '^' if !quoted => {
                while letters.next_if_eq(&'\r').is_some() {}
                match letters.next() {
                    Some('\n') | None => out.push(' '),
                    Some(c) => out.push(c),
                }
            }
            '|' | '&' | '>' | '<' if !quoted => break,
            c => out.push(c),
        }
    }
    out
}

/// How a program of Windows divides its line: `"` quotes, `""` inside of quotes and `\"` are a quote, and backslashes before a
/// quote count half (the C runtime's "Parsing C command-line arguments").
fn windows(line: &str) -> Result<Vec<Secret>, PastedError> {
    let mut words = Words::default();
    let mut letters = line.chars().peekable();
    let mut quoted = false;
    while let Some(c) = letters.next() {
        match c {
            '\\' => {
                let mut slashes = 1;
                while letters.next_if_eq(&'\\').is_some() {
                    slashes += 1;
                }
                let before_quote = letters.peek() == Some(&'"');
                for _ in 0..if before_quote { slashes / 2 } else { slashes } {
                    words.letter('\\');
                }
                if before_quote && slashes % 2 == 1 {
                    letters.next();
                    words.letter('"');
                }
            }
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                words.letter('"');
            }
            '"' => {
                quoted = !quoted;
                words.begin();
            }
            c if c.is_whitespace() && !quoted => words.end(),
            c => words.letter(c),
        }
    }
    if quoted { Err(PastedError::Cut) } else { Ok(words.finish()) }
}

/// PowerShell: both quotes, the same quote twice inside of one, and a backtick before what stands for itself.
fn powershell(command: &str) -> Result<Vec<Secret>, PastedError> {
    let mut words = Words::default();
    let mut letters = command.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '\'' => {
                until(&mut letters, &mut words, '\'')?;
                while letters.next_if_eq(&'\'').is_some() {
                    words.letter('\'');
                    until(&mut letters, &mut words, '\'')?;
                }
            }
            '"' => double(&mut letters, &mut words, '`', "$`\"'")?,
            '`' => {
                while letters.next_if_eq(&'\r').is_some() {}
                match letters.next() {
                    Some('\n') | None => words.end(),
                    Some(c) => words.letter(c),
                }
            }
            '|' | ';' => break,
            c if c.is_whitespace() => words.end(),
            c => words.letter(c),
        }
    }
    Ok(words.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        of(text).unwrap().iter().map(|word| word.expose().to_owned()).collect()
    }

    #[test]
    fn posix_quotes() {
        for (text, wanted) in [
            (r#"curl 'a b' "c d" e\ f"#, vec!["curl", "a b", "c d", "e f"]),
            (r#"curl "a \"b\" \$c \d" 'it'\''s'"#, vec!["curl", r#"a "b" $c \d"#, "it's"]),
            (r"curl $'it\'s \u0021\x41\101\n' -k", vec!["curl", "it's !AA\n", "-k"]),
            ("curl a \\\n  -H b \\  \n -k", vec!["curl", "a", "-H", "b", "-k"]),
            ("curl a\n  -H 'b'\n\nand words after it", vec!["curl", "a", "-H", "b"]),
            ("curl '' # a comment\n -k", vec!["curl", "", "-k"]),
            ("curl https://a/b?c=1&d=2 | jq .", vec!["curl", "https://a/b?c=1&d=2"]),
            ("curl a; rm b", vec!["curl", "a"]),
            ("curl a > out.json", vec!["curl", "a"]),
            ("curl a 2>/dev/null", vec!["curl", "a"]),
            ("curl $\"a b\"", vec!["curl", "a b"]),
        ] {
            assert_eq!(split(text), wanted, "{text}");
        }
    }

    #[test]
    fn windows_quotes() {
        for (text, wanted) in [
            // As browsers write it now: every quote has its caret.
            (
                "curl ^\"https://a/b?c=1^&d=2^\" ^\r\n  -H ^\"x: ^\\^\"y^\\^\" 5^%^\" ^\r\n  --compressed",
                vec!["curl", "https://a/b?c=1&d=2", "-H", "x: \"y\" 5%", "--compressed"],
            ),
            // As they wrote it before: quotes doubled, carets at the lines' ends alone.
            (
                "curl \"https://a/b?c=1&d=2\" ^\n  -H \"x: \"\"y\"\" ^z\" ^\n  --compressed",
                vec!["curl", "https://a/b?c=1&d=2", "-H", "x: \"y\" ^z", "--compressed"],
            ),
            (
                "curl.exe \"https://a/b\" -o c:\\d\\e.json",
                vec!["curl.exe", "https://a/b", "-o", "c:\\d\\e.json"],
            ),
        ] {
            assert_eq!(split(text), wanted, "{text}");
        }
    }

    #[test]
    fn powershell_quotes() {
        assert_eq!(
            split("curl.exe 'https://a/b?c=1&d=2' `\r\n  -H \"x: `\"y`\"\" `\n  -H 'it''s'"),
            ["curl.exe", "https://a/b?c=1&d=2", "-H", "x: \"y\"", "-H", "it's"]
        );
    }

    #[test]
    fn an_open_quote_is_a_cut_text() {
        for text in ["curl 'a", "curl \"a", "curl $'a\\", "curl \"a\\", "curl ^\"a ^\n", "curl 'a' `\n 'b"] {
            assert!(matches!(of(text), Err(PastedError::Cut)), "{text}");
        }
    }

    #[test]
    fn a_command_is_found_behind_prompts_and_comments() {
        for text in [
            "curl a",
            "$ curl a",
            "  $  curl a",
            "% curl a",
            "C:\\Users\\ann> curl a",
            "PS C:\\> curl a",
            "# List clients\n\nKEY=abc\ncurl a",
            "```sh\ncurl a\n```",
            "/usr/bin/curl a",
        ] {
            let found = command(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(split(found).get(1).map(String::as_str), Some("a"), "{text}");
        }
        for text in ["please run curl a", "curling a", "https://crm.example/curl", "", "wget a\ncurl b"] {
            assert!(command(text).is_none(), "{text}");
        }
    }
}
