//! What a [`RequestBudget`] promises: the rate law (SYNC-LAW 37, MODEL 11) and the breaker, over random arrivals, restarts,
//! clock jumps and fifteen jobs.

#![allow(missing_docs, reason = "the name of a promise says what it is")]

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hub_core::circuit::{FAILURES, RequestEnd, STEPS, Sent};
use hub_core::ports::{Clock, RateLimit, RequestBudget, Reservation};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::clock::TestClock;

/// Where a log of requests is kept.
pub trait Budgets {
    /// Opens the log that is kept here, as a process that starts would.
    fn budget(&self) -> Arc<dyn RequestBudget>;

    /// The clock it reads.
    fn clock(&self) -> &TestClock;
}

const LIMITS: [RateLimit; 2] =
    [RateLimit { requests: 6, per_seconds: 60 }, RateLimit { requests: 20, per_seconds: 3_600 }];

#[derive(Debug, Clone)]
enum Step {
    /// A job asks, this long after the last step.
    Ask { after_ms: u64 },
    /// The wall clock jumps; no time passes.
    Jump { ms: i64 },
    /// The process ends and starts again.
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => (0_u64..30_000).prop_map(|after_ms| Step::Ask { after_ms }),
        2 => (0_u64..900_000).prop_map(|after_ms| Step::Ask { after_ms }),
        1 => (-7_200_000_i64..7_200_000).prop_map(|ms| Step::Jump { ms }),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 20..60)
}

/// No minute and no hour above the limit; `fresh` makes a place in which nothing was kept yet.
pub fn inv_37_no_minute_and_no_hour_above_the_limit<B: Budgets>(fresh: impl Fn() -> B) {
    let config = ProptestConfig { cases: 12, max_shrink_iters: 64, ..ProptestConfig::default() };
    let checked = TestRunner::new(config).run(&steps(), |steps| {
        let place = fresh();
        let clock = place.clock();
        let mut budget = place.budget();
        // Real time runs on its own; the wall clock is real time plus whatever it was set wrong by.
        let (start, mut real, mut skew) = (clock.wall.load(Ordering::SeqCst), 0_u64, 0_i64);
        let mut granted: Vec<u64> = Vec::new();
        let set = |real: u64, skew: i64| {
            clock.wall.store(start + i64::try_from(real).unwrap() + skew, Ordering::SeqCst);
            clock.steady.store(1_000 + real, Ordering::SeqCst);
        };
        for step in steps {
            match step {
                Step::Ask { after_ms } => {
                    real += after_ms + 1;
                    set(real, skew);
                    // Fifteen jobs at once share one account.
                    for _ in 0..15 {
                        let now = clock.now();
                        match budget.reserve("tave/studio-1", &LIMITS, now).unwrap() {
                            Reservation::Granted | Reservation::Try => granted.push(real),
                            Reservation::WaitUntil(until) | Reservation::DownUntil(until) => {
                                prop_assert!(until > now, "a wait has an end ahead");
                                break;
                            }
                        }
                    }
                }
                Step::Jump { ms } => {
                    // Seen by a process that was running before it. A clock that is set forwards while no process
                    // runs cannot be told from time that passed.
                    skew = ms;
                    set(real, skew);
                    if budget.reserve("tave/studio-1", &LIMITS, clock.now()).unwrap() == Reservation::Granted
                    {
                        granted.push(real);
                    }
                }
                Step::Restart => {
                    drop(budget);
                    budget = place.budget();
                }
            }
        }
        for limit in LIMITS {
            let window = u64::from(limit.per_seconds) * 1_000;
            for (index, at) in granted.iter().enumerate() {
                let inside = granted[index..].iter().take_while(|other| **other < at + window).count();
                prop_assert!(
                    inside <= limit.requests as usize,
                    "{inside} requests within {} s",
                    limit.per_seconds
                );
            }
        }
        Ok(())
    });
    checked.unwrap();
}

pub fn a_wait_ends_when_the_oldest_leaves(place: &dyn Budgets) {
    let (budget, clock) = (place.budget(), place.clock());
    let limits = [RateLimit { requests: 2, per_seconds: 60 }];
    let first = clock.now();
    assert_eq!(budget.reserve("a", &limits, first).unwrap(), Reservation::Granted);
    clock.pass(10_000);
    assert_eq!(budget.reserve("a", &limits, clock.now()).unwrap(), Reservation::Granted);
    let ends = first.checked_add(jiff::SignedDuration::from_secs(60)).unwrap();
    let wait = budget.reserve("a", &limits, clock.now()).unwrap();
    assert_eq!(wait, Reservation::WaitUntil(ends), "the first of the two has to leave the window");
    assert_eq!(
        budget.reserve("b", &limits, clock.now()).unwrap(),
        Reservation::Granted,
        "accounts are apart"
    );
    let state = budget.budget("a", &limits, clock.now()).unwrap();
    assert_eq!(state.windows, [(limits[0], 0, Some(ends))], "what is left, and until when");
    assert_eq!(state.blocked_until, None, "nobody asked to wait");
    clock.pass(50_000);
    assert_eq!(budget.reserve("a", &limits, clock.now()).unwrap(), Reservation::Granted, "exactly then");
}

