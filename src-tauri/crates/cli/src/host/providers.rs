//! The definitions as the wire tells of them.

use hub_api::dto::{
    AuthKind, AuthType, Evidence, ExportFormat, Operation, ProviderCategory, ProviderFeature, ProviderField,
    ProviderInfo, ProviderRoute, RateLimits, RouteKind,
};
use hub_connectors::Definition;
use hub_connectors::definition::{self as defined, Auth, Limit, State};
use hub_core::fields::standard_field;
use hub_core::message::Message;
use jiff::Timestamp;

/// Everything there is to say of a definition before anything is connected.
pub(super) fn info(
    definition: &Definition,
    off: &dyn Fn(&Definition, defined::RouteKind) -> Option<Message>,
    on_since: Option<Timestamp>,
) -> ProviderInfo {
    let identity = &definition.identity;
    let api = definition.routes.api.as_ref();
    let site = definition.routes.sign_in.as_ref().filter(|site| site.state == State::Ready);
    let limits = api.map(|api| &api.limits).or(site.map(|site| &site.limits)).map_or(&[][..], Vec::as_slice);
    let oauth = api.and_then(|api| match &api.auth {
        Auth::Oauth2(oauth) => Some(oauth),
        _ => None,
    });
    ProviderInfo {
        key: identity.key.clone(),
        name: identity.name.clone(),
        description: Message::new(&identity.description).into(),
        logo: identity.icon.clone(),
        category: category(identity.category),
        aliases: identity.aliases.clone(),
        auth_type: api.map_or(AuthType::Custom, |api| auth_type(&api.auth)),
        auth_url: oauth.and_then(|oauth| oauth.authorize.clone()),
        scopes: oauth.map(|oauth| oauth.scopes.clone()).unwrap_or_default(),
        rate_limits: RateLimits { per_minute: within(limits, 60), per_hour: within(limits, 3600) },
        routes: routes(definition, off, on_since),
        features: features(definition),
        field_mappings: definition
            .field_uses()
            .into_iter()
            .map(|one| ProviderField {
                field_type: standard_field(one.record, &one.field)
                    .map_or("json", |spec| spec.field_type.as_str())
                    .to_owned(),
                record: one.record.into(),
                standard_field: one.field,
                provider_field: one.source,
                route: kind(one.route),
                is_required: one.required,
                default_value: one.default,
            })
            .collect(),
    }
}

fn within(limits: &[Limit], seconds: u32) -> Option<u32> {
    limits.iter().find(|limit| limit.per_seconds == seconds).map(|limit| limit.requests)
}

fn routes(
    definition: &Definition,
    off: &dyn Fn(&Definition, defined::RouteKind) -> Option<Message>,
    on_since: Option<Timestamp>,
) -> Vec<ProviderRoute> {
    let named = |id: &str| Message::new(id).with("name", &definition.identity.name).into();
    let routes = &definition.routes;
    let mut found = Vec::new();
    for one in defined::RouteKind::ALL {
        let (Some(state), Some(known)) = (routes.state(one), routes.evidence(one)) else { continue };
        let signed = routes.opened(one).map(|route| (route.auth, route.note));
        let file = routes.file.as_ref().filter(|_| one == defined::RouteKind::File);
        let (help, note) = match (signed, file) {
            (Some((auth, note)), _) => (auth.help(), note),
            (None, Some(file)) => (file.help.as_str(), file.note.as_deref()),
            (None, None) => continue,
        };
        let site = routes.sign_in.as_ref().filter(|_| one == defined::RouteKind::SignIn);
        let off_until = site.and_then(|site| site.off_until.as_deref());
        found.push(ProviderRoute {
            off_until: off_until.map(named),
            on_since: on_since.filter(|_| off_until.is_some()),
            kind: kind(one),
            works: state == State::Ready,
            evidence: evidence(known),
            auth: signed.map(|(auth, _)| auth_kind(auth.kind())),
            asks: match signed {
                Some((Auth::Ask { of, .. }, _)) => of.iter().copied().map(auth_kind).collect(),
                _ => Vec::new(),
            },
            needs_address: routes.needs_address(one),
            recognised: one == defined::RouteKind::Api
                && routes.api.as_ref().is_some_and(defined::ApiRoute::is_recognised),
            help: named(help),
            note: note.map(named),
            off: off(definition, one).map(Into::into),
            formats: file.map(|file| file.formats.iter().copied().map(format).collect()).unwrap_or_default(),
            exports: file
                .map(|file| {
                    file.presets.iter().map(|key| Message::new(format!("file.preset.{key}")).into()).collect()
                })
                .unwrap_or_default(),
        });
    }
    found
}

