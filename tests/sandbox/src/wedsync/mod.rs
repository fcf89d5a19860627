//! The WedSync cloud's reference server.
