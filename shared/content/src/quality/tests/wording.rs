//! What the words say and how they read.

use super::*;

#[test]
fn another_language_fails_and_doubt_passes() {
    let german = "# Laufschuhe\n\n".to_owned() + &"Gute Schuhe machen die ersten Wochen leichter, denn sie halten die F\u{fc}\u{df}e trocken und schonen die Knie. Wer abends in den Laden geht, findet die richtige Gr\u{f6}\u{df}e viel eher als am Morgen. ".repeat(10);
    assert_verdict(&german, code::LANGUAGE, Verdict::Fail);
    assert_eq!(check(&german, code::LANGUAGE).measured, "German");
    assert_eq!(check("# T\n\nshort", code::LANGUAGE).measured, "not sure");
    let mut irish = brief();
    irish.language = "ga".to_owned();
    let report = review_of(&irish, &QualitySettings::default(), ARTICLE);
    assert_eq!(report.checks[1].measured, "not sure");
    assert!(report.checks.iter().all(|check| check.code != code::READING_EASE), "readability is for English");
}

#[test]
fn hard_reading_warns_and_never_fails() {
    let hard = "Notwithstanding institutional considerations, organisational transformation initiatives necessitate comprehensive stakeholder communication ".repeat(12);
    let text = format!("# T\n\n{hard}.\n");
    for code in [code::READING_EASE, code::SENTENCE_LENGTH] {
        assert_verdict(&text, code, Verdict::Warn);
    }
    assert_verdict(&format!("# T\n\n{}", "A short one. ".repeat(60)), code::PARAGRAPH_LENGTH, Verdict::Warn);
}

#[test]
fn what_only_an_assistant_says_fails() {
    for talk in [
        "As an AI language model, I have no feet.",
        "I\u{2019}m sorry, but as an AI assistant I never run.",
        "Unfortunately I cannot assist with that.",
        "My knowledge cutoff is last year.",
        "Here's the revised article you asked for.",
        "Das sage ich als KI-Sprachmodell.",
    ] {
        assert_verdict(&and(talk), code::ASSISTANT_TALK, Verdict::Fail);
    }
}

#[test]
fn what_an_author_might_say_warns_or_passes() {
    for talk in [
        "As an AI, it learns fast.",
        "He works as an AI engineer's coach.",
        "I'm sorry, but I can't stand thin soles.",
        "Let me know if you found a better pair.",
        "> As an AI language model, I have no feet.",
        "Word count: 200",
    ] {
        assert_verdict(&and(talk), code::ASSISTANT_TALK, Verdict::Warn);
    }
    for honest in [
        "I cannot recommend this enough.",
        "As an aid to runners, it works.",
        "You cannot create content out of thin air.",
        "Use it as an AI-free place. Language models are elsewhere.",
        "Surely this is fine. Certain things are not.",
        "I can't believe how light they are.",
    ] {
        assert_verdict(
            &and(&format!("{honest}\n\nThe end of this text.")),
            code::ASSISTANT_TALK,
            Verdict::Pass,
        );
    }
}

#[test]
fn gaps_fail_and_honest_words_pass() {
    for gap in [
        "Call [insert phone number] now.",
        "By [Your Name].",
        "Dear {{first_name}}, hello.",
        "Lorem ipsum dolor sit amet.",
        "TODO: write the end.",
        "At [Company Name] we run.",
        "See [link here] please.",
    ] {
        assert_verdict(&and(gap), code::PLACEHOLDERS, Verdict::Fail);
    }
    for doubtful in [
        "We say more on this TBD.",
        "A source [citation needed] says so.",
        "This TODO stays.",
        "Printers set lorem ipsum for tests.",
    ] {
        assert_verdict(&and(doubtful), code::PLACEHOLDERS, Verdict::Warn);
    }
    for honest in [
        "Keep a todo list and a TODO list.",
        "She said that [the shop] was shut [1].",
        "Press `[insert]` or `{{name}}`.",
        "He wrote [sic] that.",
        "It was [inserted] later.",
        "Try TODO apps.",
    ] {
        assert_verdict(&and(honest), code::PLACEHOLDERS, Verdict::Pass);
    }
}

#[test]
fn a_paragraph_that_comes_twice_fails() {
    let again = "foam gets TIRED before the cloth does! Most people need a new pair after one summer of training. Write the date on the tongue, and you will know when the time has come to look again";
    assert_verdict(&and(again), code::REPEATED_PARAGRAPHS, Verdict::Fail);
    assert_verdict(&and("Read on.\n\nRead on."), code::REPEATED_PARAGRAPHS, Verdict::Pass);
}

#[test]
fn leftover_markup_is_found() {
    for (markup, verdict) in [
        ("<b>bold</b>", Verdict::Fail),
        ("<div>\nblock\n</div>", Verdict::Fail),
        ("<!-- note -->", Verdict::Fail),
        ("```\nnever closed", Verdict::Fail),
        ("A [broken link](https://a.example and more", Verdict::Fail),
        ("Some ** stars", Verdict::Warn),
        ("##Heading", Verdict::Warn),
        ("A&amp;nbsp;B", Verdict::Warn),
        ("![picture](https://a.example/i.png)", Verdict::Warn),
        ("Use `**` and `</b>` here, a < b & b > c.", Verdict::Pass),
        ("```\nclosed </code>\n```", Verdict::Pass),
    ] {
        assert_verdict(&and(markup), code::LEFTOVER_MARKUP, verdict);
    }
    assert_verdict(&format!("```markdown\n{ARTICLE}```"), code::LEFTOVER_MARKUP, Verdict::Fail);
}

#[test]
fn too_much_in_common_with_another_article_fails() {
    let (brief, settings) = (brief(), QualitySettings::default());
    let verdict = |percent| {
        let nearest = Some(Nearest { title: "Old shoes".to_owned(), percent });
        let report = review(&Subject {
            brief: &brief,
            settings: &settings,
            markdown: ARTICLE,
            nearest,
            insertion: None,
        });
        report.checks.into_iter().find(|check| check.code == code::SIMILARITY).unwrap()
    };
    assert_eq!(verdict(20).verdict, Verdict::Pass);
    let too_near = verdict(21);
    assert_eq!((too_near.verdict, too_near.evidence.as_deref()), (Verdict::Fail, Some("Old shoes")));
}
