//! The groups in which tables show the scenarios.

/// What several scenarios have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// B replaces A, and nothing else goes wrong.
    Deploys,
    /// A tab of A stays open while B is deployed.
    Tabs,
    /// The server, the CDN or the network fails during the deploy.
    Outages,
    /// A and B, or parts of them, are served at the same time.
    Rollouts,
    /// What the browser keeps, with and without a network.
    Offline,
    /// The worker is taken away, or a visitor's data has to be.
    Endings,
}

/// Every group, in the order of the table.
pub static GROUPS: &[Group] =
    &[Group::Deploys, Group::Tabs, Group::Outages, Group::Rollouts, Group::Offline, Group::Endings];

impl Group {
    /// Its heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Deploys => "ordinary deploys",
            Self::Tabs => "open tabs",
            Self::Outages => "outages",
            Self::Rollouts => "rollouts",
            Self::Offline => "offline and storage",
            Self::Endings => "endings and privacy",
        }
    }
}
