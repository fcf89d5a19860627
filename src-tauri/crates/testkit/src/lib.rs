//! Builders, contract suites and normalisers for tests.
