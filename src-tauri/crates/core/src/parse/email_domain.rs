//! Slips in the domain of an e-mail address: what was probably meant.
//!
//! A fix is offered and never applied. Only domains that most private addresses are at are compared, and a provider's
//! domain of another country is no slip.

/// `sarah@gmailcom` was probably `sarah@gmail.com`; a well-known name without its ending gets it.
pub(super) fn with_dot(local: &str, domain: &str) -> String {
    let lower = domain.to_ascii_lowercase();
    if let Some(known) = KNOWN_DOMAINS.iter().find(|known| known.replace('.', "") == lower) {
        return format!("{local}@{known}");
    }
    if let Some(known) = KNOWN_DOMAINS.iter().find(|known| known.split('.').next() == Some(&lower)) {
        return format!("{local}@{known}");
    }
    for ending in ["couk", "com", "org", "net"] {
        if let Some(name) = lower.strip_suffix(ending).filter(|name| name.len() > 1) {
            let ending = if ending == "couk" { "co.uk" } else { ending };
            return format!("{local}@{}.{ending}", &domain[..name.len()]);
        }
    }
    String::new()
}

/// Domains that most private addresses are at.
pub(super) const KNOWN_DOMAINS: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "hotmail.co.uk",
    "hotmail.fr",
    "hotmail.it",
    "hotmail.es",
    "outlook.com",
    "live.com",
    "live.co.uk",
    "live.nl",
    "msn.com",
    "yahoo.com",
    "yahoo.co.uk",
    "yahoo.fr",
    "yahoo.de",
    "ymail.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "aol.com",
    "btinternet.com",
    "sky.com",
    "virginmedia.com",
    "talktalk.net",
    "comcast.net",
    "verizon.net",
    "bigpond.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "t-online.de",
    "orange.fr",
    "wanadoo.fr",
    "libero.it",
    "protonmail.com",
];

/// The address with the well-known domain that its own is one slip away from.
pub(super) fn likely_domain(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let lower = domain.to_ascii_lowercase();
    let real_neighbours = &[
        "mail.com",
        "gmx.com",
        "email.com",
        "hotmail.de",
        "live.de",
        "live.fr",
        "live.it",
        "web.com",
        "ymail.co.uk",
    ];
    if KNOWN_DOMAINS.contains(&lower.as_str())
        || real_neighbours.contains(&lower.as_str())
        || !lower.is_ascii()
    {
        return None;
    }
    let name = |domain: &str| domain.split('.').next().unwrap_or("").to_owned();
    let own_name = name(&lower);
    let own_ending = lower.get(own_name.len() + 1..).unwrap_or("");
    let at = |known: &str| Some(format!("{local}@{known}"));
    if ONE_DOMAIN.contains(&own_name.as_str()) {
        return at(&format!("{own_name}.com"));
    }
    let known_name = KNOWN_DOMAINS.iter().any(|known| name(known) == own_name);
    const SLIPS: &[&str] =
        &["con", "cmo", "cm", "om", "vom", "xom", "comm", "coom", "co", "ocm", "cpm", "c0m"];
    let slip_in_com = own_name.len() >= 5 && SLIPS.contains(&own_ending);
    if known_name && slip_in_com && KNOWN_DOMAINS.contains(&format!("{own_name}.com").as_str()) {
        return at(&format!("{own_name}.com"));
    }
    // yahoo.ie and outlook.de are no slips: the big providers are at home in most countries.
    if known_name && is_ending(own_ending) {
        return None;
    }
    let distance = |known: &&str| strsim::osa_distance(&lower, known);
    let close = |known: &&str| match distance(known) {
        1 => true,
        2 => known.len() > 8 && own_name != name(known),
        _ => false,
    };
    let candidates = KNOWN_DOMAINS.iter().copied().filter(|known| name(known).len() >= 5 && close(known));
    candidates.min_by_key(|known| distance(known)).and_then(at)
}

/// Providers whose addresses all end in `.com`.
const ONE_DOMAIN: &[&str] = &["gmail", "googlemail", "icloud", "btinternet"];

/// Whether an ending is one that a provider's national domain may have: `ie`, `co.uk`, `com.au`, `net`.
fn is_ending(ending: &str) -> bool {
    let country = ending.strip_prefix("co.").or_else(|| ending.strip_prefix("com.")).unwrap_or(ending);
    COUNTRIES.split(' ').any(|code| code == country) || matches!(ending, "com" | "net" | "org" | "eu")
}

/// Country domains in which the big providers have addresses.
const COUNTRIES: &str = "ar at au be bg br ca ch cl cn co cz de dk ee es fi fr gr hk hr hu id ie il in is it jp ke kr lt lu lv mx my ng nl no nz pe ph \
pk pl pt ro rs ru se sg si sk th tr tw ua uk us uy ve vn za";
