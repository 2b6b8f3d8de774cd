use super::*;
use galley_domain::{
    brief::BriefInput,
    quality::{Check, Verdict},
};

mod links;
mod wording;

/// About 190 words that pass every check.
const ARTICLE: &str = "# How to choose running shoes

Good running shoes make the first weeks easier. They keep your feet dry, they save your knees, and they last longer than you think. This guide shows what to look for before you pay.

## Try running shoes in the evening

Feet grow a little during the day. So go to the shop after work and take your old pair with you. A good seller reads the worn soles like a map. Walk up and down for ten minutes. If the heel slips, ask for a smaller size or another brand. We keep a [shoe guide 7](https://shop.example/shoes) for people who shop from home.

## What the price tells you

A high price does not promise a better fit. Last year's model often costs half as much and does the same work. Spend the rest on socks, because thin socks ruin the best pair. Ask friends what they wear, but trust your own feet more.

## When to replace a pair

Foam gets tired before the cloth does. Most people need a new pair after one summer of training. Write the date on the tongue, and you will know when the time has come to look again.
";

fn brief() -> Brief {
    Brief::parse(BriefInput {
        product: Some("article".to_owned()),
        topic: Some("Choosing running shoes".to_owned()),
        keywords: vec!["running shoes".to_owned(), "socks".to_owned()],
        target_url: Some("https://shop.example/shoes".to_owned()),
        anchor_text: Some("shoe guide 7".to_owned()),
        word_count: Some("200".to_owned()),
        ..BriefInput::default()
    })
    .unwrap()
}

fn review_of(brief: &Brief, settings: &QualitySettings, markdown: &str) -> QualityReport {
    review(&Subject { brief, settings, markdown, nearest: None, insertion: None })
}

fn report(markdown: &str) -> QualityReport {
    review_of(&brief(), &QualitySettings::default(), markdown)
}

fn check(markdown: &str, code: &str) -> Check {
    let report = report(markdown);
    let found = report.checks.iter().find(|check| check.code == code);
    found.unwrap_or_else(|| panic!("no {code} among {:?}", report.checks)).clone()
}

/// `ARTICLE` with `from` replaced, which must be there.
fn with(from: &str, to: &str) -> String {
    assert!(ARTICLE.contains(from), "{from}");
    ARTICLE.replacen(from, to, 1)
}

/// `ARTICLE` with a further paragraph at its end.
fn and(paragraph: &str) -> String {
    format!("{ARTICLE}\n{paragraph}\n")
}

#[track_caller]
fn assert_verdict(markdown: &str, code: &str, verdict: Verdict) {
    let check = check(markdown, code);
    assert_eq!(check.verdict, verdict, "{check:?}");
    assert_eq!(
        check.fix.is_some(),
        verdict != Verdict::Pass,
        "a fix where there is something to mend: {check:?}"
    );
}

fn not_passed(report: &QualityReport) -> Vec<&Check> {
    report.checks.iter().filter(|check| check.verdict != Verdict::Pass).collect()
}

#[test]
fn a_good_article_passes_every_check() {
    let report = report(ARTICLE);
    assert_eq!(not_passed(&report), Vec::<&Check>::new());
    assert_eq!((report.verdict, report.score), (Verdict::Pass, 100));
    let codes: Vec<_> = report.checks.iter().map(|check| check.code.as_str()).collect();
    // All but that of backlinks, in this order.
    assert_eq!(codes, code::ALL[..code::ALL.len() - 1]);
}

#[test]
fn the_report_reads_like_this() {
    let bad =
        with("# How to choose running shoes", "# How to choose").replace("[shoe guide 7]", "[our guide]");
    let report = report(&bad);
    let lines: Vec<_> = report
        .checks
        .iter()
        .map(|check| {
            format!(
                "{:?} {}: {} / {} / {}",
                check.verdict,
                check.code,
                check.expected,
                check.measured,
                check.fix.as_deref().unwrap_or("-")
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn length_is_judged_by_the_tolerance() {
    assert_eq!(check(ARTICLE, code::LENGTH).expected, "180 to 220 words");
    assert_verdict("# T\n\nshort", code::LENGTH, Verdict::Fail);
    assert_eq!(check("# T\n\nshort", code::LENGTH).fix.unwrap(), "Say more: add about 198 words.");
    assert_verdict(&and(&"more words ".repeat(50)), code::LENGTH, Verdict::Fail);
    assert_verdict("", code::LENGTH, Verdict::Fail);
}

#[test]
fn there_is_one_title_and_it_comes_first() {
    assert_verdict(&with("# How", "## How"), code::TITLE, Verdict::Fail);
    assert_verdict(&and("# Another\n\nText"), code::TITLE, Verdict::Fail);
    assert_verdict(&format!("Sure, here it is.\n\n{ARTICLE}"), code::TITLE, Verdict::Fail);
    assert_verdict("#\n\ntext", code::TITLE, Verdict::Fail);
}

#[test]
fn headings_keep_their_order_and_have_text() {
    assert_verdict(&with("## When", "#### When"), code::HEADING_ORDER, Verdict::Warn);
    assert_verdict(&and("## The end"), code::EMPTY_SECTION, Verdict::Fail);
    assert_verdict(&with("## When", "## Why\n\n## When"), code::EMPTY_SECTION, Verdict::Fail);
    assert_verdict(
        &with("## When", "## Why\n\n### Because\n\nText.\n\n## When"),
        code::EMPTY_SECTION,
        Verdict::Pass,
    );
}

#[test]
fn the_keyword_stands_where_it_was_ordered() {
    assert_verdict(
        &with("# How to choose running shoes", "# How to choose"),
        code::KEYWORD_TITLE,
        Verdict::Fail,
    );
    assert_verdict(
        &with("# How to choose running shoes", "# Choosing a Running-Shoe"),
        code::KEYWORD_TITLE,
        Verdict::Pass,
    );
    assert_verdict(
        &with("# How to choose running shoes", "# Shoes for running"),
        code::KEYWORD_TITLE,
        Verdict::Warn,
    );
    assert_verdict(
        &with("Good running shoes", "Good ones").replace("Try running shoes", "Try them"),
        code::KEYWORD_OPENING,
        Verdict::Fail,
    );
    assert_verdict(&with("Try running shoes", "Try them"), code::KEYWORD_HEADING, Verdict::Fail);
    assert_verdict(&ARTICLE.replace("## ", "### "), code::KEYWORD_HEADING, Verdict::Warn);
}

#[test]
fn density_counts_the_keyword_outside_of_links() {
    let link = "[running shoes](https://shop.example/x) ";
    assert_eq!(
        check(&and(&link.repeat(20)), code::KEYWORD_DENSITY).measured,
        check(ARTICLE, code::KEYWORD_DENSITY).measured
    );
    assert_verdict(&and("Running shoes."), code::KEYWORD_DENSITY, Verdict::Pass);
    assert_verdict(&and(&"Running shoes. ".repeat(4)), code::KEYWORD_DENSITY, Verdict::Warn);
    assert_verdict(&and(&"Running shoes. ".repeat(20)), code::KEYWORD_DENSITY, Verdict::Fail);
    assert_verdict(&ARTICLE.replace("unning shoes", "unning"), code::KEYWORD_DENSITY, Verdict::Fail);
}

#[test]
fn without_a_keyword_or_a_link_their_checks_are_left_out() {
    let mut brief = brief();
    brief.keywords.clear();
    brief.link = None;
    let report = review_of(&brief, &QualitySettings::default(), ARTICLE);
    assert!(report.checks.iter().all(|check| !check.code.starts_with("keyword")
        && !["link-once", "link-anchor", "link-place", "link-rel"].contains(&check.code.as_str())));
    let failed: Vec<_> = report.failed().map(|check| check.code.as_str()).collect();
    assert_eq!(failed, [code::OTHER_LINKS], "then the link is one that nobody ordered");
}

#[test]
fn texts_of_any_kind_are_judged_without_panic() {
    for text in [
        "",
        "\n",
        "#",
        "[",
        "[](",
        "\u{301}",
        "\u{6211}\u{559c}\u{6b22}\u{3002}",
        "[[insert",
        "{{",
        "- \n- ",
        "|\n|-|\n",
        "\u{1f600}",
        "# \u{e9}\n\n\u{e9}[\u{e9}](\u{e9})",
    ] {
        assert_eq!(report(text).verdict, Verdict::Fail, "{text}");
    }
    let long = and(&"word ".repeat(100_000)) + &"[x](y) ".repeat(20_000);
    assert_eq!(report(&long).verdict, Verdict::Fail);
}
