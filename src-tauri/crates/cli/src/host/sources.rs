//! Sources of one's own: what is asked and found, between the wire and the recogniser.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hub_api::dto::{
    ConnectorClient, ConnectorField, ConnectorFound, ConnectorRequest, DefinitionAbout, DefinitionChecked,
    DefinitionFault, DefinitionOpened, EndProof, ListPaging, PasteCompared, RouteKind, SignBy,
};
use hub_api::{ApiError, Code, SourceAsked};
use hub_connectors::definition::{Auth, AuthKind, ListPages, RouteKind as Defined, State, parse};
use hub_connectors::{Ask, Definition, Proof, Reach, Recognised, Seen, TokioPause};
use hub_core::message::Message;
use hub_core::ports::{Clock, PartyDocument, RequestBudget, Secret};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

use super::files::{PickedFiles, fresh_id};

/// Clients that are shown.
pub(super) const SHOWN: usize = 5;

/// How long a look stands for its key.
const LOOK_LASTS: SignedDuration = SignedDuration::from_mins(15);
/// Looks that are kept.
const MOST_LOOKS: usize = 8;

/// Keys that looks were given, so that whoever looked need not give them again. In memory alone.
#[derive(Default)]
pub(super) struct Looks(Mutex<VecDeque<Look>>);

struct Look {
    id: String,
    key: Secret,
    origin: String,
    until: Timestamp,
}

impl Looks {
    /// Keeps the key of a look at this origin, and gives what stands for it.
    pub(super) fn keep(&self, key: Secret, origin: String, now: Timestamp) -> Result<String, ApiError> {
        let id = fresh_id()?;
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.retain(|look| look.until > now);
        if looks.len() == MOST_LOOKS {
            looks.pop_front();
        }
        looks.push_back(Look { id: id.clone(), key, origin, until: now + LOOK_LASTS });
        Ok(id)
    }

    /// The key of a look, for the origin that was looked at and for no other (MODEL 11).
    pub(super) fn key(&self, id: &str, origin: &str, now: Timestamp) -> Result<Secret, ApiError> {
        let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks
            .iter()
            .find(|look| look.id == id && look.origin == origin && look.until > now)
            .map(|look| look.key.clone())
            .ok_or_else(|| ApiError::refused(Code::Refused, "error.look_over"))
    }
}

/// What the recogniser is asked.
pub(super) fn ask(
    definition: Definition,
    asked: SourceAsked,
    reach: Reach,
    budget: Arc<dyn RequestBudget>,
    clock: Arc<dyn Clock>,
) -> Result<Ask, ApiError> {
    let refused = |id: &str| ApiError::Refused {
        code: Code::Refused,
        message: Message::new(id).with("provider", &definition.identity.name),
    };
    let api = definition.routes.api.as_ref().filter(|api| api.is_recognised());
    let api = api.ok_or_else(|| refused("error.source_not_asked"))?;
    let (of, help) = match &api.auth {
        Auth::Ask { of, help } => (of.clone(), help.clone()),
        other => (vec![other.kind()], other.help().to_owned()),
    };
    let auth = signed_by(asked.sign, help);
    if !of.contains(&auth.kind()) {
        return Err(refused("error.source_sign"));
    }
    // Whoever waits in front of a form is not kept waiting for an hour's window.
    let pause = TokioPause::new(
        Arc::clone(&clock),
        CancellationToken::new(),
        Arc::new(|_| {}),
        Duration::from_secs(60),
    );
    Ok(Ask {
        definition: Arc::new(definition),
        name: asked.name,
        address: asked.address,
        auth,
        secret: asked.key,
        reach,
        budget,
        clock,
        pause: Arc::new(pause),
    })
}

fn signed_by(sign: SignBy, help: String) -> Auth {
    match sign {
        SignBy::Header { name } => Auth::Header { name, help },
        SignBy::Bearer {} => Auth::Bearer { help },
        SignBy::Basic {} => Auth::Basic { help },
        SignBy::Query { name } => Auth::Query { name, help },
    }
}

