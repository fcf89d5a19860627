//! One write of an account after the other, whoever writes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

type Gates = BTreeMap<(String, String), Weak<tokio::sync::Mutex<()>>>;

/// The gate of an account, the same for all its writers in this process. Only the owner of a profile writes (MODEL 10).
pub(super) fn of(provider: &str, account: &str) -> Arc<tokio::sync::Mutex<()>> {
    static GATES: Mutex<Gates> = Mutex::new(Gates::new());
    let mut gates = GATES.lock().unwrap_or_else(PoisonError::into_inner);
    gates.retain(|_, gate| gate.strong_count() > 0);
    let key = (provider.to_owned(), account.to_owned());
    if let Some(gate) = gates.get(&key).and_then(Weak::upgrade) {
        return gate;
    }
    let gate = Arc::default();
    gates.insert(key, Arc::downgrade(&gate));
    gate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_of_one_account_share_a_gate() {
        let (one, same, other) = (of("crm", "a"), of("crm", "a"), of("crm", "b"));
        assert!(Arc::ptr_eq(&one, &same) && !Arc::ptr_eq(&one, &other));
    }
}
