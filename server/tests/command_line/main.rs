//! The binary, as scripts and people use it.

mod files;
mod harness;
mod sandbox;
mod usage;
