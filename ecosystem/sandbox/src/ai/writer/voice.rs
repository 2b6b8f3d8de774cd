use super::{
    dice::{Deck, Dice},
    measure::occurrences,
    phrases::{Bank, GENERAL, THEMES},
};
use std::collections::{BTreeMap, HashSet};

/// What fills the slots that no bank fills: the keyword, the link, a theme from the notes.
pub(super) type Given<'a> = &'a [(&'static str, &'a str)];

/// How often a sentence that was said already, or should not be said, is thought over.
const RETHINK_MAX: usize = 8;

/// Says sentences: draws a pattern, and for each of its slots a phrase.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    pub(super) dice: Dice,
    general: BTreeMap<&'static str, Deck>,
    themes: Vec<BTreeMap<&'static str, Deck>>,
    said: HashSet<String>,
    avoided: Vec<String>,
}

impl Voice {
    /// A friendly tone speaks to the reader more often; sentences with an `avoided` phrase are
    /// thought over.
    pub(super) fn new(dice: Dice, tone: &str, avoided: &[String]) -> Self {
        let mut general = decks(&GENERAL);
        let friendly =
            ["friend", "casual", "warm", "convers"].iter().any(|word| tone.to_lowercase().contains(word));
        if friendly && let Some(people) = GENERAL.get("who") {
            let mut people = people.clone();
            people.extend(["you"; 12]);
            general.insert("who", Deck::new(people));
        }
        Self {
            dice,
            general,
            themes: THEMES.iter().map(decks).collect(),
            said: HashSet::new(),
            avoided: avoided.to_vec(),
        }
    }

    pub(super) fn themes(&self) -> usize {
        self.themes.len()
    }

    /// A new sentence of this kind (`sentence`, `keyword-sentence`, `link`, …).
    pub(super) fn say(&mut self, kind: &str, theme: usize, given: Given<'_>) -> String {
        let mut sentence = self.fill(kind, theme, given);
        for _ in 0..RETHINK_MAX {
            if !self.said.contains(&sentence)
                && self.avoided.iter().all(|avoided| occurrences(&sentence, avoided) == 0)
            {
                break;
            }
            sentence = self.fill(kind, theme, given);
        }
        self.said.insert(sentence.clone());
        sentence
    }

    fn fill(&mut self, kind: &str, theme: usize, given: Given<'_>) -> String {
        let mut pattern = self.draw(kind, theme);
        let mut sentence = String::new();
        while let Some((before, (slot, after))) =
            pattern.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
        {
            sentence.push_str(before);
            let name = slot.to_lowercase();
            let known = given.iter().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned());
            let phrase = known.unwrap_or_else(|| self.draw(&name, theme).to_owned());
            let opens = slot.starts_with(char::is_uppercase);
            sentence.push_str(&if opens { capital(&phrase) } else { phrase });
            pattern = after;
        }
        sentence.push_str(pattern);
        sentence
    }

    /// The next phrase of a list, from the theme's bank or the general one.
    pub(super) fn draw(&mut self, name: &str, theme: usize) -> &'static str {
        let Self { dice, general, themes, .. } = self;
        let deck =
            themes.get_mut(theme).and_then(|theme| theme.get_mut(name)).or_else(|| general.get_mut(name));
        deck.map(|deck| deck.draw(dice)).unwrap_or_default()
    }
}

fn decks(bank: &Bank) -> BTreeMap<&'static str, Deck> {
    bank.iter().map(|(name, phrases)| (*name, Deck::new(phrases.clone()))).collect()
}

/// The same with a capital at its start.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_of_every_pattern_is_filled() {
        let mut voice = Voice::new(Dice::new(7), "friendly", &[]);
        let given =
            [("keyword", "tea"), ("topic", "Tea"), ("theme", "pots"), ("must", "salt"), ("link", "L")];
        for (kind, patterns) in GENERAL.iter() {
            for _ in 0..patterns.len() * 3 {
                let theme = voice.dice.below(12);
                let sentence = voice.say(kind, theme, &given);
                assert!(!sentence.contains(['{', '}']) && !sentence.contains("  "), "{kind}: {sentence}");
            }
        }
    }
}
