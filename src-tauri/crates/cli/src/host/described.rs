//! How a connection reads, and what is known of the CRM behind it: facts of its definition and of its tokens, nothing asked.

use hub_api::Described;
use hub_api::dto::{OpenedWith, ProviderInfo, RouteKind, Telling};
use hub_connectors::Definition;
use hub_connectors::definition::{Auth, AuthKind};

/// What is told of a definition.
type Info<'a> = &'a dyn Fn(&Definition) -> ProviderInfo;

/// A connection that reads files. `known`: the CRM whose export they are.
pub(super) fn by_file(known: Option<&Definition>, info: Info<'_>) -> Described {
    Described {
        way: RouteKind::File,
        provider: known.map(info),
        opened: OpenedWith::Nothing,
        granted: None,
        telling: Telling::Nothing,
        names_account: false,
        writes: None,
    }
}

/// A connection that reads a calendar by its address, which names nobody.
pub(super) fn by_feed(own: &Definition, info: Info<'_>) -> Described {
    Described {
        way: RouteKind::Feed,
        provider: Some(info(own)),
        opened: OpenedWith::Address,
        granted: None,
        telling: Telling::ByHand,
        names_account: false,
        writes: None,
    }
}

/// A connection that asks. `own`: what it is read by; `known`: what is known of its CRM, which tells the other
/// ways; `granted`: what the CRM said it grants.
pub(super) fn by(
    own: &Definition,
    known: Option<&Definition>,
    granted: Option<Vec<String>>,
    info: Info<'_>,
) -> Described {
    let route = own.read_route();
    let auth = route.as_ref().map(|route| route.opened.auth);
    let (way, opened, telling) = match auth.map(Auth::kind) {
        Some(AuthKind::Session) => (RouteKind::SignIn, OpenedWith::Session, Telling::ByHand),
        Some(AuthKind::Address) => (RouteKind::Feed, OpenedWith::Address, Telling::ByHand),
        Some(AuthKind::Oauth2) => {
            let tells = matches!(auth, Some(Auth::Oauth2(oauth)) if oauth.revoke.is_some());
            let telling = if tells { Telling::Told } else { Telling::ByHand };
            (RouteKind::Api, OpenedWith::SignIn, telling)
        }
        Some(
            AuthKind::Header
            | AuthKind::Bearer
            | AuthKind::Basic
            | AuthKind::Query
            | AuthKind::Field
            | AuthKind::Ask,
        )
        | None => (RouteKind::Api, OpenedWith::Key, Telling::ByHand),
    };
    // A list that a definition of one's own reads has no account but its address.
    let is_list = route.is_some_and(|route| route.list.is_some() || route.page.is_some());
    let names_account = !is_list || opened == OpenedWith::SignIn;
    let mut provider = info(known.unwrap_or(own));
    if known.is_some() {
        // What was found out about the way in use, where a connection brought its own definition, is what is true of it.
        let read_by = info(own);
        provider.routes.retain(|route| route.kind != way);
        provider.routes.extend(read_by.routes.into_iter().filter(|route| route.kind == way));
        provider.features.retain(|feature| feature.route != way);
        provider.features.extend(read_by.features.into_iter().filter(|feature| feature.route == way));
    }
    Described { way, provider: Some(provider), opened, granted, telling, names_account, writes: None }
}

#[cfg(test)]
mod tests {
    use hub_connectors::embedded;

    use super::*;

    fn told(definition: &Definition) -> ProviderInfo {
        crate::host::providers::info(definition, &|_, _| None, None)
    }

    fn definition(key: &str) -> Definition {
        embedded(key).expect("built in").expect("without faults")
    }

    #[test]
    fn the_way_and_what_opens_it_follow_the_definition() {
        for (key, way, opened, telling, names_account) in [
            ("tave", RouteKind::Api, OpenedWith::Key, Telling::ByHand, true),
            ("honeybook", RouteKind::Api, OpenedWith::SignIn, Telling::Told, true),
            ("lightblue", RouteKind::SignIn, OpenedWith::Session, Telling::ByHand, false),
        ] {
            let own = definition(key);
            let found = by(&own, Some(&own), None, &told);
            assert_eq!((found.way, found.opened, found.telling), (way, opened, telling), "{key}");
            assert_eq!(found.names_account, names_account, "{key}");
            let routes: Vec<RouteKind> =
                found.provider.unwrap().routes.iter().map(|route| route.kind).collect();
            assert!(routes.contains(&way), "{key}: the way in use is among the ways: {routes:?}");
            assert!(routes.len() > 1, "{key}: and the others are told: {routes:?}");
        }
    }

    #[test]
    fn files_of_nobody_have_no_crm_and_those_of_a_crm_do() {
        assert!(by_file(None, &told).provider.is_none());
        let found = by_file(Some(&definition("honeybook")), &told);
        assert_eq!((found.way, found.telling), (RouteKind::File, Telling::Nothing));
        assert_eq!(found.provider.unwrap().name, "HoneyBook");
    }
}
