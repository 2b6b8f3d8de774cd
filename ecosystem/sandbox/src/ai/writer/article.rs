use super::{
    measure::{occurrences, words},
    voice::{Given, Voice, capital},
};
use crate::ai::brief::Brief;

/// What is written when nobody said how long, in words.
const WORDS_DEFAULT: usize = 1_000;
/// Shortest and longest article, in words.
const WORDS_MIN: usize = 60;
const WORDS_MAX: usize = 12_000;
/// A section and a paragraph, in words.
const SECTION_WORDS: usize = 170;
const PARAGRAPH_WORDS: usize = 60;
const SECTIONS_MAX: usize = 40;
/// From this length on there is a checklist, and room for a longer title.
const CHECKLIST_FROM_WORDS: usize = 500;
/// An ordinary sentence, in words: a paragraph that lacks less than half of one is full.
const SENTENCE_WORDS: usize = 12;
/// What the whole may lack in the end: there is no sentence as short as that.
const SLACK_WORDS: usize = 3;

/// What the customer's words look like in ours: no markup, no line breaks.
pub(super) fn plain(text: &str) -> String {
    let kept: String = text.chars().map(|c| if "#[]<>`*_|{}\\".contains(c) { ' ' } else { c }).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The Markdown of a link; an address with brackets in it is set between angles.
pub(super) fn link_text(url: &str, anchor: &str) -> String {
    if url.contains(['(', ')', ' ']) { format!("[{anchor}](<{url}>)") } else { format!("[{anchor}]({url})") }
}

/// How long the article shall be.
pub(super) fn target_words(brief: &Brief) -> usize {
    brief.word_count.unwrap_or(WORDS_DEFAULT).clamp(WORDS_MIN, WORDS_MAX)
}

/// How often the primary keyword shall come, in hundredths of a percent: a long one less often, so
/// that its words do not take over.
fn density_bp(keyword: &str) -> usize {
    match words(keyword) {
        0 | 1 => 95,
        2 => 85,
        _ => 70,
    }
}

/// An article in the making.
struct Draft<'a> {
    voice: &'a mut Voice,
    keyword: String,
    others: Vec<String>,
    musts: Vec<String>,
    link: Option<String>,
    target: usize,
    blocks: Vec<String>,
    body_words: usize,
    heading_words: usize,
    keywords: usize,
    paragraphs: usize,
}

/// Writes a whole article of about `target` words; without the link when `with_link` is off.
pub(super) fn article(brief: &Brief, voice: &mut Voice, target: usize, with_link: bool) -> String {
    let keywords: Vec<String> = brief.keywords.iter().map(|keyword| plain(keyword)).collect();
    let topic = Some(plain(&brief.topic)).filter(|topic| !topic.is_empty());
    let keyword =
        keywords.first().cloned().or_else(|| topic.clone()).unwrap_or_else(|| "good work".to_owned());
    let mut musts: Vec<String> = brief.must_include.iter().map(|must| plain(must)).collect();
    if let Some(theme) = super::revise::theme_of(&brief.notes) {
        musts.push(theme);
    }
    let mut draft = Draft {
        others: keywords.into_iter().skip(1).rev().collect(),
        musts: musts.iter().map(|must| must.trim_end_matches(['.', '!']).to_owned()).rev().collect(),
        link: brief.link().filter(|_| with_link).map(|(url, anchor)| link_text(url, anchor)),
        voice,
        target,
        keyword,
        blocks: Vec::new(),
        body_words: 0,
        heading_words: 0,
        keywords: 0,
        paragraphs: 0,
    };
    draft.title(topic);
    draft.sections(brief.outline.iter().map(|heading| plain(heading)).collect());
    draft.blocks.join("\n\n")
}

