//! The messages a connector can end with: a closed list, so that every sentence stands in the catalogues.

/// All message ids that a connector's failure may carry.
pub const MESSAGES: &[&str] = &[
    ADDRESS_REFUSED,
    BUDGET,
    BUSY,
    CANCELLED,
    KEY_ELSEWHERE,
    KEY_NOT_ALLOWED,
    KEY_READ_ONLY,
    KEY_REFUSED,
    LEFT_ALONE,
    LIST_CHANGED,
    MOVED,
    NEEDS_APP,
    NOT_DRAWN,
    NOT_FOUND,
    NOT_THE_CRM,
    REQUEST_REFUSED,
    OTHER_ACCOUNT,
    PERSON_ASKED,
    SESSION_OVER,
    SITE_CHANGED,
    SIGN_IN_ENDED,
    SIGN_IN_LATER,
    SIGN_IN_MISSING,
    SIGN_IN_NOT_ALLOWED,
    SIGN_IN_NOT_KEPT,
    SIGN_IN_UNREADABLE,
    SPENT,
    TOO_LARGE,
    UNAVAILABLE,
    UNREADABLE,
    NO_CONNECTION,
    NO_NAME,
    NOT_PRIVATE,
    TOO_SLOW,
    EMPTY_LIST,
    FEED_ADDRESS,
    FEED_EMPTIED,
    FEED_NO_CALENDAR,
    FILE_AGAIN,
    FILE_ROWS,
    DEFINITION_KEPT,
    NO_END,
    NO_ID,
    NO_LIST,
    NO_NAMES,
    NO_SUCH_ID,
    NOTHING_YET,
    WRITE_FIELD_REFUSED,
    WRITE_LEASE,
    WRITE_LOOK_YOURSELF,
    WRITE_NEEDED,
    WRITE_NOTHING,
    WRITE_NOT_COMPARED,
    WRITE_NOT_EMPTIED,
    WRITE_NOT_OFFERED,
    WRITE_NOT_ON,
    WRITE_NO_PLACE,
    WRITE_REFUSED,
    WRITE_UNKNOWN,
];

/// The address of a calendar opens nothing any more.
pub const FEED_ADDRESS: &str = "error.feed.address";
/// A calendar that had appointments has none.
pub const FEED_EMPTIED: &str = "error.feed.emptied";
/// Something else than a calendar is at the address.
pub const FEED_NO_CALENDAR: &str = "error.feed.no_calendar";

/// The files are needed once more: reading them was cut off.
pub const FILE_AGAIN: &str = "error.file.again";
/// The rows of a file could not be read back or written down.
pub const FILE_ROWS: &str = "error.file.rows";

/// The definition that was kept with a connection can no longer be used.
pub const DEFINITION_KEPT: &str = "error.definition_kept";
/// No event has come yet.
pub const NOTHING_YET: &str = "error.relay.nothing_yet";
/// The field that is to tell clients apart is not in the newest event.
pub const NO_SUCH_ID: &str = "error.relay.no_such_id";

/// The list that a test read found is empty, so that nothing can be told from it.
pub const EMPTY_LIST: &str = "error.recognise.empty";
/// Nothing proves where the list ends.
pub const NO_END: &str = "error.recognise.no_end";
/// Nothing tells one record from another.
pub const NO_ID: &str = "error.recognise.no_id";
/// The reply holds no list of records.
pub const NO_LIST: &str = "error.recognise.no_list";
/// No field looks like a name.
pub const NO_NAMES: &str = "error.recognise.no_names";

