//! The CRMs and the WedSync cloud over real HTTP on loopback.

pub mod wedsync;
