//! The seed stack: what a new data directory holds as a draft in the sandbox, so that the first click can be
//! Deploy.

/// The stack file of the seed stack.
pub fn seed() -> &'static str {
    include_str!("seed.toml")
}
