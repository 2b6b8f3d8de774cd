use super::*;
use galley_domain::{
    brief::{BriefInput, ProductKind},
    quality::{Check, QualitySettings, Verdict},
};

const LINK: &str =
    "https://shop.example/order-status/0199b0a0-0000-7000-8000-000000000001?token=v1.0a1b2c3d.c2lnbmF0dXJl";

fn brief(pairs: &[(&str, &str)]) -> Brief {
    let metadata = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Brief::parse(BriefInput::from_metadata(&metadata.collect())).unwrap()
}

fn article() -> Brief {
    brief(&[
        ("product", "article"),
        ("topic", "Better notes for small teams"),
        ("keywords", "note taking, team notes"),
        ("target_url", "https://example.com/notes?a=1&b=2"),
        ("anchor_text", "our guide"),
        ("word_count", "1200"),
    ])
}

fn backlink() -> Brief {
    brief(&[
        ("product", "backlink"),
        ("target_url", "https://example.com/notes"),
        ("anchor_text", "our guide"),
        ("article_id", "0199b0a0-0000-7000-8000-0000000000aa"),
    ])
}

fn facts(kind: MailKind, brief: &Brief) -> MailFacts<'_> {
    MailFacts {
        kind,
        shop_name: "Northwind Articles",
        order_id: "0199b0a0-0000-7000-8000-000000000001".parse().unwrap(),
        brief,
        amount: None,
        link: LINK,
        reason: None,
        notes: None,
        public_url: None,
        report: None,
    }
}

fn check(code: &str, title: &str, verdict: Verdict, expected: &str, measured: &str) -> Check {
    let (code, title) = (code.to_owned(), title.to_owned());
    let (expected, measured) = (expected.to_owned(), measured.to_owned());
    Check { code, title, verdict, expected, measured, evidence: None, fix: None }
}

fn report(worst: Verdict) -> QualityReport {
    let checks = vec![
        check("length", "Length", Verdict::Pass, "1,080 to 1,320 words", "1,214 words"),
        check("link-once", "The ordered link", Verdict::Pass, "exactly once", "once"),
        check("readability", "Readability", worst, "45 or more", "41"),
    ];
    QualityReport::of(checks, 1214, &QualitySettings::default())
}

fn shown(mail: &RenderedMail) -> String {
    format!("Subject: {}\n\n{}\n=== html ===\n{}", mail.subject, mail.text, mail.html)
}

#[track_caller]
fn assert_mail(name: &str, facts: &MailFacts<'_>) {
    insta::assert_snapshot!(name, shown(&render(facts)));
}

#[test]
fn order_received() {
    let amount = Some(Money { minor: 12_900, currency: "USD".parse().unwrap() });
    let article = article();
    assert_mail("order-received", &MailFacts { amount, ..facts(MailKind::OrderReceived, &article) });
    let backlink = backlink();
    assert_mail("order-received-backlink", &facts(MailKind::OrderReceived, &backlink));
}

#[test]
fn article_ready() {
    let brief = article();
    let report = report(Verdict::Warn);
    let facts = MailFacts { report: Some(&report), ..facts(MailKind::ArticleReady, &brief) };
    assert_mail("article-ready", &facts);
}

#[test]
fn backlink_integrated() {
    let brief = backlink();
    let report = report(Verdict::Pass);
    let facts = MailFacts { report: Some(&report), ..facts(MailKind::BacklinkIntegrated, &brief) };
    assert_mail("backlink-integrated", &facts);
}

#[test]
fn revision_ready() {
    let brief = article();
    let report = report(Verdict::Pass);
    let notes = Some("Please shorten the opening.\n\nAnd mention <b>tea</b>.");
    let facts = MailFacts { report: Some(&report), notes, ..facts(MailKind::RevisionReady, &brief) };
    assert_mail("revision-ready", &facts);
}

#[test]
fn revision_failed() {
    let brief = article();
    let reason = Some("The writing service did not answer in time.");
    let notes = Some("Please shorten the opening.");
    let facts = MailFacts { reason, notes, ..facts(MailKind::RevisionFailed, &brief) };
    assert_mail("revision-failed", &facts);
}

#[test]
fn order_failed() {
    let reason = Some("the writing service did not answer in time");
    let article = article();
    assert_mail("order-failed", &MailFacts { reason, ..facts(MailKind::OrderFailed, &article) });
    let backlink = backlink();
    assert_mail("order-failed-backlink", &facts(MailKind::OrderFailed, &backlink));
}

#[test]
fn review_reminder() {
    let brief = article();
    assert_mail("review-reminder", &facts(MailKind::ReviewReminder, &brief));
    let reason = will_be_submitted(7);
    let brief = backlink();
    let facts = MailFacts { reason: Some(&reason), ..facts(MailKind::ReviewReminder, &brief) };
    assert_mail("review-reminder-backlink", &facts);
    assert!(will_be_submitted(1).contains("in 1 day,"));
}

#[test]
fn submitted() {
    let brief = article();
    assert_mail("submitted", &facts(MailKind::Submitted, &brief));
    let reason = was_submitted(14);
    let facts = MailFacts { reason: Some(&reason), ..facts(MailKind::Submitted, &brief) };
    assert_mail("submitted-by-itself", &facts);
}

#[test]
fn changes_requested() {
    let brief = article();
    let notes = Some("The second heading promises more than its section holds.");
    let facts = MailFacts { notes, ..facts(MailKind::ChangesRequested, &brief) };
    assert_mail("changes-requested", &facts);
}

