//! The trace: everything observed while a scenario is played, in one order.
//!
//! Origin, browser and scenario write into the same [`Log`], so "before" and "after" mean the same thing to every
//! check. A trace is saved as JSON lines: a [`Header`], then one [`Event`] a line, the last of them [`What::End`].

mod bounds;
mod describe;
mod event;
mod log;
mod picture;
pub mod redact;
mod saved;

pub use event::{
    Action, Answer, CacheEntry, Claims, Due, Event, FORMAT, Gravity, Header, Initiator, PageState, Party, RangeAnswer,
    RegistrationState, ReleaseMark, Response, Snapshot, Source, Store, TabId, Trace, What, WorkerState,
};
pub use log::{Expiry, Log, Mark};
pub use picture::Picture;
pub use saved::ReadError;
