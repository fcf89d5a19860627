//! The definitions built into the app.

use super::{Definition, DefinitionFault, parse};

const EMBEDDED: &[(&str, &str)] = &[("tave", include_str!("../../definitions/tave.toml"))];

/// Keys of the built-in definitions, in the order in which they are offered.
pub fn embedded_keys() -> impl Iterator<Item = &'static str> {
    EMBEDDED.iter().map(|(key, _)| *key)
}

/// The built-in definition of a provider.
///
/// # Errors
/// All faults of the file at once; a build whose tests pass has none.
pub fn embedded(key: &str) -> Option<Result<Definition, Vec<DefinitionFault>>> {
    EMBEDDED.iter().find(|(name, _)| *name == key).map(|(_, text)| parse(text))
}

/// Keys and icon paths of the built-in definitions, for the test that each icon exists.
pub fn embedded_icons() -> Vec<(String, String)> {
    EMBEDDED
        .iter()
        .filter_map(|(key, text)| {
            parse(text).ok().map(|definition| ((*key).to_owned(), definition.identity.icon))
        })
        .collect()
}
