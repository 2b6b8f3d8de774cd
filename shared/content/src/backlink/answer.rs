//! Reading the AI's answer: a number, then a paragraph.

use super::InsertionError;
use crate::markdown::unwrapped;

/// The number on the first line and the text below it.
///
/// Models decorate: a fence around the whole or around the text, `Paragraph 3:` or `**3.**` instead
/// of `3`, the text on the same line. All of this is understood; whether the text fits that
/// paragraph is verified afterwards in any case.
pub(super) fn parse(answer: &str) -> Result<(usize, String), InsertionError> {
    let answer = unwrapped(answer);
    let (first, below) = answer.split_once('\n').unwrap_or((&answer, ""));
    let (number, beside) = numbered(first).ok_or(InsertionError::NoNumber)?;
    let below = unwrapped(below);
    let text = match (beside.is_empty(), below.is_empty()) {
        (true, _) => below,
        (false, true) => beside.to_owned(),
        (false, false) => format!("{beside}\n{below}"),
    };
    Ok((number, text))
}

fn numbered(line: &str) -> Option<(usize, &str)> {
    let decoration = |c: char| !c.is_alphanumeric();
    let mut rest = line.trim_start_matches(decoration);
    for label in ["paragraph", "number", "absatz", "no"] {
        let labelled = rest.get(..label.len()).is_some_and(|start| start.eq_ignore_ascii_case(label));
        if labelled {
            rest = rest[label.len()..].trim_start_matches(decoration);
            break;
        }
    }
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number = rest[..digits].parse().ok()?;
    let rest = &rest[digits..];
    let beside = rest
        .trim_start_matches(|c: char| matches!(c, '.' | ':' | ')' | ']' | '*' | '-') || c.is_whitespace());
    // `3 apples` is a sentence, `3: Apples` a number and a sentence.
    let parted = beside.is_empty() || rest.starts_with(['.', ':', ')', ']', '*']);
    parted.then_some((number, beside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decorated_answers_are_understood() {
        for answer in [
            "3\nThe text.",
            "3\n\nThe text.\n",
            "Paragraph 3:\nThe text.  ",
            "**Paragraph 3**\n\nThe text.",
            "3.\nThe text.",
            "#3\nThe text.",
            "[3]\r\nThe text.\r\n",
            "```\n3\nThe text.\n```",
            "```markdown\n3\nThe text.\n```",
            "3\n```\nThe text.\n```",
            "3\n```markdown\nThe text.\n```",
            "3: The text.",
            "PARAGRAPH 3. The text.",
        ] {
            assert_eq!(parse(answer), Ok((3, "The text.".to_owned())), "{answer}");
        }
        assert_eq!(parse("12\nOne\ntwo"), Ok((12, "One\ntwo".to_owned())));
    }

    #[test]
    fn an_answer_without_a_number_is_none() {
        for answer in [
            "",
            "The text.",
            "Paragraph three\nThe text.",
            "3 apples a day",
            "99999999999999999999999\nx",
            "# Title\n\n3\nText",
        ] {
            assert_eq!(parse(answer), Err(InsertionError::NoNumber), "{answer}");
        }
    }
}
