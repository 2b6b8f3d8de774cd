/// The text that a reader sees: addresses of links are gone, their words are there.
fn visible(markdown: &str, with_link_text: bool) -> String {
    let mut seen = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some((before, link)) = rest.split_once('[') {
        seen.push_str(before);
        match link.split_once("](").and_then(|(text, tail)| Some((text, tail.split_once(')')?.1))) {
            Some((text, tail)) if !text.contains('[') => {
                seen.push_str(if with_link_text { text } else { " " });
                rest = tail;
            }
            _ => rest = link,
        }
    }
    seen.push_str(rest);
    seen
}

/// How many words a reader counts.
pub(super) fn words(markdown: &str) -> usize {
    visible(markdown, true).split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count()
}

/// How often a phrase stands in the text in any case, as whole words, links not counted.
pub(super) fn occurrences(markdown: &str, phrase: &str) -> usize {
    let normal = |text: &str| {
        let words: Vec<String> = text
            .split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        format!(" {} ", words.join("  "))
    };
    let phrase = normal(phrase);
    if phrase.trim().is_empty() {
        return 0;
    }
    normal(&visible(markdown, false)).matches(phrase.as_str()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_phrases_are_counted_as_a_reader_would() {
        let text =
            "# Green tea\n\nBuy *green* tea: [green tea shop](https://a.example/green tea) - and Green Teas.";
        assert_eq!(words(text), 11);
        assert_eq!(occurrences(text, "green tea"), 2, "not in the link, not as a part of a word");
        assert_eq!(occurrences(text, ""), 0);
        assert_eq!(words("an array[0] here"), 3);
    }
}
