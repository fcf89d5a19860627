//! What people pasted, for as long as they fill in the form with it: the lists that were found and the keys that were in it.
//! In memory alone; a page is told of a key no more than its last four characters.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use hub_api::dto::{
    ConnectorField, FileSources, PasteCandidate, PasteChoice, PasteKey, PasteKind, PasteRead, SignBy,
};
use hub_api::{ApiError, Code, Pasting, Retry};
use hub_connectors::sheet::PickedFile;
use hub_connectors::{
    Candidate, KnownFields, LARGEST_PASTE, Pasted, PastedError, PastedKind, Seen, SignedBy, pasted_text,
    read_pasted,
};
use hub_core::ports::Secret;
use jiff::{SignedDuration, Timestamp};

use super::files::{PickedFiles, fresh_id};

/// How long a paste is held.
const LASTS: SignedDuration = SignedDuration::from_mins(15);
/// Pastes that are held.
const MOST: usize = 8;

/// Pastes, the newest last.
#[derive(Default)]
pub(super) struct Pastes(Mutex<VecDeque<Paste>>);

struct Paste {
    id: String,
    candidates: Vec<Candidate>,
    until: Timestamp,
}

impl Pastes {
    /// Keeps what was found, and gives what stands for it.
    pub(super) fn keep(&self, candidates: Vec<Candidate>, now: Timestamp) -> Result<String, ApiError> {
        let id = fresh_id()?;
        let mut pastes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pastes.retain(|paste| paste.until > now);
        if pastes.len() == MOST {
            pastes.pop_front();
        }
        pastes.push_back(Paste { id: id.clone(), candidates, until: now + LASTS });
        Ok(id)
    }

    /// The key that was pasted with a list. `of`: the origin of an address; the key goes to its own and to no other (MODEL 11).
    pub(super) fn key(
        &self,
        choice: &PasteChoice,
        address: &str,
        of: impl Fn(&str) -> Result<String, ApiError>,
        now: Timestamp,
    ) -> Result<Secret, ApiError> {
        let candidate = self
            .candidate(choice, now)
            .ok_or_else(|| ApiError::refused(Code::Refused, "error.paste_over"))?;
        let (key, own) = candidate
            .key
            .zip(candidate.address)
            .ok_or_else(|| ApiError::refused(Code::Refused, "error.needs_key"))?;
        if of(&own)? != of(address)? {
            return Err(ApiError::refused(Code::Refused, "error.paste_elsewhere"));
        }
        Ok(key)
    }

    /// What was seen of a list; nothing when it is no longer held.
    pub(super) fn seen(&self, choice: &PasteChoice, now: Timestamp) -> Option<Seen> {
        self.candidate(choice, now)?.seen
    }

    fn candidate(&self, choice: &PasteChoice, now: Timestamp) -> Option<Candidate> {
        let pastes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let paste = pastes.iter().find(|paste| paste.id == choice.paste_id && paste.until > now)?;
        paste.candidates.get(usize::try_from(choice.candidate).ok()?).cloned()
    }
}

/// Reads what was pasted. A recording may be large, so that this is not done where requests wait.
pub(super) async fn read(
    files: &PickedFiles,
    pasting: Pasting,
    known: KnownFields,
) -> Result<Pasted, ApiError> {
    let file = match &pasting {
        Pasting::Text(_) => None,
        Pasting::File(id) => Some(files.take(id)?),
    };
    let read = move || {
        let text = match (pasting, file) {
            (Pasting::Text(text), _) => text,
            (Pasting::File(_), Some(file)) => {
                pasted_text(file.bytes(LARGEST_PASTE).map_err(unreadable)?).map_err(refused)?
            }
            (Pasting::File(_), None) => return Err(refused(PastedError::Empty)),
        };
        read_pasted(&text, &known).map_err(refused)
    };
    tokio::task::spawn_blocking(read).await.map_err(ApiError::Panicked)?
}

/// Which of some files describe a source of one's own, by what is in them and never by their names. They may be large, so
/// that this is not done where requests wait; what cannot be read is none, and whoever reads it as a list says why.
pub(super) async fn among(files: Vec<PickedFile>) -> Result<FileSources, ApiError> {
    let look = move || {
        let (mut sources, mut definitions) = (Vec::new(), Vec::new());
        for file in files {
            if is_definition(&file) {
                definitions.push(file.id.clone());
            } else if !describes_a_source(&file) {
                continue;
            }
            sources.push(file.id);
        }
        FileSources { sources, definitions }
    };
    tokio::task::spawn_blocking(look).await.map_err(ApiError::Panicked)
}

