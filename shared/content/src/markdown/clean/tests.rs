use super::*;
use crate::markdown::{LinkPolicy, Manuscript, render};
use proptest::prelude::*;

#[test]
fn an_ordinary_article_stays_as_it_is() {
    let article = "# Tea\n\nA *cup* of [tea](https://a.example), 2 < 3 & 3 > 2.\n\n```js\nif (a<b) {}\n```\n\n- one\n- two";
    assert_eq!(clean_answer(article), article);
}

#[test]
fn marks_of_transport_are_taken_away() {
    assert_eq!(clean_answer("\u{feff}# T\r\n\r\nA\0\u{7}\u{202e}b\rc\n\n"), "# T\n\nAb\nc");
    assert_eq!(clean_answer(" \n\n"), "");
}

#[test]
fn a_fence_around_the_whole_is_taken_away() {
    for fenced in [
        "```markdown\n# T\n\nText\n```",
        "```md\n# T\n\nText\n```\n",
        "```\n# T\n\nText\n```",
        "~~~~Markdown\n# T\n\nText\n~~~~",
        "\n\n```markdown\n# T\n\nText",
        "````\n```markdown\n# T\n\nText\n```\n````",
    ] {
        assert_eq!(clean_answer(fenced), "# T\n\nText", "{fenced}");
    }
    let with_code = "```markdown\n# T\n\n```js\nx\n```\n\nText\n```";
    assert_eq!(clean_answer(with_code), "# T\n\n```js\nx\n```\n\nText");
}

#[test]
fn code_that_happens_to_stand_first_and_last_is_no_fence_around_the_whole() {
    for text in [
        "```\na\n```\n\nText\n\n```\nb\n```",
        "```js\nlet a = 1;\n```",
        "`code` starts this line\n\nand `this`",
        "```\nnever closed",
    ] {
        assert_eq!(clean_answer(text), text);
    }
}

#[test]
fn tags_go_and_their_words_stay() {
    assert_eq!(clean_answer("A <b>bold</b> word<br/>."), "A bold word.");
    assert_eq!(clean_answer("<div align=\"center\">\n    kept\n</div>\n\nText"), "kept\n\nText");
    assert_eq!(clean_answer("# T\n\n<p>One</p>\n<p>Two</p>\n\nText"), "# T\n\nOne\nTwo\n\nText");
    assert_eq!(clean_answer("> a <i>b</i>\n> c <i>d</i>"), "> a b\n> c d");
    assert_eq!(
        clean_answer("- a <i>b</i>\n\n| <u>h</u> |\n|---|\n| <s>c</s> |"),
        "- a b\n\n| h |\n|---|\n| c |"
    );
}

#[test]
fn what_is_no_text_goes_with_its_tags() {
    assert_eq!(clean_answer("A <script>alert(1)</script>b"), "A b");
    assert_eq!(clean_answer("<script>\nalert(1)\n\nmore()\n</script>\n\nText"), "Text");
    assert_eq!(clean_answer("A <!-- note to self -->b\n\n<!--\nblock\n\nmore\n-->\n\nC"), "A b\n\n\n\nC");
    assert_eq!(
        clean_answer("<style>p{}</style>\n\nText <svg onload=x><title>t</title></svg>end"),
        "Text end"
    );
}

#[test]
fn code_spans_keep_what_only_looks_like_html() {
    let text = "Use `<script>` and ``<b>`` here.\n\n    <i>indented</i>\n\nEnd";
    assert_eq!(clean_answer(text), text);
}

#[test]
fn signs_that_are_no_html_stay() {
    let text = "1 < 2, a<b, <3 and <- and <https://a.example>";
    assert_eq!(clean_answer(text), text);
}

#[test]
fn html_that_comes_to_light_by_cleaning_is_cleaned_too() {
    for text in [
        "<<b>script>alert(1)<</b>/script>",
        "    <script>alert(1)</script>",
        "<scr<script></script>ipt>x",
        "<b\n> x",
        "> <b\n> class=\"x\">y</b>",
    ] {
        let clean = clean_answer(text);
        assert_eq!(Manuscript::parse(&clean).html, None, "{text} became {clean}");
    }
}

