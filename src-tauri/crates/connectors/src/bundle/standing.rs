//! What a person agrees to by connecting a CRM: where requests go, how they are signed, what is written, how deletions are
//! told. An update that changes any of it waits for the person (MODEL 8).

use std::collections::BTreeSet;

use hub_core::canonical::hash_json;
use hub_core::message::Message;
use serde::Serialize;
use serde_json::json;

use crate::definition::{
    ApiReads, Auth, Definition, Evidence, Exchange, Operation, RouteKind, State, WritePermission,
};

/// The particulars of a definition that a person has a say in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    hosts: BTreeSet<String>,
    /// By route, how it is opened.
    auth: BTreeSet<(&'static str, String)>,
    /// What may be changed at the CRM, by route and record.
    writes: BTreeSet<String>,
    /// How it is told that a record is gone.
    gone: &'static str,
}

impl Standing {
    /// Those of a definition.
    pub fn of(definition: &Definition) -> Standing {
        let mut hosts = BTreeSet::new();
        let mut auth = BTreeSet::new();
        for kind in RouteKind::ALL {
            let Some(route) = definition.routes.opened(kind).filter(|route| route.state == State::Ready)
            else {
                continue;
            };
            hosts.extend(route.hosts.iter().cloned());
            hosts.extend(route.base_url.and_then(host_of));
            auth.insert((kind.as_str(), opened_by(route.auth)));
        }
        let mut writes = BTreeSet::new();
        if definition.writes.is_some_and(|writes| writes.permission == WritePermission::WhenTwoWay) {
            writes.insert("two_way".to_owned());
        }
        for capability in &definition.capability {
            for operation in capability.operations.iter().filter(|one| **one != Operation::Read) {
                // What only our specification says is no promise to anybody.
                if capability.evidence == Evidence::Specified {
                    continue;
                }
                for record in &capability.records {
                    let (route, operation) = (capability.route.as_str(), operation.as_str());
                    writes.insert(format!("{route} {operation} {}", record.as_str()));
                }
            }
        }
        for rule in definition.routes.api.iter().flat_map(|api| &api.write) {
            let (operation, record) = (rule.operation.as_str(), rule.record.as_str());
            let fields: Vec<&str> = rule.fields.keys().map(String::as_str).collect();
            writes.insert(format!(
                "{operation} {record} by {:?} {}: {}",
                rule.method,
                rule.path,
                fields.join(" ")
            ));
        }
        let gone = match definition.routes.api.as_ref().and_then(|api| api.reads.as_ref()) {
            Some(ApiReads::Lists(_)) => "whole_list",
            Some(ApiReads::List(_)) | None => "never",
        };
        Standing { hosts, auth, writes, gone }
    }

    /// A digest to agree to.
    pub fn digest(&self) -> String {
        hash_json(&json!(self))
    }

    /// What is different in another one, in sentences.
    pub fn differences(&self, new: &Standing) -> Vec<Message> {
        let mut found = Vec::new();
        for host in new.hosts.difference(&self.hosts) {
            found.push(Message::new("definition.change.host_added").with("host", host));
        }
        for host in self.hosts.difference(&new.hosts) {
            found.push(Message::new("definition.change.host_removed").with("host", host));
        }
        if self.auth != new.auth {
            found.push(Message::new("definition.change.auth"));
        }
        if self.writes != new.writes {
            found.push(Message::new("definition.change.writes"));
        }
        if self.gone != new.gone {
            found.push(Message::new("definition.change.deletes"));
        }
        found
    }
}

fn host_of(address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// How something is opened, without the words about it.
fn opened_by(auth: &Auth) -> String {
    let kind = auth.kind().as_str();
    match auth {
        Auth::Header { name, .. } | Auth::Query { name, .. } | Auth::Field { name, .. } => {
            format!("{kind} {name}")
        }
        Auth::Bearer { .. } | Auth::Basic { .. } | Auth::Session { .. } | Auth::Address { .. } => {
            kind.to_owned()
        }
        Auth::Ask { of, .. } => {
            let of: Vec<&str> = of.iter().map(|one| one.as_str()).collect();
            format!("{kind} {}", of.join(" "))
        }
        Auth::Oauth2(oauth) => {
            let exchange = match oauth.exchange {
                Exchange::Direct => "direct",
                Exchange::Brokered => "brokered",
            };
            let endpoints = [&oauth.authorize, &oauth.token, &oauth.revoke, &oauth.issuer];
            let endpoints: Vec<&str> =
                endpoints.into_iter().map(|one| one.as_deref().unwrap_or("-")).collect();
            format!("{kind} {exchange} {} {}", endpoints.join(" "), oauth.scopes.join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::parse;

    const TAVE: &str = include_str!("../../definitions/tave.toml");

    fn differences(from: &str, to: &str) -> Vec<String> {
        assert!(TAVE.contains(from), "{from} is still in the file");
        let old = Standing::of(&parse(TAVE).unwrap());
        let new = Standing::of(&parse(&TAVE.replacen(from, to, 1)).unwrap());
        assert_eq!(old.digest() == new.digest(), old == new);
        old.differences(&new).into_iter().map(|message| message.id).collect()
    }

    #[test]
    fn hosts_signing_and_writing_are_a_persons_matter_and_paths_are_not() {
        let hosts = "hosts = [\"workspace.vsco.co\"]";
        let more = "hosts = [\"workspace.vsco.co\", \"eu.vsco.co\"]";
        assert_eq!(differences(hosts, more), ["definition.change.host_added"]);
        assert_eq!(
            differences("kind = \"header\"\nname = \"", "kind = \"header\"\nname = \"X-"),
            ["definition.change.auth"]
        );
        assert_eq!(
            differences("permission = \"when_two_way\"", "permission = \"none\""),
            ["definition.change.writes"]
        );
        assert!(differences("page_size = 100", "page_size = 50").is_empty(), "how many at a time is not");
    }
}
