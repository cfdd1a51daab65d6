//! Pages: each fetches what it shows, and hands it to components.

mod not_found;
mod sign_in;
mod stack;
mod stacks;

pub use not_found::NotFound;
pub use sign_in::SignInPage;
pub use stack::StackPage;
pub use stacks::StacksPage;
