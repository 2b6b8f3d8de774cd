//! The ordered language.

use super::rule::{Explained, Rule, code};
use crate::markdown::{Manuscript, Shape};
use galley_domain::{
    brief::Brief,
    quality::{Check, Verdict},
};
use whatlang::Lang;

const LANGUAGE: Rule = Rule { code: code::LANGUAGE, title: "Language" };

/// Enough text to tell a language by, in bytes; detection costs by the letter.
const SAMPLE_BYTES: usize = 1_200;
/// Less text than this tells nothing, in bytes.
const SAMPLE_MIN_BYTES: usize = 200;

/// Languages that the detection takes for one another.
const ALIKE: &[&[Lang]] = &[
    &[Lang::Nob, Lang::Dan, Lang::Swe],
    &[Lang::Spa, Lang::Por, Lang::Cat],
    &[Lang::Rus, Lang::Ukr, Lang::Bel, Lang::Bul, Lang::Mkd, Lang::Srp],
    &[Lang::Hrv, Lang::Srp, Lang::Slv],
    &[Lang::Ces, Lang::Slk],
    &[Lang::Ind, Lang::Jav],
    &[Lang::Nld, Lang::Afr],
    &[Lang::Tur, Lang::Aze, Lang::Tuk],
    &[Lang::Hin, Lang::Mar, Lang::Nep],
    &[Lang::Pes, Lang::Urd, Lang::Ara],
    &[Lang::Fin, Lang::Est],
];

/// The two-letter codes of the languages that can be detected, with their three-letter ones.
const CODES: &[(&str, &str)] = &[
    ("af", "afr"),
    ("am", "amh"),
    ("ar", "ara"),
    ("az", "aze"),
    ("be", "bel"),
    ("bg", "bul"),
    ("bn", "ben"),
    ("ca", "cat"),
    ("cs", "ces"),
    ("cy", "cym"),
    ("da", "dan"),
    ("de", "deu"),
    ("el", "ell"),
    ("en", "eng"),
    ("eo", "epo"),
    ("es", "spa"),
    ("et", "est"),
    ("fa", "pes"),
    ("fi", "fin"),
    ("fr", "fra"),
    ("gu", "guj"),
    ("he", "heb"),
    ("hi", "hin"),
    ("hr", "hrv"),
    ("hu", "hun"),
    ("hy", "hye"),
    ("id", "ind"),
    ("it", "ita"),
    ("ja", "jpn"),
    ("jv", "jav"),
    ("ka", "kat"),
    ("km", "khm"),
    ("kn", "kan"),
    ("ko", "kor"),
    ("la", "lat"),
    ("lt", "lit"),
    ("lv", "lav"),
    ("mk", "mkd"),
    ("ml", "mal"),
    ("mr", "mar"),
    ("my", "mya"),
    ("nb", "nob"),
    ("ne", "nep"),
    ("nl", "nld"),
    ("no", "nob"),
    ("or", "ori"),
    ("pa", "pan"),
    ("pl", "pol"),
    ("pt", "por"),
    ("ro", "ron"),
    ("ru", "rus"),
    ("si", "sin"),
    ("sk", "slk"),
    ("sl", "slv"),
    ("sn", "sna"),
    ("sr", "srp"),
    ("sv", "swe"),
    ("ta", "tam"),
    ("te", "tel"),
    ("th", "tha"),
    ("tk", "tuk"),
    ("tl", "tgl"),
    ("tr", "tur"),
    ("uk", "ukr"),
    ("ur", "urd"),
    ("uz", "uzb"),
    ("vi", "vie"),
    ("yi", "yid"),
    ("zh", "cmn"),
    ("zu", "zul"),
];

/// Passes unless the detection is sure that the text has another language: a wrong alarm costs a
/// repair call and would come again after it.
pub(super) fn check(brief: &Brief, manuscript: &Manuscript) -> Check {
    let primary = brief.language.split('-').next().unwrap_or_default();
    let ordered = known(primary);
    let expected = ordered.map_or_else(|| brief.language.clone(), |lang| lang.eng_name().to_owned());
    let unsure = |expected: String| LANGUAGE.pass(expected, "not sure");
    let Some(ordered) = ordered else { return unsure(expected) };
    let text = running_text(manuscript);
    let Some(found) = detected(sample(&text, 0)) else { return unsure(expected) };
    if found == ordered {
        return LANGUAGE.pass(expected.clone(), expected);
    }
    // A quotation at the beginning is not the language of the article: ask a second witness.
    let evidence = sample(&text, text.len() / 2);
    if detected(evidence) != Some(found) {
        return unsure(expected);
    }
    let alike = ALIKE.iter().any(|group| group.contains(&ordered) && group.contains(&found));
    let verdict = if alike { Verdict::Warn } else { Verdict::Fail };
    let fix = format!("Write the whole article in {expected}.");
    LANGUAGE.judged(verdict, expected, found.eng_name()).shown(evidence).mended_by(fix)
}

fn known(code: &str) -> Option<Lang> {
    let long = CODES.iter().find(|(short, _)| *short == code).map_or(code, |(_, long)| long);
    Lang::from_code(long)
}

fn detected(text: &str) -> Option<Lang> {
    let info = whatlang::detect(text).filter(|_| text.len() >= SAMPLE_MIN_BYTES)?;
    info.is_reliable().then(|| info.lang())
}

/// Paragraphs only: titles and tables are full of names.
fn running_text(manuscript: &Manuscript) -> String {
    let mut text = String::with_capacity(manuscript.text.len());
    for block in manuscript.running().filter(|block| block.shape == Shape::Paragraph) {
        text.push_str(&manuscript.text[block.text.clone()]);
        text.push('\n');
    }
    text
}

fn sample(text: &str, from: usize) -> &str {
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at += 1;
        }
        at
    };
    let start = boundary(from.min(text.len()));
    &text[start..boundary((start + SAMPLE_BYTES).min(text.len()))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_names_a_language_that_can_be_detected() {
        for (short, long) in CODES {
            assert!(known(short).is_some(), "{short} {long}");
        }
        assert_eq!(known("deu"), Some(Lang::Deu));
        assert_eq!(known("ga"), None);
    }
}
