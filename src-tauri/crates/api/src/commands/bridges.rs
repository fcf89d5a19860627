//! Connections by events: an address for an automation, a look at what was sent to it as a test, and the connection.

use hub_core::ports::{AccountInfo, INBOX_PREFIX, left_out_setting};
use serde_json::Value as Json;

use super::connections::{NewConnection, connect, name_of, room_for_one_more};
use crate::dto::{
    BridgeAddress, BridgeBegin, BridgeCreate, BridgeLook, BridgeLookAt, BridgeTests, ConnectionId,
    ConnectionView,
};
use crate::{ApiError, Code, Host, Probed, RelayAsked};

pub(crate) async fn begin(host: &dyn Host, request: BridgeBegin) -> Result<BridgeAddress, ApiError> {
    super::sample::no_place_for_others(host)?;
    let account = host.engine().require_writer()?;
    room_for_one_more(host.engine(), &account).await?;
    let id = host.ids().new_id();
    let inbox = host.crms().relay_address(&id, &request.provider, request.name.as_deref()).await?;
    Ok(BridgeAddress { inbox_id: inbox.id, address: inbox.address })
}

pub(crate) async fn look(host: &dyn Host, request: BridgeLookAt) -> Result<BridgeLook, ApiError> {
    host.engine().require_writer()?;
    let asked = RelayAsked {
        provider: request.provider,
        inbox_id: request.inbox_id,
        name: None,
        apart: request.apart,
    };
    Ok(host.crms().relay_look(asked).await?.look)
}

pub(crate) async fn create(host: &dyn Host, request: BridgeCreate) -> Result<ConnectionView, ApiError> {
    super::sample::no_place_for_others(host)?;
    let asked = RelayAsked {
        provider: request.provider.clone(),
        inbox_id: request.inbox_id.clone(),
        name: request.name.clone(),
        apart: request.apart,
    };
    let looked = host.crms().relay_look(asked).await?;
    let Some(definition) = looked.definition else {
        // What nobody has seen working is not kept.
        return Err(ApiError::refused(Code::Refused, "error.relay.nothing_yet"));
    };
    let name = name_of(request.name, &looked.name)?;
    let inbox = host.crms().relay_address(&request.inbox_id, &request.provider, Some(&name)).await?;
    let account = AccountInfo {
        account_id: format!("{INBOX_PREFIX}{}", inbox.id),
        name: name.clone(),
        time_zone: None,
        currency: None,
        country: None,
        readable: vec![looked.stream.clone()],
    };
    let new = NewConnection {
        provider: request.provider,
        base_url: None,
        name: Some(name),
        probed: Probed { account, decisions: looked.decisions },
        key_hint: String::new(),
        sealed: hub_core::ports::Secret::new(inbox.address),
        definition: Some(definition),
    };
    let made = connect(host.engine(), &host.secrets(), host.clock().now(), new).await?;
    if let (BridgeTests::LeaveOut, Some(cursor)) = (request.tests, looked.cursor) {
        let (id, stream, last) = (made.id.clone(), looked.stream, looked.last);
        host.engine()
            .db()
            .run(move |book| {
                book.put_setting(&left_out_setting(&id), &Json::from(last))?;
                book.follow_from(&id, &stream, &cursor)
            })
            .await?;
    }
    Ok(made)
}

pub(crate) async fn address(host: &dyn Host, request: ConnectionId) -> Result<BridgeAddress, ApiError> {
    host.engine().require_writer()?;
    let connection = host.engine().connection(&request.connection_id).await?;
    let Some(inbox_id) = connection.inbox().map(str::to_owned) else {
        return Err(ApiError::refused(Code::Refused, "error.relay.no_address"));
    };
    let (secrets, name) = (host.secrets(), connection.vault_ref.clone());
    let kept = host.engine().db().run(move |_| secrets.secret(&name)).await?;
    let kept = kept.ok_or_else(|| ApiError::refused(Code::Refused, "error.relay.no_address"))?;
    Ok(BridgeAddress { inbox_id, address: kept.expose().to_owned() })
}
