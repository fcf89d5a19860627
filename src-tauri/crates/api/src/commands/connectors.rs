//! Connectors of one's own: a look at a source, and connections by the definition that comes of it.

use hub_core::message::Message;
use hub_core::ports::{Connection, ConnectionStatus, Scope, definition_setting};
use hub_core::record::connection_id;
use serde_json::Value as Json;

use super::connection_page::{key_given, view};
use super::connections::{name_of, put_key, room_for_one_more, store};
use crate::dto::{
    ConnectionId, ConnectionView, ConnectorFile, ConnectorFound, ConnectorLook, ConnectorPaste,
    ConnectorReplace, ConnectorSignIn, ConnectorTried, ConnectorWithKey, ConnectorWriteFound,
    ConnectorWriteLook, ConnectorWriteRemove, ConnectorWriteRemoved, DefinitionChecked, DefinitionFile,
    DefinitionOpened, DefinitionText, PasteRead, SignInBegun,
};
use crate::{
    ApiError, Code, Host, PastedText, Pasting, SecretText, SourceAsked, SourceKey, SourceTried, WriteAsked,
};

/// Longest definition that is taken.
pub(crate) const LONGEST: usize = 256 * 1024;

pub(crate) async fn recognise(host: &dyn Host, request: ConnectorLook) -> Result<ConnectorFound, ApiError> {
    let name = name_of(Some(request.name), "")?;
    let key = match (request.key, request.look_id, &request.paste) {
        (Some(key), None, _) => SourceKey::Given(key.into_secret()),
        (None, Some(look_id), _) => SourceKey::OfLook(look_id),
        (None, None, Some(choice)) => SourceKey::Given(host.crms().key_of_paste(choice, &request.address)?),
        _ => return Err(ApiError::refused(Code::BadRequest, "error.needs_key")),
    };
    let asked = SourceAsked {
        provider: request.provider,
        name,
        address: request.address,
        sign: request.sign,
        key,
        paste: request.paste,
        chosen: request.chosen.unwrap_or_default(),
    };
    host.crms().recognise(asked).await
}

/// Longest name of this program at a server.
const LONGEST_CLIENT_ID: usize = 512;

pub(crate) async fn sign_in(host: &dyn Host, mut request: ConnectorSignIn) -> Result<SignInBegun, ApiError> {
    super::sample::no_place_for_others(host)?;
    let account = host.engine().require_writer()?;
    room_for_one_more(host.engine(), &account).await?;
    request.name = name_of(Some(request.name), "")?;
    if let Some(definition) = &request.definition {
        bounded(definition)?;
    }
    let fits = |id: &String| !id.trim().is_empty() && id.len() <= LONGEST_CLIENT_ID;
    request.client_id = request.client_id.filter(fits);
    host.crm_sign_in().begin_source(request).await
}

pub(crate) async fn paste(host: &dyn Host, request: ConnectorPaste) -> Result<PasteRead, ApiError> {
    let pasting = match (request.text, request.file_id) {
        (Some(text), None) if text.is_too_long() => {
            return Err(ApiError::refused(Code::Refused, "error.pasted_too_long"));
        }
        (Some(text), None) => Pasting::Text(text.into_secret()),
        (None, Some(file_id)) => Pasting::File(file_id),
        _ => return Err(ApiError::refused(Code::BadRequest, "error.paste_either")),
    };
    host.crms().read_paste(pasting).await
}

pub(crate) async fn check(host: &dyn Host, request: DefinitionText) -> Result<DefinitionChecked, ApiError> {
    bounded(&request.definition)?;
    Ok(host.crms().check_definition(&request.definition))
}

pub(crate) async fn open_file(
    host: &dyn Host,
    request: DefinitionFile,
) -> Result<DefinitionOpened, ApiError> {
    host.crms().open_definition(&request.file_id).await
}

pub(crate) async fn try_out(host: &dyn Host, request: ConnectorWithKey) -> Result<ConnectorTried, ApiError> {
    bounded(&request.definition)?;
    let key = key_of(request.key, request.look_id)?;
    let tried = host.crms().try_definition(&request.definition, &key).await?;
    let SourceTried { name, address, clients, look_id, .. } = tried;
    Ok(ConnectorTried { name, address, clients, look_id })
}

