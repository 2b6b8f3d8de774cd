use super::{article::link_text, revise::is_prose, voice::Voice};
use crate::ai::brief::{Brief, Paragraph};
use std::collections::HashSet;

/// The number of the paragraph that changes, then its new text: the old one and one sentence more.
pub(super) fn backlink(brief: &Brief, voice: &mut Voice, with_link: bool) -> String {
    let Some(paragraph) = choose(brief, voice) else {
        return "There is no paragraph to put the link into.".to_owned();
    };
    let old = paragraph.text.trim_end();
    match brief.link().filter(|_| with_link) {
        Some((url, anchor)) => {
            let sentence = voice.say("link", 0, &[("link", &link_text(url, anchor))]);
            format!("{}\n{old} {sentence}", paragraph.number)
        }
        None => format!("{}\n{old}", paragraph.number),
    }
}

/// The plain paragraph that has most words in common with the brief; chance decides between equals.
fn choose<'a>(brief: &'a Brief, voice: &mut Voice) -> Option<&'a Paragraph> {
    let wanted: HashSet<String> = brief
        .keywords
        .iter()
        .chain([&brief.topic, &brief.anchor_text])
        .flat_map(|text| terms(text))
        .collect();
    let rank = |paragraph: &Paragraph| {
        let text = &paragraph.text;
        let plain = is_prose(text) && !text.contains("](") && !text.contains("<a ");
        let long = text.split_whitespace().count() >= 12;
        let common = terms(text).filter(|term| wanted.contains(term)).collect::<HashSet<_>>().len();
        (plain, long, common)
    };
    let best = brief.paragraphs.iter().map(rank).max()?;
    let equals: Vec<&Paragraph> =
        brief.paragraphs.iter().filter(|paragraph| rank(paragraph) == best).collect();
    equals.get(voice.dice.below(equals.len())).copied()
}

/// The words that mean something.
fn terms(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 3).map(str::to_lowercase)
}
