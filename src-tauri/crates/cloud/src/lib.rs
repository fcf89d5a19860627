//! The typed client of the WedSync cloud.
