//! From card to card with the arrow keys.

use topology::layout::Card;
use topology::node::NodeId;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Left,
    Right,
    Up,
    Down,
}

impl Direction {
    pub fn of_key(key: &str) -> Option<Self> {
        match key {
            "ArrowLeft" => Some(Self::Left),
            "ArrowRight" => Some(Self::Right),
            "ArrowUp" => Some(Self::Up),
            "ArrowDown" => Some(Self::Down),
            _ => None,
        }
    }

    /// One step: right and down.
    pub fn step(self) -> (f64, f64) {
        match self {
            Self::Left => (-1.0, 0.0),
            Self::Right => (1.0, 0.0),
            Self::Up => (0.0, -1.0),
            Self::Down => (0.0, 1.0),
        }
    }
}

/// The card that the eye takes for next in that direction: near, and rather straight ahead than aside.
pub fn next<'a>(cards: &'a [Card], from: &NodeId, direction: Direction) -> Option<&'a Card> {
    let from = cards.iter().find(|card| &card.id == from)?;
    let distance = |card: &&Card| {
        let (right, down) = (card.x - from.x, card.y - from.y);
        let (ahead, aside) = match direction {
            Direction::Left => (-right, down),
            Direction::Right => (right, down),
            Direction::Up => (-down, right),
            Direction::Down => (down, right),
        };
        (ahead > 0).then_some(ahead + 3 * aside.abs())
    };
    cards.iter().filter(|card| distance(card).is_some()).min_by_key(distance)
}

#[cfg(test)]
mod tests {
    use topology::node::NodeKind;

    use super::*;

    #[test]
    fn the_next_card_is_straight_ahead_and_there_is_none_beyond_the_edge() {
        let card = |part: &str, x, y| Card {
            id: NodeId::part(NodeKind::Service, part),
            x,
            y,
            width: 192,
            height: 56,
        };
        let cards = [card("a", 0, 0), card("b", 240, 0), card("c", 240, 72), card("d", 480, 72)];
        let next = |from: usize, direction| {
            next(&cards, &cards[from].id, direction).map(|card| card.id.part.as_str())
        };
        assert_eq!(next(0, Direction::Right), Some("b"));
        assert_eq!(next(1, Direction::Down), Some("c"));
        assert_eq!(next(2, Direction::Right), Some("d"));
        assert_eq!(next(0, Direction::Left), None);
    }
}
