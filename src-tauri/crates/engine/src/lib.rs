//! The executor over ports: jobs, budget, retry, checkpoint, progress, apply, undo.
