//! What a stack asks for, what AWS has, and what to do about the difference, as plain values.
//!
//! Everything here is pure: no clock, no random numbers, no files, no network, no AWS types. Times and ids
//! come in as arguments. The same code runs in the server and, as WebAssembly, in the browser.
//!
//! | module | noun |
//! | --- | --- |
//! | [`stack`] | the stack: the values of a stack file, its text, its checks |
//! | [`node`] | one part on AWS: its kind, its id, what is wanted of it |
//! | [`graph`] | the topology: nodes and edges that a stack asks for at a level |
//! | [`names`] | the names of parts on AWS, computed from the stack |
//! | [`observation`] | what AWS says now about each node |
//! | [`plan`] | what to do, in which order, and why |
//! | [`preflight`] | what is asked before a plan can run: quotas, permissions |
//! | [`field`] | in what a part may differ, and the words for it |
//! | [`drift`] | what was changed behind Slipway's back |
//! | [`operation`] | one run of a plan: events, and the states they lead to |
//! | [`cost`] | USD per hour and month, a node and a level |
//! | [`state`] | how a node is shown: one state, with its word and tone |
//! | [`can`] | what may be started when |
//! | [`estimate`] | how long things usually take, and what is left |
//! | [`words`] | what happened, as sentences |
//! | [`receipt`] | what a tear down leaves |
//! | [`export`] | a stack as Terraform would have it |
//! | [`layout`] | where each node stands on the canvas |
//! | [`view`] | what the panel and the command line show of stacks |

pub mod can;
pub mod cost;
pub mod drift;
pub mod estimate;
pub mod export;
pub mod field;
pub mod graph;
pub mod layout;
pub mod names;
pub mod node;
pub mod observation;
pub mod operation;
pub mod plan;
pub mod preflight;
pub mod receipt;
pub mod stack;
pub mod state;
pub mod view;
pub mod words;

#[cfg(test)]
mod samples;
