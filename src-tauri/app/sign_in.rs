//! Windows in which people sign in to a site: each alone, with nothing of any other and nothing that stays.
//!
//! Such a window reaches none of the program's commands: capabilities name the main window alone, and a test keeps it so.
//! It goes to the site's hosts and nowhere else, saves no file and opens no further window. What is typed in it is never
//! looked at; that a page was loaded and which cookies there are is all that leaves it. Deliberately absent: every
//! conclusion from that, which is the host's.

use std::sync::Arc;

use async_trait::async_trait;
use hub_cli::{SessionCookie, SignInWindow, SignInWindows, WindowEvent, WindowFault, WindowWanted};
use hub_core::ports::Secret;
use tauri::webview::cookie::Cookie;
use tauri::webview::{NewWindowResponse, PageLoadEvent};
use tauri::{AppHandle, Manager as _, WebviewUrl, WebviewWindow, WebviewWindowBuilder};
use tokio::sync::mpsc;
use url::{Host, Url};

/// Where a window waits for its cookies.
pub(crate) const BLANK: &str = "about:blank";
/// Where sites let ask whether a person is there: hosts and the beginnings of paths, by the documents of those services.
/// They are shown in frames, which a window cannot tell from pages; none of them gets a cookie from here.
const PERSON_ASKED: &[(&str, &str)] = &[
    ("www.google.com", "/recaptcha/"),
    ("recaptcha.google.com", "/recaptcha/"),
    ("www.recaptcha.net", "/recaptcha/"),
    ("newassets.hcaptcha.com", "/"),
    ("challenges.cloudflare.com", "/"),
];

/// What opens the windows, once the program runs.
#[derive(Default)]
pub(crate) struct Windows(std::sync::OnceLock<AppHandle>);

impl Windows {
    /// The program, once it runs.
    ///
    /// # Errors
    /// [`NotRunning`].
    pub(crate) fn app(&self) -> Result<&AppHandle, NotRunning> {
        self.0.get().ok_or(NotRunning)
    }

    /// The program runs.
    pub(crate) fn begin(&self, app: AppHandle) {
        // A second beginning would be of the same program.
        let _ = self.0.set(app);
    }
}

/// There is no program to open a window in.
#[derive(Debug, thiserror::Error)]
#[error("the program is not running yet")]
pub(crate) struct NotRunning;

fn fault(error: impl std::error::Error + Send + Sync + 'static) -> WindowFault {
    WindowFault(Box::new(error))
}

/// Whether a window may go to an address: the site's own hosts, what lies below them, and what asks for a person.
pub(crate) fn may_go(url: &Url, hosts: &[String]) -> bool {
    if url.as_str() == BLANK {
        return true;
    }
    let Some(host) = url.host_str() else { return false };
    let named = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let listed = hosts.contains(&named);
    match url.scheme() {
        // A practice site on this computer.
        "http" => {
            let loopback = match url.host() {
                Some(Host::Ipv4(address)) => address.is_loopback(),
                Some(Host::Ipv6(address)) => address.is_loopback(),
                Some(Host::Domain(_)) | None => false,
            };
            loopback && listed
        }
        "https" => {
            let below = hosts.iter().any(|one| named.ends_with(&format!(".{one}")));
            let person = PERSON_ASKED.iter().any(|(one, path)| *one == named && url.path().starts_with(path));
            listed || below || person
        }
        _ => false,
    }
}

#[async_trait]
impl SignInWindows for Windows {
    async fn open(&self, wanted: WindowWanted) -> Result<Arc<dyn SignInWindow>, WindowFault> {
        let app = self.app().map_err(fault)?;
        let WindowWanted { id, title, url, hosts, cookies, told } = wanted;
        let begin = if cookies.is_empty() { url.clone() } else { Url::parse(BLANK).map_err(fault)? };
        let (going, opening) = (hosts.clone(), (app.clone(), id.clone(), hosts));
        let loaded = told.clone();
        let window = WebviewWindowBuilder::new(app, &id, WebviewUrl::External(begin))
            .title(title)
            .inner_size(900.0, 760.0)
            .min_inner_size(360.0, 480.0)
            .incognito(true)
            .devtools(false)
            .disable_drag_drop_handler()
            .on_navigation(move |to| {
                let goes = may_go(to, &going);
                if !goes {
                    tracing::info!(host = to.host_str(), "a sign-in window may not go there");
                }
                goes
            })
            .on_new_window(move |to, _| {
                // What a site opens beside itself is opened in its place: a second window would be watched by nobody.
                let (app, id, hosts) = &opening;
                if let Some(window) = app.get_webview_window(id).filter(|_| may_go(&to, hosts)) {
                    tauri::async_runtime::spawn(async move {
                        let _ = window.navigate(to);
                    });
                }
                NewWindowResponse::Deny
            })
            .on_download(|_, _| false)
            .on_page_load(move |_, page| {
                if page.event() == PageLoadEvent::Finished && page.url().as_str() != BLANK {
                    // Nobody listening: the sign-in is over.
                    let _ = loaded.send(WindowEvent::Loaded(page.url().clone()));
                }
            })
            .build()
            .map_err(fault)?;
        tell_of_its_end(&window, told);
        let open = Arc::new(Open(window));
        if !cookies.is_empty() {
            for cookie in &cookies {
                open.0.set_cookie(made(cookie)).map_err(fault)?;
            }
            open.0.navigate(url).map_err(fault)?;
        }
        Ok(open)
    }
}