pub fn retry_after_is_obeyed_after_a_restart_too(place: &dyn Budgets) {
    let (budget, clock) = (place.budget(), place.clock());
    let limits = [RateLimit { requests: 2, per_seconds: 60 }];
    assert_eq!(budget.reserve("a", &limits, clock.now()).unwrap(), Reservation::Granted);
    let until = clock.now().checked_add(jiff::SignedDuration::from_secs(300)).unwrap();
    budget.block_until("a", until).unwrap();
    clock.pass(200_000);
    assert_eq!(budget.reserve("a", &limits, clock.now()).unwrap(), Reservation::WaitUntil(until));
    assert_eq!(budget.budget("a", &limits, clock.now()).unwrap().blocked_until, Some(until), "and says so");
    drop(budget);
    let budget = place.budget();
    assert_eq!(
        budget.reserve("a", &limits, clock.now()).unwrap(),
        Reservation::WaitUntil(until),
        "a process that starts knows it too"
    );
    clock.pass(100_000);
    assert_eq!(budget.reserve("a", &limits, clock.now()).unwrap(), Reservation::Granted, "then it is over");
}

pub fn a_request_that_has_to_wait_is_not_counted(place: &dyn Budgets) {
    let (budget, clock) = (place.budget(), place.clock());
    let limits = [RateLimit { requests: 1, per_seconds: 60 }];
    assert_eq!(budget.reserve("a", &limits, clock.now()).unwrap(), Reservation::Granted);
    for _ in 0..5 {
        clock.pass(5_000);
        assert!(matches!(budget.reserve("a", &limits, clock.now()).unwrap(), Reservation::WaitUntil(_)));
    }
    clock.pass(35_000);
    assert_eq!(
        budget.reserve("a", &limits, clock.now()).unwrap(),
        Reservation::Granted,
        "asking five times in vain has not moved the window"
    );
}

#[derive(Debug, Clone)]
enum Weather {
    /// So many jobs ask at once, this long after the last step, and the CRM works or does not.
    Ask { after_ms: u64, jobs: usize, works: bool },
    /// The wall clock jumps; no time passes.
    Jump { ms: i64 },
    /// The process ends and starts again; whoever was on its way never hears of its answer.
    Restart,
}

fn weather() -> impl Strategy<Value = Vec<Weather>> {
    let step = prop_oneof![
        10 => (0_u64..120_000, 1_usize..16, proptest::bool::weighted(0.2))
            .prop_map(|(after_ms, jobs, works)| Weather::Ask { after_ms, jobs, works }),
        2 => (0_u64..1_200_000, 1_usize..16, proptest::bool::weighted(0.2))
            .prop_map(|(after_ms, jobs, works)| Weather::Ask { after_ms, jobs, works }),
        1 => (-7_200_000_i64..0).prop_map(|ms| Weather::Jump { ms }),
        1 => Just(Weather::Restart),
    ];
    proptest::collection::vec(step, 20..60)
}

/// A CRM that does not work gets a handful of requests and then one at a time, each later than the last; an answer ends that.
pub fn inv_37_a_crm_that_is_down_is_tried_once_at_a_time_and_ever_less_often<B: Budgets>(
    fresh: impl Fn() -> B,
) {
    const ROOM: [RateLimit; 1] = [RateLimit { requests: 100_000, per_seconds: 60 }];
    let config = ProptestConfig { cases: 12, max_shrink_iters: 64, ..ProptestConfig::default() };
    let checked = TestRunner::new(config).run(&weather(), |steps| {
        let place = fresh();
        let clock = place.clock();
        let mut budget = place.budget();
        let (start, mut real, mut skew) = (clock.wall.load(Ordering::SeqCst), 0_u64, 0_i64);
        let set = |real: u64, skew: i64| {
            clock.wall.store(start + i64::try_from(real).unwrap() + skew, Ordering::SeqCst);
            clock.steady.store(1_000 + real, Ordering::SeqCst);
        };
        // Requests in a row without an answer, and when the last of them was sent.
        let (mut vain, mut last) = (0_u32, 0_u64);
        for step in steps {
            match step {
                Weather::Ask { after_ms, jobs, works } => {
                    real += after_ms + 1;
                    set(real, skew);
                    let mut sent = Vec::new();
                    for _ in 0..jobs {
                        let reserved = budget.reserve("crm", &ROOM, clock.now()).unwrap();
                        let how = match reserved {
                            Reservation::Granted => Sent::Plainly,
                            Reservation::Try => Sent::AsTry,
                            Reservation::WaitUntil(_) => return Err(TestCaseError::fail("there is room")),
                            Reservation::DownUntil(until) => {
                                prop_assert!(until > clock.now(), "a wait has an end ahead");
                                continue;
                            }
                        };
                        prop_assert!(
                            vain < FAILURES || sent.is_empty(),
                            "while it is down one is sent, not {}",
                            sent.len() + 1
                        );
                        if vain >= FAILURES {
                            prop_assert_eq!(how, Sent::AsTry);
                            let step = (vain - FAILURES).min(4) as usize;
                            let least = u64::try_from(STEPS[step]).unwrap() * 900;
                            prop_assert!(real - last >= least, "{} ms after {vain} in vain", real - last);
                        }
                        sent.push(how);
                        if !works {
                            // Jobs that run one after the other hear of each failure before the next is sent.
                            budget.ended("crm", how, RequestEnd::Down, clock.now()).unwrap();
                            (vain, last) = (vain + 1, real);
                        }
                    }
                    if works && let Some(how) = sent.first() {
                        budget.ended("crm", *how, RequestEnd::Answered, clock.now()).unwrap();
                        vain = 0;
                        let next = budget.reserve("crm", &ROOM, clock.now()).unwrap();
                        prop_assert_eq!(next, Reservation::Granted, "an answer opens the way for all");
                    }
                }
                Weather::Jump { ms } => {
                    skew = skew.saturating_add(ms);
                    set(real, skew);
                }
                Weather::Restart => {
                    drop(budget);
                    budget = place.budget();
                }
            }
        }
        Ok(())
    });
    checked.unwrap();
}

