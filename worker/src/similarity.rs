//! Which article of the shop is most like a new one.

use galley_content::{
    markdown::plain_text,
    quality::Nearest,
    similarity::{Index, Sketch, jaccard_percent},
};
use galley_domain::id::OrderId;
use galley_store::{Store, StoreError};
use std::collections::HashMap;
use std::time::Duration;
use tokio::{sync::Mutex, time::Instant};
use uuid::Uuid;

/// Most articles that a new one is compared with, newest first.
const ARTICLES_MAX: usize = 50_000;
/// Sketches read at a time.
const PAGE: i64 = 1_000;
/// An estimate below this cannot hide a similarity worth a warning, in percent.
const ESTIMATE_MIN_PERCENT: u32 = 8;

/// How long what was read last counts as all there is.
const FRESH: Duration = Duration::from_secs(1);

/// The sketches of the shop's articles, read as they come in, by the order of their ids.
///
/// Two articles that are written in the same moment do not see each other, whichever way they are
/// read; the second check of either (a revision, a staff edit) does.
pub(crate) struct Similarity(Mutex<Known>);

struct Known {
    index: Index,
    titles: HashMap<Uuid, String>,
    last: Option<Uuid>,
    read_at: Option<Instant>,
}

impl Default for Similarity {
    fn default() -> Self {
        let known = Known {
            index: Index::with_capacity_limit(ARTICLES_MAX),
            titles: HashMap::new(),
            last: None,
            read_at: None,
        };
        Self(Mutex::new(known))
    }
}

impl Similarity {
    /// The article of another order that shares most with the words of `plain`, by exact measure; `None` if none
    /// comes near.
    pub(crate) async fn nearest(
        &self,
        store: &Store,
        order: OrderId,
        plain: &str,
        sketch: &Sketch,
    ) -> Result<Option<Nearest>, StoreError> {
        let (candidate, title) = {
            let mut known = self.0.lock().await;
            known.catch_up(store).await?;
            match known.index.nearest(sketch, Some(order.0)) {
                Some((candidate, estimate)) if estimate >= ESTIMATE_MIN_PERCENT => {
                    (candidate, known.titles.get(&candidate).cloned().unwrap_or_default())
                }
                _ => return Ok(None),
            }
        };
        // A sketch only estimates: the verdict is by the texts themselves.
        let Some(other) = store.order_view(OrderId(candidate)).await?.and_then(|view| view.version) else {
            return Ok(None);
        };
        Ok(Some(Nearest { title, percent: jaccard_percent(plain, &plain_text(&other.source)) }))
    }
}

impl Known {
    async fn catch_up(&mut self, store: &Store) -> Result<(), StoreError> {
        if self.read_at.is_some_and(|at| at.elapsed() < FRESH) {
            return Ok(());
        }
        loop {
            let page = store.sketches_after(self.last, PAGE).await?;
            let read = page.len();
            for (version, order, title, bytes) in page {
                if let Some(sketch) = Sketch::from_bytes(&bytes) {
                    self.index.insert(order, &sketch);
                    self.titles.insert(order, title);
                }
                self.last = Some(version);
            }
            if i64::try_from(read).unwrap_or(0) < PAGE {
                self.read_at = Some(Instant::now());
                return Ok(());
            }
        }
    }
}
