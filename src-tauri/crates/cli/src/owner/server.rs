//! The owner's side of the socket.

use std::sync::Arc;

use hub_api::{Door, Host, dispatch};
use interprocess::local_socket::ListenerOptions;
use interprocess::local_socket::tokio::prelude::*;
use interprocess::local_socket::tokio::{Listener, Stream};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;

use super::frames::{ANSWER_CAP, Hello, REQUEST_CAP, Request, Sent, read, write};
use super::{OwnerInfo, PROTOCOL, name_of};

/// Answers and events that may wait for a slow guest before it is cut off.
const BACKLOG: usize = 256;

/// The guests of this process.
pub(crate) struct Guests {
    count: watch::Sender<usize>,
    accepting: JoinHandle<()>,
}

impl Guests {
    /// Listens. The socket exists when this returns.
    pub(crate) fn welcome(info: &OwnerInfo, host: Arc<dyn Host>) -> std::io::Result<Guests> {
        let options = ListenerOptions::new().name(name_of(&info.socket)?);
        let listener = for_this_user_alone(options)?.create_tokio()?;
        let count = watch::Sender::new(0);
        let accepting = tokio::spawn(accept(listener, info.token.clone(), host, count.clone()));
        Ok(Guests { count, accepting })
    }

    /// Waits until no guest is connected.
    pub(crate) async fn gone(&self) {
        // The sender lives as long as this value, so that waiting ends only by being right.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Guests {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// On Windows a pipe stands in no directory, and by default everybody may read it: its own list of who may open it
/// names its owner, which is the user of this process, and refuses whoever comes over the network.
#[cfg(windows)]
fn for_this_user_alone(options: ListenerOptions<'_>) -> std::io::Result<ListenerOptions<'_>> {
    use interprocess::os::windows::local_socket::ListenerOptionsExt as _;
    use interprocess::os::windows::security_descriptor::SecurityDescriptor;
    // In the notation of Windows: a list (D) that inherits nothing (P); denied (D) to network logons (NU); allowed (A)
    // in full (GA) to the owner (OW). Whoever is not named is refused.
    let owner_alone = widestring::u16cstr!("D:P(D;;GA;;;NU)(A;;GA;;;OW)");
    Ok(options.security_descriptor(SecurityDescriptor::deserialize(owner_alone)?))
}

/// Elsewhere the directory of the socket keeps others out (`profile::private_dir`).
#[cfg(not(windows))]
fn for_this_user_alone(options: ListenerOptions<'_>) -> std::io::Result<ListenerOptions<'_>> {
    Ok(options)
}

async fn accept(listener: Listener, token: String, host: Arc<dyn Host>, count: watch::Sender<usize>) {
    loop {
        match listener.accept().await {
            Ok(stream) => {
                let (token, host, count) = (token.clone(), host.clone(), count.clone());
                tokio::spawn(async move {
                    count.send_modify(|count| *count += 1);
                    if let Err(error) = serve(stream, &token, host).await {
                        tracing::debug!(error = &error as &dyn std::error::Error, "a guest left");
                    }
                    count.send_modify(|count| *count -= 1);
                });
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a guest could not be let in");
                // Out of descriptors, most likely: others have to leave first.
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

async fn serve(stream: Stream, token: &str, host: Arc<dyn Host>) -> std::io::Result<()> {
    // Shared by the reading task and this one; the platform's streams allow both at once.
    let stream = Arc::new(stream);
    let (mut from, mut to) = (stream.as_ref(), stream.as_ref());
    let Some(hello) = read::<Hello>(&mut from, 4096).await? else { return Ok(()) };
    write(&mut to, &Hello { protocol: PROTOCOL, token: String::new() }).await?;
    if hello.protocol != PROTOCOL || !same(&hello.token, token) {
        return Err(std::io::ErrorKind::PermissionDenied.into());
    }
    let (sender, mut waiting) = mpsc::channel::<Sent>(BACKLOG);
    let mut events = host.events().subscribe();
    // A task of its own: a read that an event interrupts would lose the half of a frame.
    let mut reading = AbortOnDrop(tokio::spawn(answer(stream.clone(), host, sender)));
    loop {
        tokio::select! {
            ended = &mut reading.0 => return ended.unwrap_or(Ok(())),
            Some(sent) = waiting.recv() => write(&mut to, &sent).await?,
            event = events.recv() => match event {
                Ok(event) => write(&mut to, &Sent::Event(event)).await?,
                // What a slow guest missed stands in the job's event log.
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return Ok(()),
            },
        }
    }
}

/// Ends the reading when the connection ends for another reason.
struct AbortOnDrop(JoinHandle<std::io::Result<()>>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn answer(stream: Arc<Stream>, host: Arc<dyn Host>, sender: mpsc::Sender<Sent>) -> std::io::Result<()> {
    let mut from = stream.as_ref();
    while let Some(request) = read::<Request>(&mut from, REQUEST_CAP).await? {
        let (host, sender) = (host.clone(), sender.clone());
        tokio::spawn(async move {
            let sent = match dispatch(host, Door::Cli, &request.cmd, request.payload).await {
                Ok(value) => Sent::Ok { id: request.id, value },
                Err(error) => Sent::Err { id: request.id, error },
            };
            // A guest that has left wants no answer.
            let _ = sender.send(sent).await;
        });
    }
    Ok(())
}

/// Comparison whose time does not tell how far two texts agree.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |seen, (a, b)| seen | (a ^ b)) == 0
}

// The caps differ by side on purpose: an answer may hold the whole book.
const _: () = assert!(ANSWER_CAP > REQUEST_CAP);
