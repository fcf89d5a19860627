//! Pages that a site draws by script, as a window of the program shows them.
//!
//! The window belongs to the shell; what it is given and what is taken from it are decided here. It begins with the cookies
//! of a session, goes to the site's hosts and nowhere else, keeps nothing, and is never typed into.

use async_trait::async_trait;
use url::Url;

use super::session::SessionCookie;

/// A page to be drawn.
#[derive(Debug)]
pub struct PageAsked {
    /// Its address.
    pub url: Url,
    /// Hosts that the window may go to, with their port where it is not the usual one; those below them too.
    pub hosts: Vec<String>,
    /// Cookies that it begins with.
    pub cookies: Vec<SessionCookie>,
    /// CSS selector of what the page is drawn for: it is ready once there are such elements and no more of them come.
    pub rows: String,
    /// CSS selectors of what is shown in their place, such as a form to sign in: it is ready with the first of them.
    pub instead: Vec<String>,
    /// Largest text that is taken, in bytes.
    pub largest: usize,
}

/// A page as it stands once its scripts have drawn it, or when waiting for that has ended.
#[derive(Debug)]
pub struct PageDrawn {
    /// Where it led.
    pub url: Url,
    /// Its document as HTML.
    pub html: String,
    /// The window's cookies.
    pub cookies: Vec<SessionCookie>,
}

/// A page cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ViewFault {
    /// Larger than any honest page.
    #[error("the page is too large")]
    TooLarge,
    /// The window cannot be opened, or does not answer.
    #[error("the window cannot be used")]
    Unusable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What draws pages.
#[async_trait]
pub trait PageViews: Send + Sync {
    /// Draws one page in a window that nobody sees, which has nothing of any other window and keeps nothing.
    ///
    /// # Errors
    /// [`ViewFault`]. A page on which nothing of what is waited for comes is no fault: it is given as it stands.
    async fn draw(&self, asked: PageAsked) -> Result<PageDrawn, ViewFault>;
}
