//! The commands: typed requests and responses over a narrow host.
