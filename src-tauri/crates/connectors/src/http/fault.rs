//! Faults without a reply, and what they mean.

use std::error::Error;
use std::io::ErrorKind;

use hub_core::ports::{ConnectorError, RetryAdvice, StoreError};

use super::address::PrivateAddress;
use super::session::SessionFault;
use super::views::ViewFault;
use crate::bundle::OffReason;
use crate::definition::Offer;
use crate::messages;
use crate::oauth::GrantFault;

type Cause = Box<dyn Error + Send + Sync>;

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum HttpFault {
    /// The address is not https, or points into the local network.
    #[error("this address may not be reached")]
    AddressRefused,
    /// A redirect to a host that is not the CRM's, or too many of them.
    #[error("redirected elsewhere")]
    Moved,
    /// The credential was saved for another origin.
    #[error("the key was saved for another address")]
    KeyElsewhere,
    /// The credential cannot stand in a header.
    #[error("the key holds characters that no key has")]
    KeyUnusable,
    /// The definition asks for a signature that this client does not know.
    #[error("requests cannot be signed in this way")]
    Unsigned,
    /// The person stopped it.
    #[error("stopped")]
    Stopped,
    /// The account's requests are used up for so many seconds.
    #[error("no request is left for {0} seconds")]
    Spent(u32),
    /// The CRM does not work, and is left alone for so many seconds.
    #[error("the CRM is left alone for {0} seconds")]
    LeftAlone(u32),
    /// The budget could not be asked.
    #[error("the request budget cannot be read")]
    Budget(#[source] StoreError),
    /// Name resolution failed: no network, as a rule.
    #[error("the name cannot be looked up")]
    NoName(#[source] Cause),
    /// Refused, reset, or ended in the middle of a reply.
    #[error("the connection broke")]
    Broken(#[source] Cause),
    /// The reply came, but not whole: fewer bytes than announced, or packed bytes that cannot be unpacked.
    #[error("the reply was cut short")]
    CutShort(#[source] Cause),
    /// TLS failed: an expired certificate, or somebody in between.
    #[error("the connection is not private")]
    NotPrivate(#[source] Cause),
    /// No answer in time.
    #[error("no answer in time")]
    TooSlow(#[source] Cause),
    /// Larger than any honest reply.
    #[error("the reply is too large")]
    TooLarge,
    /// There is no token to sign a request with.
    #[error("the sign-in does not open the account")]
    SignIn(#[source] Box<GrantFault>),
    /// A session is answered with a way to the place where one signs in.
    #[error("the session is over")]
    SessionOver,
    /// The session cannot be read or kept.
    #[error("the session cannot be used")]
    Session(#[source] SessionFault),
    /// A page that a script draws, and no window to draw it in.
    #[error("there is no window to draw the page in")]
    NoView,
    /// The window in which a page was to be drawn cannot be used.
    #[error("the page cannot be drawn")]
    View(#[source] ViewFault),
    /// The client could not be set up.
    #[error("the network client cannot be set up")]
    Client(#[source] Cause),
}

impl HttpFault {
    /// The fault in the supplier's words.
    pub fn into_error(self, provider: &str) -> ConnectorError {
        let this = match self {
            HttpFault::SignIn(fault) => return fault.into_error(provider),
            other => other,
        };
        let (message_id, retry, offer) = match &this {
            HttpFault::SignIn(_) => (messages::SIGN_IN_MISSING, RetryAdvice::SignIn, Offer::SignInAgain),
            HttpFault::AddressRefused => (messages::ADDRESS_REFUSED, RetryAdvice::Never, Offer::CheckNetwork),
            HttpFault::Moved => (messages::MOVED, RetryAdvice::Never, Offer::CheckNetwork),
            HttpFault::KeyElsewhere => (messages::KEY_ELSEWHERE, RetryAdvice::SignIn, Offer::NewKey),
            HttpFault::KeyUnusable => (messages::KEY_REFUSED, RetryAdvice::SignIn, Offer::NewKey),
            HttpFault::Unsigned => (messages::REQUEST_REFUSED, RetryAdvice::Never, Offer::Report),
            HttpFault::Stopped => (messages::CANCELLED, RetryAdvice::Never, Offer::TryAgain),
            HttpFault::Spent(seconds) => (messages::SPENT, RetryAdvice::After(*seconds), Offer::TryAgain),
            HttpFault::LeftAlone(seconds) => {
                (messages::LEFT_ALONE, RetryAdvice::After(*seconds), Offer::Wait)
            }
            // Asking for a request is where a kill switch stops it, whoever asks.
            HttpFault::Budget(StoreError::Refused { rule, .. }) if OffReason::is_said_by(rule) => {
                (*rule, RetryAdvice::WhenSwitchedOn, Offer::Wait)
            }
            HttpFault::Budget(_) => (messages::BUDGET, RetryAdvice::Never, Offer::TryAgain),
            HttpFault::NoName(_) => (messages::NO_NAME, RetryAdvice::WhenOnline, Offer::CheckNetwork),
            HttpFault::Broken(_) => (messages::NO_CONNECTION, RetryAdvice::WhenOnline, Offer::TryAgain),
            HttpFault::CutShort(_) => (messages::UNREADABLE, RetryAdvice::Retry, Offer::TryAgain),
            HttpFault::NotPrivate(_) => (messages::NOT_PRIVATE, RetryAdvice::Never, Offer::CheckNetwork),
            HttpFault::TooSlow(_) => (messages::TOO_SLOW, RetryAdvice::WhenBack, Offer::TryAgain),
            HttpFault::TooLarge => (messages::TOO_LARGE, RetryAdvice::Never, Offer::Report),
            HttpFault::SessionOver => (messages::SESSION_OVER, RetryAdvice::SignIn, Offer::SignInAgain),
            HttpFault::Session(SessionFault::Missing | SessionFault::Unreadable(_)) => {
                (messages::SIGN_IN_MISSING, RetryAdvice::SignIn, Offer::SignInAgain)
            }
            HttpFault::Session(SessionFault::Store(_)) => {
                (messages::SIGN_IN_NOT_KEPT, RetryAdvice::Never, Offer::TryAgain)
            }
            HttpFault::NoView => (messages::NEEDS_APP, RetryAdvice::Never, Offer::TryAgain),
            HttpFault::View(ViewFault::TooLarge) => (messages::TOO_LARGE, RetryAdvice::Never, Offer::Report),
            HttpFault::View(ViewFault::Unusable(_)) => {
                (messages::NOT_DRAWN, RetryAdvice::Retry, Offer::TryAgain)
            }
            HttpFault::Client(_) => (messages::NO_CONNECTION, RetryAdvice::Never, Offer::Report),
        };
        ConnectorError {
            message_id,
            params: vec![("provider", provider.to_owned()), ("action", offer.as_str().to_owned())],
            retry,
            source: Some(Box::new(this)),
        }
    }
}

impl From<GrantFault> for HttpFault {
    fn from(fault: GrantFault) -> HttpFault {
        match fault {
            GrantFault::Unanswered(fault) => fault,
            fault => HttpFault::SignIn(Box::new(fault)),
        }
    }
}

/// What an error of the HTTP library means. The address is taken out of it: it may hold what a log must not.
pub(super) fn classify(error: reqwest::Error) -> HttpFault {
    let error = error.without_url();
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    let mut looked_up = false;
    while let Some(this) = cause {
        if this.is::<PrivateAddress>() {
            return HttpFault::AddressRefused;
        }
        if this.is::<rustls::Error>() {
            return HttpFault::NotPrivate(Box::new(error));
        }
        if let Some(io) = this.downcast_ref::<std::io::Error>() {
            if wraps_tls(io) {
                return HttpFault::NotPrivate(Box::new(error));
            }
            if matches!(io.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset) {
                return HttpFault::Broken(Box::new(error));
            }
            if matches!(io.kind(), ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable) {
                return HttpFault::NoName(Box::new(error));
            }
        }
        // The library's resolver error has no public type; its own words are all there is.
        looked_up |= this.to_string().starts_with("dns error");
        cause = this.source();
    }
    if looked_up {
        return HttpFault::NoName(Box::new(error));
    }
    if error.is_timeout() {
        return HttpFault::TooSlow(Box::new(error));
    }
    HttpFault::Broken(Box::new(error))
}

/// An `io::Error` hides what it wraps from `source`, and layers wrap each other's.
fn wraps_tls(io: &std::io::Error) -> bool {
    io.get_ref().is_some_and(|inner| {
        inner.is::<rustls::Error>() || inner.downcast_ref::<std::io::Error>().is_some_and(wraps_tls)
    })
}

/// What an error inside a reply's body means.
pub(super) fn classify_body(error: reqwest::Error) -> HttpFault {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(this) = cause {
        if this.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == ErrorKind::ConnectionReset) {
            return classify(error);
        }
        cause = this.source();
    }
    match classify(error) {
        HttpFault::Broken(cause) => HttpFault::CutShort(cause),
        fault => fault,
    }
}
