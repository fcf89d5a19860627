//! A listening port that can be shut and opened again at the same address.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Answer, Request, wire};

/// What answers behind a door.
pub(crate) trait Site: Send + Sync + 'static {
    /// Answers one request. Called on the runtime's threads; quick, never waits.
    fn answer(&self, request: Request) -> Answer;
}

/// A port on 127.0.0.1. While shut, connections are refused and open ones are cut (F2, F11).
#[derive(Debug, Clone)]
pub(crate) struct Door {
    address: SocketAddr,
    open: Arc<watch::Sender<bool>>,
    runtime: Handle,
}

impl Door {
    /// Opens a door for `site` and serves it on the current runtime until that ends.
    ///
    /// # Errors
    /// When no port can be had.
    pub(crate) async fn open(site: Arc<dyn Site>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (sender, receiver) = watch::channel(true);
        tokio::spawn(keep(listener, address, receiver, site));
        Ok(Self { address, open: Arc::new(sender), runtime: Handle::current() })
    }

    /// `http://127.0.0.1:port`.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Shuts the door. The port refuses soon after this returns.
    pub(crate) fn shut(&self) {
        self.open.send_replace(false);
    }

    /// Shuts the door and opens it again after a while.
    pub(crate) fn shut_for(&self, while_shut: Duration) {
        self.shut();
        let open = Arc::clone(&self.open);
        self.runtime.spawn(async move {
            tokio::time::sleep(while_shut).await;
            open.send_replace(true);
        });
    }

    /// Opens the door again at the same port.
    pub(crate) fn reopen(&self) {
        self.open.send_replace(true);
    }
}

async fn keep(
    listener: TcpListener,
    address: SocketAddr,
    mut open: watch::Receiver<bool>,
    site: Arc<dyn Site>,
) {
    let mut listener = Some(listener);
    let mut guests = JoinSet::new();
    loop {
        if !*open.borrow_and_update() {
            listener = None;
            guests.abort_all();
            if open.changed().await.is_err() {
                return;
            }
            continue;
        }
        let current = match listener.take() {
            Some(current) => current,
            None => match TcpListener::bind(address).await {
                Ok(current) => current,
                Err(error) => {
                    tracing::warn!(%address, %error, "cannot open the port again yet");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
            },
        };
        tokio::select! {
            accepted = current.accept() => {
                if let Ok((stream, _)) = accepted {
                    guests.spawn(converse(stream, Arc::clone(&site)));
                }
            }
            changed = open.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            Some(_) = guests.join_next(), if !guests.is_empty() => {}
        }
        listener = Some(current);
    }
}

async fn converse(mut stream: TcpStream, site: Arc<dyn Site>) {
    let mut held = Vec::new();
    if stream.set_nodelay(true).is_err() {
        return;
    }
    while let Ok(Some(request)) = wire::read(&mut stream, &mut held).await {
        let answer = site.answer(request.clone());
        match wire::write(&mut stream, &request, answer).await {
            Ok(true) => {}
            Ok(false) | Err(_) => return,
        }
    }
}