fn features(definition: &Definition) -> Vec<ProviderFeature> {
    let mut found = Vec::new();
    for capability in &definition.capability {
        for record in &capability.records {
            for one in &capability.operations {
                found.push(ProviderFeature {
                    route: kind(capability.route),
                    record: (*record).into(),
                    operation: operation(*one),
                    works: definition.routes.works(capability.route, *one),
                    evidence: evidence(capability.evidence),
                    limitation: capability.limitation.as_ref().map(|id| Message::new(id).into()),
                });
            }
        }
    }
    found
}

fn category(category: defined::Category) -> ProviderCategory {
    match category {
        defined::Category::Crm => ProviderCategory::Crm,
        defined::Category::Gallery => ProviderCategory::Gallery,
        defined::Category::Contacts => ProviderCategory::Contacts,
        defined::Category::Calendar => ProviderCategory::Calendar,
        defined::Category::Scheduling => ProviderCategory::Scheduling,
        defined::Category::Accounts => ProviderCategory::Accounts,
        defined::Category::Automation => ProviderCategory::Automation,
        defined::Category::Custom => ProviderCategory::Custom,
    }
}

fn kind(kind: defined::RouteKind) -> RouteKind {
    match kind {
        defined::RouteKind::Api => RouteKind::Api,
        defined::RouteKind::SignIn => RouteKind::SignIn,
        defined::RouteKind::File => RouteKind::File,
        defined::RouteKind::Feed => RouteKind::Feed,
        defined::RouteKind::Push => RouteKind::Push,
        defined::RouteKind::Bridge => RouteKind::Bridge,
    }
}

fn evidence(evidence: defined::Evidence) -> Evidence {
    match evidence {
        defined::Evidence::Documented => Evidence::Documented,
        defined::Evidence::Observed => Evidence::Observed,
        defined::Evidence::Specified => Evidence::Specified,
    }
}

pub(super) fn auth_kind(kind: defined::AuthKind) -> AuthKind {
    match kind {
        defined::AuthKind::Header => AuthKind::Header,
        defined::AuthKind::Bearer => AuthKind::Bearer,
        defined::AuthKind::Basic => AuthKind::Basic,
        defined::AuthKind::Query => AuthKind::Query,
        defined::AuthKind::Field => AuthKind::Field,
        defined::AuthKind::Ask => AuthKind::Ask,
        defined::AuthKind::Oauth2 => AuthKind::Oauth2,
        defined::AuthKind::Session => AuthKind::Session,
        defined::AuthKind::Address => AuthKind::Address,
    }
}

fn auth_type(auth: &Auth) -> AuthType {
    match auth.kind() {
        defined::AuthKind::Header
        | defined::AuthKind::Bearer
        | defined::AuthKind::Query
        | defined::AuthKind::Field
        | defined::AuthKind::Ask => AuthType::ApiKey,
        defined::AuthKind::Basic => AuthType::BasicAuth,
        defined::AuthKind::Oauth2 => AuthType::Oauth2,
        defined::AuthKind::Session | defined::AuthKind::Address => AuthType::Custom,
    }
}

pub(super) fn operation(operation: defined::Operation) -> Operation {
    match operation {
        defined::Operation::Read => Operation::Read,
        defined::Operation::Create => Operation::Create,
        defined::Operation::Update => Operation::Update,
        defined::Operation::Delete => Operation::Delete,
    }
}

fn format(format: defined::FileFormat) -> ExportFormat {
    match format {
        defined::FileFormat::Csv => ExportFormat::Csv,
        defined::FileFormat::Xlsx => ExportFormat::Xlsx,
        defined::FileFormat::Zip => ExportFormat::Zip,
        defined::FileFormat::Vcard => ExportFormat::Vcard,
        defined::FileFormat::Icalendar => ExportFormat::Icalendar,
    }
}
