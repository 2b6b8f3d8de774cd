//! The life of a job: claimed under a fencing token, finished or failed under it, freed when its
//! worker dies.

mod claim;
mod finish;
mod outcome;
mod status;
mod sweep;
mod work;

pub use claim::ClaimedJob;
pub(crate) use finish::finish;
pub use outcome::{Finish, Finished, JobFailure, Outcome};
pub use status::{JobCounts, JobView};
pub use sweep::Swept;
pub(crate) use sweep::free_jobs_of;
pub use work::Work;