#[test]
fn order_completed() {
    let public_url = Some("https://shop.example/articles/better-notes-for-small-teams");
    let article = article();
    let published = MailFacts { public_url, ..facts(MailKind::OrderCompleted, &article) };
    assert_mail("order-completed", &published);
    let backlink = backlink();
    let live = MailFacts { public_url, ..facts(MailKind::OrderCompleted, &backlink) };
    assert_mail("order-completed-backlink", &live);
}

#[test]
fn order_refunded() {
    let brief = article();
    let amount = Some(Money { minor: 12_900, currency: "USD".parse().unwrap() });
    let reason = Some("You asked us to cancel the order.");
    let facts = MailFacts { amount, reason, ..facts(MailKind::OrderRefunded, &brief) };
    assert_mail("order-refunded", &facts);
}

#[test]
fn ready_for_review() {
    let brief = article();
    let report = report(Verdict::Warn);
    let amount = Some(Money { minor: 12_900, currency: "USD".parse().unwrap() });
    let link = "https://shop.example/admin/orders/0199b0a0-0000-7000-8000-000000000001";
    let facts = MailFacts { report: Some(&report), amount, link, ..facts(MailKind::ReadyForReview, &brief) };
    assert_mail("ready-for-review", &facts);
}

#[test]
fn staff_alert() {
    let lines = [
        "Payment 0199b0a0-0000-7000-8000-0000000000b1: paid 19.99 USD, expected 129.00 USD".to_owned(),
        "Payment 0199b0a0-0000-7000-8000-0000000000b2: no e-mail address".to_owned(),
    ];
    let facts = AlertFacts { reason: "2 payments need review", lines: &lines };
    let mail = render_alert("Northwind Articles", &facts);
    insta::assert_snapshot!("staff-alert", shown(&mail));
}

#[test]
fn an_alert_about_one_order_has_its_link() {
    let brief = article();
    let reason = Some("Publishing failed: the site answered 503");
    assert_mail("staff-alert-order", &MailFacts { reason, ..facts(MailKind::StaffAlert, &brief) });
}

#[test]
fn a_long_alert_counts_what_it_leaves_out() {
    let lines: Vec<_> = (1..=ALERT_LINES_MAX + 7).map(|n| format!("case {n}")).collect();
    let mail = render_alert("Northwind", &AlertFacts { reason: "many cases", lines: &lines });
    assert!(mail.text.contains("- case 50\n- and 7 more\n"), "{}", mail.text);
    let quiet = render_alert("Northwind", &AlertFacts { reason: "", lines: &[] });
    assert!(quiet.text.contains("Something needs a person"), "{}", quiet.text);
}

const HOSTILE: &str = "Tea\r\nBcc: all@example.com\n\n<script>alert(1)</script> \"><img src=x onerror=y> & \u{202e}txt {{ 7 * 7 }}";

/// Whatever a storefront puts into a brief, each mail stays one letter of ours.
#[test]
fn a_hostile_brief_changes_nothing_but_the_words() {
    let mut hostile = article();
    // `Brief::parse` would have dropped some of this; a mail doesn't rely on it.
    hostile.topic = format!("{HOSTILE}{}", "long ".repeat(50));
    hostile.keywords = vec![HOSTILE.to_owned()];
    hostile.link.as_mut().unwrap().anchor_text = HOSTILE.to_owned();
    let mut report = report(Verdict::Fail);
    report.checks[2].measured = HOSTILE.to_owned();
    for product in [ProductKind::Article, ProductKind::Backlink] {
        hostile.product = product;
        for kind in MailKind::ALL {
            let mail = render(&MailFacts {
                shop_name: HOSTILE,
                reason: Some(HOSTILE),
                notes: Some(HOSTILE),
                report: Some(&report),
                ..facts(*kind, &hostile)
            });
            assert!(!mail.subject.chars().any(char::is_control), "{kind}: {}", mail.subject);
            assert!(mail.subject.chars().count() < 160, "{kind}: {}", mail.subject);
            let forged = mail.text.lines().any(|line| line.starts_with("Bcc:"));
            assert!(!forged, "{kind}: {}", mail.text);
            for tag in ["<script", "<img", "\u{202e}"] {
                assert!(!mail.html.contains(tag), "{kind}: {}", mail.html);
            }
            assert!(mail.html.contains("{{ 7 * 7 }}") && !mail.html.contains("49"), "{kind}");
            assert_eq!(mail.html.matches("</html>").count(), 1);
        }
    }
    let mail = render(&facts(MailKind::ArticleReady, &hostile));
    insta::assert_snapshot!("hostile-topic", shown(&mail));
}

#[test]
fn every_mail_says_what_it_is_and_why_it_came_and_holds_its_link() {
    for (brief, report) in [(article(), report(Verdict::Pass)), (backlink(), report(Verdict::Warn))] {
        for kind in MailKind::ALL {
            let mail = render(&MailFacts { report: Some(&report), ..facts(*kind, &brief) });
            for part in [&mail.text, &mail.html] {
                assert!(part.contains("You get this mail because"), "{kind}: {part}");
                assert!(part.contains(&LINK.replace('&', "&#38;")), "{kind}: {part}");
                assert!(!part.contains('!') || part.starts_with("<!doctype"), "{kind}: {part}");
            }
            assert!(!mail.html.contains("<img"), "{kind}");
            assert_eq!(mail.html.matches("class=\"button\"").count(), 1, "{kind}");
            assert!(!mail.text.contains("\n\n\n"), "{kind}: {}", mail.text);
        }
    }
}

#[test]
fn debug_does_not_show_the_link() {
    let brief = article();
    let shown = format!("{:?}", render(&facts(MailKind::ArticleReady, &brief)));
    assert!(shown.contains("ready") && !shown.contains("token"), "{shown}");
}
