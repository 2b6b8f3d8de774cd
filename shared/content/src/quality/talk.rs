//! Refusals and talk of an assistant.
//!
//! Phrases are compared word by word, so `as an AI,` is found and `as an aid` is not. What no author
//! writes fails; what an author might write warns, unless it stands where only an assistant speaks.

use super::{
    folded::{Folded, Part, Phrase},
    rule::{Explained, Rule, code},
};
use crate::markdown::{Manuscript, Place};
use galley_domain::quality::{Check, Verdict};
use std::sync::LazyLock;

const TALK: Rule = Rule { code: code::ASSISTANT_TALK, title: "No assistant talk" };

/// Nobody but an assistant says this.
const CLEAR: &[&str] = &[
    "as an AI language model",
    "as an AI assistant",
    "as an AI model",
    "as an AI chatbot",
    "as an AI I",
    "as a large language model I",
    "as a language model I",
    "I am an AI language model",
    "I am an AI assistant",
    "I'm an AI language model",
    "I'm an AI assistant",
    "my knowledge cutoff",
    "as of my last knowledge update",
    "as of my last update",
    "I cannot fulfill this request",
    "I can't fulfill this request",
    "I cannot fulfill your request",
    "I can't fulfill your request",
    "I cannot comply with",
    "I can't comply with",
    "I cannot assist with",
    "I can't assist with",
    "I can't help with that request",
    "I cannot help with that request",
    "I am unable to assist with",
    "I'm unable to assist with",
    "I am unable to fulfill",
    "I'm unable to fulfill",
    "I cannot generate content",
    "I can't generate content",
    "I cannot create content",
    "I can't create content",
    "I cannot write this article",
    "I can't write this article",
    "here is the revised article",
    "here's the revised article",
    "here is the rewritten article",
    "here is the updated article",
    "here's the updated article",
    "here is your article",
    "here's your article",
    "here is the article you",
    "here's the article you",
    "let me know if you'd like any changes",
    "let me know if you would like any changes",
    "let me know if you need any changes",
    "let me know if you'd like me to",
    "let me know if you would like me to",
    "I hope this article meets",
    "als KI-Sprachmodell",
    "als KI-Assistent",
    "en tant que mod\u{e8}le de langage",
    "en tant qu'assistant IA",
    "como modelo de lenguaje",
    "como modelo de linguagem",
    "come modello linguistico",
];

/// An author may say this, an assistant often does.
const DOUBTFUL: &[&str] = &[
    "as an AI",
    "as a language model",
    "my training data",
    "I'm sorry but I can't",
    "I'm sorry but I cannot",
    "I am sorry but I cannot",
    "I am sorry but I can't",
    "I apologize but I cannot",
    "I apologize but I can't",
    "I cannot provide",
    "I can't provide",
    "I am unable to provide",
    "I'm unable to provide",
    "I cannot help with",
    "I can't help with",
    "I hope this helps",
    "feel free to let me know",
    "would you like me to",
    "let me know if you",
];

/// How an assistant hands an article over, above its title.
const OPENING: &[&str] = &["certainly", "sure", "of course", "absolutely", "here is", "here's"];

/// What an assistant adds below the article.
const CLOSING: &[&str] = &["word count", "note to editor", "note to the editor"];

struct Phrases {
    /// Sorted by the first hash, for the look-up by word.
    sorted: Vec<(Vec<u64>, Verdict)>,
    opening: Vec<Vec<u64>>,
    closing: Vec<Vec<u64>>,
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let hashes = |phrase: &&str| Phrase::of(phrase).map(|phrase| phrase.hashes);
    let clear = CLEAR.iter().filter_map(hashes).map(|hashes| (hashes, Verdict::Fail));
    let doubtful = DOUBTFUL.iter().filter_map(hashes).map(|hashes| (hashes, Verdict::Warn));
    let mut sorted: Vec<_> = clear.chain(doubtful).collect();
    sorted.sort();
    Phrases {
        sorted,
        opening: OPENING.iter().filter_map(hashes).collect(),
        closing: CLOSING.iter().filter_map(hashes).collect(),
    }
});

pub(super) fn check(manuscript: &Manuscript, folded: &Folded) -> Check {
    const EXPECTED: &str = "no refusal and no remark of an assistant";
    let Some((verdict, word)) = worst(manuscript, folded) else {
        return TALK.pass(EXPECTED, "none");
    };
    let measured =
        if verdict == Verdict::Fail { "a remark of an assistant" } else { "words an assistant might say" };
    TALK.judged(verdict, EXPECTED, measured)
        .shown(sentence(manuscript, folded, word))
        .mended_by("Take out everything that is not the article itself.")
}

/// The gravest hit and its word.
fn worst(manuscript: &Manuscript, folded: &Folded) -> Option<(Verdict, usize)> {
    let mut worst: Option<(Verdict, usize)> = None;
    let last = manuscript.blocks.len().saturating_sub(1);
    let titled = manuscript.headings().any(|(level, _)| level == 1);
    for (at, block) in manuscript.blocks.iter().enumerate() {
        let parts = folded.parts_of(block.words.clone());
        let hits = (0..parts.len()).filter_map(|at| {
            let verdict = phrase_at(&parts[at..], folded)?;
            // Somebody quoted is not the author.
            Some((if block.place == Place::Quote { Verdict::Warn } else { verdict }, parts[at].word))
        });
        let framing = match at {
            0 if block.is_plain_paragraph() && titled => &PHRASES.opening[..],
            _ if at == last && at > 0 => &PHRASES.closing[..],
            _ => &[],
        };
        let handover = framing.iter().any(|phrase| begins_with(parts, phrase));
        let handover = handover.then(|| (Verdict::Warn, parts[0].word));
        for hit in hits.chain(handover) {
            if worst.is_none_or(|(verdict, _)| verdict < hit.0) {
                worst = Some(hit);
            }
        }
    }
    worst
}

/// The gravest phrase that `parts` begin with, within one sentence.
fn phrase_at(parts: &[Part], folded: &Folded) -> Option<Verdict> {
    let first = parts.first()?.hash;
    let sorted = &PHRASES.sorted;
    let from = sorted.partition_point(|(hashes, _)| hashes[0] < first);
    let candidates = sorted[from..].iter().take_while(|(hashes, _)| hashes[0] == first);
    let fitting = candidates.filter(|(hashes, _)| {
        // Not up to the middle of a word (`as an AI-free place`) and not across sentences.
        let length = hashes.len();
        begins_with(parts, hashes)
            && parts.get(length).is_none_or(|next| next.word != parts[length - 1].word)
            && parts[..length].windows(2).all(|two| two[0].word == two[1].word || !folded.ends[two[0].word])
    });
    fitting.map(|(_, verdict)| *verdict).max()
}

fn begins_with(parts: &[Part], phrase: &[u64]) -> bool {
    phrase.len() <= parts.len() && phrase.iter().zip(parts).all(|(hash, part)| *hash == part.hash)
}

/// The text from the beginning of the sentence that `word` stands in.
fn sentence<'a>(manuscript: &'a Manuscript, folded: &Folded, word: usize) -> &'a str {
    let start = (0..word).rev().take_while(|before| !folded.ends[*before]).last().unwrap_or(word);
    manuscript.words.get(start).map_or("", |first| {
        let rest = &manuscript.text[first.text.start..];
        rest.split('\n').next().unwrap_or_default()
    })
}
