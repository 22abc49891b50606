//! The pages that a page links to.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::stage::Broken;
use crate::browser::Tab;

const LINKS: &str = include_str!("links.js");

/// A linked page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Link {
    /// Its path.
    pub path: String,
    /// Selector of the link that leads there.
    pub selector: String,
}

/// The pages that the one in `tab` links to.
pub(crate) async fn links(tab: &Tab) -> Result<Vec<Link>, Broken> {
    evaluate(tab, &format!("({LINKS})()")).await
}

async fn evaluate<T: DeserializeOwned + Default>(tab: &Tab, expression: &str) -> Result<T, Broken> {
    Ok(read(tab.evaluate(expression).await?.as_ref()))
}

pub(crate) fn read<T: DeserializeOwned + Default>(answer: Option<&Value>) -> T {
    let text = answer.and_then(Value::as_str);
    text.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}
