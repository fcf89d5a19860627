//! The event stream of the window: what every interface hears, and what the shell itself has to tell.
//!
//! A channel and not Tauri's events: a page that may listen to those also hears the shell's own, and a dropped file's is
//! its path. What happens before the page listens (a link that started the program) waits for it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hub_api::{HubEvent, WireMessage};
use serde_json::json;
use tauri::ipc::Channel;

use crate::files::Handed;

/// Events that wait for a page; beyond this the oldest go.
const MOST: usize = 64;

#[derive(Default)]
struct Inner {
    page: Option<Channel<HubEvent>>,
    waiting: VecDeque<HubEvent>,
}

/// The stream.
#[derive(Default)]
pub(crate) struct Stream(Mutex<Inner>);

impl Stream {
    /// A page begins to listen; a reloaded one takes the place of what it was before.
    pub(crate) fn listen(&self, page: Channel<HubEvent>) {
        let mut inner = self.lock();
        for event in inner.waiting.drain(..) {
            // A page that is gone again has missed what it would not have shown.
            let _ = page.send(event);
        }
        inner.page = Some(page);
    }

    /// The page is gone; what is told from now on waits for the next.
    pub(crate) fn leave(&self) {
        self.lock().page = None;
    }

    /// Passes on what the program tells. Without a page it is dropped: whoever comes reads the state first.
    pub(crate) fn pass(&self, event: HubEvent) {
        if let Some(page) = &self.lock().page {
            let _ = page.send(event);
        }
    }

    /// A sentence about something that no command of the page caused.
    pub(crate) fn notice(&self, message: WireMessage) {
        self.tell(own("notice", json!({ "message": message })));
    }

    /// Files were dropped or opened.
    pub(crate) fn files(&self, files: &[Handed]) {
        self.tell(own("files", json!({ "files": files })));
    }

    /// An entry of the application menu was chosen.
    pub(crate) fn menu(&self, entry: &str) {
        self.tell(own("menu", json!({ "entry": entry })));
    }

    /// What a page shows is worth reading again.
    pub(crate) fn changed(&self, tags: &[&str]) {
        self.pass(own("changed", json!({ "tags": tags })));
    }

    fn tell(&self, event: HubEvent) {
        let mut inner = self.lock();
        if let Some(page) = &inner.page {
            let _ = page.send(event);
            return;
        }
        while inner.waiting.len() >= MOST {
            inner.waiting.pop_front();
        }
        inner.waiting.push_back(event);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn own(topic: &str, event: serde_json::Value) -> HubEvent {
    HubEvent { topic: topic.to_owned(), job_id: None, seq: 0, event }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn page() -> (Channel<HubEvent>, Arc<Mutex<Vec<String>>>) {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = heard.clone();
        let channel = Channel::new(move |body| {
            let event: HubEvent = body.deserialize().expect("an event");
            ear.lock().expect("whole").push(event.topic);
            Ok(())
        });
        (channel, heard)
    }

    #[test]
    fn what_happened_before_the_page_listened_waits_for_it() {
        let stream = Stream::default();
        stream.menu("settings");
        stream.changed(&["app"]);
        let (first, heard) = page();
        stream.listen(first);
        assert_eq!(*heard.lock().expect("whole"), ["menu"], "state is read, not told");
        stream.changed(&["app"]);
        let (second, after) = page();
        stream.listen(second);
        stream.menu("settings");
        assert_eq!(
            *heard.lock().expect("whole"),
            ["menu", "changed"],
            "the page before a reload hears no more"
        );
        assert_eq!(*after.lock().expect("whole"), ["menu"]);
        stream.leave();
        stream.notice(hub_core::message::Message::new("error.fault").into());
        assert_eq!(*after.lock().expect("whole"), ["menu"], "a page that was let go hears nothing");
        let (third, heard) = page();
        stream.listen(third);
        assert_eq!(*heard.lock().expect("whole"), ["notice"], "the next one is told");
    }
}
