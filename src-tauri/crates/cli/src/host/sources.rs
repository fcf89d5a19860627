//! Sources of one's own: what is asked and found, between the wire and the recogniser.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hub_api::dto::{
    ConnectorClient, ConnectorField, ConnectorFound, ConnectorRequest, DefinitionAbout, DefinitionChecked,
    DefinitionFault, DefinitionOpened, EndProof, ListChoices, ListOffered, ListPaging, PasteCompared,
    RouteKind, SignBy,
};
use hub_api::{ApiError, Code, SourceAsked};
use hub_connectors::definition::{
    Auth, AuthKind, ClientProof, ListPages, Oauth2, RouteKind as Defined, State, parse,
};
use hub_connectors::oauth::CrmTokens;
use hub_connectors::{Ask, Chosen, Definition, OpenedBy, Proof, Reach, Recognised, Seen, TokioPause};
use hub_core::message::Message;
use hub_core::ports::{AccountInfo, Clock, PartyDocument, RequestBudget, Secret, SecretStore, StoreResult};
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

/// Keys and sign-ins that looks were given, so that whoever looked need not give them again. In memory alone.
#[derive(Default)]
pub(super) struct Looks(Mutex<VecDeque<Look>>);

struct Look {
    id: String,
    held: Held,
    origin: String,
    until: Timestamp,
}

/// What a look was given.
#[derive(Clone)]
pub(super) enum Held {
    /// A key.
    Key(Secret),
    /// A sign-in in the browser.
    SignIn(Arc<SourceSignIn>),
}

impl Held {
    /// What requests are opened by.
    pub(super) fn opened_by(&self) -> OpenedBy {
        match self {
            Held::Key(key) => OpenedBy::Key(key.clone()),
            Held::SignIn(signed_in) => OpenedBy::SignIn(signed_in.tokens.clone()),
        }
    }
}

/// A sign-in at the server of a source. Its tokens lie in memory alone until a connection is made of it.
pub(super) struct SourceSignIn {
    /// How one signs in there.
    pub(super) oauth: Oauth2,
    /// The tokens.
    pub(super) tokens: Arc<CrmTokens>,
    /// Where they lie.
    pub(super) place: Arc<InMemory>,
    /// Whose account it is, where the server says so.
    pub(super) account: Option<AccountInfo>,
}

impl SourceSignIn {
    /// Whether a definition trades tokens where these came from, and nowhere else.
    fn is_of(&self, definition: &Definition) -> bool {
        let Some(Auth::Oauth2(oauth)) = definition.routes.api.as_ref().map(|api| &api.auth) else {
            return false;
        };
        let ends = |oauth: &Oauth2| (oauth.issuer.clone(), oauth.token.clone(), oauth.revoke.clone());
        oauth.client == ClientProof::Registered && ends(oauth) == ends(&self.oauth)
    }
}

/// One secret in memory, where a keeper of tokens wants a vault.
#[derive(Default)]
pub(super) struct InMemory(Mutex<Option<Secret>>);

impl InMemory {
    fn held(&self) -> MutexGuard<'_, Option<Secret>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecretStore for InMemory {
    fn put_secret(&self, _name: &str, secret: &Secret) -> StoreResult<()> {
        *self.held() = Some(secret.clone());
        Ok(())
    }
    fn secret(&self, _name: &str) -> StoreResult<Option<Secret>> {
        Ok(self.held().clone())
    }
    fn delete_secret(&self, _name: &str) -> StoreResult<bool> {
        Ok(self.held().take().is_some())
    }
}

/// Looks that are over. A sign-in that nothing came of is taken back at its server.
fn give_up(over: Vec<Look>) {
    for look in over {
        let Held::SignIn(signed_in) = look.held else { continue };
        tokio::spawn(async move {
            if let Err(error) = signed_in.tokens.end().await {
                tracing::info!(
                    error = &error as &dyn std::error::Error,
                    "an unused sign-in was not taken back"
                );
            }
        });
    }
}

impl Looks {
    fn all(&self) -> MutexGuard<'_, VecDeque<Look>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what a look at this origin was given, and says what stands for it.
    pub(super) fn keep(&self, held: Held, origin: String, now: Timestamp) -> Result<String, ApiError> {
        let id = fresh_id()?;
        let mut looks = self.all();
        let (mut over, mut open): (Vec<Look>, VecDeque<Look>) = (Vec::new(), VecDeque::new());
        for look in looks.drain(..) {
            if look.until > now { open.push_back(look) } else { over.push(look) }
        }
        if open.len() == MOST_LOOKS {
            over.extend(open.pop_front());
        }
        open.push_back(Look { id: id.clone(), held, origin, until: now + LOOK_LASTS });
        *looks = open;
        give_up(over);
        Ok(id)
    }

    /// What a look was given, for the origin that was looked at and for no other (MODEL 11).
    pub(super) fn held(&self, id: &str, origin: &str, now: Timestamp) -> Result<Held, ApiError> {
        self.all()
            .iter()
            .find(|look| look.id == id && look.origin == origin && look.until > now)
            .map(|look| look.held.clone())
            .ok_or_else(|| ApiError::refused(Code::Refused, "error.look_over"))
    }

