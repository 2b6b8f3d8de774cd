//! Who does something.

use serde::{Deserialize, Serialize};

/// Who gave a command; written into every line of history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Actor {
    /// The holder of the order's signed link.
    Customer,
    /// A member of staff, by login name.
    Staff(String),
    /// A payment gateway, by its id (`stripe`).
    Gateway(String),
    /// Galley itself: a worker, a schedule.
    System,
}

impl Actor {
    /// `customer`, `system`, `staff:NAME` or `gateway:NAME`, as kept in the history.
    pub fn label(&self) -> String {
        match self {
            Self::Customer => "customer".to_owned(),
            Self::System => "system".to_owned(),
            Self::Staff(name) => format!("staff:{name}"),
            Self::Gateway(name) => format!("gateway:{name}"),
        }
    }
}
