//! What somebody made before under names that the stack needs.

use topology::stack::seed::seed;

use crate::agreement::{Place, Zone};

/// The most AWS calls of a plan that finds nothing to do, also with parts that were taken over.
const PLAN: u64 = 20;

#[test]
fn what_was_made_by_hand_is_offered_taken_over_and_torn_down_with_the_stack() {
    let place = Place::new(seed());
    place.make_by_hand("theirs.py");
    let plan = place.plans_with_errors();
    let notes = plan["notes"].as_array().expect("a list");
    let offers: Vec<&str> = notes.iter().filter_map(|note| note["offer"].as_str()).collect();
    assert_eq!(offers.len(), 6, "{plan}");
    for part in offers {
        place.take_over(part);
    }
    place.deploy();
    place.is_there("awake");
    place.plans_nothing(PLAN);
    place.tear_down("cruddur", Zone::Deleted);
}
