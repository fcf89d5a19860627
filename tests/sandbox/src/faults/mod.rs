//! Faults that can be switched on, and when they strike.
//!
//! The names are those of the law of sync (F1, F2, ...). A rule is a fault with a scope; scopes count the requests
//! they match, so the same requests always meet the same faults. What a fault does to an answer stands beside what
//! it breaks: shaping of lists in `vsco`, broken bytes in `http`. Not here, because this API knows nothing of them:
//! F28 (there are no cursors), F32 and F33 (keys are not refreshed); F1 and F3 need no server.

pub(crate) mod carried;
mod rate;

pub use rate::RateLimit;
pub(crate) use rate::Window;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::book::Dice;
use crate::http::Request;
use crate::mutate::Mutation;

/// The Retry-After header of a 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// Whole seconds.
    Seconds(u64),
    /// An HTTP date so many seconds from now.
    DateIn(u64),
    /// No header.
    None,
    /// A date long past, a negative number: nonsense that must not be obeyed to the letter.
    Absurd,
}

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// Reset before the answer (F4 without the stall). For a refused port (F2) see `Control::refuse`.
    Reset,
    /// Part of the answer, silence, reset (F4).
    StallThenReset {
        /// Bytes sent first.
        after: usize,
        /// Silence in milliseconds.
        stall_ms: u64,
    },
    /// The request is carried out and the answer never comes (F5).
    Unanswered {
        /// Silence before the connection closes, in milliseconds.
        stall_ms: u64,
    },
    /// The request is carried out and answered with an error all the same (F62).
    AppliedThenStatus {
        /// Status code.
        status: u16,
    },
    /// The request is carried out twice and answered once (F8).
    DeliveredTwice,
    /// The connection closes inside the body (F6).
    Truncated {
        /// Body bytes sent.
        keep: usize,
    },
    /// The body is cut and Content-Length agrees with the cut, as a bad proxy does it (F6).
    CutCleanly {
        /// Body bytes left.
        keep: usize,
    },
    /// Content-Length is wrong (F7).
    WrongLength {
        /// Added to the true length.
        by: i64,
    },
    /// The gzip stream is broken (F7).
    BrokenGzip,
    /// A hotel's page with status 200 (F10).
    CaptivePortal,
    /// Slow bytes (F12).
    Slow {
        /// Bytes per second.
        rate: u64,
    },
    /// A wait before the answer.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// 429 (F13, and F18 with a scope that never ends).
    TooMany {
        /// The header.
        retry_after: RetryAfter,
    },
    /// The words of a 429 under another status (F14).
    DisguisedLimit {
        /// 200 or 403.
        status: u16,
    },
    /// A bare status with an error body (F15, F16, F17, F20).
    Status {
        /// Status code.
        status: u16,
    },
    /// 302 to the second origin.
    Redirect,
    /// No row on this page though there are more (F21).
    EmptyPage,
    /// The last rows of the page are missing (F22).
    ShortPage {
        /// Rows left out.
        missing: usize,
    },
    /// The page before is sent again (F23).
    RepeatPage,
    /// Past the end the last page is sent for ever, and totalPages says there is always one more (F23).
    Endless,
    /// The page is sent rightly and then the book changes (F24).
    ThenMutate {
        /// What changes.
        mutation: Box<Mutation>,
    },
    /// totalItems and totalPages are off (F25).
    TotalLies {
        /// Added to the number of items.
        by: i64,
    },
    /// Each request sees the list in another order (F26).
    UnstableOrder,
    /// Nothing past so many rows (F27).
    Cap {
        /// Rows.
        rows: usize,
    },
    /// Rows with these ids are not in lists yet or no more (F30).
    LeaveOut {
        /// Ids.
        ids: Vec<String>,
    },
    /// The first row of the page comes twice (F53).
    DuplicateRow,
    /// Properties of each row, or of the single record, are replaced or removed (F43, F50 to F52).
    Patch {
        /// Set to these.
        #[serde(default)]
        set: Map<String, Value>,
        /// Taken out.
        #[serde(default)]
        remove: Vec<String>,
    },
    /// What is written to a property is stored as something else (F54).
    StoredOtherwise {
        /// Property.
        field: String,
        /// What is stored.
        value: Value,
    },
    /// What is written to a property is left alone without a word (F60).
    Ignored {
        /// Property.
        field: String,
    },
    /// A write to a property is refused (F61).
    RefusedField {
        /// Property.
        field: String,
    },
    /// 401 (F31, F34).
    Unauthorized,
    /// 403 (F35).
    Forbidden,
    /// The studio's id and name are those of another account (F36).
    OtherAccount,
    /// A sign-in or consent page with status 200 (F38).
    LoginPage,
}

