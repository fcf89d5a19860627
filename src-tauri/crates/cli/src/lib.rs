//! The hub command line.
