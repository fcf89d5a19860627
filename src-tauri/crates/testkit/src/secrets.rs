//! What a [`SecretStore`] promises.

#![allow(missing_docs, reason = "the name of a promise says what it is")]

use std::sync::Arc;

use hub_core::ports::{Secret, SecretStore};

/// Where secrets are kept.
pub trait Safe {
    /// Opens what is kept here, as a process that starts would.
    fn secrets(&self) -> Arc<dyn SecretStore>;
}

pub fn secrets_are_replaced_and_removed(place: &dyn Safe) {
    let safe = place.secrets();
    safe.put_secret("one", &Secret::new("key-of-one-12345")).unwrap();
    safe.put_secret("two", &Secret::new("key-of-two-12345")).unwrap();
    safe.put_secret("one", &Secret::new("key-of-one-67890")).unwrap();
    assert_eq!(safe.secret("one").unwrap().unwrap().expose(), "key-of-one-67890", "the newer one counts");
    assert_eq!(safe.secret("two").unwrap().unwrap().expose(), "key-of-two-12345", "names are apart");
    assert!(safe.secret("three").unwrap().is_none(), "what was never put is not there");
    assert!(safe.delete_secret("two").unwrap(), "it was there");
    assert!(!safe.delete_secret("two").unwrap(), "and is no more");
    assert!(safe.secret("two").unwrap().is_none());
}

pub fn inv_38_a_secret_is_durable_when_it_is_put(place: &dyn Safe) {
    let token = "refresh-token-of-generation-2";
    place.secrets().put_secret("wedsync", &Secret::new("refresh-token-of-generation-1")).unwrap();
    place.secrets().put_secret("wedsync", &Secret::new(token)).unwrap();
    assert_eq!(
        place.secrets().secret("wedsync").unwrap().unwrap().expose(),
        token,
        "a rotated token is kept before it is used: a process that starts now finds the new one"
    );
}

pub fn a_secret_comes_back_byte_for_byte(place: &dyn Safe) {
    let safe = place.secrets();
    let long = "x".repeat(9_000);
    for (name, text) in
        [("empty", ""), ("lines", "a\nb\0c\t"), ("letters", "Zoë 🎉 e\u{301}"), ("long", &long)]
    {
        safe.put_secret(name, &Secret::new(text)).unwrap();
        assert_eq!(safe.secret(name).unwrap().unwrap().expose(), text, "{name}: nothing is trimmed or cut");
    }
}