/// Whether a file is a definition, by the two things that each begins with. One that is written wrong further down is one too:
/// its faults are told where it is read.
fn is_definition(file: &PickedFile) -> bool {
    let Ok(bytes) = file.bytes(super::sources::LONGEST_FILE + 1) else { return false };
    let Ok(text) = std::str::from_utf8(&bytes) else { return false };
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(str::trim_start);
    let format =
        |line: &str| line.strip_prefix("format").is_some_and(|rest| rest.trim_start().starts_with('='));
    lines.clone().any(format) && lines.any(|line| line.starts_with("[identity]"))
}

fn describes_a_source(file: &PickedFile) -> bool {
    // A recording may be larger than is read of one; how it begins tells it from a list all the same.
    let Ok(bytes) = file.bytes(LARGEST_PASTE) else { return false };
    if bytes.len() > LARGEST_PASTE {
        return bytes.trim_ascii_start().first() == Some(&b'{');
    }
    let Ok(text) = pasted_text(bytes) else { return false };
    match read_pasted(&text, &KnownFields::new()) {
        Ok(pasted) => match pasted.kind {
            PastedKind::Address
            | PastedKind::Curl
            | PastedKind::Har
            | PastedKind::OpenApi
            | PastedKind::Sample => true,
        },
        Err(fault) => match fault {
            PastedError::Empty
            | PastedError::TooLarge
            | PastedError::NotText
            | PastedError::Unknown
            | PastedError::OtherCommand
            | PastedError::BadAddress => false,
            // No table begins with a brace; one may well begin with a bracket.
            PastedError::Cut | PastedError::NotJson(_) => {
                text.expose().trim_start_matches('\u{feff}').trim_start().starts_with('{')
            }
            // It is one, and is told where it is read why it will not do.
            PastedError::NotYaml(_)
            | PastedError::TooDeep
            | PastedError::NotGet
            | PastedError::NoAddress
            | PastedError::NoListRecorded
            | PastedError::NoGetRecorded
            | PastedError::OpenApiVersion
            | PastedError::NoListDescribed
            | PastedError::OauthAlone
            | PastedError::DescribedElsewhere
            | PastedError::NoListInSample
            // Only where a write is read.
            | PastedError::NoChange
            | PastedError::OtherPlace
            | PastedError::NoFields
            | PastedError::OtherRecord
            | PastedError::RuleThere
            | PastedError::NoListYet => true,
        },
    }
}

fn unreadable(error: std::io::Error) -> ApiError {
    ApiError::Host {
        code: Code::Refused,
        message: hub_connectors::file::FileError::from(error).message(),
        retry: Retry::Now,
        source: None,
    }
}

fn refused(error: PastedError) -> ApiError {
    ApiError::Host {
        code: Code::Refused,
        message: error.message(),
        retry: Retry::Never,
        source: Some(Box::new(error)),
    }
}

/// What was found, for the wire.
pub(super) fn view(pasted: &Pasted, paste_id: String) -> PasteRead {
    PasteRead {
        paste_id,
        kind: match pasted.kind {
            PastedKind::Address => PasteKind::Address,
            PastedKind::Curl => PasteKind::Curl,
            PastedKind::Har => PasteKind::Har,
            PastedKind::OpenApi => PasteKind::OpenApi,
            PastedKind::Sample => PasteKind::Sample,
        },
        candidates: pasted.candidates.iter().map(candidate).collect(),
        notes: pasted.notes.iter().map(|note| note.message().into()).collect(),
    }
}

