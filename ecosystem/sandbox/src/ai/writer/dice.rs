/// Chance from a seed: the same seed throws the same numbers (`SplitMix64`).
#[derive(Clone, Debug)]
pub(super) struct Dice {
    state: u64,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    pub(super) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `sides`; 0 when there are none.
    pub(super) fn below(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % sides).unwrap_or(0)
    }

    fn shuffle<T>(&mut self, cards: &mut [T]) {
        for last in (1..cards.len()).rev() {
            cards.swap(last, self.below(last + 1));
        }
    }

    /// The numbers below `count` in a chance order.
    pub(super) fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        self.shuffle(&mut order);
        order
    }
}

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
