//! Where each node stands on the canvas: whole pixels on a 4-pixel grid, the same for the same topology.
//!
//! Columns from left to right follow a request: names, load balancer, listeners and rules, target groups, services,
//! images. What services share stands on top; below, each service has a band of rows of its own with the request's
//! way in its first row, so that the eye follows one service straight through. What a service has besides stands
//! below it.

mod lines;
mod places;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::lines::LANE;
use self::places::{COLUMNS, Places, Row, SHARED_ROWS};
use crate::graph::{EdgeKind, Topology};
use crate::node::NodeId;

pub const CARD_WIDTH: i32 = 192;
pub const CARD_HEIGHT: i32 = 56;
/// Everything stands on multiples of this.
const GRID: i32 = 4;
const COLUMN_GAP: i32 = 32;
const ROW_GAP: i32 = 12;
/// Between the services' bands, on top of the gap between rows.
const BAND_GAP: i32 = 16;
/// Between the boxes of two groups.
const GROUP_GAP: i32 = 16;
/// Around the cards of a group; its title stands in the upper part.
const GROUP_PAD: i32 = 12;
const GROUP_TITLE: i32 = 28;
const MARGIN: i32 = 16;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    pub width: i32,
    pub height: i32,
    pub groups: Vec<GroupBox>,
    pub cards: Vec<Card>,
    pub routes: Vec<Route>,
}

/// One of the boxes behind the cards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupBox {
    pub group: Group,
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    Dns,
    Certificate,
    Edge,
    Services,
    Images,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    pub id: NodeId,
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

/// The line of an edge, as corners of a path that runs level and upright only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    pub from: NodeId,
    pub to: NodeId,
    pub kind: EdgeKind,
    pub points: Vec<(i32, i32)>,
}

impl Group {
    pub fn title(self) -> &'static str {
        match self {
            Group::Dns => "DNS",
            Group::Certificate => "Certificate",
            Group::Edge => "Edge",
            Group::Services => "Services",
            Group::Images => "Images",
        }
    }
}

/// The layout of `topology`.
pub fn of(topology: &Topology) -> Layout {
    let places = places::of(topology);
    let tops = places.iter().map(|(id, place)| (id.clone(), top(place.row))).collect();
    let wires = lines::lay(topology, &places, &tops);
    let (columns, gaps) = columns(&wires.lanes);
    let cards: Vec<Card> = places
        .iter()
        .map(|(id, place)| Card {
            id: id.clone(),
            x: columns[place.column],
            y: top(place.row),
            width: CARD_WIDTH,
            height: CARD_HEIGHT,
        })
        .collect();
    let groups = boxes(&places, &cards);
    let right = groups.iter().map(|group| group.x + group.width).max().unwrap_or(0);
    let bottom = groups.iter().map(|group| group.y + group.height).max().unwrap_or(0);
    let routes = wires.routes(&columns, &gaps);
    Layout { width: right + MARGIN, height: bottom + MARGIN, groups, cards, routes }
}

/// The left edge of each column's cards, and of the first lane in the gap before it. Gaps are as wide as their
/// lanes need.
fn columns(lanes: &[usize; COLUMNS]) -> ([i32; COLUMNS], [i32; COLUMNS]) {
    let (mut columns, mut gaps) = ([0; COLUMNS], [0; COLUMNS]);
    let mut x = MARGIN - CARD_WIDTH;
    for column in 0..COLUMNS {
        let lanes = LANE * i32::try_from(lanes[column]).unwrap_or_default();
        let least = match column {
            0 => GROUP_PAD,
            // Two groups' pads, and the room between their boxes.
            1 | 3 | 5 => GROUP_PAD * 2 + GROUP_GAP,
            _ => COLUMN_GAP,
        };
        let gap = least.max(lanes + LANE);
        // In the middle of the gap, on the grid.
        gaps[column] = x + CARD_WIDTH + ((gap - lanes + LANE) / 2) / GRID * GRID;
        x += CARD_WIDTH + gap;
        columns[column] = x;
    }
    (columns, gaps)
}

fn top(row: Row) -> i32 {
    let first = MARGIN + GROUP_TITLE + GROUP_PAD;
    let pixels = |count: usize, each: i32| i32::try_from(count).unwrap_or(i32::MAX / 1000) * each;
    match row {
        Row::Shared(row) => first + pixels(row, CARD_HEIGHT + ROW_GAP),
        // The edge's box starts below the certificate's, so all bands stand lower.
        Row::Band(band, row) => {
            let bands = first + pixels(SHARED_ROWS, CARD_HEIGHT + ROW_GAP) + GROUP_PAD * 2 + GROUP_TITLE;
            bands + pixels(row, CARD_HEIGHT + ROW_GAP) + pixels(band, BAND_GAP)
        }
    }
}

