//! Quality reports: what was checked, what was expected, what was measured, what would fix it.

use crate::{brief::FieldError, text_enum::text_enum};
use serde::{Deserialize, Serialize};

text_enum! {
    /// The outcome of one check, or of all of them (the worst counts).
    pub enum Verdict {
        /// As ordered.
        Pass = "pass",
        /// Worth a look; goes to the customer with the report.
        Warn = "warn",
        /// Not as ordered; must be repaired.
        Fail = "fail",
    }
}

/// One check of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// A stable name (`link-once`).
    pub code: String,
    /// The same in words.
    pub title: String,
    /// The outcome.
    pub verdict: Verdict,
    /// What was ordered (`900 to 1,100 words`).
    pub expected: String,
    /// What was found (`1,032 words`).
    pub measured: String,
    /// A piece of the text that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// What would mend it; only where there is something to mend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// All checks of one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QualityReport {
    /// The worst verdict of all checks.
    pub verdict: Verdict,
    /// 0 to 100: the weighted share of checks passed, a warning counting half.
    pub score: u8,
    /// Words of running text.
    pub word_count: u32,
    /// Every check, in the order of the product page.
    pub checks: Vec<Check>,
}

impl QualityReport {
    /// Sums up `checks`; each weighs as `settings` say.
    pub fn of(checks: Vec<Check>, word_count: u32, settings: &QualitySettings) -> Self {
        let verdict = checks.iter().map(|check| check.verdict).max().unwrap_or(Verdict::Pass);
        let (mut gained, mut possible) = (0_u32, 0_u32);
        for check in &checks {
            let weight = settings.weight(&check.code);
            possible += 2 * weight;
            gained += weight
                * match check.verdict {
                    Verdict::Pass => 2,
                    Verdict::Warn => 1,
                    Verdict::Fail => 0,
                };
        }
        let score = (100 * gained).checked_div(possible).unwrap_or(100);
        Self { verdict, score: u8::try_from(score).unwrap_or(100), word_count, checks }
    }

    /// The checks that failed: what a repair call is told.
    pub fn failed(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.verdict == Verdict::Fail)
    }
}

/// Thresholds and weights, a setting of the product. Shares are in hundredths of a percent
/// (`basis points`), so that a report never depends on how a float is rounded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct QualitySettings {
    /// Accepted distance from the ordered length, in percent.
    pub length_tolerance_percent: u32,
    /// Least share of the primary keyword, in basis points of all words.
    pub density_min_bp: u32,
    /// Greatest share of the primary keyword, in basis points of all words.
    pub density_max_bp: u32,
    /// Flesch reading ease below which a warning is given (English only).
    pub reading_ease_min: i32,
    /// Average sentence length above which a warning is given, in words.
    pub sentence_max_words: u32,
    /// Paragraph length above which a warning is given, in words.
    pub paragraph_max_words: u32,
    /// Greatest similarity to another article of the shop, in percent (Jaccard, shingles of 5 words).
    pub similarity_max_percent: u32,
    /// Hosts that the text may link to beside the ordered one.
    pub allowed_hosts: Vec<String>,
    /// Weight by check code; a code that is not listed weighs 1.
    pub weights: std::collections::BTreeMap<String, u32>,
}

impl QualitySettings {
    /// What is wrong with them, by the name of the setting.
    pub fn problems(&self) -> Vec<FieldError> {
        let mut problems = Vec::new();
        let mut demand = |right: bool, field: &str, message: &str| {
            if !right {
                problems.push(FieldError { field: field.to_owned(), message: message.to_owned() });
            }
        };
        let within = |value: u32, range: std::ops::RangeInclusive<u32>| range.contains(&value);
        demand(
            within(self.length_tolerance_percent, 1..=50),
            "lengthTolerancePercent",
            "From 1 to 50 percent.",
        );
        let density = self.density_min_bp < self.density_max_bp && self.density_max_bp <= 2_000;
        demand(density, "densityMaxBp", "Above the least share, and at most 20 percent (2000).");
        demand((-100..=100).contains(&self.reading_ease_min), "readingEaseMin", "From -100 to 100.");
        demand(within(self.sentence_max_words, 5..=100), "sentenceMaxWords", "From 5 to 100 words.");
        demand(within(self.paragraph_max_words, 20..=1_000), "paragraphMaxWords", "From 20 to 1,000 words.");
        demand(
            within(self.similarity_max_percent, 1..=100),
            "similarityMaxPercent",
            "From 1 to 100 percent.",
        );
        let hosts = self.allowed_hosts.len() <= ALLOWED_HOSTS_MAX
            && self.allowed_hosts.iter().all(|host| is_host(host));
        demand(hosts, "allowedHosts", "At most 50 names of hosts, such as example.com.");
        let weights = self.weights.len() <= WEIGHTS_MAX && self.weights.values().all(|weight| *weight <= 10);
        demand(weights, "weights", "From 0 to 10, for at most 50 checks.");
        problems
    }

    /// The weight of a check, by its code.
    pub fn weight(&self, code: &str) -> u32 {
        self.weights.get(code).copied().unwrap_or(1)
    }
}

/// Most hosts that a text may link to beside the ordered one.
const ALLOWED_HOSTS_MAX: usize = 50;
/// Most checks that have a weight of their own.
const WEIGHTS_MAX: usize = 50;

fn is_host(text: &str) -> bool {
    let letters = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
    letters && (3..=253).contains(&text.len()) && text.contains('.')
}

impl Default for QualitySettings {
    fn default() -> Self {
        Self {
            length_tolerance_percent: 10,
            density_min_bp: 50,
            density_max_bp: 250,
            reading_ease_min: 45,
            sentence_max_words: 25,
            paragraph_max_words: 150,
            similarity_max_percent: 20,
            allowed_hosts: Vec::new(),
            weights: std::collections::BTreeMap::new(),
        }
    }
}
