use super::*;
use crate::diff::Op;
use galley_domain::brief::Rel;
use proptest::prelude::*;

const ARTICLE: &str = "# Tea\n\nTea is a drink made of leaves and hot water, and many people like it.\n\n## Kinds\n\n- green\n- black\n\nGreen tea is *lighter* than black tea; see [the kinds](https://kinds.example) for more of them.\n\n> A quote.\n\n    code\n\nThe end of the text.\n";

fn link() -> OrderedLink {
    OrderedLink {
        target_url: "https://shop.example/tea".parse().unwrap(),
        anchor_text: "tea guide".to_owned(),
        rel: Rel::Sponsored,
    }
}

const FIRST: &str = "Tea is a drink made of leaves and hot water, and many people like it. Our [tea guide](https://shop.example/tea) says more.";

fn refused(answer: &str) -> InsertionError {
    insert(ARTICLE, answer, &link()).unwrap_err()
}

#[test]
fn only_plain_paragraphs_of_the_body_are_numbered() {
    let texts: Vec<_> = paragraphs(ARTICLE).into_iter().map(|p| (p.number, &p.text[..9])).collect();
    assert_eq!(texts, [(1, "Tea is a "), (2, "Green tea"), (3, "The end o")]);
    for article in ["", "# T", "- a\n- b", "> q", "| a |\n|---|\n| b |", "<div>\nx\n</div>", "A <b>c</b>"] {
        assert_eq!(paragraphs(article), [], "{article}");
    }
    let wrapped = "One\r\ntwo\r\n\r\nThree\r\n# H\r\nFour";
    let texts: Vec<_> = paragraphs(wrapped).into_iter().map(|p| p.text).collect();
    assert_eq!(texts, ["One\r\ntwo", "Three", "Four"]);
}

#[test]
fn a_good_answer_changes_its_paragraph_and_nothing_else() {
    let insertion = insert(ARTICLE, &format!("Paragraph 1:\n{FIRST}\n"), &link()).unwrap();
    assert_eq!(insertion.text, ARTICLE.replace(&insertion.before, FIRST));
    assert_eq!((insertion.paragraph, insertion.after.as_str()), (1, FIRST));
    let inserted: String =
        insertion.diff.iter().filter(|span| span.op == Op::Insert).map(|span| span.text.as_str()).collect();
    assert_eq!(inserted, " Our [tea guide](https://shop.example/tea) says more.");
    assert!(prove(ARTICLE, &insertion.text, &insertion));
    assert!(insertion.proves_itself(&insertion.text));
    let stored = serde_json::to_string(&insertion).unwrap();
    assert!(stored.contains("\"baseSha256\":"));
    assert_eq!(serde_json::from_str::<Insertion>(&stored).unwrap(), insertion);
}

#[test]
fn words_that_stand_there_already_may_be_linked() {
    let article = "Read a good tea guide.";
    let insertion =
        insert(article, "1\nRead a good [tea guide](https://shop.example/tea).", &link()).unwrap();
    assert_eq!(insertion.text, "Read a good [tea guide](https://shop.example/tea).");
}

#[test]
fn an_address_that_is_written_another_way_is_the_same_address() {
    let answer = format!("1\n{}", FIRST.replace("https://shop.example", "HTTPS://Shop.Example:443"));
    assert!(insert(ARTICLE, &answer, &link()).is_ok());
}

#[test]
fn answers_that_do_something_else_are_refused_with_a_reason() {
    assert_eq!(refused(FIRST), InsertionError::NoNumber);
    assert_eq!(refused("7\nx"), InsertionError::NoSuchParagraph { number: 7, last: 3 });
    assert_eq!(refused("0\nx"), InsertionError::NoSuchParagraph { number: 0, last: 3 });
    for text in [
        "",
        "# Tea",
        "- item",
        "> quote",
        "```\ncode\n```\nx",
        "One.\n\nTwo.",
        "| a |\n|---|\n| b |",
        "[r]: https://shop.example/tea",
        "Title\n===",
    ] {
        assert_eq!(refused(&format!("1\n{text}")), InsertionError::NotOneParagraph, "{text}");
    }
    assert_eq!(refused(&format!("1\n{FIRST}<br>")), InsertionError::Html);
    assert_eq!(refused(&format!("1\n{FIRST} <!-- x -->")), InsertionError::Html);
    let not_once = |found| InsertionError::NotOnce {
        anchor: "tea guide".into(),
        url: "https://shop.example/tea".into(),
        found,
    };
    assert_eq!(
        refused(&format!("1\n{}", FIRST.replace("[tea guide](https://shop.example/tea)", "tea guide"))),
        not_once(0)
    );
    assert_eq!(refused(&format!("1\n{FIRST} And [tea guide](https://shop.example/tea).")), not_once(2));
    assert_eq!(refused(&format!("1\n{}", FIRST.replace("[tea", "![tea"))), not_once(1));
    assert_eq!(
        refused(&format!("1\n{}", FIRST.replace("[tea guide]", "[the tea guide]"))),
        InsertionError::WrongAnchor { anchor: "tea guide".into(), found: "the tea guide".into() }
    );
    assert_eq!(
        refused(&format!("1\n{FIRST} See [x](https://evil.example).")),
        InsertionError::ForeignLink { url: "https://evil.example".into() }
    );
    assert_eq!(
        refused(
            "2\nGreen tea is *lighter* than black tea; see the kinds for more of them, or a [tea guide](https://shop.example/tea)."
        ),
        InsertionError::LinkLost { url: "https://kinds.example".into() }
    );
    assert!(matches!(
        refused("1\nA whole new text with a [tea guide](https://shop.example/tea)."),
        InsertionError::TooMuchDeleted { .. }
    ));
    let much = format!("1\n{FIRST} {}", "more and more ".repeat(30));
    assert!(matches!(refused(&much), InsertionError::TooMuchInserted { .. }));
    let huge = format!("1\n{FIRST} {}", "more ".repeat(100_000));
    assert!(matches!(refused(&huge), InsertionError::TooMuchInserted { .. }));
}

