//! `hub-sandbox`: the servers as a program, until standard input closes or Ctrl-C.
//!
//! Prints one line of JSON with the addresses and keys, so that scripts in any language can use it. Arguments are
//! read by hand: a few flags are not worth a library in a test tool.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use hub_sandbox::book::{Book, BookSpec, JobsEach, MoneyUnit};
use hub_sandbox::exports::{Vendor, export};
use hub_sandbox::hooks::HookPlace;
use hub_sandbox::rest::{RestSource, Shape};
use hub_sandbox::site::{JsonKind, JsonSite, SiteShape, WebSite};
use hub_sandbox::wedsync::{AccountSeed, Config, LogDetail};
use hub_sandbox::{RateLimit, SandboxConfig, Told, World};

/// Clients of the REST source and of the web sites beside the CRM.
const SOURCE_CLIENTS: usize = 37;

/// What opens the Inbox that takes clients.
const INBOX_KEY: &str = "lb-key-0123456789";

const USAGE: &str = "hub-sandbox [--clients N] [--seed N] [--keep-bodies] [--rate-limit] [--latency FROM-TO] [--major-units] \
                     [--one-job-each] [--port-file FILE] [--exports DIR]\n";

struct Wanted {
    config: SandboxConfig,
    log: LogDetail,
    port_file: Option<String>,
    exports: Option<PathBuf>,
}

fn wanted(mut arguments: impl Iterator<Item = String>) -> Option<Wanted> {
    let mut wanted = Wanted {
        config: SandboxConfig::new(BookSpec::new(7, 214)),
        log: LogDetail::Summary,
        port_file: None,
        exports: None,
    };
    while let Some(argument) = arguments.next() {
        let config = &mut wanted.config;
        match argument.as_str() {
            "--clients" => {
                config.book.clients = arguments.next()?.parse().ok().filter(|n| (1..=100_000).contains(n))?
            }
            "--seed" => config.book.seed = arguments.next()?.parse().ok()?,
            "--keep-bodies" => wanted.log = LogDetail::Bodies,
            "--rate-limit" => config.rate_limit = Some(RateLimit::default()),
            "--latency" => {
                let text = arguments.next()?;
                let (from, to) = text.split_once('-')?;
                let millis = |text: &str| text.parse().ok().map(Duration::from_millis);
                config.latency = Some((millis(from)?, millis(to)?));
            }
            "--major-units" => config.book.money_unit = MoneyUnit::Major,
            "--one-job-each" => config.book.jobs_each = JobsEach::One,
            "--exports" => wanted.exports = Some(arguments.next()?.into()),
            "--port-file" => wanted.port_file = Some(arguments.next()?),
            _ => return None,
        }
    }
    Some(wanted)
}

fn main() -> ExitCode {
    let Some(wanted) = wanted(std::env::args().skip(1)) else {
        // Nobody to tell when standard error is closed.
        let _ = std::io::stderr().write_all(USAGE.as_bytes());
        return ExitCode::from(2);
    };
    match run(wanted) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "hub-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The book as each vendor's export, in a folder each; the paths by vendor.
fn write_exports(
    book: &BookSpec,
    folder: &Path,
) -> Result<BTreeMap<&'static str, Vec<PathBuf>>, Box<dyn std::error::Error>> {
    let book = Book::generate(book.clone());
    let mut written = BTreeMap::new();
    for vendor in Vendor::ALL {
        let place = folder.join(vendor.key());
        std::fs::create_dir_all(&place)?;
        let paths: &mut Vec<PathBuf> = written.entry(vendor.key()).or_default();
        for file in export(&book, vendor)? {
            let path = place.join(&file.name);
            std::fs::write(&path, &file.bytes)?;
            paths.push(path);
        }
    }
    Ok(written)
}

fn run(wanted: Wanted) -> Result<(), Box<dyn std::error::Error>> {
    let (account, other) = (AccountSeed::demo(), AccountSeed::neighbour());
    let cloud =
        Config { accounts: vec![account.clone(), other.clone()], log: wanted.log, ..Config::default() };
    let exports = match &wanted.exports {
        Some(folder) => Some(write_exports(&wanted.config.book, folder)?),
        None => None,
    };
    let World { crm: mut sandbox, wedsync } = World::start(wanted.config, cloud)?;
    let wedsync = Arc::new(wedsync);
    let cloud_control = sandbox.open_cloud_control(Arc::clone(&wedsync), &account.login)?;
    let mut source = RestSource::start(Shape::CursorInBody, 7, SOURCE_CLIENTS)?;
    let source_control = source.open_control()?;
    let signed = RestSource::start_guarded(Shape::CursorInBody, 13, SOURCE_CLIENTS, Told::Metadata, false)?;
    let nameless = RestSource::start_guarded(Shape::NextAddress, 17, SOURCE_CLIENTS, Told::Nameless, false)?;
    let mut site = WebSite::start(SiteShape::Table, 7, SOURCE_CLIENTS)?;
    site.drives_itself(sandbox.second_origin());
    let site_control = site.open_control()?;
    let mut drawn = WebSite::start(SiteShape::Drawn, 11, SOURCE_CLIENTS)?;
    drawn.drives_itself(sandbox.second_origin());
    let drawn_control = drawn.open_control()?;
    let mut pixieset = JsonSite::start(JsonKind::Pixieset, 7, SOURCE_CLIENTS)?;
    pixieset.drives_itself(sandbox.second_origin());
    let pixieset_control = pixieset.open_control()?;
    let mut place = HookPlace::start(INBOX_KEY)?;
    let place_control = place.open_control()?;
    let line = serde_json::json!({
        "site": {"address": site.address(), "control": site_control, "secret": WebSite::SESSION},
        "drawn": {"address": drawn.address(), "control": drawn_control, "secret": WebSite::SESSION},
        "pixieset": {"address": pixieset.address(), "control": pixieset_control, "secret": JsonSite::SESSION},
        "told": {"hook": place.hook(), "inbox": place.origin(), "key": INBOX_KEY, "control": place_control},
        "source": {"address": source.address(), "sign": source.sign(), "key": source.key(), "control": source_control},
        "signed": {"address": signed.address(), "logins": signed.logins()},
        "nameless": {"address": nameless.address(), "logins": nameless.logins()},
        "exports": exports,
        "vsco": sandbox.vsco_base_url(),
        "control": sandbox.control_url(),
        "cloud_control": cloud_control,
        "api_key": sandbox.api_key(),
        "read_only_key": sandbox.read_only_key(),
        "wedsync": wedsync.base_url(),
        "login": account.login,
        "password": account.password,
        "other_login": other.login,
        "other_password": other.password,
        "honeybook": sandbox.honeybook().base_url(),
        "honeybook_logins": sandbox.honeybook().logins(),
        "google_contacts": sandbox.google().people_url(),
        "google_calendar": sandbox.google().calendar_url(),
        "google_logins": sandbox.google().logins(),
    });
    if let Some(path) = wanted.port_file {
        std::fs::write(path, format!("{line}\n"))?;
    }
    writeln!(std::io::stdout(), "{line}")?;
    // Ctrl-C ends the process by itself; this waits for the parent to close the pipe.
    let mut rest = [0_u8; 256];
    while std::io::stdin().read(&mut rest)? > 0 {}
    Ok(())
}