/// A host on the local network answered to the CRM's name, or the address is not one we may go to.
pub const ADDRESS_REFUSED: &str = "error.crm.address_refused";
/// The request budget could not be read or written.
pub const BUDGET: &str = "error.crm.budget";
/// The CRM asks to wait.
pub const BUSY: &str = "error.crm.busy";
/// The person stopped it.
pub const CANCELLED: &str = "error.cancelled";
/// The key was saved for another address.
pub const KEY_ELSEWHERE: &str = "error.crm.key_for_other_address";
/// The key may not read this.
pub const KEY_NOT_ALLOWED: &str = "error.crm.key_not_allowed";
/// The key may not write.
pub const KEY_READ_ONLY: &str = "error.crm.key_read_only";
/// The key is wrong or was withdrawn.
pub const KEY_REFUSED: &str = "error.crm.key_refused";
/// It failed several times in a row, and is left alone for a while.
pub const LEFT_ALONE: &str = "error.crm.left_alone";
/// The list changed while it was read.
pub const LIST_CHANGED: &str = "error.paging_unstable";
/// A redirect to a place that is not the CRM's.
pub const MOVED: &str = "error.crm.moved";
/// The pages are drawn by a script, which takes a window of the app.
pub const NEEDS_APP: &str = "error.crm.needs_app";
/// The window in which a page was to be drawn failed.
pub const NOT_DRAWN: &str = "error.crm.not_drawn";
/// There is nothing at this address.
pub const NOT_FOUND: &str = "error.crm.not_found";
/// A web page came in place of data.
pub const NOT_THE_CRM: &str = "error.crm.not_the_crm";
/// The CRM did not understand the request.
pub const REQUEST_REFUSED: &str = "error.crm.request_refused";
/// Somebody else is signed in than the connection is of.
pub const OTHER_ACCOUNT: &str = "error.crm.other_sign_in";
/// The site asks whether a person is there.
pub const PERSON_ASKED: &str = "error.crm.person_asked";
/// The session that a person opened has ended.
pub const SESSION_OVER: &str = "error.crm.session_over";
/// The site's pages are not what they were.
pub const SITE_CHANGED: &str = "error.crm.site_changed";
/// The CRM no longer takes the sign-in: revoked, used elsewhere, too old.
pub const SIGN_IN_ENDED: &str = "error.crm.sign_in_ended";
/// The sign-in could not be renewed now; what is held is kept.
pub const SIGN_IN_LATER: &str = "error.crm.sign_in_later";
/// There is no sign-in, or none for this address.
pub const SIGN_IN_MISSING: &str = "error.crm.sign_in_missing";
/// The sign-in does not allow what was asked for.
pub const SIGN_IN_NOT_ALLOWED: &str = "error.crm.sign_in_not_allowed";
/// The sign-in could not be made durable.
pub const SIGN_IN_NOT_KEPT: &str = "error.crm.sign_in_not_kept";
/// The answer to a sign-in cannot be read.
pub const SIGN_IN_UNREADABLE: &str = "error.crm.sign_in_unreadable";
/// As many requests as the CRM allows were sent; the next may go later.
pub const SPENT: &str = "error.crm.spent";
/// The reply is larger than any honest page.
pub const TOO_LARGE: &str = "error.crm.reply_too_large";
/// The CRM has a fault of its own.
pub const UNAVAILABLE: &str = "error.crm.unavailable";
/// The reply ended early or is not JSON of the documented shape.
pub const UNREADABLE: &str = "error.crm.unreadable";
/// Nobody answers, or the connection broke.
pub const NO_CONNECTION: &str = "error.network.no_connection";
/// The name could not be looked up.
pub const NO_NAME: &str = "error.network.offline";
/// The encrypted connection could not be made.
pub const NOT_PRIVATE: &str = "error.network.not_private";
/// No answer in time.
pub const TOO_SLOW: &str = "error.network.too_slow";

/// The CRM does not take the value of a field.
pub const WRITE_FIELD_REFUSED: &str = "error.write.field_refused";
/// Too little is left of the time in which this computer may write.
pub const WRITE_LEASE: &str = "error.write.lease";
/// Nobody knows whether a new record arrived, and only a person can look.
pub const WRITE_LOOK_YOURSELF: &str = "error.write.look_yourself";
/// The CRM makes no record without a field.
pub const WRITE_NEEDED: &str = "error.write.needed";
/// A change that changes nothing.
pub const WRITE_NOTHING: &str = "error.write.nothing";
/// What the CRM holds now could not be looked at, so that nothing is changed.
pub const WRITE_NOT_COMPARED: &str = "error.write.not_compared";
/// The CRM has no way to empty a field.
pub const WRITE_NOT_EMPTIED: &str = "error.write.not_emptied";
/// The CRM cannot be changed in this way.
pub const WRITE_NOT_OFFERED: &str = "error.write.not_offered";
/// Writing is not switched on for the connection as it stands.
pub const WRITE_NOT_ON: &str = "error.write.not_on";
/// The CRM has no place for a field or its value.
pub const WRITE_NO_PLACE: &str = "error.write.no_place";
/// The CRM does not take a change.
pub const WRITE_REFUSED: &str = "error.write.refused";
/// Nobody knows yet whether a change arrived.
pub const WRITE_UNKNOWN: &str = "error.write.unknown";

/// The built-in copy of a message id, if it is one of ours.
pub fn known(id: &str) -> Option<&'static str> {
    MESSAGES.iter().copied().find(|known| *known == id)
}
