//! Windows in which pages that a script draws are drawn, and nobody looks.
//!
//! Such a window is like one in which a person signs in (`sign_in`): alone, incognito, without a command of the program, and
//! it goes to the site's hosts and nowhere else. It begins with the cookies of a session. What is taken from it is the
//! document as it stands once the rows are there and no more of them come; nothing is typed, pressed or scrolled. How much of
//! a list that is, is for the reader to prove. Deliberately absent: a page that stays open after it was read.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use hub_cli::{PageAsked, PageDrawn, PageViews, SessionCookie, ViewFault};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tauri::webview::NewWindowResponse;
use tauri::{WebviewUrl, WebviewWindow, WebviewWindowBuilder};
use tokio::sync::oneshot;
use url::Url;

use crate::sign_in::{BLANK, Windows, cookies_of, made, may_go};

/// How long a page may take to be drawn. Whatever it shows then is what it is.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks at it.
const BETWEEN: Duration = Duration::from_millis(300);
/// Looks that must find as many rows as the one before: scripts add them in several goes.
const STEADY: u32 = 3;
/// A window that does not say what it shows in this time will not say it.
const ANSWER: Duration = Duration::from_secs(10);

/// What a look finds.
#[derive(Debug, Deserialize)]
struct Seen {
    at: String,
    loaded: bool,
    rows: u64,
    instead: bool,
}

/// The window did not answer, or with what it was not asked for.
#[derive(Debug, thiserror::Error)]
enum Silent {
    #[error("the window does not answer")]
    Late,
    /// A script that is given before there is a page, or while one gives way to another, is let fall (wry, `webkitgtk`).
    #[error("there is no page in the window")]
    NoPage,
    #[error("the window's answer cannot be read")]
    Unreadable(#[source] serde_json::Error),
}

/// Whether a later question may well be answered.
fn is_early(fault: &ViewFault) -> bool {
    match fault {
        ViewFault::Unusable(error) => matches!(error.downcast_ref(), Some(Silent::NoPage)),
        ViewFault::TooLarge => false,
    }
}

fn unusable(error: impl std::error::Error + Send + Sync + 'static) -> ViewFault {
    ViewFault::Unusable(Box::new(error))
}

/// A look at a page. The names of what is looked for go in as text, never as script.
fn look(asked: &PageAsked) -> Result<String, serde_json::Error> {
    let rows = serde_json::to_string(&asked.rows)?;
    let instead = serde_json::to_string(&asked.instead)?;
    Ok(format!(
        "(() => {{ const count = (one) => {{ try {{ return document.querySelectorAll(one).length; }} catch {{ return 0; }} }}; \
         return {{ at: location.href, loaded: document.readyState === 'complete', rows: count({rows}), \
         instead: {instead}.some((one) => count(one) > 0) }}; }})()"
    ))
}

/// The whole document; nothing where it is larger than is taken.
fn document(largest: usize) -> String {
    format!(
        "(() => {{ const text = document.documentElement.outerHTML; return text.length > {largest} ? null : text; }})()"
    )
}

/// Closed whatever becomes of it.
struct View(WebviewWindow);

impl Drop for View {
    fn drop(&mut self) {
        if let Err(error) = self.0.destroy() {
            tracing::debug!(error = &error as &dyn std::error::Error, "a page's window was closed already");
        }
    }
}

impl View {
    /// What an expression of the page comes to.
    async fn ask<T: DeserializeOwned>(&self, script: String) -> Result<T, ViewFault> {
        let (told, answer) = oneshot::channel();
        let told = Mutex::new(Some(told));
        let tell = move |text: String| {
            let told = told.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
            // Nobody listening: the answer came too late.
            let _ = told.map(|told| told.send(text));
        };
        self.0.eval_with_callback(script, tell).map_err(unusable)?;
        let text = tokio::time::timeout(ANSWER, answer)
            .await
            .map_err(|_| unusable(Silent::Late))?
            .map_err(|_| unusable(Silent::NoPage))?;
        if text.is_empty() {
            return Err(unusable(Silent::NoPage));
        }
        serde_json::from_str(&text).map_err(|error| unusable(Silent::Unreadable(error)))
    }

    /// Waits until what is asked for is there, and no more of it comes.
    async fn drawn(&self, asked: &PageAsked) -> Result<(), ViewFault> {
        let look = look(asked).map_err(unusable)?;
        let (began, mut steady, mut rows) = (Instant::now(), 0, 0);
        while began.elapsed() < PATIENCE {
            tokio::time::sleep(BETWEEN).await;
            let seen: Seen = match self.ask(look.clone()).await {
                Ok(seen) => seen,
                Err(fault) if is_early(&fault) => continue,
                Err(fault) => return Err(fault),
            };
            if seen.at == BLANK || !seen.loaded {
                continue;
            }
            if seen.instead && seen.rows == 0 {
                return Ok(());
            }
            steady = if seen.rows > 0 && seen.rows == rows { steady + 1 } else { 0 };
            rows = seen.rows;
            if steady >= STEADY {
                return Ok(());
            }
        }
        tracing::info!(host = asked.url.host_str(), rows, "a page did not come to rest");
        Ok(())
    }
}

#[async_trait]
impl PageViews for Windows {
    async fn draw(&self, asked: PageAsked) -> Result<PageDrawn, ViewFault> {
        static OPENED: AtomicU64 = AtomicU64::new(0);
        let app = self.app().map_err(unusable)?;
        let id = format!("page-{}", OPENED.fetch_add(1, Ordering::Relaxed));
        let blank = Url::parse(BLANK).map_err(unusable)?;
        let hosts = asked.hosts.clone();
        let window = WebviewWindowBuilder::new(app, &id, WebviewUrl::External(blank))
            .inner_size(1280.0, 4000.0)
            .visible(false)
            .focused(false)
            .skip_taskbar(true)
            .incognito(true)
            .devtools(false)
            .disable_drag_drop_handler()
            .on_navigation(move |to| may_go(to, &hosts))
            .on_new_window(|_, _| NewWindowResponse::Deny)
            .on_download(|_, _| false)
            .build()
            .map_err(unusable)?;
        let view = View(window);
        for cookie in &asked.cookies {
            view.0.set_cookie(made(cookie)).map_err(unusable)?;
        }
        view.0.navigate(asked.url.clone()).map_err(unusable)?;
        view.drawn(&asked).await?;
        let html: Option<String> = view.ask(document(asked.largest)).await?;
        let html = html.filter(|html| html.len() <= asked.largest).ok_or(ViewFault::TooLarge)?;
        let url = view.0.url().map_err(unusable)?;
        let cookies: Vec<SessionCookie> = cookies_of(&view.0).await.map_err(unusable)?;
        Ok(PageDrawn { url, html, cookies })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_text_and_never_script() {
        let asked = PageAsked {
            url: Url::parse("https://studio.example/clients").expect("an address"),
            hosts: Vec::new(),
            cookies: Vec::new(),
            rows: "a[title=\"x\"]\n</script>'); alert(1); ('".to_owned(),
            instead: vec!["input[type=password]".to_owned()],
            largest: 1,
        };
        let script = look(&asked).expect("text");
        assert!(script.contains(r#"count("a[title=\"x\"]\n</script>'); alert(1); ('")"#), "{script}");
    }
}
