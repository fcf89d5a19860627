//! The rate law, over random arrivals, restarts, clock jumps and fifteen jobs.

use std::sync::atomic::Ordering;

use hub_core::ports::{RateLimit, RequestBudget, Reservation};
use proptest::prelude::*;

use crate::support::Profile;

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

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 64, ..ProptestConfig::default() })]

    #[test]
    fn inv_37_no_minute_and_no_hour_above_the_limit(steps in steps()) {
        let profile = Profile::new();
        let mut store = profile.open();
        // Real time runs on its own; the wall clock is real time plus whatever it was set wrong by.
        let (start, mut real, mut skew) = (profile.clock.wall.load(Ordering::SeqCst), 0_u64, 0_i64);
        let mut granted: Vec<u64> = Vec::new();
        let set = |real: u64, skew: i64| {
            profile.clock.wall.store(start + i64::try_from(real).unwrap() + skew, Ordering::SeqCst);
            profile.clock.steady.store(1_000 + real, Ordering::SeqCst);
        };
        for step in steps {
            match step {
                Step::Ask { after_ms } => {
                    real += after_ms + 1;
                    set(real, skew);
                    // Fifteen jobs at once share one account.
                    for _ in 0..15 {
                        let now = hub_core::ports::Clock::now(profile.clock.as_ref());
                        match store.vault().reserve("tave/studio-1", &LIMITS, now).unwrap() {
                            Reservation::Granted => granted.push(real),
                            Reservation::WaitUntil(until) => {
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
                    let now = hub_core::ports::Clock::now(profile.clock.as_ref());
                    if store.vault().reserve("tave/studio-1", &LIMITS, now).unwrap() == Reservation::Granted {
                        granted.push(real);
                    }
                }
                Step::Restart => {
                    drop(store);
                    store = profile.open();
                }
            }
        }
        for limit in LIMITS {
            let window = u64::from(limit.per_seconds) * 1_000;
            for (index, at) in granted.iter().enumerate() {
                let inside = granted[index..].iter().take_while(|other| **other < at + window).count();
                prop_assert!(inside <= limit.requests as usize, "{inside} requests within {} s", limit.per_seconds);
            }
        }
    }
}

#[test]
fn a_wait_ends_when_the_oldest_leaves_and_retry_after_is_obeyed() {
    let profile = Profile::new();
    let store = profile.open();
    let vault = store.vault();
    let now = || hub_core::ports::Clock::now(profile.clock.as_ref());
    let limits = [RateLimit { requests: 2, per_seconds: 60 }];
    let first = now();
    assert_eq!(vault.reserve("a", &limits, first).unwrap(), Reservation::Granted);
    profile.clock.pass(10_000);
    assert_eq!(vault.reserve("a", &limits, now()).unwrap(), Reservation::Granted);
    let wait = vault.reserve("a", &limits, now()).unwrap();
    let ends = first.checked_add(jiff::SignedDuration::from_secs(60)).unwrap();
    assert_eq!(wait, Reservation::WaitUntil(ends));
    assert_eq!(vault.reserve("b", &limits, now()).unwrap(), Reservation::Granted, "accounts are apart");
    let state = vault.budget("a", &limits, now()).unwrap();
    assert_eq!(state.windows[0].1, 0);
    assert_eq!(state.windows[0].2, Some(ends));
    profile.clock.pass(50_000);
    assert_eq!(vault.reserve("a", &limits, now()).unwrap(), Reservation::Granted, "exactly then");
    let until = now().checked_add(jiff::SignedDuration::from_secs(300)).unwrap();
    vault.block_until("a", until).unwrap();
    profile.clock.pass(200_000);
    assert_eq!(vault.reserve("a", &limits, now()).unwrap(), Reservation::WaitUntil(until));
    assert_eq!(vault.budget("a", &limits, now()).unwrap().blocked_until, Some(until));
    drop(vault);
    drop(store);
    let store = profile.open();
    assert_eq!(
        store.vault().reserve("a", &limits, now()).unwrap(),
        Reservation::WaitUntil(until),
        "also after a restart"
    );
    profile.clock.pass(100_000);
    assert_eq!(store.vault().reserve("a", &limits, now()).unwrap(), Reservation::Granted);
}
