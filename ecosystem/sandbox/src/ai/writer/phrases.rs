use std::{collections::BTreeMap, sync::LazyLock};

/// Lists of phrases by their name.
pub(super) type Bank = BTreeMap<&'static str, Vec<&'static str>>;

/// What every article draws from: sentence patterns, people, times.
pub(super) static GENERAL: LazyLock<Bank> = LazyLock::new(|| read(include_str!("banks.txt")));

/// What a section draws from, one bank a theme: headings, things to do, reasons.
pub(super) static THEMES: LazyLock<Vec<Bank>> = LazyLock::new(|| {
    [
        include_str!("themes/start.txt"),
        include_str!("themes/plan.txt"),
        include_str!("themes/people.txt"),
        include_str!("themes/routine.txt"),
        include_str!("themes/cost.txt"),
        include_str!("themes/quality.txt"),
        include_str!("themes/mistakes.txt"),
        include_str!("themes/measure.txt"),
        include_str!("themes/tools.txt"),
        include_str!("themes/listen.txt"),
        include_str!("themes/patience.txt"),
        include_str!("themes/choose.txt"),
    ]
    .into_iter()
    .map(read)
    .collect()
});

/// One list a line: its name, a colon, the phrases with bars between them.
fn read(text: &'static str) -> Bank {
    let lines = text.lines().filter_map(|line| line.split_once(": "));
    lines.map(|(name, phrases)| (name, phrases.split('|').map(str::trim).collect())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_has_every_list_and_no_phrase_twice() {
        for theme in THEMES.iter() {
            assert_eq!(
                theme.keys().copied().collect::<Vec<_>>(),
                ["do", "effect", "heading", "thing", "why"]
            );
            for (name, phrases) in theme {
                let mut seen = phrases.clone();
                seen.sort_unstable();
                seen.dedup();
                assert_eq!(seen.len(), phrases.len(), "{name}: {phrases:?}");
                assert!(phrases.len() >= 7 && phrases.iter().all(|phrase| !phrase.is_empty()), "{name}");
            }
        }
    }
}
