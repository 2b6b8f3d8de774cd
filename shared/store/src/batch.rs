//! Natural batching: calls that arrive while a commit is under way share the next one.
//!
//! Nothing waits for company. A lone call is a batch of one; under load a batch is whatever came in
//! while the previous transaction ran, so the commit's fsync is paid once for all of them.

use crate::error::StoreError;
use std::{future::Future, pin::Pin, sync::Arc};
use tokio::sync::{Mutex, mpsc, oneshot};

type Reply<O> = oneshot::Sender<Result<O, StoreError>>;
type Batch<'a, O> = Pin<Box<dyn Future<Output = Vec<Result<O, StoreError>>> + Send + 'a>>;

/// How many calls may wait for a lane before callers are held back.
const QUEUE_MAX: usize = 4_096;

/// A queue of calls and the tasks that run them in batches.
pub(crate) struct Lanes<I, O> {
    calls: mpsc::Sender<(I, Reply<O>)>,
}

impl<I: Send + 'static, O: Send + 'static> Lanes<I, O> {
    /// Starts `lanes` tasks; each takes up to `most` calls at a time and hands them to `run`, which
    /// answers one result per item, in order. They end when the last handle is dropped.
    pub(crate) fn start<C, F>(lanes: usize, most: usize, context: C, run: F) -> Self
    where
        C: Clone + Send + Sync + 'static,
        F: for<'a> Fn(&'a C, Vec<I>) -> Batch<'a, O> + Copy + Send + Sync + 'static,
    {
        let (calls, queue) = mpsc::channel(QUEUE_MAX);
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..lanes {
            let (queue, context) = (Arc::clone(&queue), context.clone());
            tokio::spawn(async move {
                let mut waiting: Vec<(I, Reply<O>)> = Vec::new();
                while queue.lock().await.recv_many(&mut waiting, most).await > 0 {
                    let (items, replies): (Vec<_>, Vec<_>) = waiting.drain(..).unzip();
                    let results = run(&context, items).await;
                    for (reply, result) in replies.into_iter().zip(results) {
                        // A caller that went away does not need its answer.
                        let _ = reply.send(result);
                    }
                }
            });
        }
        Self { calls }
    }

    /// Hands in one call and waits for its result.
    pub(crate) async fn call(&self, item: I) -> Result<O, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.calls.send((item, reply)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}
