//! The life of a job: claimed under a fencing token, finished or failed under it, freed when its
//! worker dies.

mod claim;
mod finish;
mod free;
mod outcome;
mod status;
mod sweep;
mod work;

pub use claim::ClaimedJob;
pub(crate) use finish::finish;
pub(crate) use free::{Holder, free};
pub use outcome::{Finish, Finished, JobFailure, Outcome};
pub use status::{JobCounts, JobView};
pub use sweep::Swept;
pub use work::Work;
pub(crate) use work::works;
