//! What every page of the console has around it: where one can go, and how much waits there.

use super::desk::{Desk, Needs};
use crate::{
    Api,
    envelope::ApiError,
    pages::{Asset, page, theme},
};
use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use galley_domain::staff::Role;
use galley_store::DeskCounts;

/// Counting stops here; what waits beyond it is told as "more than".
const COUNTED_MAX: i64 = 999;

/// A part of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Review,
    Orders,
    Payments,
    Queue,
    Articles,
    Customers,
    Mails,
    Analytics,
    Settings,
}

impl Section {
    const ALL: [Self; 9] = [
        Self::Review,
        Self::Orders,
        Self::Payments,
        Self::Queue,
        Self::Articles,
        Self::Customers,
        Self::Mails,
        Self::Analytics,
        Self::Settings,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::Review => "Review",
            Self::Orders => "Orders",
            Self::Payments => "Payments",
            Self::Queue => "Queue",
            Self::Articles => "Articles",
            Self::Customers => "Customers",
            Self::Mails => "Mails",
            Self::Analytics => "Analytics",
            Self::Settings => "Settings",
        }
    }

    const fn href(self) -> &'static str {
        match self {
            Self::Review => "/admin/review",
            Self::Orders => "/admin/orders",
            Self::Payments => "/admin/payments",
            Self::Queue => "/admin/queue",
            Self::Articles => "/admin/articles",
            Self::Customers => "/admin/customers",
            Self::Mails => "/admin/mails",
            Self::Analytics => "/admin/analytics",
            Self::Settings => "/admin/settings",
        }
    }

    /// How much waits for a person there.
    const fn waiting(self, counts: &DeskCounts) -> i64 {
        match self {
            Self::Review => counts.in_review,
            Self::Orders => counts.failed_orders,
            Self::Payments => counts.payments_in_review,
            Self::Queue => counts.failed_jobs,
            _ => 0,
        }
    }
}

/// The head and the side of a console page.
pub(crate) struct Console<'a> {
    pub(crate) shop_name: &'a str,
    /// Says that no real money is taken.
    pub(crate) sandbox: bool,
    pub(crate) stylesheet: &'static str,
    /// The shop's own colour, if it has one.
    pub(crate) theme: Option<String>,
    pub(crate) script: &'static str,
    /// Who is logged in.
    pub(crate) name: &'a str,
    pub(crate) role: Role,
    /// What was just done, told once after a form was sent.
    pub(crate) done: Option<&'static str>,
    /// Where this page is, if in any part.
    section: Option<Section>,
    counts: DeskCounts,
}

/// A line of the navigation.
pub(crate) struct Entry {
    pub(crate) label: &'static str,
    pub(crate) href: &'static str,
    pub(crate) here: bool,
    /// How much waits for a person there, if anything.
    pub(crate) count: Option<String>,
}

impl<'a> Console<'a> {
    /// For a page of `section`, or of none of them, shown to whoever is logged in.
    pub(crate) async fn new<N: Needs>(
        api: &'a Api,
        desk: &'a Desk<N>,
        section: impl Into<Option<Section>>,
    ) -> Result<Self, ApiError> {
        let section = section.into();
        let counts = api.store.desk_counts(COUNTED_MAX + 1).await?;
        Ok(Self {
            shop_name: &api.payments.shop_name,
            sandbox: api.payments.sandbox,
            stylesheet: Asset::Stylesheet.href(),
            theme: theme::href(&api.store.known_settings()),
            script: Asset::Console.href(),
            name: &desk.name,
            role: desk.role,
            done: None,
            section,
            counts,
        })
    }

    /// Says what was just done.
    pub(crate) fn done(mut self, done: Option<&'static str>) -> Self {
        self.done = done;
        self
    }

    /// Whether whoever is logged in may do what `role` may.
    pub(crate) fn may(&self, role: Role) -> bool {
        self.role.may(role)
    }

    pub(crate) fn may_decide(&self) -> bool {
        self.may(Role::Reviewer)
    }

    pub(crate) fn may_own(&self) -> bool {
        self.may(Role::Owner)
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> {
        Section::ALL.into_iter().map(|section| {
            let waiting = section.waiting(&self.counts);
            let count = match waiting {
                ..=0 => None,
                1..=COUNTED_MAX => Some(waiting.to_string()),
                _ => Some(format!("{COUNTED_MAX}+")),
            };
            Entry { label: section.label(), href: section.href(), here: Some(section) == self.section, count }
        })
    }
}

/// A page of the console.
pub(crate) fn show(template: &impl Template) -> Result<Response, ApiError> {
    show_as(StatusCode::OK, template)
}

/// A page of the console, with a status of its own.
pub(crate) fn show_as(status: StatusCode, template: &impl Template) -> Result<Response, ApiError> {
    let mut response = page(status, template, true)?;
    // Under `no-referrer` browsers send their forms with `Origin: null`, which says nothing.
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    Ok(response)
}
