//! The `Link` header (RFC 8288), as far as it speaks of pages.

use crate::http::Reply;

/// The address of the next page in a `Link` header (RFC 8288).
pub(super) fn next_link(reply: &Reply) -> Option<String> {
    related(reply, &["next"])
}

/// Whether a reply speaks of pages in a `Link` header, be it that this is the only one.
pub(super) fn links_pages(reply: &Reply) -> bool {
    related(reply, &["first", "last", "prev", "next"]).is_some()
}

fn related(reply: &Reply, wanted: &[&str]) -> Option<String> {
    let headers = reply.headers.get_all(reqwest::header::LINK);
    let among = |relation: &str| wanted.iter().any(|one| relation.eq_ignore_ascii_case(one));
    headers
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(links)
        .find_map(|(address, relations)| relations.split(' ').any(among).then_some(address))
}

/// The links of one header: address and relations. Commas inside the angle brackets divide nothing.
fn links(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((address, parameters)) = after.split_once('>') else { break };
        let (own, next) = match parameters.find('<') {
            Some(at) => parameters.split_at(at),
            None => (parameters, ""),
        };
        for parameter in own.split([';', ',']) {
            let Some((name, value)) = parameter.split_once('=') else { continue };
            if name.trim().eq_ignore_ascii_case("rel") {
                found.push((address.trim().to_owned(), value.trim().trim_matches('"').to_owned()));
            }
        }
        rest = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        let found = |header: &str| {
            let mut headers = reqwest::header::HeaderMap::new();
            headers.insert(reqwest::header::LINK, header.parse().unwrap());
            let url = Url::parse("https://crm.example/list").unwrap();
            next_link(&Reply { status: 200, headers, body: Vec::new(), url })
        };
        let next = Some("https://crm.example/list?page=3&tags=a,b".to_owned());
        assert_eq!(
            found(
                r#"<https://crm.example/list?page=1>; rel="prev first", <https://crm.example/list?page=3&tags=a,b>; rel="next""#
            ),
            next
        );
        assert_eq!(found("</list?after=7>; title=x; rel=next").as_deref(), Some("/list?after=7"));
        assert_eq!(found(r#"<https://crm.example/list?page=1>; rel="prev""#), None);
        assert_eq!(found("garbage <<>;;=,"), None);
    }
}
