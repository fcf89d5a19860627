//! The whole at a glance, and the doctor.

use hub_core::message::Message;

use crate::dto::{AppState, Check, Diagnosis, JobView, NetworkState, Nothing, SignedIn};
use crate::{ApiError, Host};

pub(crate) async fn state(host: &dyn Host, _: Nothing) -> Result<AppState, ApiError> {
    let account = host.engine().known_account();
    let supplier = account.as_ref().map(|account| account.supplier_id.clone());
    let (connections, jobs) = host
        .engine()
        .db()
        .run(move |book| {
            let connections = match &supplier {
                Some(supplier) => super::connection_page::views(book, book.connections(supplier)?)?,
                None => Vec::new(),
            };
            let jobs = if supplier.is_some() { book.open_jobs()? } else { Vec::new() };
            Ok((connections, jobs))
        })
        .await?;
    Ok(AppState {
        version: host.version().to_owned(),
        profile: host.profile().clone(),
        signed_in: account.map(SignedIn::from),
        connections,
        open_jobs: jobs.into_iter().map(JobView::from).collect(),
    })
}

pub(crate) async fn network(host: &dyn Host, _: Nothing) -> Result<NetworkState, ApiError> {
    Ok(NetworkState { wedsync_answers: host.network().wedsync_answers().await })
}

pub(crate) async fn doctor(host: &dyn Host, _: Nothing) -> Result<Diagnosis, ApiError> {
    let engine = host.engine();
    let mut checks = Vec::new();
    let mut check = |id: &str, ok: bool, message: Message| {
        checks.push(Check { id: id.to_owned(), ok, message: message.into() });
    };
    match engine.db().run(|book| book.verify_audit()).await? {
        Ok(rows) => check("audit", true, Message::new("doctor.audit_whole").with("count", rows)),
        Err(row) => check("audit", false, Message::new("doctor.audit_broken").with("row", row)),
    }
    let counts = engine.db().run(|book| book.mirror_counts()).await?;
    let clients = counts.get("client").copied().unwrap_or(0);
    check("book", true, Message::new("doctor.clients_held").with("count", clients));
    match engine.known_account() {
        None => check("sign_in", false, Message::new("error.not_signed_in")),
        Some(account) => {
            check("sign_in", true, Message::new("doctor.signed_in").with("name", &account.supplier_name));
            let connections = engine.db().run(move |book| book.connections(&account.supplier_id)).await?;
            for connection in connections {
                let has_key = host.secrets().secret(&connection.vault_ref)?.is_some();
                let id = if has_key { "doctor.key_held" } else { "doctor.key_missing" };
                check("connection", has_key, Message::new(id).with("name", &connection.name));
            }
        }
    }
    let known = host.crms().definitions();
    match (&known.refused, known.serial) {
        (Some(reason), _) => check("definitions", !known.takes_updates, reason.clone()),
        (None, Some(serial)) => {
            check("definitions", true, Message::new("doctor.definitions_updated").with("serial", serial));
        }
        (None, None) => check("definitions", true, Message::new("doctor.definitions_built_in")),
    }
    if let Some(account) = engine.known_account() {
        let connections = engine.db().run(move |book| book.connections(&account.supplier_id)).await?;
        for connection in connections {
            if let Some(reason) = host.crms().switched_off(&connection) {
                check("switched_off", false, reason);
            }
            if host.crms().definition_change(&connection)?.is_some() {
                let waits = Message::new("doctor.definition_change").with("name", &connection.name);
                check("definition_change", false, waits);
            }
        }
    }
    let open = engine.db().run(|book| book.open_jobs()).await?;
    check("jobs", true, Message::new("doctor.open_jobs").with("count", open.len()));
    let ok = checks.iter().all(|check| check.ok);
    Ok(Diagnosis { checks, ok })
}
