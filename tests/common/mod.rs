//! What several test binaries need.

pub mod authority;
pub mod front;
pub mod program;
pub mod site;
