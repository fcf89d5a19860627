//! Rules for writing in a definition of one's own: what a pasted command says, what is kept, and taking one away. Nothing is sent.

use std::sync::Arc;

use hub_api::dto::{ConnectorWriteFound, Operation, RecordType, WriteField, WriteFixed, WriteRule};
use hub_api::{ApiError, Code, Retry, WriteAsked};
use hub_connectors::definition::{Operation as Defined, parse};
use hub_connectors::{
    Definition, KeptWrite, PastedError, kept_writes, read_pasted_write, steps_of_write, without_write,
};
use hub_core::ports::{RawReader, Secret};
use hub_store::Store;

use super::super::providers;

/// Records among which one is taken where the command names none: the one that says most of what there can be in a record.
const LOOKED_AT: u32 = 20;

/// Reads a command as a rule. A record may be large, so that this is not done where requests wait.
pub(super) async fn read(store: Arc<Store>, asked: WriteAsked) -> Result<ConnectorWriteFound, ApiError> {
    tokio::task::spawn_blocking(move || found(store.as_ref(), asked)).await.map_err(ApiError::Panicked)?
}

fn found(records: &dyn RawReader, asked: WriteAsked) -> Result<ConnectorWriteFound, ApiError> {
    let unsound = || refused(PastedError::NoListYet);
    let read = parse(&asked.definition).map_err(|_| unsound())?;
    let record = match asked.record {
        Some(record) => record,
        None => record_of(records, &asked.connection_id, &read, &asked.command)?,
    };
    let made = read_pasted_write(&asked.command, record.expose(), &asked.definition).map_err(refused)?;
    let after = parse(&made.definition).map_err(|_| unsound())?;
    // The rule stands at the end.
    let rule = kept_writes(&after).pop().ok_or_else(unsound)?;
    Ok(ConnectorWriteFound {
        rule: view(rule),
        left: made.left,
        definition: made.definition,
        of_version: read.version,
    })
}

/// A record that was read already: the one that the command names, else one that says much.
fn record_of(
    records: &dyn RawReader,
    connection_id: &str,
    definition: &Definition,
    command: &Secret,
) -> Result<Secret, ApiError> {
    let list = definition.routes.api.as_ref().and_then(|api| api.list());
    let stream = &list.ok_or_else(|| refused(PastedError::NoListYet))?.stream;
    let named = steps_of_write(command).map_err(refused)?;
    let one = match records.by_ids(connection_id, stream, &named)?.pop() {
        Some(record) => Some(record),
        None => records
            .scan(connection_id, stream, None, LOOKED_AT)?
            .into_iter()
            .max_by_key(|record| record.raw.len()),
    };
    let one = one.ok_or_else(|| ApiError::refused(Code::Refused, "error.write_needs_record"))?;
    Ok(Secret::new(one.raw))
}

fn refused(error: PastedError) -> ApiError {
    ApiError::Host {
        code: Code::Refused,
        message: error.message(),
        retry: Retry::Never,
        source: Some(Box::new(error)),
    }
}

/// The rules of a definition that reads a list; nothing of another.
pub(super) fn kept(definition: &Definition) -> Option<Vec<WriteRule>> {
    definition.routes.api.as_ref().and_then(|api| api.list())?;
    Some(kept_writes(definition).into_iter().map(view).collect())
}

/// A definition without a rule.
pub(super) fn without(
    definition: &str,
    record: RecordType,
    operation: Operation,
) -> Result<String, ApiError> {
    let operation = match operation {
        Operation::Read => Defined::Read,
        Operation::Create => Defined::Create,
        Operation::Update => Defined::Update,
        Operation::Delete => Defined::Delete,
    };
    without_write(definition, record.into(), operation)
        .ok_or_else(|| ApiError::refused(Code::Refused, "error.write_stays"))
}

fn view(rule: KeptWrite) -> WriteRule {
    WriteRule {
        record: rule.record.into(),
        operation: providers::operation(rule.operation),
        request: rule.request,
        fields: rule.places.into_iter().map(|(field, path, back)| WriteField { field, path, back }).collect(),
        fixed: rule.fixed.into_iter().map(|(path, value)| WriteFixed { path, value }).collect(),
        facts: rule.facts.into_iter().map(Into::into).collect(),
        unwritten: rule.unwritten,
        lacks: rule.lacks.into_iter().map(Into::into).collect(),
    }
}

#[cfg(test)]
mod tests {
    use hub_core::ports::{StoreResult, StoredRaw};

    use super::*;

