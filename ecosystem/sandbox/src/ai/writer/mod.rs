//! Puts articles together from banks of phrases.
//!
//! `banks.txt` holds sentence patterns with slots, `themes/` what fills them. The phrases are short
//! and many, so that a run of five words nearly always spans two draws and hardly ever comes again.

mod article;
mod backlink;
mod dice;
mod measure;
mod phrases;
mod revise;
mod voice;

use self::{dice::Dice, voice::Voice};
use super::brief::Brief;
use sha2::{Digest, Sha256};

/// The sentence with the link that a repair adds, in words.
const LINK_WORDS: usize = 12;

/// What is wrong with a text on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    None,
    /// The link is missing, or half of the text, unless this is a repair.
    UntilRepaired,
}

/// Writes to order; the same seed, call number and brief write the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer {
    seed: u64,
}

impl Writer {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Answers the brief of call `number`: an article, a revision, a repair, or a paragraph.
    pub(super) fn write(self, brief: &Brief, number: u64, flaw: Flaw) -> String {
        let mut voice = Voice::new(self.dice(brief, number), &brief.tone, &brief.avoid);
        let flawed = flaw == Flaw::UntilRepaired && !brief.is_repair();
        if brief.is_backlink() {
            backlink::backlink(brief, &mut voice, !flawed)
        } else if flawed {
            let whole = article::target_words(brief);
            let target = if brief.link().is_some() { whole.saturating_sub(LINK_WORDS) } else { whole / 2 };
            article::article(brief, &mut voice, target, false)
        } else if brief.is_repair() {
            revise::mend(brief, &mut voice)
        } else if !brief.revision_notes.is_empty() && !brief.current_text.is_empty() {
            revise::revise(brief, &mut voice)
        } else {
            article::article(brief, &mut voice, article::target_words(brief), true)
        }
    }

    fn dice(self, brief: &Brief, number: u64) -> Dice {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(number.to_be_bytes());
        hash.update(format!("{brief:?}"));
        let seed = hash.finalize().iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte));
        Dice::new(seed)
    }
}

#[cfg(test)]
mod tests;
