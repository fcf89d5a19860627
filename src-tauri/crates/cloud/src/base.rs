//! Where the cloud is: an address that was checked once.

use url::{Host, Url};

use crate::CloudError;

/// Whether `http` is accepted for loopback addresses. Test and demo profiles only (MODEL 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainHttp {
    /// `https` only.
    Refused,
    /// `http` to 127.0.0.0/8 and ::1 too.
    LoopbackAllowed,
}

/// The cloud's origin, without `/v1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
}

impl BaseUrl {
    /// Checks an address such as `https://api.wedsync.example`.
    ///
    /// # Errors
    /// [`CloudError::Address`] when it is no address, carries a path, query, fragment or user, or is not encrypted and
    /// not an allowed loopback address.
    pub fn parse(text: &str, plain: PlainHttp) -> Result<Self, CloudError> {
        let url = Url::parse(text).map_err(|source| CloudError::Address { source: Some(source) })?;
        let encrypted = match url.scheme() {
            "https" => true,
            "http" => match plain {
                PlainHttp::Refused => false,
                PlainHttp::LoopbackAllowed => is_loopback(&url),
            },
            _ => false,
        };
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !encrypted || !bare || url.host().is_none() {
            return Err(CloudError::Address { source: None });
        }
        Ok(Self { url })
    }

    /// The address of an endpoint under `/v1`.
    pub(crate) fn endpoint(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().push("v1").extend(segments);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// Whether it is this computer.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        // A name may resolve to anything, "localhost" included.
        Some(Host::Domain(_)) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_or_allowed_loopback_origins_pass() {
        for (text, plain, good) in [
            ("https://api.wedsync.example", PlainHttp::Refused, true),
            ("https://api.wedsync.example/", PlainHttp::Refused, true),
            ("http://api.wedsync.example", PlainHttp::LoopbackAllowed, false),
            ("http://127.0.0.1:8080", PlainHttp::Refused, false),
            ("http://127.0.0.1:8080", PlainHttp::LoopbackAllowed, true),
            ("http://[::1]:8080", PlainHttp::LoopbackAllowed, true),
            ("http://localhost:8080", PlainHttp::LoopbackAllowed, false),
            ("https://user@api.wedsync.example", PlainHttp::Refused, false),
            ("https://api.wedsync.example/v1", PlainHttp::Refused, false),
            ("https://api.wedsync.example/?a=b", PlainHttp::Refused, false),
            ("ftp://127.0.0.1", PlainHttp::LoopbackAllowed, false),
            ("not an address", PlainHttp::Refused, false),
        ] {
            assert_eq!(BaseUrl::parse(text, plain).is_ok(), good, "{text} with {plain:?}");
        }
    }

    #[test]
    fn segments_cannot_leave_their_place() {
        let base = BaseUrl::parse("https://api.wedsync.example", PlainHttp::Refused).unwrap();
        let url = base.endpoint(&["records", "client", "../../x?y#z"], &[("cursor", "a&b=c")]);
        assert_eq!(
            url.as_str(),
            "https://api.wedsync.example/v1/records/client/..%2F..%2Fx%3Fy%23z?cursor=a%26b%3Dc",
            "separators are escaped"
        );
    }
}
