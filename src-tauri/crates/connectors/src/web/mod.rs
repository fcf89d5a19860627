//! Lists on pages that a site writes for people: rows by CSS selector or in a script element, the way on, what tells that
//! nobody is signed in any more, and what tells that the page is laid out differently.
//!
//! Pure: text in, facts out. Nothing of a page is run, and nothing is filled in. A page that is not what the definition
//! describes is a fault, never a shorter list (SYNC-LAW 4, F81).

mod charset;
mod days;
mod layout;
mod next;
mod recognise;
mod rehearse;
mod values;

pub(crate) use charset::text_of;
pub(crate) use layout::{OWN_PAGE, PageFault, PageReader, Place, ReadPage};
pub(crate) use next::Onward;
pub(crate) use recognise::{WayOn, way_on};
pub use rehearse::{RehearsedPage, rehearse_page};
