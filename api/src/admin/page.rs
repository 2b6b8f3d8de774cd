//! Reading a list page by page, newest first.

use crate::{
    envelope::{ApiError, ErrorDetail},
    extract::Params,
};
use std::str::FromStr;

/// How many are answered unless the caller says, and at most.
const ROWS_DEFAULT: i64 = 50;
const ROWS_MAX: i64 = 200;

/// Which page is wanted.
pub(crate) struct Page<Id> {
    /// Only older ones than this.
    pub(crate) before: Option<Id>,
    limit: i64,
}

impl<Id: FromStr> Page<Id> {
    /// `before` and `limit`.
    pub(crate) fn of(params: &Params) -> Result<Self, ApiError> {
        let mut wrong = Vec::new();
        let page = Self::read(params, &mut wrong);
        if wrong.is_empty() { Ok(page) } else { Err(ApiError::invalid(wrong)) }
    }

    /// The same beside other parameters: what is wrong is told together.
    pub(crate) fn read(params: &Params, wrong: &mut Vec<ErrorDetail>) -> Self {
        let before = params.parsed("before", "Give the id of the last one of the page before.", wrong);
        let advice = "Give a whole number from 1 to 200.";
        let limit = params.parsed("limit", advice, wrong).unwrap_or(ROWS_DEFAULT);
        if !(1..=ROWS_MAX).contains(&limit) {
            wrong.push(ErrorDetail::new("limit", advice));
        }
        Self { before, limit }
    }

    /// How many to ask for: one more than is shown says whether there is another page.
    pub(crate) const fn limit(&self) -> i64 {
        self.limit + 1
    }

    /// Cuts what was found to the page, and names its last one if there are more.
    pub(crate) fn cut<Row>(&self, rows: &mut Vec<Row>, id: impl Fn(&Row) -> Id) -> Option<Id> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        rows.last().filter(|_| more).map(id)
    }
}
