//! The server the browser sees: one constant address, with a current release behind it, faults, and a request log.

mod backend;
mod directory;
mod fault;
mod gate;
mod handle;
mod host;
mod matching;
mod proxy;
mod range;
mod rewrite;
mod serve;
mod state;
mod tls;
mod upstream;

pub(crate) use backend::{Body, empty};
pub use fault::{Effect, Fault};
pub use gate::Hold;
pub use handle::{AskError, Asked, Origin};
pub use host::{BLANK, OriginHost, Scheme, Site};
pub use matching::Match;
pub use state::FaultId;
pub(crate) use tls::{fingerprint, trusting};
pub use upstream::Upstream;
