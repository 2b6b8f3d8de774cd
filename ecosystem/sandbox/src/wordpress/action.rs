use serde::{Deserialize, Serialize};

/// What `POST /_control/actions` takes: `{"action":"edit","target":7}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum WordpressAction {
    /// One of the site's people adds a sentence to a post.
    Edit {
        /// The post's id.
        target: u64,
    },
    /// A post is put into the bin.
    Trash {
        /// The post's id.
        target: u64,
    },
    /// A post is taken out of the bin.
    Untrash {
        /// The post's id.
        target: u64,
    },
    /// A post is deleted for good.
    Delete {
        /// The post's id.
        target: u64,
    },
    /// One of the site's people writes a post of their own.
    Write {
        /// Its slug.
        slug: String,
    },
}

/// Why an action cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordpressActionError {
    /// There is no such post.
    #[error("there is no post {0}")]
    UnknownPost(u64),
}
