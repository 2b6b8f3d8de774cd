//! Signatures made by Stripe's own libraries are judged as those libraries judge them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::DateTime;
use galley_integrations::{
    secret::Secret,
    stripe::signature::{SignatureError, TOLERANCE_SECONDS, verify},
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fixture {
    body: String,
    signed_at: i64,
    new_secret: String,
    old_secret: String,
    packages: Vec<Package>,
}

/// The headers that one library made.
#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    new: String,
    old: String,
    /// The scheme of test signatures, where the library makes them.
    v0: Option<String>,
}

impl Package {
    /// What Stripe sends while a secret is rolled: one time, and a signature of each secret.
    fn rolled(&self) -> String {
        let signature = |header: &str| header.split_once(',').unwrap().1.to_owned();
        format!("{},{}", self.old, signature(&self.new))
    }
}

impl Fixture {
    fn read() -> Self {
        let fixture: Self = serde_json::from_str(include_str!("fixtures/stripe_signatures.json")).unwrap();
        assert!(fixture.packages.iter().all(|package| !package.version.is_empty()));
        fixture
    }

    /// Judged with `secrets`, so many seconds after it was signed.
    fn judge(&self, header: &str, secrets: &[&str], off: i64) -> Result<usize, SignatureError> {
        self.judge_body(self.body.as_bytes(), header, secrets, off)
    }

    fn judge_body(
        &self,
        body: &[u8],
        header: &str,
        secrets: &[&str],
        off: i64,
    ) -> Result<usize, SignatureError> {
        let secrets: Vec<_> = secrets.iter().map(|secret| Secret::new(*secret)).collect();
        let now = DateTime::from_timestamp(self.signed_at + off, 0).unwrap();
        verify(body, header, &secrets, now, TOLERANCE_SECONDS)
    }
}

#[test]
fn what_stripes_libraries_sign_is_believed() {
    let fixture = Fixture::read();
    let (new, old) = (fixture.new_secret.as_str(), fixture.old_secret.as_str());
    for package in &fixture.packages {
        let judge = |header: &str, secrets: &[&str]| fixture.judge(header, secrets, 0);
        assert_eq!(judge(&package.new, &[new]), Ok(0), "{}", package.name);
        assert_eq!(judge(&package.old, &[old]), Ok(0), "{}", package.name);
        assert_eq!(judge(&package.old, &[new, old]), Ok(1), "{}", package.name);
        assert_eq!(judge(&package.old, &[new]), Err(SignatureError::NoMatch), "{}", package.name);
    }
}

#[test]
fn while_a_secret_is_rolled_either_side_may_be_behind() {
    let fixture = Fixture::read();
    let (new, old) = (fixture.new_secret.as_str(), fixture.old_secret.as_str());
    for package in &fixture.packages {
        let rolled = package.rolled();
        assert_eq!(rolled.matches("v1=").count(), 2);
        for secrets in [&[new][..], &[old], &[new, old], &[old, new]] {
            assert_eq!(fixture.judge(&rolled, secrets, 0), Ok(0), "{}", package.name);
        }
        assert_eq!(fixture.judge(&rolled, &["whsec_other"], 0), Err(SignatureError::NoMatch));
    }
}

#[test]
fn five_minutes_either_way_are_accepted_and_no_more() {
    let fixture = Fixture::read();
    let secrets = [fixture.new_secret.as_str()];
    for package in &fixture.packages {
        for off in [-300, -299, 0, 299, 300] {
            assert_eq!(fixture.judge(&package.new, &secrets, off), Ok(0), "{off}");
        }
        for off in [-301, 301] {
            let expected = SignatureError::OutsideTolerance { off_by_seconds: off, tolerance_seconds: 300 };
            assert_eq!(fixture.judge(&package.new, &secrets, off), Err(expected));
        }
    }
}

#[test]
fn one_changed_byte_is_enough_to_be_refused() {
    let fixture = Fixture::read();
    let secrets = [fixture.new_secret.as_str()];
    let header = &fixture.packages[0].new;
    let body = fixture.body.as_bytes();
    for at in 0..body.len() {
        let mut changed = body.to_vec();
        changed[at] ^= 1;
        let judged = fixture.judge_body(&changed, header, &secrets, 0);
        assert_eq!(judged, Err(SignatureError::NoMatch), "{at}");
    }
    // Parsed and written again: the same event, another body.
    let again: serde_json::Value = serde_json::from_str(&fixture.body).unwrap();
    let judged = fixture.judge_body(again.to_string().as_bytes(), header, &secrets, 0);
    assert_eq!(judged, Err(SignatureError::NoMatch));
}

#[test]
fn test_signatures_count_for_nothing() {
    let fixture = Fixture::read();
    let secrets = [fixture.new_secret.as_str()];
    let headers: Vec<_> = fixture.packages.iter().filter_map(|package| package.v0.as_deref()).collect();
    assert!(!headers.is_empty());
    for header in headers {
        assert_eq!(fixture.judge(header, &secrets, 0), Err(SignatureError::NoMatch));
        let beside = format!("{header},{}", fixture.packages[0].new.split_once(',').unwrap().1);
        assert_eq!(fixture.judge(&beside, &secrets, 0), Ok(0));
    }
}