fn candidate(candidate: &Candidate) -> PasteCandidate {
    let fields = candidate.seen.iter().flat_map(|seen| &seen.fields);
    PasteCandidate {
        label: candidate.label.clone(),
        address: candidate.address.clone(),
        sign: candidate.signed.clone().map(|signed| match signed {
            SignedBy::Header(name) => SignBy::Header { name },
            SignedBy::Bearer => SignBy::Bearer {},
            SignedBy::Basic => SignBy::Basic {},
            SignedBy::Query(name) => SignBy::Query { name },
        }),
        key: candidate.key.as_ref().map(|key| PasteKey { hint: key.hint() }),
        rows: candidate.seen.as_ref().and_then(|seen| seen.rows),
        fields: fields
            .map(|field| ConnectorField {
                path: field.path.clone(),
                samples: field.samples.clone(),
                uses: field.uses.clone(),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use hub_connectors::origin_of;

    use super::*;

    fn of(address: &str) -> Result<String, ApiError> {
        Ok(origin_of(&address.parse().unwrap()))
    }

    #[tokio::test]
    async fn a_pasted_key_is_held_for_its_own_origin_and_shown_by_its_end_alone() {
        let (pastes, now) = (Pastes::default(), "2026-05-14T08:00:00Z".parse::<Timestamp>().unwrap());
        let text = "curl -H 'X-Api-Key: canary-abcdef-1234' https://crm.example/api/clients";
        let files = PickedFiles::default();
        let pasted = read(&files, Pasting::Text(Secret::new(text)), KnownFields::new()).await.unwrap();
        let view = view(&pasted, pastes.keep(pasted.candidates.clone(), now).unwrap());
        let told = serde_json::to_string(&view).unwrap();
        assert!(!told.contains("canary"), "Inv 42: {told}");
        assert_eq!(view.candidates[0].key.as_ref().unwrap().hint, "1234");

        let choice = PasteChoice { paste_id: view.paste_id.clone(), candidate: 0 };
        let key = |choice: &PasteChoice, address: &str, now| pastes.key(choice, address, of, now);
        let here = "https://crm.example/api/clients?per_page=50";
        assert_eq!(
            key(&choice, here, now).unwrap().expose(),
            "canary-abcdef-1234",
            "another path is the same place"
        );
        let refusal = |error: ApiError| error.to_string();
        let elsewhere = key(&choice, "https://elsewhere.example/api/clients", now).unwrap_err();
        assert_eq!(refusal(elsewhere), "error.paste_elsewhere");
        assert_eq!(refusal(key(&choice, here, now + LASTS).unwrap_err()), "error.paste_over");
        let other = PasteChoice { candidate: 1, ..choice.clone() };
        assert_eq!(refusal(key(&other, here, now).unwrap_err()), "error.paste_over");
        for _ in 0..MOST {
            pastes.keep(Vec::new(), now).unwrap();
        }
        assert_eq!(
            refusal(key(&choice, here, now).unwrap_err()),
            "error.paste_over",
            "pushed out by newer ones"
        );
    }

    #[tokio::test]
    async fn what_describes_a_source_is_told_from_a_list_by_what_is_in_it() {
        let files = PickedFiles::default();
        let har = r#"{"log": {"version": "1.2", "creator": {"name": "b", "version": "1"}, "entries": []}}"#;
        let definition = hub_connectors::definition::embedded_text("lightblue").unwrap();
        let definition = &definition[definition.find("format").unwrap()..];
        let sources = [
            ("recording.csv", har),
            ("network.har", har),
            ("cut.har", &har[..40]),
            ("command.txt", "curl -H 'X-Api-Key: k-123456789' https://crm.example/api/clients"),
            (
                "api.yaml",
                "openapi: 3.0.0\ninfo: {title: t, version: '1'}\nservers: [{url: https://crm.example}]\npaths:\n  /clients:\n    get: {responses: {'200': {description: ok}}}\n",
            ),
            ("answer.json", r#"[{"id": 1, "name": "Ann"}, {"id": 2, "name": "Beth"}]"#),
            ("address.txt", "https://crm.example/api/clients\n"),
            ("ours.csv", definition),
            ("faulty.toml", &definition[..60]),
        ];
        let lists = [
            ("clients.csv", "Name,Email\nAnn,ann@example.com\n"),
            ("clients.har", "Name,Email\nAnn,ann@example.com\n"),
            ("links.csv", "https://ann.example,Ann\nhttps://beth.example,Beth\n"),
            ("brackets.csv", "[Name],[Email]\nAnn,ann@example.com\n"),
            ("notes.txt", "curly hair trial\tNotes\nAnn\tcurl at nine\n"),
            ("guests.html", "<table><tr><td>Ann</td></tr></table>"),
            ("empty.csv", ""),
            ("formats.csv", "format,identity\nA5,[identity]\n"),
        ];
        let mut ids = Vec::new();
        for (name, text) in sources.into_iter().chain(lists) {
            assert!(files.keep(name, name, text.as_bytes().into()));
            ids.push(name.to_owned());
        }
        assert!(files.keep("book.xlsx", "book.xlsx", vec![0x50, 0x4b, 3, 4, 0, 0xff].into()));
        ids.push("book.xlsx".to_owned());
        let found = among(files.picked(&ids).unwrap()).await.unwrap();
        assert_eq!(found.sources, sources.map(|(name, _)| name.to_owned()));
        assert_eq!(found.definitions, ["ours.csv", "faulty.toml"], "those that are read as definitions");
        assert_eq!(files.picked(&ids).unwrap().len(), ids.len(), "all are held on");
    }

    #[tokio::test]
    async fn a_file_is_read_once_and_not_held_on() {
        let files = PickedFiles::default();
        let text = "\u{feff}[{\"id\": 1, \"name\": \"Ann\"}]";
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [text.as_bytes().to_vec(), utf16] {
            assert!(files.keep("f", "answer.json", bytes.into()));
            let asked = || read(&files, Pasting::File("f".to_owned()), KnownFields::new());
            assert_eq!(asked().await.unwrap().kind, PastedKind::Sample);
            assert_eq!(asked().await.unwrap_err().to_string(), "error.file.forgotten", "it may hold a key");
        }
        assert!(files.keep("f", "picture", vec![0xff, 0x00, 0xd8].into()));
        let error = read(&files, Pasting::File("f".to_owned()), KnownFields::new()).await.unwrap_err();
        assert_eq!(error.to_string(), "error.pasted.not_text");
    }
}
