//! What staff are told.

use super::{
    ALERT_LINES_MAX, AlertFacts, MailFacts, SUBJECT_TOPIC_MAX_CHARS,
    customer::{Named, length, link, report},
    letter::{Block, Fact, Letter, Link},
    phrase::{one_line, sentence, shortened},
};
use galley_domain::brief::ProductKind;

/// An order waits for review.
pub(super) fn ready_for_review(facts: &MailFacts<'_>) -> Letter {
    let named = Named::of(facts.brief);
    let subject = format!("For review: {}", named.subject);
    let mut letter = Letter::new(facts.shop_name, &subject, "An order waits for review");
    letter.say(format!("{} was sent to the editor and waits for a decision.", named.whole));
    letter.say(facts.reason.map(sentence).unwrap_or_default());
    about(&mut letter, facts);
    report(&mut letter, facts.report);
    letter.button = Some(Link { label: "Review it", url: one_line(facts.link) });
    letter.why = format!("You get this mail because you review orders at {}.", letter.shop_name);
    letter
}

/// An alert about one order.
pub(super) fn order_alert(facts: &MailFacts<'_>) -> Letter {
    let reason = facts.reason.unwrap_or("An order needs a person");
    let mut letter = needs_a_person(facts.shop_name, reason);
    about(&mut letter, facts);
    letter.button = Some(Link { label: "Open the order", url: one_line(facts.link) });
    letter
}

/// An alert about whatever its lines name.
pub(super) fn alert(shop_name: &str, facts: &AlertFacts<'_>) -> Letter {
    let mut letter = needs_a_person(shop_name, facts.reason);
    let mut entries: Vec<_> = facts.lines.iter().take(ALERT_LINES_MAX).map(|line| one_line(line)).collect();
    let more = facts.lines.len().saturating_sub(ALERT_LINES_MAX);
    if more > 0 {
        entries.push(format!("and {more} more"));
    }
    if !entries.is_empty() {
        letter.blocks.push(Block::List { lead: "What it is about:".to_owned(), entries });
    }
    letter
}

fn needs_a_person(shop_name: &str, reason: &str) -> Letter {
    let reason = one_line(reason);
    let subject = format!(
        "{}: {}",
        shortened(&one_line(shop_name), SUBJECT_TOPIC_MAX_CHARS),
        shortened(&reason, SUBJECT_TOPIC_MAX_CHARS)
    );
    let mut letter = Letter::new(shop_name, &subject, "Something needs a person");
    letter.say(sentence(&reason));
    letter.why = format!("You get this mail because you receive the alerts of {}.", letter.shop_name);
    letter
}

fn about(letter: &mut Letter, facts: &MailFacts<'_>) {
    let mut rows = vec![
        Fact { label: "Order", value: facts.order_id.to_string() },
        Fact { label: "Product", value: facts.brief.product.to_string() },
    ];
    if facts.brief.product == ProductKind::Article {
        rows.push(Fact { label: "Topic", value: one_line(&facts.brief.topic) });
        rows.push(Fact { label: "Ordered", value: length(facts.brief) });
    }
    rows.extend(link(facts.brief));
    rows.extend(facts.amount.map(|paid| Fact { label: "Paid", value: paid.to_string() }));
    letter.facts(rows);
}
