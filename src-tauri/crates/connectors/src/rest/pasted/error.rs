//! Why what was pasted leads nowhere. No error holds anything of the text: it may be a key.

use hub_core::malformed::Malformed;
use hub_core::message::Message;

/// What was pasted cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PastedError {
    /// There is nothing.
    #[error("nothing was pasted")]
    Empty,
    /// It is larger than [`super::LARGEST_PASTE`].
    #[error("the text is too large")]
    TooLarge,
    /// A file that is no text.
    #[error("no text")]
    NotText,
    /// It is none of what is read.
    #[error("the text is of no known kind")]
    Unknown,
    /// It is a command of another program than curl.
    #[error("a command of another program")]
    OtherCommand,
    /// It ends in the middle.
    #[error("the text is cut off")]
    Cut,
    /// It begins like JSON and is none.
    #[error("no JSON")]
    NotJson(#[source] Malformed),
    /// It begins like YAML and is none; the line in which it stops making sense.
    #[error("no YAML from line {0} on")]
    NotYaml(usize),
    /// It is built deeper, or holds more parts, than any such document.
    #[error("the document is built too deep or too wide")]
    TooDeep,
    /// It asks by another method than GET, or sends something along.
    #[error("a request that is no plain GET")]
    NotGet,
    /// A command without an address.
    #[error("no address")]
    NoAddress,
    /// An address that is none of the web.
    #[error("the address cannot be used")]
    BadAddress,
    /// A recording without the answer of a list.
    #[error("the recording holds no list as JSON")]
    NoListRecorded,
    /// A recording in which lists are asked for by other methods than GET alone.
    #[error("the recording holds lists that are not asked for by GET")]
    NoGetRecorded,
    /// A version of OpenAPI that is not known.
    #[error("an unknown version of OpenAPI")]
    OpenApiVersion,
    /// A document without a list that is open to a GET.
    #[error("the document describes no list")]
    NoListDescribed,
    /// A document whose lists are open by OAuth alone.
    #[error("the lists of the document are open by OAuth alone")]
    OauthAlone,
    /// A document whose lists are described in other documents.
    #[error("the document's lists are described elsewhere")]
    DescribedElsewhere,
    /// JSON without a list of records.
    #[error("the sample holds no list of records")]
    NoListInSample,
    /// A command that changes nothing, or whose content is elsewhere.
    #[error("the command changes nothing")]
    NoChange,
    /// A command for another place than that of the list.
    #[error("the command leads elsewhere than the list")]
    OtherPlace,
    /// Nothing that a command sends is a field of the list.
    #[error("the command sends no field of the list")]
    NoFields,
    /// A command for another record than the one that it is compared with.
    #[error("the command names another record")]
    OtherRecord,
    /// The definition has a rule for the same already.
    #[error("there is a rule for the same")]
    RuleThere,
    /// The definition does not say how its list is read.
    #[error("the definition reads no list")]
    NoListYet,
}

/// All ids that [`PastedError::message`] gives, for the test that each has its sentence.
pub const PASTED_MESSAGES: &[&str] = &[
    "error.pasted.empty",
    "error.pasted.too_large",
    "error.pasted.not_text",
    "error.pasted.unknown",
    "error.pasted.other_command",
    "error.pasted.cut",
    "error.pasted.not_json",
    "error.pasted.not_yaml",
    "error.pasted.too_deep",
    "error.pasted.not_get",
    "error.pasted.no_address",
    "error.pasted.bad_address",
    "error.pasted.no_list_recorded",
    "error.pasted.no_get_recorded",
    "error.pasted.open_api_version",
    "error.pasted.no_list_described",
    "error.pasted.oauth_alone",
    "error.pasted.described_elsewhere",
    "error.pasted.no_list_in_sample",
    "error.pasted.no_change",
    "error.pasted.other_place",
    "error.pasted.no_fields",
    "error.pasted.other_record",
    "error.pasted.rule_there",
    "error.pasted.no_list_yet",
];

impl PastedError {
    /// The sentence, with what to do.
    pub fn message(&self) -> Message {
        match self {
            PastedError::Empty => Message::new("error.pasted.empty"),
            PastedError::TooLarge => Message::new("error.pasted.too_large"),
            PastedError::NotText => Message::new("error.pasted.not_text"),
            PastedError::Unknown => Message::new("error.pasted.unknown"),
            PastedError::OtherCommand => Message::new("error.pasted.other_command"),
            PastedError::Cut => Message::new("error.pasted.cut"),
            PastedError::NotJson(place) => Message::new("error.pasted.not_json").with("place", place),
            PastedError::NotYaml(line) => Message::new("error.pasted.not_yaml").with("line", line),
            PastedError::TooDeep => Message::new("error.pasted.too_deep"),
            PastedError::NotGet => Message::new("error.pasted.not_get"),
            PastedError::NoAddress => Message::new("error.pasted.no_address"),
            PastedError::BadAddress => Message::new("error.pasted.bad_address"),
            PastedError::NoListRecorded => Message::new("error.pasted.no_list_recorded"),
            PastedError::NoGetRecorded => Message::new("error.pasted.no_get_recorded"),
            PastedError::OpenApiVersion => Message::new("error.pasted.open_api_version"),
            PastedError::NoListDescribed => Message::new("error.pasted.no_list_described"),
            PastedError::OauthAlone => Message::new("error.pasted.oauth_alone"),
            PastedError::DescribedElsewhere => Message::new("error.pasted.described_elsewhere"),
            PastedError::NoListInSample => Message::new("error.pasted.no_list_in_sample"),
            PastedError::NoChange => Message::new("error.pasted.no_change"),
            PastedError::OtherPlace => Message::new("error.pasted.other_place"),
            PastedError::NoFields => Message::new("error.pasted.no_fields"),
            PastedError::OtherRecord => Message::new("error.pasted.other_record"),
            PastedError::RuleThere => Message::new("error.pasted.rule_there"),
            PastedError::NoListYet => Message::new("error.pasted.no_list_yet"),
        }
    }
}
