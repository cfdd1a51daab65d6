//! The journal's and history's database: one SQLite file in the data directory.
//!
//! What it knows is kept apart by account, region and endpoint: a [`Realm`]. AWS is the state; losing this file
//! loses history, drafts and sign-ins, and no infrastructure. It makes no decision about any of it.
//!
//! | module | noun |
//! | --- | --- |
//! | [`open`] | the store: opening, and what may be wrong with a file |
//! | [`realm`] | which AWS a journal is about |
//! | [`journal`] | the engine's journal |
//! | [`sessions`] | one-time links and sessions, as hashes |
//! | `owner` | which process runs an operation, and whether it still lives |
//! | `thread` | the one thread that speaks with SQLite, and shares its commits |
//! | `schema` | tables, and how older ones become these |

pub mod journal;
pub mod open;
pub mod realm;
pub mod sessions;

mod owner;
mod schema;
mod thread;

pub use journal::StoredJournal;
pub use open::{FILE_NAME, Store, StoreError};
pub use realm::Realm;
pub use sessions::{LINK_LIFE, SESSION_LIFE, Sessions};