pub(crate) async fn create(host: &dyn Host, request: ConnectorWithKey) -> Result<ConnectionView, ApiError> {
    super::sample::no_place_for_others(host)?;
    bounded(&request.definition)?;
    let account = host.engine().require_writer()?;
    let held = room_for_one_more(host.engine(), &account).await?;
    let key = key_of(request.key, request.look_id)?;
    let tried = host.crms().try_definition(&request.definition, &key).await?;
    let id = connection_id(&account.supplier_id, &tried.provider, &tried.probed.account.account_id);
    if let Some(other) = held.iter().find(|other| other.id == id) {
        return Err(ApiError::Refused {
            code: Code::Refused,
            message: Message::new("error.connection_exists").with("name", &other.name),
        });
    }
    let connection = Connection {
        vault_ref: format!("connection:{id}"),
        supplier_id: account.supplier_id,
        provider: tried.provider,
        name: name_of(request.name, &tried.name)?,
        status: ConnectionStatus::Connected,
        account: tried.probed.account,
        base_url: Some(tried.address),
        key_hint: tried.key_hint,
        scope: Scope::default(),
        decisions: tried.probed.decisions,
        last_sync_at: None,
        last_sync_status: None,
        error: None,
        created_at: host.clock().now(),
        id,
    };
    // The definition and the key first: a connection without them would be one that cannot work.
    put_definition(host, &connection.id, request.definition).await?;
    put_key(host.engine(), &host.secrets(), &connection.vault_ref, tried.sealed).await?;
    host.crms().look_used(&tried.look_id);
    key_given(host.engine(), &connection.id, connection.created_at).await?;
    store(host.engine(), connection).await
}

pub(crate) async fn replace(host: &dyn Host, request: ConnectorReplace) -> Result<ConnectionView, ApiError> {
    host.engine().require_writer()?;
    bounded(&request.definition)?;
    let connection = host.engine().connection(&request.connection_id).await?;
    let held = definition_of(host, &connection).await?;
    if let Some(version) = request.of_version
        && host.crms().version_of(&held)? != version
    {
        // Somebody else was faster: what they changed is not undone by what was made of the one before it.
        return Err(ApiError::refused(Code::Refused, "error.definition_moved"));
    }
    // The same source, or it would be another connection: neither its key nor its links may follow to another place.
    if host.crms().source_of(&request.definition)? != host.crms().source_of(&held)? {
        return Err(ApiError::refused(Code::Refused, "error.definition_other_source"));
    }
    put_definition(host, &connection.id, request.definition).await?;
    view(host.engine(), connection).await
}

pub(crate) async fn export(host: &dyn Host, request: ConnectionId) -> Result<ConnectorFile, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    let definition = definition_of(host, &connection).await?;
    let plain: String = connection
        .provider
        .trim_start_matches("custom:")
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    Ok(ConnectorFile { file_name: format!("{plain}.toml"), definition })
}

pub(crate) async fn read_write(
    host: &dyn Host,
    request: ConnectorWriteLook,
) -> Result<ConnectorWriteFound, ApiError> {
    if request.command.is_too_long() || request.record.as_ref().is_some_and(PastedText::is_too_long) {
        return Err(ApiError::refused(Code::Refused, "error.write_too_long"));
    }
    let connection = host.engine().connection(&request.connection_id).await?;
    let definition = definition_of(host, &connection).await?;
    let asked = WriteAsked {
        connection_id: connection.id,
        definition,
        command: request.command.into_secret(),
        record: request.record.map(PastedText::into_secret),
    };
    host.crms().read_write(asked).await
}

pub(crate) async fn remove_write(
    host: &dyn Host,
    request: ConnectorWriteRemove,
) -> Result<ConnectorWriteRemoved, ApiError> {
    host.engine().require_writer()?;
    let connection = host.engine().connection(&request.connection_id).await?;
    let held = definition_of(host, &connection).await?;
    let left = host.crms().without_write(&held, request.record, request.operation)?;
    let of_version = host.crms().version_of(&left)?;
    put_definition(host, &connection.id, left).await?;
    Ok(ConnectorWriteRemoved { was: held, of_version })
}

/// The key that came with the request, or what a look was given.
fn key_of(key: Option<SecretText>, look_id: Option<String>) -> Result<SourceKey, ApiError> {
    match (key, look_id) {
        (Some(key), None) => Ok(SourceKey::Given(key.into_secret())),
        (None, Some(look_id)) => Ok(SourceKey::OfLook(look_id)),
        _ => Err(ApiError::refused(Code::BadRequest, "error.needs_key")),
    }
}

pub(super) fn bounded(definition: &str) -> Result<(), ApiError> {
    if definition.len() > LONGEST {
        return Err(ApiError::refused(Code::Refused, "error.definition_too_long"));
    }
    Ok(())
}

async fn put_definition(host: &dyn Host, id: &str, definition: String) -> Result<(), ApiError> {
    let name = definition_setting(id);
    host.engine().db().run(move |book| book.put_setting(&name, &Json::String(definition))).await?;
    Ok(())
}

/// The definition that a connection of one's own goes by.
async fn definition_of(host: &dyn Host, connection: &Connection) -> Result<String, ApiError> {
    let name = definition_setting(&connection.id);
    match host.engine().db().run(move |book| book.setting(&name)).await? {
        Some(Json::String(definition)) => Ok(definition),
        Some(_) | None => Err(ApiError::refused(Code::Refused, "error.definition_built_in")),
    }
}
