//! Names that are on disk must keep decoding: rows, jobs and answers outlive the types.
//!
//! A line may be added to the snapshot. A line that goes or changes needs a migration first.

use galley_domain::{
    actor::Actor,
    article::PublicationFault,
    brief::{ProductKind, Rel},
    job::{JobKind, JobState, Queue},
    mail::MailKind,
    order::{Alert, AskedBy, DisputeOutcome, EventKind, Failure, JobsEffect, OrderStatus, RefusalCode},
    payment::{
        CheckoutState, DisputeState, Gateway, PaymentEventState, PaymentState, RefundOrigin, RefundState,
        ReviewReason, SessionStatus,
    },
    quality::Verdict,
    staff::Role,
};
use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

/// Writes each name down, and proves that it decodes to its value again: from a column, from JSON.
macro_rules! names {
    ($($name:ident)+) => {{
        let mut page = String::new();
        $(
            let _ = writeln!(page, "{}", stringify!($name));
            for value in $name::ALL {
                let name = value.as_str();
                assert_eq!(&name.parse::<$name>().unwrap(), value);
                assert_eq!(serde_json::to_value(value).unwrap(), name);
                assert_eq!(&serde_json::from_value::<$name>(name.into()).unwrap(), value);
                let _ = writeln!(page, "  {name}");
            }
        )+
        (page, BTreeSet::from([$(stringify!($name).to_owned()),+]))
    }};
}

#[test]
fn names_that_are_on_disk_keep_decoding() {
    let (page, listed) = names!(
        OrderStatus AskedBy Failure EventKind Alert JobsEffect RefusalCode DisputeOutcome
        JobKind JobState Queue MailKind
        PaymentState CheckoutState PaymentEventState ReviewReason
        Gateway SessionStatus RefundState RefundOrigin DisputeState Role
        ProductKind PublicationFault Rel Verdict
    );
    insta::assert_snapshot!("names_on_disk", page);
    assert_eq!(listed, declared(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))));
}

#[test]
fn a_name_of_another_build_is_an_error_that_names_it() {
    let error = "order-lost".parse::<JobKind>().unwrap_err();
    assert_eq!(error.to_string(), "`order-lost` is not a JobKind that this version knows");
    assert!("Processing".parse::<OrderStatus>().is_err(), "a variant's name is not its name on disk");
}

#[test]
fn actors_keep_their_labels() {
    let actors =
        [Actor::Customer, Actor::System, Actor::Staff("ann".to_owned()), Actor::Gateway("stripe".to_owned())];
    let labels = actors.each_ref().map(Actor::label);
    assert_eq!(labels, ["customer", "system", "staff:ann", "gateway:stripe"]);
    for actor in actors {
        let stored = serde_json::to_string(&actor).unwrap();
        assert_eq!(serde_json::from_str::<Actor>(&stored).unwrap(), actor);
    }
}

/// The enums that the sources declare by `text_enum!`, so that none is left out above.
fn declared(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the crate has sources") {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() {
            found.extend(declared(&path));
            continue;
        }
        let source = fs::read_to_string(&path).expect("sources are text");
        let bodies = source.split("text_enum! {").skip(1);
        found.extend(bodies.filter_map(|body| {
            let after = body.split_once("pub enum ")?.1;
            Some(after.split_whitespace().next()?.to_owned())
        }));
    }
    found
}
