//! The server the browser sees: one constant address, with a current release behind it, faults, and a request log.

mod backend;
mod directory;
mod fault;
mod gate;
mod handle;
mod host;
mod matching;
mod range;
mod registry;
mod serve;
mod state;

pub use fault::{Effect, Fault};
pub use gate::Hold;
pub use handle::{AskError, Asked, Origin};
pub use host::OriginHost;
pub use matching::Match;
pub use registry::Site;
pub use state::FaultId;