fn tell_of_its_end(window: &WebviewWindow, told: mpsc::UnboundedSender<WindowEvent>) {
    window.on_window_event(move |event| {
        if matches!(event, tauri::WindowEvent::Destroyed) {
            let _ = told.send(WindowEvent::Closed);
        }
    });
}

pub(crate) fn made(cookie: &SessionCookie) -> Cookie<'static> {
    // Without an end: the window itself forgets it.
    Cookie::build((cookie.name.clone(), cookie.value.expose().to_owned()))
        .domain(cookie.domain.clone())
        .path(cookie.path.clone())
        .secure(cookie.secure)
        .http_only(cookie.http_only)
        .build()
}

/// All cookies of a window.
///
/// # Errors
/// A window that cannot be asked.
pub(crate) async fn cookies_of(window: &WebviewWindow) -> tauri::Result<Vec<SessionCookie>> {
    let window = window.clone();
    // It waits for the window's own thread, and must not do so on one that drives others.
    let cookies = tauri::async_runtime::spawn_blocking(move || window.cookies()).await??;
    Ok(cookies
        .into_iter()
        .map(|cookie| SessionCookie {
            name: cookie.name().to_owned(),
            value: Secret::new(cookie.value()),
            domain: cookie.domain().unwrap_or_default().to_owned(),
            path: cookie.path().unwrap_or("/").to_owned(),
            secure: cookie.secure().unwrap_or(false),
            http_only: cookie.http_only().unwrap_or(false),
            expires: cookie.expires_datetime().map(|at| at.unix_timestamp()),
        })
        .collect())
}

/// An open window.
struct Open(WebviewWindow);

#[async_trait]
impl SignInWindow for Open {
    async fn cookies(&self) -> Result<Vec<SessionCookie>, WindowFault> {
        cookies_of(&self.0).await.map_err(fault)
    }

    fn show(&self) {
        for result in [self.0.unminimize(), self.0.show(), self.0.set_focus()] {
            if let Err(error) = result {
                tracing::debug!(error = &error as &dyn std::error::Error, "a window did not come forward");
            }
        }
    }

    fn close(&self) {
        if let Err(error) = self.0.destroy() {
            tracing::debug!(error = &error as &dyn std::error::Error, "a window was closed already");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inv_45_a_window_goes_to_the_site_and_nowhere_else() {
        let goes = |address: &str, hosts: &[&str]| {
            let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
            may_go(&Url::parse(address).expect("an address"), &hosts)
        };
        let site = ["studio.example"];
        assert!(goes("https://studio.example/login", &site));
        assert!(goes("https://accounts.studio.example/sign-in?next=/", &site), "what lies below it");
        assert!(
            goes("https://www.google.com/recaptcha/api2/anchor", &site),
            "a question whether a person is there"
        );
        assert!(goes("about:blank", &site));
        for elsewhere in [
            "https://notstudio.example/",
            "https://studio.example.evil.example/",
            "https://studio.example:8443/",
            "http://studio.example/",
            "https://www.google.com/search",
            "file:///etc/passwd",
            "tauri://localhost/index.html",
            "http://tauri.localhost/",
            "data:text/html,x",
            "wedsync://oauth/callback?code=1",
            "http://127.0.0.1:8080/",
        ] {
            assert!(!goes(elsewhere, &site), "{elsewhere}");
        }
        assert!(goes("http://127.0.0.1:8080/login", &["127.0.0.1:8080"]), "a practice site");
        assert!(!goes("http://127.0.0.1:8081/login", &["127.0.0.1:8080"]));
    }
}
