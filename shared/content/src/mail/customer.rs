//! What a customer is told: what happened, what happens next, and when.

use super::{
    CHECKS_MAX, MailFacts, SUBJECT_TOPIC_MAX_CHARS,
    letter::{Block, Fact, Letter, Link},
    phrase::{checks, grouped, lines, one_line, sentence, shortened},
};
use galley_domain::{
    brief::{Brief, ProductKind},
    quality::{QualityReport, Verdict},
};

/// How the thing that was ordered is called.
pub(super) struct Named {
    /// A link that is placed, not an article that is written.
    pub(super) backlink: bool,
    /// `article` or `link`.
    pub(super) noun: &'static str,
    /// In quotes, shortened for a subject.
    pub(super) subject: String,
    /// In quotes, whole.
    pub(super) whole: String,
}

impl Named {
    /// An article by its topic, a link by the words that are linked.
    pub(super) fn of(brief: &Brief) -> Self {
        let (noun, name) = match (brief.product, &brief.link) {
            (ProductKind::Backlink, Some(link)) => ("link", &link.anchor_text),
            (ProductKind::Backlink, None) => ("link", &brief.topic),
            (ProductKind::Article, _) => ("article", &brief.topic),
        };
        let name = one_line(name);
        let subject = format!("“{}”", shortened(&name, SUBJECT_TOPIC_MAX_CHARS));
        let backlink = brief.product == ProductKind::Backlink;
        Self { backlink, noun, subject, whole: format!("“{name}”") }
    }
}

/// The letter that `write` makes of the facts, with its link and why it came.
pub(super) fn addressed(facts: &MailFacts<'_>, write: fn(&MailFacts<'_>, &Named) -> Letter) -> Letter {
    let mut letter = write(facts, &Named::of(facts.brief));
    if letter.button.is_none() {
        letter.button = Some(Link { label: "Open your order", url: one_line(facts.link) });
    }
    letter.why = format!(
        "You get this mail because this address was given for order {} at {}.",
        facts.order_id, letter.shop_name
    );
    letter
}

pub(super) fn received(facts: &MailFacts<'_>, named: &Named) -> Letter {
    let subject = format!("Your order has arrived: {}", named.subject);
    let mut letter = Letter::new(facts.shop_name, &subject, "Your order has arrived");
    let arrived = facts.amount.map_or_else(
        || "Thank you. Your order has arrived".to_owned(),
        |paid| format!("Thank you. Your payment of {paid} has arrived"),
    );
    let begun = if named.backlink { "your link is being placed" } else { "your article is being written" };
    letter.say(format!("{arrived} and {begun}."));
    letter.say(
        "This usually takes 10 to 30 minutes. We'll mail you as soon as you can read it; \
         until then there is nothing you need to do.",
    );
    let mut rows = Vec::new();
    if !named.backlink {
        rows.push(Fact { label: "Topic", value: one_line(&facts.brief.topic) });
        rows.push(Fact { label: "Length", value: length(facts.brief) });
        if !facts.brief.keywords.is_empty() {
            let keywords = one_line(&facts.brief.keywords.join(", "));
            rows.push(Fact { label: "Keywords", value: keywords });
        }
    }
    rows.extend(link(facts.brief));
    rows.extend(facts.amount.map(|paid| Fact { label: "Paid", value: paid.to_string() }));
    letter.facts(rows);
    letter.button = Some(Link { label: "Follow your order", url: one_line(facts.link) });
    letter
}

pub(super) fn article_ready(facts: &MailFacts<'_>, named: &Named) -> Letter {
    let subject = format!("Your article {} is ready", named.subject);
    let mut letter = Letter::new(facts.shop_name, &subject, "Your article is ready");
    letter.say(format!(
        "{} is written and checked. Read it, ask for changes as often as you like, and send it \
         to the editor when it is right.",
        named.whole
    ));
    report(&mut letter, facts.report);
    letter.button = Some(Link { label: "Read your article", url: one_line(facts.link) });
    letter
}

