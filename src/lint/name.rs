//! What the name of a file, or of an option, says.

use std::path::Path;

pub(super) fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

pub(super) fn is_document(path: &Path) -> bool {
    matches!(name(path), "package.json" | "vercel.json")
}

/// Files that are read as text.
pub(super) fn is_text(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(name(path), "_headers" | "netlify.toml" | "nginx.conf" | "Dockerfile")
        || matches!(extension, Some("conf" | "nginx" | "yml" | "yaml" | "sh" | "toml"))
        || is_environment(path)
}

pub(super) fn is_environment(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    name(path).starts_with(".env")
        || name(path) == "Dockerfile"
        || matches!(extension, Some("yml" | "yaml" | "sh"))
        || extension == Some("toml") && name(path) != "netlify.toml"
}

/// Whether a file may be an nginx configuration.
pub(super) fn is_configuration(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "conf" || extension == "nginx")
}

/// The last part of a path.
pub(super) fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
