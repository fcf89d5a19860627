//! Lines of `hub connector` and `hub bridge`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectorAction {
    New(ConnectorNew),
    Test {
        file: PathBuf,
        #[arg(long)]
        key_stdin: bool,
        #[arg(long)]
        no_browser: bool,
    },
    Use {
        file: PathBuf,
        #[arg(long)]
        key_stdin: bool,
        #[arg(long)]
        no_browser: bool,
        #[arg(long)]
        name: Option<String>,
    },
    Export {
        connection: Option<String>,
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    Replace {
        file: PathBuf,
        #[arg(long)]
        connection: Option<String>,
    },
    Write(crate::run::ConnectorWrite),
}

#[derive(Debug, Args)]
pub(crate) struct ConnectorNew {
    #[arg(value_name = "URL", required_unless_present = "paste")]
    pub(crate) address: Option<String>,
    #[arg(long)]
    pub(crate) name: String,
    #[arg(long, value_name = "WAY", required_unless_present = "paste")]
    pub(crate) sign: Option<String>,
    #[arg(long, value_name = "FILE")]
    pub(crate) paste: Option<PathBuf>,
    #[arg(long, value_name = "NUMBER", requires = "paste")]
    pub(crate) which: Option<u32>,
    #[arg(long, value_name = "PATH")]
    pub(crate) list_at: Option<String>,
    #[arg(long, value_name = "FIELD")]
    pub(crate) id: Option<String>,
    #[arg(long, value_name = "FIELD")]
    pub(crate) changed_by: Option<String>,
    #[arg(long, default_value = "custom")]
    pub(crate) provider: String,
    #[arg(long)]
    pub(crate) key_stdin: bool,
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    #[arg(long)]
    pub(crate) no_browser: bool,
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[arg(long)]
    pub(crate) connect: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BridgeAction {
    New {
        provider: String,
        #[arg(long)]
        name: Option<String>,
    },
    Look(BridgeSeen),
    Connect {
        #[command(flatten)]
        seen: BridgeSeen,
        #[arg(long)]
        name: Option<String>,
        #[arg(long)]
        bring_tests: bool,
    },
    Address {
        connection: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct BridgeSeen {
    pub(crate) provider: String,
    pub(crate) inbox: String,
    #[arg(long = "id-field", value_name = "FIELD", conflicts_with = "by_name")]
    pub(crate) id: Option<String>,
    #[arg(long)]
    pub(crate) by_name: bool,
}
