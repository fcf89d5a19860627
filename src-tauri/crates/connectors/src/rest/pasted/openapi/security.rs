//! How an operation is open: of what its document offers, the first way that takes one key.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::SignedBy;
use super::document::Document;

/// Ways of signing in that a document declares.
const MOST_SCHEMES: usize = 100;
/// Alternatives that are looked at.
const MOST_ALTERNATIVES: usize = 20;

/// How requests of an operation are signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Security {
    /// Nothing is said, or nothing is needed.
    Open,
    /// By one key.
    By(SignedBy),
    /// By OAuth or OpenID Connect alone.
    Oauth,
    /// In a way that is not known here: several keys at once, a cookie, a certificate.
    Other,
}

/// The ways that a document declares, by name.
pub(super) struct Schemes(BTreeMap<String, Security>);

impl Schemes {
    pub(super) fn of<'a>(document: &Document<'a>) -> Schemes {
        let root: &'a Json = document.root();
        let declared = if document.is_swagger() {
            root.get("securityDefinitions")
        } else {
            root.get("components").and_then(|components| components.get("securitySchemes"))
        };
        let declared = declared.and_then(Json::as_object).into_iter().flatten().take(MOST_SCHEMES);
        Schemes(
            declared
                .filter_map(|(name, scheme)| Some((name.clone(), scheme_of(document.resolved(scheme)?))))
                .collect(),
        )
    }

    /// The operation's own word counts, then the document's, then what there is only one of.
    pub(super) fn of_operation(&self, document: &Document<'_>, operation: &Json) -> Security {
        let said = operation.get("security").or_else(|| document.root().get("security"));
        let Some(alternatives) = said.and_then(Json::as_array) else {
            let mut by_key = self.0.values().filter(|one| matches!(one, Security::By(_)));
            return match (by_key.next(), by_key.next()) {
                (Some(only), None) => only.clone(),
                _ => Security::Open,
            };
        };
        let mut ways =
            alternatives.iter().take(MOST_ALTERNATIVES).map(|alternative| self.alternative(alternative));
        let mut other = None;
        let mut open = alternatives.is_empty();
        for way in ways.by_ref() {
            match way {
                Security::By(_) => return way,
                Security::Open => open = true,
                Security::Oauth => other = Some(Security::Oauth),
                Security::Other => other = other.or(Some(Security::Other)),
            }
        }
        if open { Security::Open } else { other.unwrap_or(Security::Open) }
    }

    /// All that an alternative names is needed at once.
    fn alternative(&self, alternative: &Json) -> Security {
        let mut names = alternative.as_object().into_iter().flatten().map(|(name, _)| name);
        match (names.next(), names.next()) {
            (None, _) => Security::Open,
            (Some(name), None) => self.0.get(name).cloned().unwrap_or(Security::Other),
            (Some(_), Some(_)) => Security::Other,
        }
    }
}

fn scheme_of(scheme: &Json) -> Security {
    let text = |name: &str| scheme.get(name).and_then(Json::as_str).unwrap_or_default();
    let name = text("name");
    match (text("type"), text("in"), text("scheme").to_ascii_lowercase().as_str()) {
        ("apiKey", "header", _) if reqwest::header::HeaderName::try_from(name).is_ok() => {
            Security::By(SignedBy::Header(name.to_owned()))
        }
        ("apiKey", "query", _) if !name.is_empty() => Security::By(SignedBy::Query(name.to_owned())),
        ("http", _, "bearer") => Security::By(SignedBy::Bearer),
        // `basic` is a type of its own in 2.0.
        ("http", _, "basic") | ("basic", ..) => Security::By(SignedBy::Basic),
        ("oauth2" | "openIdConnect", ..) => Security::Oauth,
        _ => Security::Other,
    }
}
