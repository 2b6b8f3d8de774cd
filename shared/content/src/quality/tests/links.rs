//! Links, ordered or not, and links placed into an article.

use super::*;
use crate::backlink::insert;
use galley_domain::brief::OrderedLink;

fn backlink() -> (Brief, OrderedLink) {
    let mut brief = brief();
    brief.product = ProductKind::Backlink;
    let link = brief.link.clone().unwrap();
    (brief, link)
}

const BASE: &str = "Text without a title, see [old](https://old.example).\n\nA plain paragraph on shoes. TODO: more.\n\n> quote\n";

#[test]
fn the_ordered_link_is_there_once_with_its_words_in_a_paragraph() {
    let link = "[shoe guide 7](https://shop.example/shoes)";
    assert_verdict(&with(link, "shoe guide 7"), code::LINK_ONCE, Verdict::Fail);
    assert_verdict(&and(link), code::LINK_ONCE, Verdict::Fail);
    assert_verdict(
        &with(link, "[shoe guide 7](HTTPS://SHOP.example:443/shoes)"),
        code::LINK_ONCE,
        Verdict::Pass,
    );
    assert_verdict(
        &with(link, "[shoe guide 7][1]").replace("## When", "[1]: https://shop.example/shoes\n\n## When"),
        code::LINK_ONCE,
        Verdict::Pass,
    );
    assert_verdict(&with(link, &format!("`{link}`")), code::LINK_ONCE, Verdict::Fail);
    let astray = check(&with(link, "[shoe guide 7](https://shop.example/shoe)"), code::LINK_ONCE);
    assert_eq!(
        (astray.verdict, astray.measured.as_str()),
        (Verdict::Fail, "\"shoe guide 7\" leads to https://shop.example/shoe")
    );
    assert_verdict(&with("[shoe guide 7]", "[Shoe guide 7]"), code::LINK_ANCHOR, Verdict::Fail);
    assert_verdict(&with("[shoe guide 7]", "[**shoe guide 7**]"), code::LINK_ANCHOR, Verdict::Pass);
    for (place, measured) in [
        ("## {}\n\nText", "in a heading"),
        ("> {}", "in a quote"),
        ("- {}", "in a list"),
        ("| {} |\n|---|", "in a table"),
    ] {
        let moved = with(link, "guide") + "\n" + &place.replace("{}", link) + "\n";
        let check = check(&moved, code::LINK_PLACE);
        assert_eq!((check.verdict, check.measured.as_str()), (Verdict::Fail, measured));
    }
}

#[test]
fn other_links_fail_unless_their_host_is_allowed() {
    let text = and("See [more](https://www.News.example/a) on this.");
    assert_verdict(&text, code::OTHER_LINKS, Verdict::Fail);
    let settings =
        QualitySettings { allowed_hosts: vec!["news.example".to_owned()], ..QualitySettings::default() };
    assert_eq!(not_passed(&review_of(&brief(), &settings, &text)), Vec::<&Check>::new());
    assert_verdict(
        &and("See [more](https://news.example.evil.example/) on this."),
        code::OTHER_LINKS,
        Verdict::Fail,
    );
    assert_verdict(&and("Write [us](mailto:a@b.example)."), code::OTHER_LINKS, Verdict::Warn);
}

#[test]
fn links_that_lead_nowhere_fail() {
    for href in [
        "javascript:alert(1)",
        "data:text/html,x",
        "//news.example/x",
        "/about",
        "url",
        "",
        "#",
        "ftp://a.example/f",
    ] {
        assert_verdict(&and(&format!("See [more](<{href}>) here.")), code::LINK_FORM, Verdict::Fail);
    }
    assert_verdict(&and("See [above](#top) here."), code::LINK_FORM, Verdict::Warn);
}

#[test]
fn a_placed_link_is_judged_by_itself_and_not_by_the_article_around_it() {
    let (brief, link) = backlink();
    let answer = "1\nText without a title, see [old](https://old.example) and the [shoe guide 7](https://shop.example/shoes).";
    let insertion = insert(BASE, answer, &link).unwrap();
    let settings = QualitySettings::default();
    let subject = Subject {
        brief: &brief,
        settings: &settings,
        markdown: &insertion.text,
        nearest: None,
        insertion: Some(&insertion),
    };
    let report = review(&subject);
    assert_eq!(not_passed(&report), Vec::<&Check>::new());
    let codes: Vec<_> = report.checks.iter().map(|check| check.code.as_str()).collect();
    let expected = [
        code::LINK_ONCE,
        code::LINK_ANCHOR,
        code::LINK_PLACE,
        code::LINK_REL,
        code::OTHER_LINKS,
        code::LINK_FORM,
        code::ASSISTANT_TALK,
        code::PLACEHOLDERS,
        code::LEFTOVER_MARKUP,
        code::MINIMAL_INSERTION,
    ];
    assert_eq!(codes, expected);

    let tampered = insertion.text.replace("quote", "quota");
    let report = review(&Subject { markdown: &tampered, ..subject });
    let failed: Vec<_> = report.failed().map(|check| check.code.as_str()).collect();
    assert_eq!(failed, [code::MINIMAL_INSERTION]);
}

#[test]
fn a_backlink_order_without_proof_fails() {
    let (brief, _) = backlink();
    let report = review_of(&brief, &QualitySettings::default(), BASE);
    let failed: Vec<_> = report.failed().map(|check| check.code.as_str()).collect();
    assert_eq!(failed, [code::LINK_ONCE, code::MINIMAL_INSERTION]);
}