/// Which requests a fault strikes. Everything must agree; nothing set means every request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// Start of the path after `/api/v2`, such as `/job-contact`.
    pub path: Option<String>,
    /// Method, upper case.
    pub method: Option<String>,
    /// Page number asked for; a request without one asks for page 1.
    pub page: Option<u64>,
    /// Matching requests let through first.
    pub skip: u64,
    /// Matching requests struck after that; unlimited when absent.
    pub count: Option<u64>,
    /// Of 100 matching requests, how many are struck; all when absent. Decided by `seed` and the request's number.
    pub percent: Option<u64>,
    /// For `percent`.
    pub seed: u64,
}

impl Scope {
    /// Every request.
    pub fn all() -> Self {
        Self::default()
    }

    /// Requests under a path.
    pub fn path(path: &str) -> Self {
        Self { path: Some(path.to_owned()), ..Self::default() }
    }

    /// Only requests for this page.
    pub fn page(mut self, page: u64) -> Self {
        self.page = Some(page);
        self
    }

    /// Lets so many matching requests through first.
    pub fn skip(mut self, skip: u64) -> Self {
        self.skip = skip;
        self
    }

    /// Strikes so many and then stops.
    pub fn times(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// Strikes so many of 100, decided by a seed.
    pub fn percent(mut self, percent: u64, seed: u64) -> Self {
        self.percent = Some(percent);
        self.seed = seed;
        self
    }

    fn matches(&self, request: &Request, path: &str) -> bool {
        let asked = request.query("page").and_then(|text| text.parse().ok()).unwrap_or(1);
        // "/job" means jobs and what lies under them, not "/job-contact".
        let under = |prefix: &str| {
            path.strip_prefix(prefix.trim_end_matches('/'))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.path.as_deref().is_none_or(under)
            && self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&request.method))
            && self.page.is_none_or(|page| page == asked)
    }
}

/// A fault that is switched on.
#[derive(Debug, Clone, Serialize)]
pub struct Rule {
    /// Number for switching it off.
    pub id: u64,
    /// When.
    pub scope: Scope,
    /// What.
    pub fault: Fault,
    /// Matching requests so far.
    pub seen: u64,
    /// Requests struck so far.
    pub struck: u64,
}

/// The switches.
#[derive(Debug, Default)]
pub(crate) struct Board {
    rules: BTreeMap<u64, Rule>,
    next: u64,
}

impl Board {
    pub(crate) fn switch_on(&mut self, scope: Scope, fault: Fault) -> u64 {
        self.next += 1;
        self.rules.insert(self.next, Rule { id: self.next, scope, fault, seen: 0, struck: 0 });
        self.next
    }

    pub(crate) fn switch_off(&mut self, id: u64) -> bool {
        self.rules.remove(&id).is_some()
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    pub(crate) fn rules(&self) -> Vec<Rule> {
        self.rules.values().cloned().collect()
    }

    /// The faults that strike this request, in the order in which they were switched on.
    pub(crate) fn strike(&mut self, request: &Request, path: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        for rule in self.rules.values_mut().filter(|rule| rule.scope.matches(request, path)) {
            let number = rule.seen;
            rule.seen += 1;
            let scope = &rule.scope;
            let due = number >= scope.skip && scope.count.is_none_or(|count| rule.struck < count);
            let drawn = scope.percent.is_none_or(|percent| Dice::new(scope.seed, number).chance(percent));
            if due && drawn {
                rule.struck += 1;
                faults.push(rule.fault.clone());
            }
        }
        faults
    }
}

impl Fault {
    /// The name as it stands in the log.
    pub fn name(&self) -> String {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned(),
            _ => String::new(),
        }
    }
}
