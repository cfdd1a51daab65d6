//! Where each node stands on the canvas: whole pixels on a 4-pixel grid, the same for the same topology.
//!
//! Columns from left to right follow a request: names, certificate, edge, services, images. What services share
//! stands on top; below, each service has a band of rows of its own, so that the eye follows one service
//! straight through.

mod lines;
mod places;

use serde::{Deserialize, Serialize};

use crate::graph::{EdgeKind, Topology};
use crate::node::NodeId;

pub const CARD_WIDTH: i32 = 192;
pub const CARD_HEIGHT: i32 = 56;
const COLUMN_GAP: i32 = 48;
const ROW_GAP: i32 = 16;
/// Between two columns of different groups, so that their boxes stay apart.
const GROUP_GAP: i32 = 24;
/// Around the cards of a group; its title stands in the upper part.
const GROUP_PAD: i32 = 16;
const GROUP_TITLE: i32 = 28;
const MARGIN: i32 = 24;

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
    let cards: Vec<Card> = places.iter().map(|(id, place)| card(id, *place)).collect();
    let groups = boxes(&places);
    let routes = lines::of(topology, &places, &cards);
    let right = groups.iter().map(|group| group.x + group.width).max().unwrap_or(0);
    let bottom = groups.iter().map(|group| group.y + group.height).max().unwrap_or(0);
    Layout { width: right + MARGIN, height: bottom + MARGIN, groups, cards, routes }
}

fn card(id: &NodeId, place: places::Place) -> Card {
    Card { id: id.clone(), x: x(place.column), y: y(place), width: CARD_WIDTH, height: CARD_HEIGHT }
}

fn x(column: usize) -> i32 {
    let groups_before = [0, 1, 1, 2, 2, 2, 3][column.min(6)];
    let column = i32::try_from(column).unwrap_or(i32::MAX / 1000);
    MARGIN + GROUP_PAD + column * (CARD_WIDTH + COLUMN_GAP) + groups_before * GROUP_GAP
}

fn y(place: places::Place) -> i32 {
    let row = i32::try_from(place.row).unwrap_or(i32::MAX / 1000);
    // The edge's box starts below the certificate's, so its rows stand lower, and all bands with them.
    let lower = if place.is_shared { 0 } else { GROUP_PAD * 2 + GROUP_TITLE };
    MARGIN + GROUP_TITLE + GROUP_PAD + row * (CARD_HEIGHT + ROW_GAP) + lower
}

fn boxes(places: &places::Places) -> Vec<GroupBox> {
    let mut boxes: Vec<GroupBox> = Vec::new();
    for (id, place) in places {
        let Card { x, y, width, height, .. } = card(id, *place);
        let (left, top) = (x - GROUP_PAD, y - GROUP_PAD - GROUP_TITLE);
        let (right, bottom) = (x + width + GROUP_PAD, y + height + GROUP_PAD);
        match boxes.iter_mut().find(|group| group.group == place.group) {
            Some(group) => {
                let (far_right, far_bottom) =
                    (right.max(group.x + group.width), bottom.max(group.y + group.height));
                group.x = group.x.min(left);
                group.y = group.y.min(top);
                group.width = far_right - group.x;
                group.height = far_bottom - group.y;
            }
            None => boxes.push(GroupBox {
                group: place.group,
                x: left,
                y: top,
                width: right - left,
                height: bottom - top,
            }),
        }
    }
    boxes.sort_by_key(|group| group.group);
    boxes
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
}
