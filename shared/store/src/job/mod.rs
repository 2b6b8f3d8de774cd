//! The life of a job: claimed under a fencing token, finished or failed under it, freed when its
//! worker dies.

mod cancel;
mod claim;
mod estimate;
mod finish;
mod free;
mod list;
mod outcome;
mod pause;
mod revive;
mod stats;
mod status;
mod sweep;
mod work;

pub use claim::ClaimedJob;
pub(crate) use estimate::Estimates;
pub(crate) use finish::finish;
pub(crate) use free::{Holder, free};
pub(crate) use list::SETTLED;
pub use list::{JobDetail, JobFilter, JobLine, JobList, JobRun};
pub use outcome::{Finish, Finished, JobFailure, Outcome};
pub use revive::{RETRIED_MAX, RetriedJobs};
pub use stats::{KindState, THROUGHPUT_MINUTES};
pub use status::{JobCounts, JobView};
pub use sweep::Swept;
pub use work::Work;
pub(crate) use work::works;
