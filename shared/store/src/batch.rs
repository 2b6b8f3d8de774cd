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

/// How often the other tasks are let run before a batch is closed. A round of ready tasks takes some
/// microseconds; a commit takes a thousand.
const YIELDS: usize = 4;

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
                while gather(&queue, &mut waiting, most).await > 0 {
                    let (items, replies): (Vec<_>, Vec<_>) = waiting.drain(..).unzip();
                    let context = context.clone();
                    // In a task of its own: a panic costs its batch, not the lane. Those callers
                    // find their reply gone, which they answer by trying again.
                    let Ok(results) = tokio::spawn(async move { run(&context, items).await }).await else {
                        tracing::error!("A batch of the store was lost to a panic");
                        continue;
                    };
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

/// Takes what is waiting, then lets the tasks run that are ready to: those whose calls arrived
/// together are handed in one after the other, and the first should not travel alone.
async fn gather<T>(queue: &Mutex<mpsc::Receiver<T>>, waiting: &mut Vec<T>, most: usize) -> usize {
    let mut queue = queue.lock().await;
    let mut taken = queue.recv_many(waiting, most).await;
    for _ in 0..YIELDS {
        if taken == 0 || taken >= most {
            break;
        }
        tokio::task::yield_now().await;
        while taken < most
            && let Ok(call) = queue.try_recv()
        {
            waiting.push(call);
            taken += 1;
        }
    }
    taken
}
