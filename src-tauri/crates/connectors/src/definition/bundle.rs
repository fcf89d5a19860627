//! The definitions built into the app, each with its icon.

use super::{Definition, DefinitionFault, parse};

macro_rules! embedded {
    ($($key:literal),* $(,)?) => {
        &[$((
            $key,
            include_str!(concat!("../../definitions/", $key, ".toml")),
            include_str!(concat!("../../../../../icons/connectors/", $key, ".svg")),
        )),*]
    };
}

/// Key, definition and icon; in the order in which they are offered.
const EMBEDDED: &[(&str, &str, &str)] = embedded![
    "tave",
    "lightblue",
    "honeybook",
    "seventeen",
    "shootq",
    "pixieset",
    "iris_works",
    "dubsado",
    "studio_ninja",
    "studiocloud",
    "sprout_studio",
    "cloudspot",
    "pictime",
    "crm27",
    "google_contacts",
    "google_calendar",
    "calendly",
    "quickbooks",
    "zapier",
    "make",
    "calendar_feed",
    "custom",
];

/// Keys of the built-in definitions, in the order in which they are offered.
pub fn embedded_keys() -> impl Iterator<Item = &'static str> {
    EMBEDDED.iter().map(|(key, _, _)| *key)
}

/// The built-in definition of a provider.
///
/// # Errors
/// All faults of the file at once; a build whose tests pass has none.
pub fn embedded(key: &str) -> Option<Result<Definition, Vec<DefinitionFault>>> {
    EMBEDDED.iter().find(|(name, _, _)| *name == key).map(|(_, text, _)| parse(text))
}

/// The same as the file that it is.
pub fn embedded_text(key: &str) -> Option<&'static str> {
    EMBEDDED.iter().find(|(name, _, _)| *name == key).map(|(_, text, _)| *text)
}

/// The drawing of an icon, by its path below `icons/`.
pub fn icon(path: &str) -> Option<&'static str> {
    let key = path.strip_prefix("connectors/")?.strip_suffix(".svg")?;
    EMBEDDED.iter().find(|(name, _, _)| *name == key).map(|(_, _, drawing)| *drawing)
}

/// What a provider is called; its key where nobody knows more.
pub fn name_of(key: &str) -> String {
    match embedded(key) {
        Some(Ok(definition)) => definition.identity.name,
        Some(Err(_)) | None => key.to_owned(),
    }
}
