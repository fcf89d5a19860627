//! The whole store behind one trait object, and the bridge from async code to its blocking methods.

use std::sync::Arc;

use hub_core::ports::{
    ConnectionStore, FieldStore, HookStore, JobStore, KeepingStore, MirrorStore, OutboxStore, PlanStore,
    SourceStore, StoreResult,
};

use crate::EngineError;

/// Every store port of `hub.db`.
pub trait Book:
    ConnectionStore
    + FieldStore
    + HookStore
    + JobStore
    + KeepingStore
    + SourceStore
    + MirrorStore
    + PlanStore
    + OutboxStore
    + 'static
{
}

impl<T> Book for T where
    T: ConnectionStore
        + FieldStore
        + HookStore
        + JobStore
        + KeepingStore
        + SourceStore
        + MirrorStore
        + PlanStore
        + OutboxStore
        + 'static
{
}

/// Runs store calls on the blocking pool.
#[derive(Clone)]
pub struct Db {
    book: Arc<dyn Book>,
}

impl Db {
    /// A bridge to this store.
    pub fn new(book: Arc<dyn Book>) -> Db {
        Db { book }
    }

    /// The store itself, for code that is already on a blocking thread.
    pub fn book(&self) -> &Arc<dyn Book> {
        &self.book
    }

    /// Runs one durable step. A step that has begun is finished even when its caller is cancelled.
    ///
    /// # Errors
    /// The store's error, or [`EngineError::Task`] when the step panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        step: impl FnOnce(&dyn Book) -> StoreResult<T> + Send + 'static,
    ) -> Result<T, EngineError> {
        let book = self.book.clone();
        Ok(tokio::task::spawn_blocking(move || step(book.as_ref())).await??)
    }
}
