//! Which addresses may be reached: https, and public hosts after name resolution.
//!
//! Checking the name alone would not do: a name anyone controls may point at the user's router. The check therefore
//! sits in the resolver, on the addresses that the connection will really use.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::HttpFault;

/// Which addresses may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// https to public addresses: every profile of a supplier.
    PublicOnly,
    /// Also http and https to this computer: test and demo profiles, where the sandbox plays the CRM.
    LoopbackToo,
}

impl Reach {
    /// Whether a resolved address may be connected to.
    pub fn allows(self, address: IpAddr) -> bool {
        is_public(address) || (self == Reach::LoopbackToo && address.is_loopback())
    }
}

/// A name that points where we do not go.
#[derive(Debug, thiserror::Error)]
#[error("the name points to a private address")]
pub(super) struct PrivateAddress;

/// Checks what can be checked before resolution: scheme, user information, and addresses written as numbers.
pub fn check_url(url: &Url, reach: Reach) -> Result<(), HttpFault> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(HttpFault::AddressRefused);
    }
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => {
            if !reach.allows(address.into()) {
                return Err(HttpFault::AddressRefused);
            }
            address.is_loopback()
        }
        Some(Host::Ipv6(address)) => {
            if !reach.allows(address.into()) {
                return Err(HttpFault::AddressRefused);
            }
            address.is_loopback()
        }
        Some(Host::Domain(name)) => name == "localhost",
        None => return Err(HttpFault::AddressRefused),
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if loopback && reach == Reach::LoopbackToo => Ok(()),
        _ => Err(HttpFault::AddressRefused),
    }
}

/// The system's name resolution, less the addresses that may not be reached.
#[derive(Debug, Clone, Copy)]
pub(super) struct CheckedNames {
    pub(super) reach: Reach,
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> =
                found.iter().copied().filter(|address| reach.allows(address.ip())).collect();
            if allowed.is_empty() && !found.is_empty() {
                return Err(PrivateAddress.into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether an address is globally routable (IANA special-purpose registries, RFC 6890 and its updates).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b))
        || a >= 224;
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4() {
        return is_public_v4(inner);
    }
    let segments = address.segments();
    // NAT64 and 6to4 carry an IPv4 address; the inner one decides.
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    if segments[0] == 0x64 && segments[1] == 0xff9b {
        return is_public_v4(embedded(segments[6], segments[7]));
    }
    if segments[0] == 0x2002 {
        return is_public_v4(embedded(segments[1], segments[2]));
    }
    // Of the rest only 2000::/3 is global unicast; 2001:0000::/23 is protocol use, 2001:db8::/32 documentation.
    segments[0] & 0xe000 == 0x2000
        && !(segments[0] == 0x2001 && segments[1] < 0x200)
        && !(segments[0] == 0x2001 && segments[1] == 0xdb8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_special_addresses_are_refused() {
        for text in [
            "10.0.0.1",
            "172.16.3.4",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::",
            "fc00::1",
            "fe80::1",
            "::ffff:192.168.1.1",
            "64:ff9b::a00:1",
            "2002:c0a8:101::1",
            "2001:db8::1",
            "ff02::1",
        ] {
            let address: IpAddr = text.parse().unwrap();
            assert!(!Reach::LoopbackToo.allows(address), "{text} is nobody's public web site");
        }
        for text in ["127.0.0.1", "::1", "127.9.9.9"] {
            let address: IpAddr = text.parse().unwrap();
            assert!(!Reach::PublicOnly.allows(address), "{text} is this computer");
            assert!(Reach::LoopbackToo.allows(address), "{text} is where the sandbox listens");
        }
        for text in ["1.1.1.1", "2606:4700::1111", "64:ff9b::101:101"] {
            assert!(Reach::PublicOnly.allows(text.parse().unwrap()), "{text} is public");
        }
    }

    #[test]
    fn only_https_leaves_the_computer() {
        let check = |text: &str, reach| check_url(&Url::parse(text).unwrap(), reach).is_ok();
        assert!(check("https://workspace.vsco.co/api", Reach::PublicOnly));
        assert!(!check("http://workspace.vsco.co/api", Reach::LoopbackToo), "http only to this computer");
        assert!(check("http://127.0.0.1:9/", Reach::LoopbackToo));
        assert!(!check("http://127.0.0.1:9/", Reach::PublicOnly), "not in a supplier's profile");
        assert!(!check("https://[::1]/", Reach::PublicOnly));
        assert!(
            !check("https://key@workspace.vsco.co/", Reach::PublicOnly),
            "no user information in addresses"
        );
        assert!(!check("file:///etc/hosts", Reach::LoopbackToo));
    }
}
