//! Putting the secret into a request: as late as possible, and only into the request itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hub_core::ports::Secret;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use url::Url;

use super::HttpFault;
use crate::definition::Auth;

/// Where the secret goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signing {
    /// Into a header, as it is.
    Header(HeaderName),
    /// Into `Authorization: Bearer`.
    Bearer,
    /// Into `Authorization: Basic`; the secret is `name:password`.
    Basic,
    /// Into a parameter of the query.
    Query(String),
    /// Nowhere: a session's cookies go by their own rules.
    Cookies,
    /// Nowhere: the address itself is the secret.
    Address,
}

impl Signing {
    /// How a definition's route is signed.
    ///
    /// # Errors
    /// [`HttpFault::Unsigned`] for a way that this client does not know.
    pub fn of(auth: &Auth) -> Result<Signing, HttpFault> {
        match auth {
            Auth::Header { name, .. } => {
                HeaderName::try_from(name.as_str()).map(Signing::Header).map_err(|_| HttpFault::Unsigned)
            }
            Auth::Bearer { .. } | Auth::Oauth2(_) => Ok(Signing::Bearer),
            Auth::Basic { .. } => Ok(Signing::Basic),
            Auth::Query { name, .. } => Ok(Signing::Query(name.clone())),
            Auth::Session { .. } => Ok(Signing::Cookies),
            Auth::Address { .. } => Ok(Signing::Address),
            Auth::Field { .. } | Auth::Ask { .. } => Err(HttpFault::Unsigned),
        }
    }

    /// The address without the secret's parameter: a server may repeat the whole query in the address of the next page,
    /// and such addresses are kept.
    pub(super) fn cleaned(&self, mut url: Url) -> Url {
        let Signing::Query(name) = self else { return url };
        if url.query_pairs().any(|(key, _)| key == name.as_str()) {
            let kept: Vec<(String, String)> = url
                .query_pairs()
                .filter(|(key, _)| key != name.as_str())
                .map(|(key, value)| (key.into_owned(), value.into_owned()))
                .collect();
            url.set_query(None);
            if !kept.is_empty() {
                url.query_pairs_mut().extend_pairs(kept);
            }
        }
        url
    }

    /// The address and the header that carry the secret.
    pub(super) fn sign(
        &self,
        mut url: Url,
        secret: &Secret,
    ) -> Result<(Url, Option<(HeaderName, HeaderValue)>), HttpFault> {
        let value = |text: &str| {
            let mut value = HeaderValue::from_str(text).map_err(|_| HttpFault::KeyUnusable)?;
            value.set_sensitive(true);
            Ok::<_, HttpFault>(value)
        };
        let header = match self {
            Signing::Header(name) => Some((name.clone(), value(secret.expose())?)),
            Signing::Bearer => {
                let token = Secret::new(format!("Bearer {}", secret.expose()));
                Some((AUTHORIZATION, value(token.expose())?))
            }
            Signing::Basic => {
                let pair = Secret::new(format!("Basic {}", STANDARD.encode(secret.expose())));
                Some((AUTHORIZATION, value(pair.expose())?))
            }
            Signing::Query(name) => {
                url.query_pairs_mut().append_pair(name, secret.expose());
                None
            }
            Signing::Cookies | Signing::Address => None,
        };
        Ok((url, header))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn each_way_puts_the_secret_where_it_belongs() {
        let secret = Secret::new("ann:pa55");
        let sent = |signing: Signing| {
            let (url, header) = signing.sign(url("https://crm.example/list?page=2"), &secret).unwrap();
            let header = header.map(|(name, value)| {
                assert!(value.is_sensitive(), "no log shows it");
                format!("{name}: {}", value.to_str().unwrap())
            });
            (url.to_string(), header)
        };
        let plain = "https://crm.example/list?page=2".to_owned();
        let own = HeaderName::from_static("x-key");
        assert_eq!(sent(Signing::Header(own)), (plain.clone(), Some("x-key: ann:pa55".to_owned())));
        assert_eq!(sent(Signing::Bearer), (plain.clone(), Some("authorization: Bearer ann:pa55".to_owned())));
        assert_eq!(sent(Signing::Basic), (plain, Some("authorization: Basic YW5uOnBhNTU=".to_owned())));
        let (signed, header) = sent(Signing::Query("key".to_owned()));
        assert_eq!((signed.as_str(), header), ("https://crm.example/list?page=2&key=ann%3Apa55", None));
    }

    #[test]
    fn inv_42_an_address_that_repeats_the_key_is_kept_without_it() {
        let signing = Signing::Query("key".to_owned());
        let cleaned = |text: &str| signing.cleaned(url(text)).to_string();
        assert_eq!(cleaned("https://crm.example/list?key=s3cret&page=3"), "https://crm.example/list?page=3");
        assert_eq!(cleaned("https://crm.example/list?key=s3cret"), "https://crm.example/list");
        assert_eq!(
            cleaned("https://crm.example/list?a=%20b"),
            "https://crm.example/list?a=%20b",
            "as it came"
        );
    }
}
