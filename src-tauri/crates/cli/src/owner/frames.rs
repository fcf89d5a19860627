//! Frames on the local socket: four bytes of length, then JSON. Frozen per protocol version.

use hub_api::{HubEvent, WireError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// Largest request: a mapping, a list of rows.
pub(super) const REQUEST_CAP: u32 = 16 * 1024 * 1024;
/// Largest answer: the export of a hundred thousand clients.
pub(super) const ANSWER_CAP: u32 = 1024 * 1024 * 1024;

/// The first frame of each side.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hello {
    pub(super) protocol: u32,
    /// From `owner.json`; empty from the owner.
    pub(super) token: String,
}

/// A command of a guest.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    pub(super) id: u64,
    pub(super) cmd: String,
    pub(super) payload: Json,
}

/// What the owner sends.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sent {
    /// An answer.
    Ok { id: u64, value: Json },
    /// A failure.
    Err { id: u64, error: WireError },
    /// An event.
    Event(HubEvent),
}

/// Reads a frame; `None` when the other side has closed between two.
pub(super) async fn read<T: DeserializeOwned>(
    from: &mut (impl AsyncRead + Unpin),
    cap: u32,
) -> std::io::Result<Option<T>> {
    let length = match from.read_u32().await {
        Ok(length) => length,
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    };
    if length > cap {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "the frame is too large"));
    }
    // Read as it comes, so that a length alone reserves nothing.
    let mut bytes = Vec::new();
    let read = from.take(u64::from(length)).read_to_end(&mut bytes).await?;
    if read < length as usize {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error))
}

/// Writes a frame.
pub(super) async fn write(to: &mut (impl AsyncWrite + Unpin), frame: &impl Serialize) -> std::io::Result<()> {
    let bytes = serde_json::to_vec(frame)
        .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error))?;
    let length = u32::try_from(bytes.len())
        .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error))?;
    to.write_u32(length).await?;
    to.write_all(&bytes).await?;
    to.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_come_back_and_hostile_ones_are_refused() {
        let mut wire = Vec::new();
        let request = Request { id: 7, cmd: "app.state".into(), payload: Json::Null };
        write(&mut wire, &request).await.expect("memory takes it");
        let mut from = wire.as_slice();
        let back: Request = read(&mut from, REQUEST_CAP).await.expect("whole").expect("a frame");
        assert_eq!((back.id, back.cmd.as_str()), (7, "app.state"));
        assert!(read::<Request>(&mut from, REQUEST_CAP).await.expect("closed").is_none());

        let cut = &wire[..wire.len() - 1];
        assert!(read::<Request>(&mut &cut[..], REQUEST_CAP).await.is_err(), "a frame cut short");
        let huge = u32::MAX.to_be_bytes();
        assert!(read::<Request>(&mut &huge[..], REQUEST_CAP).await.is_err(), "a length beyond the cap");
    }
}
