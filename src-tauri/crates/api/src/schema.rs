//! The command table as TypeScript: every type once, and `RpcSchema` from command name to request and response.
//!
//! Written by a test into `ui/src/api/generated/rpc.ts`; the same test fails when the file differs (STYLE 16).

use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use ts_rs::{Config, TS, TypeVisitor};

use crate::{CommandRow, HubEvent, WireError, table};

/// Sees each command with its types.
pub trait CommandVisitor {
    /// One command.
    fn command<Request: TS + 'static, Response: TS + 'static>(&mut self, row: &CommandRow);
}

struct Collector {
    config: Config,
    seen: HashSet<TypeId>,
    declared: BTreeMap<String, String>,
    rows: String,
}

impl TypeVisitor for Collector {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        if T::output_path().is_some() {
            let (name, declaration) = (T::ident(&self.config), T::decl(&self.config));
            self.declared.insert(name, declaration);
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

impl CommandVisitor for Collector {
    fn command<Request: TS + 'static, Response: TS + 'static>(&mut self, row: &CommandRow) {
        self.visit::<Request>();
        self.visit::<Response>();
        let (request, response) = (Request::name(&self.config), Response::name(&self.config));
        let tags = |tags: &[crate::Tag]| serde_json::to_string(tags).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(
            self.rows,
            "  \"{}\": {{ request: {request}; response: {response}; provides: {}; invalidates: {} }};",
            row.name,
            tags(row.provides),
            tags(row.invalidates)
        );
    }
}

/// The whole module as text.
pub fn typescript() -> String {
    let mut collector = Collector {
        config: Config::new().with_large_int("number"),
        seen: HashSet::new(),
        declared: BTreeMap::new(),
        rows: String::new(),
    };
    table::visit(&mut collector);
    collector.visit::<WireError>();
    collector.visit::<HubEvent>();
    collector.visit::<crate::Tag>();
    let mut text =
        String::from("// Made from the command table by `cargo test -p hub-api`; change it there.\n\n");
    for declaration in collector.declared.values() {
        let _ = writeln!(text, "export {declaration}\n");
    }
    let _ = write!(text, "export type RpcSchema = {{\n{}}};\n\n", collector.rows);
    text.push_str("/** What each command shows and makes stale, for caches. */\n");
    text.push_str(
        "export const RPC_TAGS: { [K in keyof RpcSchema]: { provides: Tag[]; invalidates: Tag[] } } = {\n",
    );
    for row in table::TABLE {
        let tags = |tags: &[crate::Tag]| serde_json::to_string(tags).unwrap_or_default();
        let _ = writeln!(
            text,
            "  \"{}\": {{ provides: {}, invalidates: {} }},",
            row.name,
            tags(row.provides),
            tags(row.invalidates)
        );
    }
    text.push_str("};\n");
    text
}
