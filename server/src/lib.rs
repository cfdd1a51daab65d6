//! The binary's wiring: the panel over HTTP, and the command line. Knows everyone and decides nothing.
//!
//! | module | noun |
//! | --- | --- |
//! | [`cli`] | the command line, one file a command |
//! | [`panel`] | the long-lived parts of a running panel |
//! | [`web`] | the panel over HTTP: who may come in, live events, headers |
//! | [`policy`] | the IAM policies that Slipway needs |
//! | `assets` | the browser's files under `/pkg/` |
//! | `logs` | what is logged, and where to |

pub mod cli;
pub mod panel;
pub mod policy;
pub mod web;

mod assets;
mod logs;