pub fn a_crm_that_is_down_is_known_after_a_restart_and_apart_from_other_accounts(place: &dyn Budgets) {
    let (budget, clock) = (place.budget(), place.clock());
    let limits = [RateLimit { requests: 60, per_seconds: 60 }];
    for _ in 0..FAILURES {
        assert_eq!(budget.reserve("a", &limits, clock.now()).unwrap(), Reservation::Granted);
        budget.ended("a", Sent::Plainly, RequestEnd::Down, clock.now()).unwrap();
    }
    let Reservation::DownUntil(until) = budget.reserve("a", &limits, clock.now()).unwrap() else {
        panic!("it is left alone")
    };
    assert_eq!(budget.budget("a", &limits, clock.now()).unwrap().down_until, Some(until), "and says so");
    assert_eq!(budget.budget("a", &limits, clock.now()).unwrap().windows[0].1, 55, "the wait cost nothing");
    assert_eq!(budget.reserve("b", &limits, clock.now()).unwrap(), Reservation::Granted, "another account");
    drop(budget);
    let budget = place.budget();
    assert_eq!(
        budget.reserve("a", &limits, clock.now()).unwrap(),
        Reservation::DownUntil(until),
        "a process that starts knows it too"
    );
    clock.pass(60_000);
    assert_eq!(budget.reserve("a", &limits, clock.now()).unwrap(), Reservation::Try, "one finds out");
    assert!(matches!(budget.reserve("a", &limits, clock.now()).unwrap(), Reservation::DownUntil(_)));
    budget.ended("a", Sent::AsTry, RequestEnd::Answered, clock.now()).unwrap();
    assert_eq!(budget.reserve("a", &limits, clock.now()).unwrap(), Reservation::Granted, "it is back");
}

pub fn f19_a_limit_that_somebody_else_uses_too_is_lowered_for_its_window(place: &dyn Budgets) {
    let (budget, clock) = (place.budget(), place.clock());
    let limits =
        [RateLimit { requests: 60, per_seconds: 60 }, RateLimit { requests: 1_000, per_seconds: 3_600 }];
    let grant = |times: u32| {
        (0..times)
            .take_while(|_| budget.reserve("a", &limits, clock.now()).unwrap() == Reservation::Granted)
            .count()
    };
    assert_eq!(grant(31), 31);
    // The thirty-first was refused although we counted 31 of 60.
    budget.limit_spent("a", &limits, 20, clock.now()).unwrap();
    let state = budget.budget("a", &limits, clock.now()).unwrap();
    assert_eq!(state.windows[0].0, RateLimit { requests: 30, per_seconds: 60 }, "thirty got through");
    assert_eq!(state.windows[1].0, limits[1], "the wait was a minute's matter");
    clock.pass(61_000);
    assert_eq!(grant(60), 30, "in the next window as many as got through");
    clock.pass(20_000);
    assert_eq!(budget.budget("a", &limits, clock.now()).unwrap().windows[0].0, limits[0], "then it is over");
    clock.pass(60_000);
    assert_eq!(grant(1), 1);
    budget.limit_spent("a", &limits, 20, clock.now()).unwrap();
    assert_eq!(
        budget.budget("a", &limits, clock.now()).unwrap().windows[0].0.requests,
        15,
        "never less than a quarter: it has to go on"
    );
    clock.pass(100_000);
    assert_eq!(grant(61), 60);
    budget.limit_spent("a", &limits, 20, clock.now()).unwrap();
    assert_eq!(
        budget.budget("a", &limits, clock.now()).unwrap().windows[0].0,
        limits[0],
        "what we used up ourselves lowers nothing"
    );
}
