use super::{error::ApiError, form::Form};
use crate::stripe::world::{Shelf, Shown, StripeRefusal};

const LIMIT: usize = 10;
const LIMIT_MAX: usize = 100;

/// Which part of a list is asked for.
#[derive(Debug)]
pub(super) struct Window<'a> {
    limit: usize,
    starting_after: Option<&'a str>,
    ending_before: Option<&'a str>,
    from: i64,
    to: i64,
}

/// The parameters that each list takes.
pub(super) const PARAMS: [&str; 5] = ["limit", "starting_after", "ending_before", "created", "expand"];

impl<'a> Window<'a> {
    pub(super) fn read(query: &'a Form, more: &[&str]) -> Result<Self, ApiError> {
        let known = [&PARAMS, more].concat();
        if let Some(stranger) = query.stranger(&known) {
            return Err(ApiError::unknown(stranger));
        }
        let limit = query.get("limit").map_or(Ok(LIMIT), |limit| {
            let number = limit.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
            number.ok_or_else(|| ApiError::invalid(format!("Invalid integer: {limit}"), "limit"))
        })?;
        let (starting_after, ending_before) = (query.get("starting_after"), query.get("ending_before"));
        if starting_after.is_some() && ending_before.is_some() {
            let message = "You may not pass both starting_after and ending_before.";
            return Err(ApiError::invalid(message, "starting_after"));
        }
        let time = |name: &str| match query.get(name) {
            None => Ok(None),
            Some(text) => {
                let time = text.parse::<i64>().ok();
                time.map(Some).ok_or_else(|| ApiError::invalid(format!("Invalid timestamp: {text}"), name))
            }
        };
        let exactly = time("created")?;
        let from =
            [exactly, time("created[gte]")?, time("created[gt]")?.map(|after| after.saturating_add(1))];
        let to =
            [exactly, time("created[lte]")?, time("created[lt]")?.map(|before| before.saturating_sub(1))];
        Ok(Self {
            limit,
            starting_after,
            ending_before,
            from: from.into_iter().flatten().max().unwrap_or(i64::MIN),
            to: to.into_iter().flatten().min().unwrap_or(i64::MAX),
        })
    }

    /// The page of what fits, newest first, JSON. Only what is on it is rendered.
    pub(super) fn page<T: Shown>(
        &self,
        things: &Shelf<T>,
        url: &str,
        fits: impl Fn(&T) -> bool,
    ) -> Result<String, ApiError> {
        let all = things.all();
        // Things stand in the order of their `created`.
        let mut first = all.partition_point(|thing| thing.created() < self.from);
        let mut end = all.partition_point(|thing| thing.created() <= self.to);
        let place = |id: &str, param| {
            let missing = || StripeRefusal::NoSuch { kind: T::KIND, id: id.to_owned() };
            things.place(id).ok_or_else(|| ApiError::from(missing()).about(param))
        };
        if let Some(id) = self.starting_after {
            end = end.min(place(id, "starting_after")?);
        }
        if let Some(id) = self.ending_before {
            first = first.max(place(id, "ending_before")? + 1);
        }
        let between = all.get(first..end).unwrap_or_default();
        let wanted = self.limit + 1;
        let mut found: Vec<&T> = if self.ending_before.is_some() {
            // The nearest to the cursor, turned round.
            between.iter().filter(|thing| fits(thing)).take(wanted).collect()
        } else {
            between.iter().rev().filter(|thing| fits(thing)).take(wanted).collect()
        };
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        if self.ending_before.is_some() {
            found.reverse();
        }
        let texts: Vec<String> = found.into_iter().map(Shown::text).collect();
        Ok(envelope(&texts, has_more, url))
    }
}

/// A list object around texts that are JSON already.
fn envelope(texts: &[String], has_more: bool, url: &str) -> String {
    format!(r#"{{"object":"list","data":[{}],"has_more":{has_more},"url":"{url}"}}"#, texts.join(","))
}
