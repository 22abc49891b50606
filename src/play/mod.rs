//! Playing stories: a browser and a listener for all of them, side by side, and the results as they come in.

mod played;
mod player;
pub mod pool;
pub mod results;

pub use played::Played;
pub use player::Player;
pub(crate) use player::{ELSEWHERE, whole};
