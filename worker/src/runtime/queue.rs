//! One queue's apalis worker, and the loop that starts it again should it ever end.

use super::{
    Shared,
    fetch::{Held, Slots, fetch},
    run,
};
use apalis::prelude::{BackendBuilder, Data, Task, WorkerBuilder, WorkerError};
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _, future::BoxFuture, sink, stream};
use galley_domain::job::Queue;
use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The pause before a worker that ended is started again.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// A claimed job on its way through apalis, which wants its arguments cloneable; it is taken once.
type Argument = Arc<Mutex<Option<Held>>>;

/// Works on a queue until the process stops and everything claimed has ended.
pub(super) async fn run(shared: Arc<Shared>, queue: Queue) {
    let slots = Slots::of(queue, &shared.config);
    let mut life = 0_u64;
    loop {
        life += 1;
        let (sender, receiver) = mpsc::channel(1);
        let fetcher = tokio::spawn(fetch(Arc::clone(&shared), queue, slots.clone(), sender));
        // A fresh name each time: apalis refuses to start a worker whose name it has seen stop.
        let ended = work(format!("{queue}-{life}"), Arc::clone(&shared), receiver).await;
        fetcher.abort();
        if shared.stopping.is_cancelled() {
            return;
        }
        tracing::error!(%queue, error = ?ended.err(), "The queue's worker ended; starting it again");
        tokio::time::sleep(RESTART_PAUSE).await;
    }
}

async fn work(
    name: String,
    shared: Arc<Shared>,
    receiver: mpsc::Receiver<Held>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    // The stream is made once a backend; the backend lives as long as its worker.
    let receiver = Arc::new(Mutex::new(Some(receiver)));
    // A worker whose stream has ended still waits to be told to stop.
    let ended = CancellationToken::new();
    let told = ended.clone().cancelled_owned().map(Ok::<(), WorkerError>);
    let backend = BackendBuilder::new()
        .database(())
        .fetcher(move |(), (), _| {
            let receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner).take();
            stream::unfold((receiver, ended.clone()), |(receiver, ended)| async {
                let mut receiver = receiver?;
                let Some(held) = receiver.recv().await else {
                    ended.cancel();
                    return None;
                };
                let task = Task::new(Argument::new(Mutex::new(Some(held))));
                Some((Ok::<_, Infallible>(Some(task)), (Some(receiver), ended)))
            })
            .boxed()
        })
        // Jobs come into being in the store's transactions, never through apalis.
        .sink(|(), ()| {
            sink::drain()
                .sink_map_err(|never: Infallible| match never {})
                .with(|_task: Task<Argument>| std::future::ready(Ok::<_, Infallible>(())))
        })
        .build()?;
    let worker = WorkerBuilder::new(name).backend(backend).data(shared).build(handle).run_until(told).boxed();
    worker.await?;
    Ok(())
}

/// What apalis calls for each task. It always sees success: how a job ended is the store's affair.
///
/// Boxed, since the compiler cannot see through apalis's layers that the plain future is `Send`.
fn handle(task: Argument, shared: Data<Arc<Shared>>) -> BoxFuture<'static, ()> {
    async move {
        let held = task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(held) = held {
            run::run(Arc::clone(&shared), held).await;
        }
    }
    .boxed()
}