#[test]
fn a_link_that_is_there_already_is_not_placed_again() {
    let article = format!("{ARTICLE}\nSee [it](https://shop.example/tea).\n");
    let url = "https://shop.example/tea".to_owned();
    assert_eq!(insert(&article, &format!("1\n{FIRST}"), &link()), Err(InsertionError::AlreadyLinked { url }));
}

#[test]
fn a_definition_elsewhere_counts_for_a_reference() {
    let article = "One two three four [five].\n\nSix seven eight.\n\n[r]: https://shop.example/tea\n";
    let placed = insert(article, "2\nSix seven eight [tea guide][r].", &link());
    assert!(placed.is_ok(), "{placed:?}");
    // A definition in the new text would make a link elsewhere.
    let sly = "2\n[five]: https://evil.example\nSix seven eight [tea guide](https://shop.example/tea).";
    assert_eq!(insert(article, sly, &link()), Err(InsertionError::NotOneParagraph));
}

#[test]
fn an_insertion_moves_with_its_intact_paragraph() {
    let insertion = insert(ARTICLE, &format!("1\n{FIRST}"), &link()).unwrap();
    let changed = ARTICLE.replace("# Tea\n", "# Tea\n\nA new first paragraph.\n");
    let again = reapply(&changed, &insertion, &link()).unwrap();
    assert_eq!(again.paragraph, 2);
    assert!(prove(&changed, &again.text, &again));
    let broken = ARTICLE.replace("many people", "most people");
    assert_eq!(reapply(&broken, &insertion, &link()), Err(InsertionError::ParagraphChanged));
}

#[test]
fn an_insertion_is_taken_as_it_is_only_where_nothing_changed() {
    let insertion = insert(ARTICLE, &format!("1\n{FIRST}"), &link()).unwrap();
    assert_eq!(onto(ARTICLE, &insertion, &link()).as_ref(), Ok(&insertion));
    let forged = Insertion { text: format!("{}More.\n", insertion.text), ..insertion.clone() };
    assert_eq!(onto(ARTICLE, &forged, &link()).as_ref(), Ok(&insertion), "its text is made again");
    let changed = ARTICLE.replace("The end", "The very end");
    let moved = onto(&changed, &insertion, &link()).unwrap();
    assert!(prove(&changed, &moved.text, &moved) && moved.proves_itself(&moved.text));
    assert!(moved.text.contains("The very end") && moved.text.contains(FIRST));
    assert_ne!(moved.base_sha256, insertion.base_sha256);
    let broken = ARTICLE.replace("many people", "few people");
    assert_eq!(onto(&broken, &insertion, &link()), Err(InsertionError::ParagraphChanged));
    assert!(matches!(onto(&insertion.text, &insertion, &link()), Err(InsertionError::ParagraphChanged)));
}

#[test]
fn a_forged_insertion_proves_nothing() {
    let insertion = insert(ARTICLE, &format!("1\n{FIRST}"), &link()).unwrap();
    let text = &insertion.text;
    for forged in [
        Insertion { paragraph: 2, ..insertion.clone() },
        Insertion { paragraph: 0, ..insertion.clone() },
        Insertion { before: "Other.".to_owned(), ..insertion.clone() },
        Insertion { after: "Other.".to_owned(), ..insertion.clone() },
        Insertion { text: format!("{text} "), ..insertion.clone() },
    ] {
        assert!(!prove(ARTICLE, text, &forged) && !forged.proves_itself(text), "{forged:?}");
    }
    let other_base = Insertion { base_sha256: sha256_hex("other"), ..insertion.clone() };
    assert!(!other_base.proves_itself(text));
    assert!(!prove(&ARTICLE.replace("green", "red"), text, &insertion));
}