    const DEFINITION: &str = "format = 1\nversion = 4\n\n[identity]\nkey = \"custom:own\"\nname = \"Own\"\n\
        description = \"connector.custom.description\"\nicon = \"connectors/custom.svg\"\ncategory = \"custom\"\n\n\
        [routes.api]\nstate = \"ready\"\nevidence = \"observed\"\nsource = \"a test read\"\n\
        base_url = \"https://crm.example\"\nhosts = [\"crm.example\"]\n\
        limits = [{ requests = 30, per_seconds = 60 }]\n\n[routes.api.auth]\nkind = \"bearer\"\n\
        help = \"connector.help.key_of_your_own\"\n\n[routes.api.list]\nstream = \"clients\"\npath = \"/api/clients\"\n\
        records = \"data\"\nid = \"id\"\ntotal = \"count\"\npages = { kind = \"whole\" }\n\n\
        [[capability]]\nroute = \"api\"\nrecords = [\"person\"]\noperations = [\"read\"]\n\
        evidence = \"observed\"\nsource = \"a test read\"\n\n[rows.fields]\nfirst = \"primary.first_name\"\n\
        email = \"primary.email\"\n";

    /// Records in memory, in the order of their ids.
    struct Held(Vec<(&'static str, &'static str)>);

    impl RawReader for Held {
        fn scan(&self, _: &str, _: &str, _: Option<&str>, limit: u32) -> StoreResult<Vec<StoredRaw>> {
            Ok(self.0.iter().take(usize::try_from(limit).unwrap()).map(raw).collect())
        }
        fn by_ids(&self, _: &str, stream: &str, ids: &[String]) -> StoreResult<Vec<StoredRaw>> {
            assert_eq!(stream, "clients");
            Ok(self.0.iter().filter(|(id, _)| ids.iter().any(|one| one == id)).map(raw).collect())
        }
        fn by_parents(&self, _: &str, _: &str, _: usize, _: &[String]) -> StoreResult<Vec<StoredRaw>> {
            Ok(Vec::new())
        }
        fn count(&self, _: &str, _: &str) -> StoreResult<u64> {
            Ok(u64::try_from(self.0.len()).unwrap())
        }
    }

    fn raw((id, raw): &(&str, &str)) -> StoredRaw {
        StoredRaw {
            id: (*id).to_owned(),
            raw: (*raw).to_owned(),
            content_hash: String::new(),
            parents: [None, None],
        }
    }

    fn held() -> Held {
        Held(vec![
            ("c-1", r#"{"id": "c-1", "first": "Ann"}"#),
            ("c-2", r#"{"id": "c-2", "first": "Beth", "email": "beth@example.com"}"#),
            ("c-3", r#"{"id": "c-3"}"#),
        ])
    }

    fn ask(records: &Held, command: &str, record: Option<&str>) -> Result<ConnectorWriteFound, String> {
        let asked = WriteAsked {
            connection_id: "crm-1".to_owned(),
            definition: DEFINITION.to_owned(),
            command: Secret::new(command),
            record: record.map(Secret::new),
        };
        found(records, asked).map_err(|error| error.to_string())
    }

    #[test]
    fn a_command_is_compared_with_the_record_that_it_names_or_with_one_that_says_much() {
        let change = "curl -X PATCH https://crm.example/api/clients/c-2 -H 'Authorization: Bearer canary-1234' -d '{\"mail\":\"beth@example.com\",\"token\":\"canary-5678\"}'";
        let read = ask(&held(), change, None).expect("a rule");
        assert_eq!(read.of_version, 4);
        assert_eq!(
            (read.rule.operation, read.rule.request.as_str()),
            (Operation::Update, "PATCH /api/clients/{id}")
        );
        assert_eq!(read.rule.fields[0].back.as_deref(), Some("email"), "known by the value of c-2 alone");
        assert_eq!(read.left, ["token"]);
        let told = serde_json::to_string(&read).unwrap();
        for hidden in ["canary", "beth@example.com", "c-2"] {
            assert!(!told.contains(hidden), "Inv 42: {hidden} in {told}");
        }
        let make = "curl https://crm.example/api/clients --json '{\"first\":\"x\",\"email\":\"y\"}'";
        assert_eq!(ask(&held(), make, None).expect("a rule").rule.fields.len(), 2, "c-2 says most");
        assert_eq!(ask(&Held(Vec::new()), make, None), Err("error.write_needs_record".to_owned()));
        assert!(ask(&Held(Vec::new()), make, Some(r#"{"id": 1, "first": "a"}"#)).is_ok());
        let unknown = change.replace("c-2", "c-9");
        assert_eq!(ask(&held(), &unknown, None), Err("error.pasted.other_record".to_owned()));
        let reads = "curl https://crm.example/api/clients/c-2";
        assert_eq!(ask(&held(), reads, None), Err("error.pasted.no_change".to_owned()));
    }

    #[test]
    fn a_kept_rule_is_shown_and_taken_away() {
        let make = "curl https://crm.example/api/clients --json '{\"first\":\"x\"}'";
        let made = ask(&held(), make, None).expect("a rule");
        let kept = kept(&parse(&made.definition).unwrap()).expect("it reads a list");
        assert_eq!(kept, [made.rule]);
        let left = without(&made.definition, RecordType::Person, Operation::Create).expect("taken away");
        assert_eq!(left, DEFINITION.replace("version = 4", "version = 6"));
        let none = without(&left, RecordType::Person, Operation::Create).map_err(|error| error.to_string());
        assert_eq!(none, Err("error.write_stays".to_owned()));
    }
}
