//! The binary, as scripts and people use it.

mod collisions;
mod files;
mod harness;
mod kills;
mod sandbox;
mod troubles;
mod usage;