impl Draft<'_> {
    fn title(&mut self, topic: Option<String>) {
        let topic =
            topic.map_or_else(|| capital(&self.keyword), |topic| capital(topic.trim_end_matches(['.', ':'])));
        let title = if occurrences(&topic, &self.keyword) > 0 {
            topic
        } else {
            let kind = if self.target < CHECKLIST_FROM_WORDS { "short-title" } else { "title" };
            self.voice.say(kind, 0, &[("topic", &topic), ("keyword", &self.keyword.clone())])
        };
        self.heading("#", &title);
    }

    fn heading(&mut self, marks: &str, text: &str) {
        self.heading_words += words(text);
        self.keywords += occurrences(text, &self.keyword);
        self.blocks.push(format!("{marks} {text}"));
    }

    /// What is still to be written. Headings count by half, so that those who count them and those
    /// who don't are both content.
    fn left(&self) -> usize {
        self.target.saturating_sub(self.body_words + self.heading_words / 2)
    }

    fn sections(&mut self, mut outline: Vec<String>) {
        if !outline.iter().any(|heading| occurrences(heading, &self.keyword) > 0) {
            let keyword = self.keyword.clone();
            outline.insert(0, self.voice.say("keyword-heading", 0, &[("keyword", &keyword)]));
        }
        let fitting = (self.target + SECTION_WORDS / 2) / SECTION_WORDS;
        let middle = fitting.saturating_sub(1).max(outline.len()).min(SECTIONS_MAX);
        let themes = self.voice.dice.order(self.voice.themes());
        // The opening and the ending weigh half of a section each.
        let mut weight = 2 * middle + 2;
        self.section(themes[0], self.left() / weight, false);
        weight -= 1;
        let mut outline = outline.into_iter();
        for number in 0..middle {
            let theme = themes[(number + 1) % themes.len()];
            let heading = outline.next().unwrap_or_else(|| self.voice.draw("heading", theme).to_owned());
            self.heading("##", &heading);
            let last = number + 1 == middle;
            let linked = number == middle / 2;
            if last && self.target >= CHECKLIST_FROM_WORDS {
                self.section(theme, (2 * self.left() / weight).saturating_sub(PARAGRAPH_WORDS / 2), linked);
                self.checklist(theme);
            } else {
                self.section(theme, 2 * self.left() / weight, linked);
            }
            weight -= 2;
        }
        let heading = self.voice.draw("last-heading", 0);
        self.heading("##", heading);
        self.ending(themes[0]);
    }

    /// Paragraphs of about `budget` words together.
    fn section(&mut self, theme: usize, budget: usize, linked: bool) {
        let end = self.body_words + budget;
        let count = ((budget + PARAGRAPH_WORDS / 2) / PARAGRAPH_WORDS).max(1);
        for number in 0..count {
            let share = end.saturating_sub(self.body_words) / (count - number);
            let paragraph = self.paragraph(theme, share, linked && number == 0);
            self.blocks.push(paragraph);
        }
    }

    fn paragraph(&mut self, theme: usize, budget: usize, linked: bool) -> String {
        let end = self.body_words + budget;
        let mut sentences = Vec::new();
        if self.paragraphs == 0 {
            let keyword = self.keyword.clone();
            let first = self.voice.say("first", theme, &[("keyword", &keyword)]);
            self.take(&mut sentences, first);
        }
        let mut guests = self.guests(linked);
        while self.body_words + SENTENCE_WORDS / 2 < end || sentences.is_empty() || !guests.is_empty() {
            // A paragraph opens in its own words; guests come second.
            let sentence = if sentences.is_empty() || guests.is_empty() {
                self.sentence(theme, sentences.len())
            } else {
                let (kind, name, value) = guests.remove(0);
                self.voice.say(kind, theme, &[(name, &value)])
            };
            self.take(&mut sentences, sentence);
        }
        self.paragraphs += 1;
        sentences.join(" ")
    }

    /// What this paragraph has to fit in: the link, another keyword, something that must be said.
    fn guests(&mut self, linked: bool) -> Vec<(&'static str, &'static str, String)> {
        let mut guests = Vec::new();
        if linked && let Some(link) = self.link.take() {
            guests.push(("link", "link", link));
        }
        if self.paragraphs > 0 {
            guests.extend(self.others.pop().map(|other| ("keyword-sentence", "keyword", other)));
            guests.extend(self.musts.pop().map(|must| ("must", "must", must)));
        }
        guests
    }

    fn sentence(&mut self, theme: usize, position: usize) -> String {
        let due = density_bp(&self.keyword) * (self.body_words + PARAGRAPH_WORDS) / 10_000;
        // Title and heading carry it too, but not everybody counts them.
        if position > 0 && self.keywords.saturating_sub(1) <= due {
            let keyword = self.keyword.clone();
            return self.voice.say("keyword-sentence", theme, &[("keyword", &keyword)]);
        }
        self.voice.say("sentence", theme, &[])
    }

    fn take(&mut self, sentences: &mut Vec<String>, sentence: String) {
        self.body_words += words(&sentence);
        self.keywords += occurrences(&sentence, &self.keyword);
        sentences.push(sentence);
    }

    fn checklist(&mut self, theme: usize) {
        let lead = self.voice.draw("checklist", theme).to_owned();
        let items: Vec<String> =
            (0..4).map(|_| format!("- {}", capital(self.voice.draw("do", theme)))).collect();
        let block = format!("{lead}\n\n{}", items.join("\n"));
        self.body_words += words(&block);
        self.blocks.push(block);
    }

    /// The last section, cut to what is left of the length.
    fn ending(&mut self, theme: usize) {
        let last = self.voice.draw("last", theme).to_owned();
        while self.left() > PARAGRAPH_WORDS + PARAGRAPH_WORDS / 2 {
            let paragraph = self.paragraph(theme, PARAGRAPH_WORDS, false);
            self.blocks.push(paragraph);
        }
        let mut sentences = Vec::new();
        while self.left() > words(&last) + SLACK_WORDS || sentences.is_empty() {
            let room = self.left().saturating_sub(words(&last));
            let sentence = match room {
                0..=16 => self.fitting(theme, room),
                17..=32 => self.fitting(theme, room / 2),
                _ => self.sentence(theme, sentences.len()),
            };
            self.take(&mut sentences, sentence);
        }
        self.take(&mut sentences, last);
        self.blocks.push(sentences.join(" "));
    }

    /// The one of a few sentences that comes closest to this length.
    fn fitting(&mut self, theme: usize, room: usize) -> String {
        let tries: Vec<String> = (0..12).map(|_| self.voice.say("sentence", theme, &[])).collect();
        tries.into_iter().min_by_key(|sentence| words(sentence).abs_diff(room)).unwrap_or_default()
    }
}

/// Sentences on one subject, `budget` words of them, for a text that exists already.
pub(super) fn passage(voice: &mut Voice, opening: &str, given: Given<'_>, budget: usize) -> String {
    let theme = voice.dice.below(voice.themes());
    let mut text = if opening.is_empty() { String::new() } else { voice.say(opening, theme, given) };
    while words(&text) + SENTENCE_WORDS / 2 < budget {
        let sentence = voice.say("sentence", theme, &[]);
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&sentence);
    }
    text
}
