//! A guest's side of the socket.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hub_api::{HubEvent, WireError};
use interprocess::local_socket::tokio::Stream;
use interprocess::local_socket::tokio::prelude::*;
use serde_json::Value as Json;
use tokio::sync::{broadcast, oneshot};

use super::frames::{ANSWER_CAP, Hello, Request, Sent, read, write};
use super::{OwnerInfo, PROTOCOL, name_of};
use crate::failure::Failure;

/// Why the owner could not be reached.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    /// It speaks another version.
    #[error("the owner speaks another version")]
    OtherProtocol,
    /// It does not answer.
    #[error("the owner does not answer")]
    Io(#[from] std::io::Error),
}

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Result<Json, WireError>>>>>;

/// A connection to the owner.
pub(crate) struct Guest {
    stream: Arc<Stream>,
    /// One frame at a time.
    writing: tokio::sync::Mutex<()>,
    waiting: Waiting,
    next: AtomicU64,
    events: broadcast::Sender<HubEvent>,
}

impl Guest {
    pub(super) async fn connect(info: &OwnerInfo) -> Result<Guest, ConnectError> {
        let stream = Stream::connect(name_of(&info.socket)?).await?;
        let stream = Arc::new(stream);
        let (mut from, mut to) = (stream.as_ref(), stream.as_ref());
        write(&mut to, &Hello { protocol: PROTOCOL, token: info.token.clone() }).await?;
        let closed = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let hello: Hello = read(&mut from, 4096).await?.ok_or_else(closed)?;
        if hello.protocol != PROTOCOL {
            return Err(ConnectError::OtherProtocol);
        }
        let waiting = Waiting::default();
        let events = broadcast::channel(1024).0;
        tokio::spawn(listen(stream.clone(), waiting.clone(), events.clone()));
        Ok(Guest { stream, writing: tokio::sync::Mutex::new(()), waiting, next: AtomicU64::new(1), events })
    }

    pub(crate) fn events(&self) -> broadcast::Receiver<HubEvent> {
        self.events.subscribe()
    }

    /// Sends a command and waits for its answer.
    pub(crate) async fn call(&self, cmd: &str, payload: Json) -> Result<Json, Failure> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        lock(&self.waiting).insert(id, sender);
        let request = Request { id, cmd: cmd.to_owned(), payload };
        let sent = {
            let _alone = self.writing.lock().await;
            write(&mut self.stream.as_ref(), &request).await
        };
        if let Err(source) = sent {
            lock(&self.waiting).remove(&id);
            return Err(Failure::because("error.owner_gone", source));
        }
        match answer.await {
            Ok(answer) => Ok(answer?),
            Err(source) => Err(Failure::because("error.owner_gone", source)),
        }
    }
}

async fn listen(stream: Arc<Stream>, waiting: Waiting, events: broadcast::Sender<HubEvent>) {
    let mut from = stream.as_ref();
    loop {
        let (id, answer) = match read::<Sent>(&mut from, ANSWER_CAP).await {
            Ok(Some(Sent::Event(event))) => {
                // Nobody listening is no fault: the log has it.
                let _ = events.send(event);
                continue;
            }
            Ok(Some(Sent::Ok { id, value })) => (id, Ok(value)),
            Ok(Some(Sent::Err { id, error })) => (id, Err(error)),
            Ok(None) => break,
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "the owner is gone");
                break;
            }
        };
        if let Some(sender) = lock(&waiting).remove(&id) {
            let _ = sender.send(answer);
        }
    }
    // Dropping the senders tells every waiting call that no answer will come.
    lock(&waiting).clear();
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
