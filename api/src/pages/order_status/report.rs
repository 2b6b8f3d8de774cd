//! The quality report in plain words.

use galley_domain::quality::{Check, QualityReport, Verdict};

/// What was checked: first what needs attention, then the rest.
pub(super) struct Report<'a> {
    pub(super) summary: String,
    pub(super) open: Vec<&'a Check>,
    pub(super) passed: Vec<&'a Check>,
}

impl<'a> Report<'a> {
    pub(super) fn of(report: &'a QualityReport) -> Self {
        let (passed, mut open): (Vec<_>, Vec<_>) =
            report.checks.iter().partition(|check| check.verdict == Verdict::Pass);
        open.sort_by_key(|check| std::cmp::Reverse(check.verdict));
        let all = report.checks.len();
        let summary = match open.len() {
            0 => format!("All {all} checks passed."),
            1 => format!("1 of {all} checks needs attention."),
            some => format!("{some} of {all} checks need attention."),
        };
        Self { summary, open, passed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use galley_domain::quality::QualitySettings;

    #[test]
    fn what_needs_attention_comes_first_and_the_worst_before_it() {
        let check = |code: &str, verdict| Check {
            code: code.to_owned(),
            title: code.to_owned(),
            verdict,
            expected: String::new(),
            measured: String::new(),
            evidence: None,
            fix: None,
        };
        let report = |verdicts: &[Verdict]| {
            let checks = verdicts.iter().map(|verdict| check(verdict.as_str(), *verdict)).collect();
            QualityReport::of(checks, 100, &QualitySettings::default())
        };
        let mixed = report(&[Verdict::Pass, Verdict::Warn, Verdict::Pass, Verdict::Fail]);
        let told = Report::of(&mixed);
        assert_eq!(told.summary, "2 of 4 checks need attention.");
        assert_eq!(told.open.iter().map(|check| check.code.as_str()).collect::<Vec<_>>(), ["fail", "warn"]);
        assert_eq!(told.passed.len(), 2);
        assert_eq!(Report::of(&report(&[Verdict::Warn])).summary, "1 of 1 checks needs attention.");
        assert_eq!(Report::of(&report(&[Verdict::Pass; 3])).summary, "All 3 checks passed.");
    }
}
