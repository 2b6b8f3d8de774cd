//! `/admin/review`: what waits for a decision, oldest first, with the text beside it.

mod show;

pub(super) use show::page;
pub(crate) use show::{__path_desk, __path_review, desk, review};