/// What was found, for the wire.
pub(super) fn found(recognised: Recognised, look_id: String, pasted: Option<Seen>) -> ConnectorFound {
    let Recognised { definition, found, requests, documents, .. } = recognised;
    let compared = pasted.and_then(|seen| seen.compared(&found)).map(|compared| PasteCompared {
        same_list: compared.same_list,
        same_id: compared.same_id,
        missing: compared.missing,
    });
    ConnectorFound {
        look_id,
        definition,
        list: found.records,
        id: found.id,
        changed: found.version,
        count: found.count,
        paging: match found.pages {
            ListPages::Whole {} => ListPaging::Whole,
            ListPages::Page { .. } => ListPaging::Page,
            ListPages::Offset { .. } | ListPages::Query { .. } => ListPaging::Offset,
            ListPages::Cursor { .. } => ListPaging::Cursor,
            ListPages::NextUrl { .. } => ListPaging::NextUrl,
            ListPages::Link {} => ListPaging::Link,
        },
        proof: match found.proof {
            Proof::Total => EndProof::Total,
            Proof::EmptyPage => EndProof::EmptyPage,
            Proof::NoNext => EndProof::NoNext,
            Proof::Whole => EndProof::Whole,
        },
        fields: found
            .fields
            .into_iter()
            .map(|field| ConnectorField { path: field.path, samples: field.samples, uses: field.uses })
            .collect(),
        requests: requests
            .into_iter()
            .map(|request| ConnectorRequest { what: request.what, rows: request.rows })
            .collect(),
        clients: clients(&documents),
        compared,
    }
}

/// Clients as a source tells of them.
pub(super) fn clients(documents: &[PartyDocument]) -> Vec<ConnectorClient> {
    documents.iter().map(|document| client(&document.document)).collect()
}

fn client(document: &Json) -> ConnectorClient {
    let text = |json: &Json, field: &str| json.get(field).and_then(Json::as_str).map(str::to_owned);
    let (primary, partner) = (&document["primary_contact"], &document["partner"]);
    let job = &document["jobs"][0];
    let names = [primary, partner]
        .into_iter()
        .map(|person| {
            let parts: Vec<String> =
                ["first_name", "last_name"].iter().filter_map(|field| text(person, field)).collect();
            parts.join(" ")
        })
        .filter(|name| !name.is_empty())
        .collect();
    ConnectorClient {
        names,
        email: text(primary, "email"),
        phone: text(primary, "phone"),
        wedding_date: text(job, "wedding_date"),
        venue: text(job, "venue_name"),
    }
}

/// Everything that is wrong with a definition.
pub(super) fn check(text: &str) -> DefinitionChecked {
    match parse(text) {
        Ok(definition) => DefinitionChecked {
            faults: Vec::new(),
            address: definition.routes.api.as_ref().and_then(|api| api.base_url.clone()),
            name: Some(definition.identity.name),
        },
        Err(faults) => DefinitionChecked {
            faults: faults
                .into_iter()
                .map(|fault| DefinitionFault { place: fault.place, reason: fault.reason })
                .collect(),
            name: None,
            address: None,
        },
    }
}

/// A definition of one's own: sound, read by one list, and signed in a way that takes a key.
pub(super) fn own(text: &str) -> Result<Definition, ApiError> {
    let definition = sound(text)?;
    if !by_key(&definition) {
        return Err(ApiError::refused(Code::Refused, "error.definition_not_own"));
    }
    Ok(definition)
}

/// Longest file that is taken for a definition.
pub(super) const LONGEST_FILE: usize = 256 * 1024;

/// What a definition in a file says.
pub(super) async fn opened(files: &PickedFiles, file_id: &str) -> Result<DefinitionOpened, ApiError> {
    let unread = || ApiError::refused(Code::Refused, "error.definition_unreadable");
    let file = files.take(file_id)?;
    let bytes = tokio::task::spawn_blocking(move || file.bytes(LONGEST_FILE + 1));
    let bytes = bytes.await.map_err(|_| unread())?.map_err(|error| {
        tracing::info!(error = &error as &dyn std::error::Error, "a definition cannot be read");
        unread()
    })?;
    if bytes.len() > LONGEST_FILE {
        return Err(ApiError::refused(Code::Refused, "error.definition_too_long"));
    }
    let text = String::from_utf8(bytes).map_err(|_| unread())?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    let told =
        |fault: hub_connectors::DefinitionFault| DefinitionFault { place: fault.place, reason: fault.reason };
    let (faults, about) = match parse(&text) {
        Err(faults) => (faults.into_iter().map(told).collect(), None),
        Ok(definition) => match (by_key(&definition), by_window(&definition)) {
            (false, false) => (vec![not_own()], None),
            (true, _) | (false, true) => (Vec::new(), about(&definition)),
        },
    };
    Ok(DefinitionOpened { definition: text, faults, about })
}

