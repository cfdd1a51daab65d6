//! moto, an AWS that nobody here wrote: what the command line makes there, boto3 sees as the stack file says.

mod agreement;
mod collisions;
mod emulator;
mod life;
mod shapes;
mod terraform;