fn boxes(places: &Places, cards: &[Card]) -> Vec<GroupBox> {
    let mut boxes: BTreeMap<Group, (i32, i32, i32, i32)> = BTreeMap::new();
    for (card, place) in cards.iter().zip(places.values()) {
        let (left, top) = (card.x - GROUP_PAD, card.y - GROUP_PAD - GROUP_TITLE);
        let (right, bottom) = (card.x + card.width + GROUP_PAD, card.y + card.height + GROUP_PAD);
        let around = boxes.entry(place.group).or_insert((left, top, right, bottom));
        *around = (around.0.min(left), around.1.min(top), around.2.max(right), around.3.max(bottom));
    }
    boxes
        .into_iter()
        .map(|(group, (x, y, right, bottom))| GroupBox { group, x, y, width: right - x, height: bottom - y })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{Level, file, seed::seed};

    fn seed_layout(level: Level) -> Layout {
        let stack = file::read(seed()).expect("the seed is right");
        of(&Topology::of(&stack, seed(), level))
    }

    #[test]
    fn every_node_has_one_card_and_no_two_cards_touch() {
        for level in Level::ALL {
            let layout = seed_layout(level);
            for (index, one) in layout.cards.iter().enumerate() {
                for other in &layout.cards[index + 1..] {
                    let apart = one.x + one.width <= other.x
                        || other.x + other.width <= one.x
                        || one.y + one.height <= other.y
                        || other.y + other.height <= one.y;
                    assert!(apart, "{} and {} at {level}", one.id, other.id);
                }
            }
        }
    }

    #[test]
    fn boxes_of_groups_do_not_overlap_and_hold_their_cards() {
        let layout = seed_layout(Level::Awake);
        for (index, one) in layout.groups.iter().enumerate() {
            for other in &layout.groups[index + 1..] {
                let apart = one.x + one.width <= other.x
                    || other.x + other.width <= one.x
                    || one.y + one.height <= other.y
                    || other.y + other.height <= one.y;
                assert!(apart, "{one:?} {other:?}");
            }
        }
        assert!(layout.cards.iter().all(|card| card.x % 4 == 0 && card.y % 4 == 0));
    }

    #[test]
    fn the_default_target_group_alone_is_drawn_from_the_listener() {
        let layout = seed_layout(Level::Awake);
        let from_listener: Vec<String> = layout
            .routes
            .iter()
            .filter(|route| route.from.to_string() == "listener/https" && route.kind == EdgeKind::RoutesTo)
            .map(|route| route.to.to_string())
            .collect();
        assert_eq!(from_listener, ["target-group/frontend"]);
    }

    #[test]
    fn a_request_goes_straight_through_its_band() {
        let layout = seed_layout(Level::Awake);
        let way = [
            "load-balancer",
            "listener/https",
            "target-group/frontend",
            "service/frontend",
            "image/frontend",
        ];
        let top = |id: &str| layout.cards.iter().find(|card| card.id.to_string() == id).map(|card| card.y);
        assert!(way.iter().all(|id| top(id).is_some() && top(id) == top("alias/frontend")));
        for way in [["alias/backend", "rule/backend"], ["target-group/backend", "service/backend"]] {
            assert_eq!(top(way[0]), top(way[1]));
        }
    }

    #[test]
    fn lines_run_level_and_upright_and_through_no_card() {
        for layout in [seed_layout(Level::Awake), seed_layout(Level::Sleep), large()] {
            for Route { from, to, points, .. } in &layout.routes {
                for ends in points.windows(2) {
                    let [(x, y), (end_x, end_y)] = [ends[0], ends[1]];
                    assert!(x == end_x || y == end_y, "{from} {to}");
                    assert!(x % 4 == 0 && y % 4 == 0, "{from} {to} {points:?}");
                    let hit = layout.cards.iter().find(|card| {
                        x.max(end_x) > card.x
                            && x.min(end_x) < card.x + card.width
                            && y.max(end_y) > card.y
                            && y.min(end_y) < card.y + card.height
                    });
                    assert!(
                        hit.is_none(),
                        "{from} to {to} runs through {}",
                        hit.map_or(String::new(), |card| card.id.to_string())
                    );
                }
            }
        }
    }

    /// Fifty services with everything that a stack can have.
    fn large() -> Layout {
        let mut text = String::from(
            "name = 'shop'\nregion = 'us-east-1'\ndomain = 'example.org'\nnetwork.mode = 'dedicated'\nuptime.schedule \
             = { timezone = 'UTC', awake = 'Mon 09:00-18:00' }\nimages.base = ['one', 'two', 'three']\n",
        );
        for number in 0..50 {
            text.push_str(&format!(
                "[services.s{number}]\nhost = 'h{number}'\nimage = 'i{number}'\nport = 80\n"
            ));
        }
        of(&Topology::of(&file::read(&text).expect("it is right"), "", Level::Awake))
    }

    #[test]
    fn fifty_services_stand_as_tidily_as_two() {
        let (small, large) = (seed_layout(Level::Awake), large());
        assert!(large.cards.len() > 400);
        assert!(large.width < small.width + 60, "{} and {}", large.width, small.width);
        let places: std::collections::BTreeSet<(i32, i32)> =
            large.cards.iter().map(|card| (card.x, card.y)).collect();
        assert_eq!(places.len(), large.cards.len());
    }
}