    /// The same, for what a definition goes to.
    pub(super) fn held_for(
        &self,
        id: &str,
        definition: &Definition,
        origin: &str,
        now: Timestamp,
    ) -> Result<Held, ApiError> {
        let held = self.held(id, origin, now)?;
        let fits = match &held {
            Held::Key(_) => by_key(definition),
            Held::SignIn(signed_in) => signed_in.is_of(definition),
        };
        if fits { Ok(held) } else { Err(ApiError::refused(Code::Refused, "error.look_over")) }
    }

    /// A connection was made of a look: what it was given is the connection's now.
    pub(super) fn used(&self, id: &str) {
        self.all().retain(|look| look.id != id);
    }
}

/// What the recogniser is asked.
pub(super) fn ask(
    definition: Definition,
    asked: SourceAsked,
    held: &Held,
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
    let auth = signed_by(asked.sign, help, held).ok_or_else(|| refused("error.source_sign"))?;
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
        opened_by: held.opened_by(),
        chosen: Chosen { list: asked.chosen.list, id: asked.chosen.id, changed: asked.chosen.changed },
        reach,
        budget,
        clock,
        pause: Arc::new(pause),
    })
}

/// How requests are signed; nothing where that needs something else than what is held.
fn signed_by(sign: SignBy, help: String, held: &Held) -> Option<Auth> {
    match (sign, held) {
        (SignBy::SignIn {}, Held::SignIn(signed_in)) => Some(Auth::Oauth2(signed_in.oauth.clone())),
        (SignBy::SignIn {}, Held::Key(_)) | (_, Held::SignIn(_)) => None,
        (SignBy::Header { name }, Held::Key(_)) => Some(Auth::Header { name, help }),
        (SignBy::Bearer {}, Held::Key(_)) => Some(Auth::Bearer { help }),
        (SignBy::Basic {}, Held::Key(_)) => Some(Auth::Basic { help }),
        (SignBy::Query { name }, Held::Key(_)) => Some(Auth::Query { name, help }),
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
        newest_first: found.newest_first.is_some(),
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
        choices: ListChoices {
            lists: found.choices.lists.into_iter().map(|(path, rows)| ListOffered { path, rows }).collect(),
            ids: found.choices.ids,
            changed: found.choices.changed,
        },
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

/// A definition of one's own: sound, read by one list, and signed by a key or by a sign-in under a name of this program's own.
pub(super) fn own(text: &str) -> Result<Definition, ApiError> {
    let definition = sound(text)?;
    if !by_key(&definition) && by_browser(&definition).is_none() {
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
        Ok(definition) => {
            let by_api = by_key(&definition) || by_browser(&definition).is_some();
            if by_api || by_window(&definition) {
                (Vec::new(), about(&definition))
            } else {
                (vec![not_own()], None)
            }
        }
    };
    Ok(DefinitionOpened { definition: text, faults, about })
}

/// A sound definition of something that the person's own is read by in neither way.
fn not_own() -> DefinitionFault {
    let reason = "reads neither one list with a key or a registered sign-in nor, under a key that begins with custom, a site by a sign-in";
    DefinitionFault { place: "routes".to_owned(), reason: reason.to_owned() }
}

fn about(definition: &Definition) -> Option<DefinitionAbout> {
    let route = if by_window(definition) { RouteKind::SignIn } else { RouteKind::Api };
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

/// How it signs in in the browser, if it reads one list so: under a name that its server gives each copy of this program. Names that
/// WedSync holds are for the CRMs that it knows.
pub(super) fn by_browser(definition: &Definition) -> Option<&Oauth2> {
    let api = definition.routes.api.as_ref()?;
    let Auth::Oauth2(oauth) = &api.auth else { return None };
    let reads = api.state == State::Ready && api.list().is_some() && api.base_url.is_some();
    (reads && oauth.client == ClientProof::Registered).then_some(oauth)
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
        let key = |text: &str| Held::Key(Secret::new(text));
        let held = |id: &str, origin: &str, now: Timestamp| match looks.held(id, origin, now) {
            Ok(Held::Key(key)) => Some(key.expose().to_owned()),
            Ok(Held::SignIn(_)) | Err(_) => None,
        };
        let id = looks.keep(key("k"), "https://crm.example".to_owned(), now).unwrap();
        assert_eq!(held(&id, "https://crm.example", now).as_deref(), Some("k"));
        assert_eq!(held(&id, "https://elsewhere.example", now), None, "a definition that was changed");
        assert_eq!(held(&id, "https://crm.example", now + LOOK_LASTS), None, "over");
        assert_eq!(held("another", "https://crm.example", now), None);
        for _ in 0..MOST_LOOKS {
            looks.keep(key("other"), "https://crm.example".to_owned(), now).unwrap();
        }
        assert_eq!(held(&id, "https://crm.example", now), None, "pushed out by newer ones");
    }
}
