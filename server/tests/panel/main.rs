//! The panel over HTTP: who may come in, what every answer carries, live events.

mod events;
mod harness;
mod headers;
mod origin;
mod sign_in;
