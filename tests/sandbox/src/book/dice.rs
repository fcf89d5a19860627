//! Chance that gives the same answer on every machine and with every library version.
//!
//! A book is addressed, not stored: record 40,117 of seed 7 must come out alike whether it is made first or last, so
//! each household has its own stream of numbers derived from (seed, household). Splitmix64 is written out here because
//! a seeded book is a fixture, and a generator from a library may change its numbers with a release. It makes no
//! secrets.

use std::fmt;

use serde::{Serialize, Serializer};

/// A stream of numbers fixed by a seed and a lane.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The stream of `lane` under `seed`; different lanes are independent.
    pub fn new(seed: u64, lane: u64) -> Self {
        Self(mix(seed ^ 0x5EED_0F5A_11AD_u64) ^ mix(lane.wrapping_mul(0xA24B_AED4_963E_E407)))
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number in `0..limit`; 0 when `limit` is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 { 0 } else { self.next_u64() % limit }
    }

    /// A number in `low..=high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high.saturating_sub(low).max(0) as u64 + 1) as i64
    }

    /// True in `percent` of 100 throws.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`, which is never empty in this crate.
    pub fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// Spreads the bits of a number over the whole word (the finaliser of splitmix64).
pub(super) fn mix(value: u64) -> u64 {
    let mut mixed = value;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// An id as the vendor writes it: a lower-case ULID (<https://github.com/ulid/spec>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ulid(pub u128);

impl Ulid {
    /// An id made at `millis` (Unix time) with 80 bits taken from `dice`.
    pub fn at(millis: i64, dice: &mut Dice) -> Self {
        let random = (u128::from(dice.next_u64()) << 16) | u128::from(dice.next_u64() & 0xFFFF);
        Self((u128::from(millis.max(0) as u64 & 0xFFFF_FFFF_FFFF) << 80) | random)
    }

    /// Reads 26 characters of either case; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 26 {
            return None;
        }
        let mut value: u128 = 0;
        for byte in text.bytes() {
            let digit = CROCKFORD.iter().position(|letter| *letter == byte.to_ascii_lowercase())?;
            value = value.checked_mul(32)? | digit as u128;
        }
        Some(Self(value))
    }
}

impl fmt::Display for Ulid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0_u8; 26];
        for (place, letter) in text.iter_mut().enumerate() {
            *letter = CROCKFORD[((self.0 >> (5 * (25 - place))) & 31) as usize];
        }
        formatter.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl Serialize for Ulid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ulid_reads_back_as_written_in_either_case() {
        let id = Ulid::at(1_700_000_000_123, &mut Dice::new(7, 1));
        assert_eq!(Ulid::parse(&id.to_string()), Some(id));
        assert_eq!(Ulid::parse(&id.to_string().to_uppercase()), Some(id));
        assert_eq!(Ulid::parse("not a ulid"), None);
        assert_eq!(Ulid::parse("zzzzzzzzzzzzzzzzzzzzzzzzzz"), None, "130 bits do not fit into 128");
    }

    #[test]
    fn lanes_differ_and_repeat() {
        let throw = |lane| Dice::new(7, lane).next_u64();
        assert_eq!(throw(3), throw(3));
        assert_ne!(throw(3), throw(4));
    }
}