/// A sound definition of something that the person's own is read by in neither way.
fn not_own() -> DefinitionFault {
    let reason =
        "reads neither one list with a key nor, under a key that begins with custom, a site by a sign-in";
    DefinitionFault { place: "routes".to_owned(), reason: reason.to_owned() }
}

fn about(definition: &Definition) -> Option<DefinitionAbout> {
    let route = if by_key(definition) { RouteKind::Api } else { RouteKind::SignIn };
    let kind = if route == RouteKind::Api { Defined::Api } else { Defined::SignIn };
    let opened = definition.routes.opened(kind)?;
    let reads = definition.capability.iter().filter(|one| one.route == kind);
    let mut records: Vec<_> = reads.flat_map(|one| one.records.iter().copied()).collect();
    records.dedup();
    let fields = definition.rows.iter().flat_map(|rows| &rows.fields).map(|(path, uses)| ConnectorField {
        path: path.clone(),
        samples: Vec::new(),
        uses: uses.split(' ').map(str::to_owned).collect(),
    });
    Some(DefinitionAbout {
        name: definition.identity.name.clone(),
        provider: definition.identity.key.clone(),
        route,
        auth: super::providers::auth_kind(opened.auth.kind()),
        hosts: opened.hosts.to_vec(),
        address: opened.base_url.map(str::to_owned),
        records: records.into_iter().map(Into::into).collect(),
        fields: fields.collect(),
        per_minute: opened.limits.iter().find(|limit| limit.per_seconds == 60).map(|limit| limit.requests),
    })
}

/// Whether it reads one list with a key.
fn by_key(definition: &Definition) -> bool {
    let kinds = [AuthKind::Header, AuthKind::Bearer, AuthKind::Basic, AuthKind::Query];
    definition
        .routes
        .api
        .as_ref()
        .is_some_and(|api| api.list().is_some() && api.base_url.is_some() && kinds.contains(&api.auth.kind()))
}

/// Whether it reads a site of one's own by a sign-in. A provider's name is the provider's: a file cannot stand for one whose way has
/// to be switched on.
fn by_window(definition: &Definition) -> bool {
    let key = definition.identity.key.as_str();
    (key == "custom" || key.starts_with("custom:"))
        && definition.routes.sign_in.as_ref().is_some_and(|site| site.state == State::Ready)
        && definition.routes.api.is_none()
}

/// A sound definition of a site of one's own.
pub(super) fn own_site(text: &str) -> Result<Definition, ApiError> {
    let definition = sound(text)?;
    if !by_window(&definition) {
        return Err(ApiError::refused(Code::Refused, "error.definition_not_site"));
    }
    Ok(definition)
}

fn sound(text: &str) -> Result<Definition, ApiError> {
    parse(text).map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        let message =
            Message::new("error.definition_faults").with("count", faults.len()).with("first", first);
        ApiError::Refused { code: Code::Refused, message }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_stands_for_its_key_at_its_own_origin_and_not_for_long() {
        let looks = Looks::default();
        let now: Timestamp = "2026-05-14T08:00:00Z".parse().unwrap();
        let id = looks.keep(Secret::new("k"), "https://crm.example".to_owned(), now).unwrap();
        assert_eq!(looks.key(&id, "https://crm.example", now).unwrap().expose(), "k");
        assert!(looks.key(&id, "https://elsewhere.example", now).is_err(), "a definition that was changed");
        assert!(looks.key(&id, "https://crm.example", now + LOOK_LASTS).is_err(), "over");
        assert!(looks.key("another", "https://crm.example", now).is_err());
        for _ in 0..MOST_LOOKS {
            looks.keep(Secret::new("other"), "https://crm.example".to_owned(), now).unwrap();
        }
        assert!(looks.key(&id, "https://crm.example", now).is_err(), "pushed out by newer ones");
    }
}