pub(super) fn backlink_integrated(facts: &MailFacts<'_>, named: &Named) -> Letter {
    let subject = format!("Your link {} is ready for you to check", named.subject);
    let mut letter = Letter::new(facts.shop_name, &subject, "Your link is placed");
    letter.say(format!(
        "Your link {} has its place in the article. Only the paragraph that carries it was \
         changed, and nothing is public yet.",
        named.whole
    ));
    letter
        .say("Look at it, ask for changes as often as you like, and send it to the editor when it is right.");
    letter.facts(link(facts.brief).into_iter().collect());
    report(&mut letter, facts.report);
    letter.button = Some(Link { label: "See your link", url: one_line(facts.link) });
    letter
}

pub(super) fn revision_ready(facts: &MailFacts<'_>, named: &Named) -> Letter {
    let subject = format!("The new version of your {} {} is ready", named.noun, named.subject);
    let mut letter = Letter::new(facts.shop_name, &subject, "The new version is ready");
    letter.say(format!(
        "The changes to {} are made. Read the new version, compare it with the one before, and \
         ask for more changes or send it to the editor.",
        named.whole
    ));
    quote(&mut letter, "What was asked for:", facts.notes);
    report(&mut letter, facts.report);
    letter.button = Some(Link { label: "Read the new version", url: one_line(facts.link) });
    letter
}

pub(super) fn revision_failed(facts: &MailFacts<'_>, named: &Named) -> Letter {
    let subject = format!("We couldn't make the changes to {}", named.subject);
    let mut letter = Letter::new(facts.shop_name, &subject, "The changes couldn't be made");
    letter.say(format!("We're sorry: the changes to your {} {} didn't work out.", named.noun, named.whole));
    letter.say(facts.reason.map(sentence).unwrap_or_default());
    letter.say(
        "Nothing is lost: the last good version is still there. You can ask again, perhaps in \
         other words, or send it to the editor as it is.",
    );
    quote(&mut letter, "What was asked for:", facts.notes);
    letter
}

pub(super) fn failed(facts: &MailFacts<'_>, named: &Named) -> Letter {
    let what = if named.backlink { "place your link" } else { "finish your article" };
    let subject = format!("We couldn't {what} {}", named.subject);
    let mut letter = Letter::new(facts.shop_name, &subject, &format!("We couldn't {what}"));
    letter.say(format!("We're sorry: we couldn't {what} {}.", named.whole));
    letter.say(facts.reason.map(sentence).unwrap_or_default());
    letter.say(format!(
        "Nothing more is charged. Somebody at {} has been told, and will try again or give your \
         money back; we'll mail you either way.",
        letter.shop_name
    ));
    letter
}

pub(super) fn reminder(facts: &MailFacts<'_>, named: &Named) -> Letter {
    let subject = format!("Your {} {} is waiting for you", named.noun, named.subject);
    let title = format!("Your {} is waiting for you", named.noun);
    let mut letter = Letter::new(facts.shop_name, &subject, &title);
    let read = if named.backlink { "see where your link was placed" } else { "read it" };
    letter.say(format!(
        "{} is ready, and the next step is yours: {read}, ask for changes as often as you like, or \
         send it to the editor.",
        named.whole
    ));
    letter.say(facts.reason.map(sentence).unwrap_or_default());
    letter
}

/// What a reminder says of an order that goes to the editor by itself.
pub(super) fn will_be_submitted(in_days: u16) -> String {
    format!(
        "If we don't hear from you, we send it to the editor for you in {}, since all of its checks \
         passed; you can take it back then",
        days(in_days)
    )
}

/// Why an order went to the editor by itself.
pub(super) fn was_submitted(after_days: u16) -> String {
    format!("All checks passed and {} went by, so we sent it to the editor for you", days(after_days))
}

fn days(count: u16) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

pub(super) fn submitted(facts: &MailFacts<'_>, named: &Named) -> Letter {
    let subject = format!("Your {} {} is with the editor", named.noun, named.subject);
    let title = format!("Your {} is with the editor", named.noun);
    let mut letter = Letter::new(facts.shop_name, &subject, &title);
    letter.say(facts.reason.map(sentence).unwrap_or_default());
    letter.say(format!(
        "The editor looks at {} once more before it is published. We'll mail you when it is, or \
         when the editor asks for changes.",
        named.whole
    ));
    letter.say("Until the editor has decided, you can take it back on your order's page.");
    letter
}