/// Blocks of all kinds, with line breaks of all kinds between them.
fn any_article() -> impl Strategy<Value = String> {
    let block = prop::sample::select(vec![
        "Tea is a drink that many people like a lot.",
        "A second plain\nparagraph of two lines.",
        "# Title",
        "## Section",
        "- one\n- two",
        "> a quote\n> of two",
        "```\ncode\n\nmore\n```",
        "    indented",
        "| a |\n|---|\n| b |",
        "---",
        "<div>\nhtml\n</div>",
        "Caf\u{e9} cr\u{e8}me \u{2013} tr\u{e8}s bon, tr\u{e8}s cher.",
        "See [x](https://x.example) and `y`.",
        "[r]: https://r.example",
        "1. first\n\n   inside",
    ]);
    let gap = prop::sample::select(vec!["\n\n", "\n\n\n", "\n \n", "\r\n\r\n", "\n\n\t\n", "\r\r"]);
    prop::collection::vec((block, gap), 1..12)
        .prop_map(|all| all.into_iter().flat_map(|(block, gap)| [block, gap]).collect())
}

proptest! {
    #[test]
    fn everything_outside_of_the_paragraph_stays_byte_for_byte(article in any_article(), choice in any::<prop::sample::Index>(), tampered in any::<prop::sample::Index>()) {
        let all = paragraphs(&article);
        prop_assume!(!all.is_empty());
        let chosen = &all[choice.index(all.len())];
        let answer = format!("{}\n{} [tea guide](https://shop.example/tea)", chosen.number, chosen.text);
        let insertion = insert(&article, &answer, &link()).unwrap();
        let Range { start, end } = chosen.range;
        prop_assert_eq!(&insertion.text[..start], &article[..start]);
        prop_assert_eq!(&insertion.text[insertion.text.len() - (article.len() - end)..], &article[end..]);
        prop_assert!(prove(&article, &insertion.text, &insertion) && insertion.proves_itself(&insertion.text));

        // One letter more anywhere, or one less, is caught.
        let mut at = tampered.index(insertion.text.len());
        while !insertion.text.is_char_boundary(at) { at -= 1; }
        let mut more = insertion.text.clone();
        more.insert(at, 'x');
        prop_assert!(!prove(&article, &more, &insertion) && !insertion.proves_itself(&more));
        let mut less = insertion.text.clone();
        less.remove(at);
        prop_assert!(!prove(&article, &less, &insertion) && !insertion.proves_itself(&less));
    }

    #[test]
    fn the_numbered_paragraphs_are_stretches_of_the_article(article in any_article()) {
        for (paragraph, number) in paragraphs(&article).into_iter().zip(1..) {
            prop_assert_eq!(paragraph.number, number);
            prop_assert_eq!(&article[paragraph.range.clone()], paragraph.text);
            prop_assert!(!paragraph.text.trim().is_empty());
        }
    }

    #[test]
    fn no_answer_makes_it_panic(article in any_article(), answer in "(1|2|\n|Paragraph|[a-z]| |\\[tea guide\\]\\(https://shop.example/tea\\)|<b>|```|# ){0,12}") {
        if let Ok(insertion) = insert(&article, &answer, &link()) {
            prop_assert!(prove(&article, &insertion.text, &insertion));
        }
    }
}

#[test]
fn what_somebody_wrote_by_hand_is_proved_like_any_other_insertion() {
    let made = insert(ARTICLE, &format!("1\n{FIRST}"), &link()).unwrap();
    assert_eq!(made.base().as_deref(), Some(ARTICLE));
    let edited = made.text.replace("says more.", "says a little more.");
    for text in [edited.clone(), edited.replace('\n', "\r\n"), format!("{edited}\n")] {
        let insertion = by_hand(ARTICLE, &text, &link()).unwrap();
        assert_eq!((insertion.paragraph, insertion.text.as_str()), (1, edited.as_str()));
        assert!(insertion.proves_itself(&insertion.text) && prove(ARTICLE, &edited, &insertion));
    }
    // The link may move to another paragraph: then that one is the one that changed.
    let moved = ARTICLE.replace("The end of", "Our [tea guide](https://shop.example/tea) is the end of");
    assert_eq!(by_hand(ARTICLE, &moved, &link()).unwrap().paragraph, 3);
}

#[test]
fn by_hand_too_only_one_paragraph_may_change() {
    let made = insert(ARTICLE, &format!("1\n{FIRST}"), &link()).unwrap().text;
    for text in [
        ARTICLE.to_owned(),
        String::new(),
        made.replace("# Tea", "# Coffee"),
        made.replace("The end of", "At the end of"),
        made.replace("- black\n", ""),
        format!("{made}\nOne more paragraph.\n"),
        made.replace("> A quote.", "> Another quote."),
    ] {
        let refused = by_hand(ARTICLE, &text, &link()).unwrap_err();
        assert_eq!(refused, InsertionError::NotOneParagraphChanged, "{text}");
    }
    let unlinked = ARTICLE.replace("hot water", "very hot water");
    let refused = by_hand(ARTICLE, &unlinked, &link()).unwrap_err();
    assert!(matches!(refused, InsertionError::NotOnce { found: 0, .. }), "{refused}");
}
