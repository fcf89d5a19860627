//! Workbooks: XLSX and ODS, streamed by cells. What a library would hold (a whole sheet) is what a large book cannot
//! afford, so only the package and the XML below are a library's.

pub(super) mod format;
pub(super) mod ods;
mod sheet;
mod strings;
pub(super) mod xlsx;
mod xml;
