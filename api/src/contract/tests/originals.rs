//! Each schema that repeats a type of the lower crates has exactly that type's properties.

use super::{document, resolved};
use galley_content::diff::{Op, Span};
use galley_domain::{
    brief::{Brief, BriefInput},
    quality::{Check, QualityReport, QualitySettings, Verdict},
};
use galley_store::Notice;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// `filled` has a value in every field that it can leave out.
fn assert_same_properties(schema: &str, filled: impl Serialize) {
    let document = document();
    let schema = resolved(&document, &format!("#/components/schemas/{schema}"));
    let filled = serde_json::to_value(filled).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&schema["properties"]), names(&filled));
}

fn check() -> Check {
    Check {
        code: "length".to_owned(),
        title: "Length".to_owned(),
        verdict: Verdict::Warn,
        expected: "many".to_owned(),
        measured: "few".to_owned(),
        evidence: Some("here".to_owned()),
        fix: Some("more".to_owned()),
    }
}

#[test]
fn a_brief() {
    let input = BriefInput {
        product: Some("article".to_owned()),
        topic: Some("Tea".to_owned()),
        target_url: Some("https://tea.example".to_owned()),
        anchor_text: Some("tea".to_owned()),
        ..BriefInput::default()
    };
    assert_same_properties("Brief", Brief::parse(input).unwrap());
}

#[test]
fn a_brief_that_comes_in() {
    assert_same_properties("BriefFields", BriefInput::default());
}

#[test]
fn a_quality_report() {
    assert_same_properties("QualitySettings", QualitySettings::default());
    assert_same_properties("QualityReport", QualityReport::of(vec![check()], 1, &QualitySettings::default()));
    assert_same_properties("Check", check());
}

#[test]
fn a_notice() {
    assert_same_properties("Notice", Notice { code: String::new(), message: String::new() });
}

#[test]
fn a_span() {
    let ops = [Op::Equal, Op::Insert, Op::Delete].map(|op| match op {
        // A new one does not compile before it stands here.
        Op::Equal | Op::Insert | Op::Delete => Span { op, text: String::new() },
    });
    assert_same_properties("Span", &ops[0]);
    let document = document();
    let told = resolved(&document, "#/components/schemas/Op")["enum"].as_array().unwrap();
    let sent = ops.map(|span| serde_json::to_value(span.op).unwrap());
    assert_eq!(*told, sent);
}
