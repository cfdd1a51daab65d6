//! Which part of the canvas is seen: plain arithmetic, in the canvas's own units.

use topology::layout::{Card, Layout};

/// The smallest and the largest part that can be seen, as multiples of the whole.
const NEAREST: f64 = 0.12;
const FARTHEST: f64 = 1.6;
/// How much one step of a key or button changes.
pub const ZOOM_STEP: f64 = 1.25;
pub const PAN_STEP: f64 = 80.0;
/// Kept free around a card that is brought into sight.
const REVEAL_MARGIN: f64 = 24.0;

/// Beyond so many units of the canvas in one pixel nobody can read a card.
const MOST_UNITS_PER_PIXEL: f64 = 1.5;

/// A rectangle of the canvas; the browser fits it into the place there is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Viewport {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Viewport {
    /// All of `layout`.
    pub fn whole(layout: &Layout) -> Self {
        Self {
            x: 0.0,
            y: 0.0,
            width: f64::from(layout.width.max(1)),
            height: f64::from(layout.height.max(1)),
        }
    }

    /// All of `layout` where its cards can be read in a place of `width` × `height` pixels; or else as much around
    /// `card` as can.
    pub fn around(card: &Card, layout: &Layout, (width, height): (f64, f64)) -> Self {
        let whole = Self::whole(layout);
        if whole.units_per_pixel(width, height) <= MOST_UNITS_PER_PIXEL {
            return whole;
        }
        let (width, height) = (width * MOST_UNITS_PER_PIXEL, height * MOST_UNITS_PER_PIXEL);
        let start = |at: i32, size: i32, seen: f64, all: f64| {
            let middle = f64::from(at) + f64::from(size) / 2.0;
            let most = all - seen;
            if most > 0.0 { (middle - seen / 2.0).clamp(0.0, most) } else { most / 2.0 }
        };
        Self {
            x: start(card.x, card.width, width, whole.width),
            y: start(card.y, card.height, height, whole.height),
            width,
            height,
        }
    }

    pub fn pan(self, right: f64, down: f64) -> Self {
        Self { x: self.x + right, y: self.y + down, ..self }
    }

    /// Nearer by `factor` (or farther, below 1), while the point `(x, y)` of the canvas stays where it is.
    pub fn zoom(self, factor: f64, (x, y): (f64, f64), whole: Self) -> Self {
        let width = (self.width / factor).clamp(whole.width * NEAREST, whole.width * FARTHEST);
        let scale = width / self.width;
        Self { x: x - (x - self.x) * scale, y: y - (y - self.y) * scale, width, height: self.height * scale }
    }

    pub fn middle(self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// Units of the canvas in one pixel of a place of `width` × `height` pixels.
    pub fn units_per_pixel(self, width: f64, height: f64) -> f64 {
        (self.width / width.max(1.0)).max(self.height / height.max(1.0))
    }

    /// The point of the canvas under the pixel `(x, y)` of a place of `width` × `height` pixels.
    pub fn under(self, (x, y): (f64, f64), (width, height): (f64, f64)) -> (f64, f64) {
        let units = self.units_per_pixel(width, height);
        let (middle_x, middle_y) = self.middle();
        (middle_x + (x - width / 2.0) * units, middle_y + (y - height / 2.0) * units)
    }

    /// The least pan that brings `card` into sight.
    pub fn reveal(self, card: &Card) -> Self {
        let shift = |from: f64, length: f64, at: f64, size: f64| {
            let (low, high) = (at - REVEAL_MARGIN, at + size + REVEAL_MARGIN);
            if low < from {
                low - from
            } else if high > from + length {
                high - (from + length)
            } else {
                0.0
            }
        };
        self.pan(
            shift(self.x, self.width, f64::from(card.x), f64::from(card.width)),
            shift(self.y, self.height, f64::from(card.y), f64::from(card.height)),
        )
    }

    /// As the attribute `viewBox` says it.
    pub fn attribute(self) -> String {
        format!("{:.1} {:.1} {:.1} {:.1}", self.x, self.y, self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use topology::node::{NodeId, NodeKind};

    use super::*;

    const WHOLE: Viewport = Viewport { x: 0.0, y: 0.0, width: 1000.0, height: 500.0 };

    #[test]
    fn zooming_keeps_the_point_under_the_pointer_where_it_is() {
        let place = (500.0, 250.0);
        let pointer = (100.0, 50.0);
        let point = WHOLE.under(pointer, place);
        let nearer = WHOLE.zoom(2.0, point, WHOLE);
        let after = nearer.under(pointer, place);
        assert!((after.0 - point.0).abs() < 1e-6 && (after.1 - point.1).abs() < 1e-6);
        assert!((nearer.width - 500.0).abs() < 1e-6);
    }

    #[test]
    fn zooming_ends_somewhere_in_both_directions() {
        assert!(WHOLE.zoom(1e9, (0.0, 0.0), WHOLE).width >= WHOLE.width * NEAREST);
        assert!(WHOLE.zoom(1e-9, (0.0, 0.0), WHOLE).width <= WHOLE.width * FARTHEST);
    }

    #[test]
    fn a_place_of_another_shape_still_finds_the_point_under_the_pointer() {
        // Twice as high as needed: the canvas stands in the middle.
        assert_eq!(WHOLE.under((500.0, 500.0), (1000.0, 1000.0)), (500.0, 250.0));
        assert_eq!(WHOLE.under((0.0, 250.0), (1000.0, 1000.0)), (0.0, 0.0));
    }

    #[test]
    fn a_chosen_card_is_readable_and_stands_in_the_middle_where_the_canvas_goes_on() {
        let card = |x| Card { id: NodeId::only(NodeKind::Vpc), x, y: 100, width: 192, height: 56 };
        let layout = Layout { width: 1000, height: 500, groups: vec![], cards: vec![], routes: vec![] };
        assert_eq!(Viewport::around(&card(100), &layout, (1000.0, 500.0)), WHOLE);
        let part = |x| Viewport::around(&card(x), &layout, (400.0, 400.0));
        assert_eq!(part(400), Viewport { x: 196.0, y: -50.0, width: 600.0, height: 600.0 });
        assert_eq!((part(0).x, part(808).x), (0.0, 400.0));
    }

    #[test]
    fn a_card_out_of_sight_is_brought_in_and_one_in_sight_moves_nothing() {
        let card = |x| Card { id: NodeId::only(NodeKind::Vpc), x, y: 100, width: 192, height: 56 };
        let near = Viewport { width: 400.0, height: 300.0, ..WHOLE };
        assert_eq!(near.reveal(&card(100)), near);
        assert_eq!(near.reveal(&card(500)).x, 316.0);
    }
}
