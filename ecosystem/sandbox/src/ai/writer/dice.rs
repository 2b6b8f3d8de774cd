pub(super) use crate::dice::Dice;

/// Phrases that are drawn one after the other; none comes twice before all have come.
#[derive(Clone, Debug)]
pub(super) struct Deck {
    cards: Vec<&'static str>,
    drawn: usize,
}

impl Deck {
    pub(super) fn new(cards: Vec<&'static str>) -> Self {
        Self { drawn: cards.len(), cards }
    }

    pub(super) fn draw(&mut self, dice: &mut Dice) -> &'static str {
        if self.drawn >= self.cards.len() {
            dice.shuffle(&mut self.cards);
            self.drawn = 0;
        }
        self.drawn += 1;
        self.cards.get(self.drawn - 1).copied().unwrap_or_default()
    }
}
