//! What can be typed. The sentences of `--help` stand in the catalogues under `hub.help` and `hub.option`, like all
//! others; they are put in when the parser is built.

mod sources;

use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use hub_core::message::{Locale, Message, is_known, render};

pub(crate) use sources::{BridgeAction, BridgeSeen, ConnectorAction, ConnectorNew};

#[derive(Debug, Parser)]
#[command(name = "hub", version, disable_help_subcommand = true)]
pub(crate) struct Line {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    #[arg(long, global = true, default_value = "default", value_name = "NAME")]
    pub(crate) profile: String,
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) profile_dir: Option<PathBuf>,
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[arg(long, global = true, value_name = "TAG")]
    pub(crate) locale: Option<String>,
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    #[arg(long, global = true)]
    pub(crate) passphrase_stdin: bool,
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) cloud_url: Option<String>,
    #[arg(long, global = true, value_name = "KIND")]
    pub(crate) profile_kind: Option<Kind>,
    #[cfg(feature = "fail-points")]
    #[arg(long, global = true, value_name = "WINDOW:N")]
    pub(crate) fail_point: Option<String>,
    #[cfg(feature = "fail-points")]
    #[arg(long, global = true)]
    pub(crate) next_version: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Live,
    Demo,
    Test,
    Sample,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Route {
    Loopback,
    Code,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Login {
        #[arg(long, value_enum, default_value = "loopback")]
        route: Route,
        #[arg(long)]
        no_browser: bool,
    },
    Logout,
    Connect {
        provider: String,
        #[arg(long)]
        name: Option<String>,
        #[arg(long, value_name = "URL")]
        base_url: Option<String>,
        #[arg(long)]
        key_stdin: bool,
        #[arg(long, value_name = "CONNECTION")]
        replace_key: Option<String>,
        /// For a CRM that is signed in to in the browser: the page's short code is typed here.
        #[arg(long)]
        code: bool,
        #[arg(long)]
        no_browser: bool,
        /// By the address of its calendar, which is asked for like a key.
        #[arg(long)]
        feed: bool,
    },
    Connector {
        #[command(subcommand)]
        action: ConnectorAction,
    },
    Bridge {
        #[command(subcommand)]
        action: BridgeAction,
    },
    Disconnect {
        connection: Option<String>,
    },
    Connections,
    Test {
        connection: Option<String>,
    },
    Scope(ScopeArgs),
    Answer {
        #[arg(required = true, value_name = "NAME=VALUE")]
        answers: Vec<String>,
        #[arg(long)]
        connection: Option<String>,
    },
    Preview {
        connection: Option<String>,
        #[arg(long = "file", value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    Map {
        #[command(subcommand)]
        action: MapAction,
    },
    Import {
        #[arg(value_name = "FILE|CONNECTION")]
        targets: Vec<String>,
        #[arg(long)]
        connection: Option<String>,
        #[arg(long)]
        full: bool,
        #[arg(long)]
        forecast: bool,
        #[arg(long, requires = "forecast")]
        count: bool,
        #[arg(long)]
        name: Option<String>,
        #[arg(long = "answer", value_name = "NAME=VALUE")]
        answers: Vec<String>,
        #[arg(long)]
        agree: bool,
        #[arg(long)]
        new_connection: bool,
    },
    Review {
        #[command(subcommand)]
        action: ReviewAction,
        #[arg(long, global = true)]
        connection: Option<String>,
    },
    Push {
        connection: Option<String>,
        #[arg(long, value_name = "TEMPLATE")]
        form: Option<String>,
    },
    Forms,
    Hooks {
        #[command(subcommand)]
        action: HookAction,
    },
    Undo {
        job: String,
    },
    Jobs {
        #[command(subcommand)]
        action: Option<JobAction>,
    },
    Logs {
        #[arg(long)]
        job: Option<String>,
        #[arg(long)]
        outcome: Option<String>,
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    Export {
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
    },
    Restore {
        point: Option<String>,
        #[arg(long)]
        list: bool,
        #[arg(long, conflicts_with = "point")]
        take: bool,
    },
    Erase(EraseArgs),
    Retention(RetentionArgs),
    Doctor,
    Serve {
        #[arg(long, default_value_t = 0)]
        port: u16,
        #[arg(long, value_name = "DIR")]
        ui_dir: Option<PathBuf>,
    },
    Demo {
        #[arg(long, value_name = "URL")]
        crm_url: String,
        #[arg(long)]
        crm_key_stdin: bool,
    },
    Try(TryArgs),
    Definitions {
        #[command(subcommand)]
        action: DefinitionsAction,
    },
    Inspect {
        file: PathBuf,
        #[arg(long)]
        limit: Option<u64>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ScopeArgs {
    pub(crate) connection: Option<String>,
    #[arg(long)]
    pub(crate) agree: bool,
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<jiff::civil::Date>,
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Option<jiff::civil::Date>,
    #[arg(long)]
    pub(crate) no_historical: bool,
    #[arg(long)]
    pub(crate) no_closed: bool,
    #[arg(long)]
    pub(crate) hidden: bool,
    #[arg(long)]
    pub(crate) people_without_job: bool,
    #[arg(long, value_name = "TYPE")]
    pub(crate) exclude: Vec<String>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("whom").required(true).args(["person", "everything"]))]
pub(crate) struct EraseArgs {
    #[arg(long, value_name = "ID")]
    pub(crate) person: Option<String>,
    #[arg(long)]
    pub(crate) everything: bool,
    #[arg(long, value_name = "NAME")]
    pub(crate) studio: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RetentionArgs {
    #[arg(long, value_name = "DAYS")]
    pub(crate) event_days: Option<u32>,
    #[arg(long, value_name = "DAYS")]
    pub(crate) log_days: Option<u32>,
    #[arg(long, value_name = "DAYS")]
    pub(crate) undo_days: Option<u32>,
    #[arg(long, value_name = "NUMBER")]
    pub(crate) backups: Option<u32>,
    #[arg(long, value_name = "DAYS")]
    pub(crate) backup_days: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HookAction {
    Add {
        provider: String,
        #[arg(long)]
        name: Option<String>,
        #[arg(long, value_name = "URL")]
        base_url: Option<String>,
        #[arg(long)]
        key_stdin: bool,
        #[arg(long)]
        picked: bool,
    },
    List,
    Events {
        hook: String,
    },
    On {
        hook: String,
    },
    Off {
        hook: String,
    },
    Remove {
        hook: String,
    },
    Retry {
        hook: String,
    },
    Send {
        hook: String,
        #[arg(value_name = "CLIENT")]
        clients: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DefinitionsAction {
    Check {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    Table,
    State,
    Refresh,
    Agree {
        connection: Option<String>,
    },
}

impl DefinitionsAction {
    /// Whether it is about the profile, and not about files.
    pub(crate) fn needs_profile(&self) -> bool {
        match self {
            DefinitionsAction::Check { .. } | DefinitionsAction::Table => false,
            DefinitionsAction::State | DefinitionsAction::Refresh | DefinitionsAction::Agree { .. } => true,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum MapAction {
    Show { connection: Option<String> },
    Set { connection: Option<String> },
    Suggest { connection: Option<String> },
    Preview { connection: Option<String> },
    Fields { connection: Option<String> },
    Choose(ChooseArgs),
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("choice").required(true).args(["new", "keep", "to", "suggested"]))]
pub(crate) struct ChooseArgs {
    pub(crate) connection: Option<String>,
    #[arg(long = "field", value_name = "FIELD")]
    pub(crate) custom_fields: Vec<String>,
    #[arg(long)]
    pub(crate) new: bool,
    #[arg(long)]
    pub(crate) keep: bool,
    #[arg(long, value_name = "FIELD")]
    pub(crate) to: Option<String>,
    #[arg(long)]
    pub(crate) suggested: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReviewAction {
    Summary,
    List {
        #[arg(long)]
        kind: Option<String>,
        #[arg(long)]
        state: Option<String>,
        #[arg(long)]
        search: Option<String>,
        #[arg(long, default_value_t = 100)]
        limit: u32,
        #[arg(long, default_value_t = 0)]
        offset: u64,
    },
    Show {
        row: u64,
    },
    Accept {
        #[arg(required = true)]
        rows: Vec<u64>,
    },
    Reject {
        #[arg(required = true)]
        rows: Vec<u64>,
    },
    Reopen {
        #[arg(required = true)]
        rows: Vec<u64>,
    },
    Edit {
        row: u64,
        record: String,
        field: String,
        value: String,
        #[arg(long)]
        everywhere: bool,
    },
    Who {
        row: u64,
        choice: String,
    },
    Fix {
        #[arg(required = true)]
        rows: Vec<u64>,
        #[arg(long)]
        without: bool,
    },
    Link {
        row: u64,
        client: Option<String>,
    },
    Create {
        #[arg(required = true)]
        rows: Vec<u64>,
    },
    Approve,
    Lift,
    Problems {
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum JobAction {
    List,
    Show { job: String },
    Pause { job: String },
    Resume { job: String },
    Cancel { job: String },
}

#[derive(Debug, Args)]
pub(crate) struct TryArgs {
    #[arg(value_enum)]
    pub(crate) kind: TryKind,
    #[arg(long)]
    pub(crate) country: Option<String>,
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) order: Order,
    #[arg(long)]
    pub(crate) each: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TryKind {
    Phone,
    Email,
    Date,
    Name,
    Money,
    Mapping,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Order {
    Auto,
    Dmy,
    Mdy,
    Ymd,
    Excel1900,
    Excel1904,
}

/// The parser with its sentences.
pub(crate) fn parser(locale: Locale) -> clap::Command {
    worded(Line::command(), "hub.help", locale)
}

/// Reads the line; the error knows how to print itself.
pub(crate) fn read(arguments: Vec<std::ffi::OsString>, locale: Locale) -> Result<Line, clap::Error> {
    let matches = parser(locale).try_get_matches_from(arguments)?;
    Line::from_arg_matches(&matches)
}

/// The locale that a line asks for, before it can be parsed, else the environment's.
pub(crate) fn locale_of(arguments: &[std::ffi::OsString]) -> Locale {
    let mut words = arguments.iter().filter_map(|argument| argument.to_str());
    while let Some(word) = words.next() {
        if word == "--locale" {
            return words.next().map_or_else(Locale::default, Locale::of);
        }
        if let Some(tag) = word.strip_prefix("--locale=") {
            return Locale::of(tag);
        }
    }
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .map_or_else(Locale::default, |tag| Locale::of(&tag))
}

fn worded(command: clap::Command, prefix: &str, locale: Locale) -> clap::Command {
    let say = |id: String| render(locale, &Message::new(id));
    let id = prefix.to_owned();
    let about = if is_known(&format!("{id}.about")) { format!("{id}.about") } else { id.clone() };
    let command = command.about(say(about)).mut_args(|argument| {
        let option = format!("hub.option.{}", argument.get_id().as_str());
        if is_known(&option) { argument.help(say(option)) } else { argument }
    });
    command.mut_subcommands(|sub| {
        let prefix = format!("{prefix}.{}", sub.get_name());
        worded(sub, &prefix, locale)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(command: &clap::Command, prefix: &str, missing: &mut Vec<String>) {
        if !is_known(prefix) && !is_known(&format!("{prefix}.about")) {
            missing.push(prefix.to_owned());
        }
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            if !["help", "version"].contains(&id) && !is_known(&format!("hub.option.{id}")) {
                missing.push(format!("hub.option.{id}"));
            }
        }
        for sub in command.get_subcommands() {
            check(sub, &format!("{prefix}.{}", sub.get_name()), missing);
        }
    }

    #[test]
    fn every_command_and_option_has_its_sentence() {
        let mut missing = Vec::new();
        check(&Line::command(), "hub.help", &mut missing);
        missing.sort();
        missing.dedup();
        assert_eq!(missing, Vec::<String>::new());
        Line::command().debug_assert();
    }

    #[test]
    fn the_locale_is_found_before_the_line_is_parsed() {
        let line = |words: &[&str]| words.iter().map(Into::into).collect::<Vec<std::ffi::OsString>>();
        assert_eq!(locale_of(&line(&["hub", "--locale", "en-US", "jobs"])), Locale::EnUs);
        assert_eq!(locale_of(&line(&["hub", "jobs", "--locale=en_US.UTF-8"])), Locale::EnUs);
    }
}