const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=\"alert(1)\"//",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<style>@import 'javascript:alert(1)';</style>",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"jav&#x0A;ascript:alert(1)\">x</a>",
    "<body onload=alert(1)>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<form action=javascript:alert(1)><input type=submit>",
    "<object data=\"data:text/html,<script>alert(1)</script>\">",
    "<p style=\"background:url(javascript:alert(1))\" onclick=alert(1)>x</p>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo '<script>alert(1)</script>' ?>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](//evil.example)",
    "[x][r]\n\n[r]: javascript:alert(1)",
    "[x](https://a.example \"\" onmouseover=\"alert(1)\")",
    "[x](https://a.example/\"onmouseover=\"alert(1))",
    "[x](https://a.example \"&quot; onmouseover=&quot;alert(1)\")",
    "![x](javascript:alert(1))",
    "![x\" onerror=\"alert(1)](https://a.example/i.png)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "`</code><script>alert(1)</script>`",
    "```\"><script>alert(1)</script>\nx\n```",
    "```html onload=alert(1)\n<script>alert(1)</script>\n```",
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
    "> <script>alert(1)\n> </script>",
    "- <iframe src=x>\n  </iframe>",
    "a <b\n> onclick=alert(1)>c",
];

/// Whether a browser would act on `html`: an element that was not allowed, or an attribute.
fn dangerous(html: &str) -> Option<String> {
    const ALLOWED: [&str; 25] = [
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "ul",
        "ol",
        "li",
        "blockquote",
        "code",
        "pre",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "em",
        "strong",
        "del",
        "a",
        "hr",
        "br",
    ];
    html.split('<').skip(1).find_map(|piece| {
        let tag = piece.split('>').next().unwrap();
        let name = tag.trim_start_matches('/').split(' ').next().unwrap();
        let attributes = tag.split_once(' ').map_or("", |(_, rest)| rest);
        let harmless = ALLOWED.contains(&name)
            && (attributes.is_empty()
                || name == "a"
                    && ["href=\"http", "href=\"mailto:"]
                        .iter()
                        .any(|start| attributes.to_lowercase().starts_with(start))
                || name == "ol" && attributes.starts_with("start="));
        let handler = attributes.split('"').step_by(2).any(|between| between.contains("on"));
        (!harmless || handler).then(|| piece.to_owned())
    })
}

#[test]
fn the_judge_of_these_tests_knows_danger() {
    for html in [
        "<img src=x>",
        "<a href=\"javascript:x\">",
        "<p onclick=\"x\">",
        "<a href=\"https://a\" onclick=\"x\">",
        "<script>",
    ] {
        assert!(dangerous(html).is_some(), "{html}");
    }
    assert_eq!(dangerous("<p><a href=\"https://a.example/on\" rel=\"nofollow\">on</a></p>"), None);
}

#[test]
fn no_attack_survives_cleaning_and_rendering() {
    for attack in ATTACKS {
        for text in [
            (*attack).to_owned(),
            format!("Text {attack} text"),
            format!("> {attack}"),
            format!("- {attack}\n  more"),
            format!("**{attack}**"),
            format!("# {attack}"),
            format!("[{attack}](https://a.example)"),
        ] {
            let clean = clean_answer(&text);
            assert_eq!(Manuscript::parse(&clean).html, None, "{text} became {clean}");
            for source in [&clean, &text] {
                let html = render(source, &LinkPolicy::default());
                assert_eq!(dangerous(&html), None, "{text} became {html}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_comes_in_the_source_is_free_of_html_and_stays_as_it_is(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "<", ">", "</", "script", "b", "<b>", "</b>", "<!--", "-->", "<script>", "</script>", " ", "\n", "\n\n",
            "    ", "> ", "- ", "`", "```", "a", "é", "\"", "=", "|", "&lt;", "\\", "[x](y)", "# ", "<a href=\"", "\t",
        ]), 0..40)
    ) {
        let clean = clean_answer(&pieces.concat());
        prop_assert_eq!(&clean_answer(&clean), &clean);
        prop_assert_eq!(Manuscript::parse(&clean).html, None, "{}", clean);
        prop_assert_eq!(dangerous(&render(&clean, &LinkPolicy::default())), None);
    }
}

#[test]
fn the_longest_answer_costs_little() {
    let long = "<b>word</b> <i ".repeat(crate::markdown::ANSWER_MAX_BYTES / 15);
    assert_eq!(Manuscript::parse(&clean_answer(&long)).html, None);
}