pub(super) fn changes_requested(facts: &MailFacts<'_>, named: &Named) -> Letter {
    let subject = format!("The editor asks for changes to {}", named.subject);
    let mut letter = Letter::new(facts.shop_name, &subject, "The editor asks for changes");
    letter.say(format!(
        "The editor has read your {} {} and asks for changes before it is published.",
        named.noun, named.whole
    ));
    quote(&mut letter, "The editor's notes:", facts.notes);
    letter.say("Your order's page shows the notes beside the text, and what you can do next.");
    letter
}

pub(super) fn completed(facts: &MailFacts<'_>, named: &Named) -> Letter {
    let state = if named.backlink { "live" } else { "published" };
    let subject = format!("Your {} {} is {state}", named.noun, named.subject);
    let title = format!("Your {} is {state}", named.noun);
    let mut letter = Letter::new(facts.shop_name, &subject, &title);
    letter.say(format!("{} is {state}: everybody can read it now.", named.whole));
    letter.facts(link(facts.brief).into_iter().collect());
    if let Some(public_url) = facts.public_url {
        let label = if named.backlink { "See your link" } else { "Read it online" };
        letter.button = Some(Link { label, url: one_line(public_url) });
        letter.aside =
            Some(Link { label: "Your order, with its receipt and downloads:", url: one_line(facts.link) });
    }
    letter
}

pub(super) fn refunded(facts: &MailFacts<'_>, named: &Named) -> Letter {
    let amount = facts.amount.map(|back| format!(" of {back}")).unwrap_or_default();
    let subject = format!("Your payment{amount} for {} was refunded", named.subject);
    let mut letter = Letter::new(facts.shop_name, &subject, "Your payment was refunded");
    letter.say(format!(
        "Your payment{amount} for the {} {} goes back the way it came. Depending on your bank, it \
         shows on your account within 5 to 10 working days.",
        named.noun, named.whole
    ));
    letter.say(facts.reason.map(sentence).unwrap_or_default());
    letter.say("The order has ended; there is nothing you need to do.");
    letter
}

/// The ordered length in words.
pub(super) fn length(brief: &Brief) -> String {
    format!("about {} words", grouped(brief.word_count))
}

/// The ordered link, if there is one.
pub(super) fn link(brief: &Brief) -> Option<Fact> {
    let link = brief.link.as_ref()?;
    let value = format!("“{}” to {}", one_line(&link.anchor_text), link.target_url);
    Some(Fact { label: "Link", value })
}

/// The length and the checks of the version that can be read; names those that need attention.
pub(super) fn report(letter: &mut Letter, report: Option<&QualityReport>) {
    let Some(report) = report else { return };
    letter.facts(vec![
        Fact { label: "Words", value: grouped(report.word_count) },
        Fact { label: "Checks", value: checks(report) },
    ]);
    let open: Vec<_> = report.checks.iter().filter(|check| check.verdict != Verdict::Pass).collect();
    let mut entries: Vec<_> = open
        .iter()
        .take(CHECKS_MAX)
        .map(|check| {
            let (title, measured, expected) =
                (one_line(&check.title), one_line(&check.measured), one_line(&check.expected));
            format!("{title}: {measured} (expected: {expected})")
        })
        .collect();
    let more = open.len().saturating_sub(CHECKS_MAX);
    if more > 0 {
        entries.push(format!("and {more} more"));
    }
    if !entries.is_empty() {
        letter.blocks.push(Block::List { lead: "Worth a look:".to_owned(), entries });
    }
}

fn quote(letter: &mut Letter, lead: &str, notes: Option<&str>) {
    let lines = notes.map(lines).unwrap_or_default();
    if !lines.is_empty() {
        letter.blocks.push(Block::Quote { lead: lead.to_owned(), lines });
    }
}
