//! Title, order of headings, empty sections.

use super::rule::{Explained, Rule, code, counted};
use crate::markdown::{Manuscript, Place, Shape};
use galley_domain::quality::{Check, Verdict};

const TITLE: Rule = Rule { code: code::TITLE, title: "One title" };
const ORDER: Rule = Rule { code: code::HEADING_ORDER, title: "Order of headings" };
const EMPTY: Rule = Rule { code: code::EMPTY_SECTION, title: "No empty section" };

pub(super) fn checks(manuscript: &Manuscript) -> [Check; 3] {
    [title(manuscript), order(manuscript), empty(manuscript)]
}

fn title(manuscript: &Manuscript) -> Check {
    const EXPECTED: &str = "one title, above everything else";
    let titles: Vec<_> = manuscript.headings().filter(|(level, _)| *level == 1).collect();
    let fail = |measured: &str| TITLE.judged(Verdict::Fail, EXPECTED, measured);
    let Some((_, first)) = titles.first() else {
        return fail("no title").mended_by("Begin with a title: a line that starts with \"# \".");
    };
    if let Some((_, second)) = titles.get(1) {
        let measured = counted(titles.len(), "title", "titles");
        return fail(&measured)
            .shown(manuscript.text_of(second))
            .mended_by("Keep one title and make the others section headings (\"## \").");
    }
    if manuscript.text_of(first).is_empty() {
        return fail("a title without words").mended_by("Give the article a title.");
    }
    match manuscript.blocks.first() {
        Some(block) if block.text.start < first.text.start => fail("text above the title")
            .shown(manuscript.text_of(block))
            .mended_by("Take out what stands above the title."),
        _ => TITLE.pass(EXPECTED, "one title"),
    }
}

fn order(manuscript: &Manuscript) -> Check {
    const EXPECTED: &str = "no level is skipped";
    let mut before = 0;
    for (level, block) in manuscript.headings() {
        // Before the first heading there is nothing to skip: a missing title has its own check.
        if before > 0 && level > before + 1 {
            let measured = format!("level {level} directly below level {before}");
            return ORDER
                .judged(Verdict::Warn, EXPECTED, measured)
                .shown(manuscript.text_of(block))
                .mended_by(format!("Make it a heading of level {}.", before + 1));
        }
        before = level;
    }
    ORDER.pass(EXPECTED, counted(manuscript.headings().count(), "heading", "headings"))
}

fn empty(manuscript: &Manuscript) -> Check {
    const EXPECTED: &str = "text below every heading";
    let mut empty = Vec::new();
    for (at, block) in manuscript.blocks.iter().enumerate() {
        let Shape::Heading(level) = block.shape else { continue };
        if block.place != Place::Body {
            continue;
        }
        // A subsection is content: its own heading answers for what is below.
        let filled = match manuscript.blocks.get(at + 1).map(|next| next.shape) {
            None => false,
            Some(Shape::Heading(next)) => next > level,
            Some(_) => true,
        };
        if !filled || block.words.is_empty() {
            empty.push(block);
        }
    }
    match empty.first() {
        None => EMPTY.pass(EXPECTED, "no empty section"),
        Some(block) => EMPTY
            .judged(Verdict::Fail, EXPECTED, counted(empty.len(), "empty section", "empty sections"))
            .shown(manuscript.text_of(block))
            .mended_by("Write the section, or take its heading out."),
    }
}
