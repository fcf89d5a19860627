//! The CRM side: definitions and the interpreters that run them.
