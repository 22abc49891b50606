//! What several commands are given: headers, the description of an app, the sample app.

use std::env;
use std::path::{Path, PathBuf};

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use crate::app::App;
use crate::cli::PlaceArgs;
use crate::error::Error;
use crate::{check, scenario};

/// Headers as curl takes them. What is wrong is told without a value.
pub(super) fn headers(given: &[String]) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    for (at, text) in given.iter().enumerate() {
        let wrong = || Error::Usage(format!("--header number {} is not `Name: value`", at + 1));
        let (name, value) = text.split_once(':').ok_or_else(wrong)?;
        let name = HeaderName::try_from(name.trim()).map_err(|_| wrong())?;
        let mut value = HeaderValue::try_from(value.trim()).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

/// What a file says of the app.
pub(super) fn read(file: &Path) -> Result<App, Error> {
    let app = App::read(file).and_then(|app| app.verify_names(&check::ids(), &scenario::ids()).map(|()| app));
    app.map_err(|error| Error::Usage(format!("cannot use {}: {error}", file.display())))
}

/// The sample app that was named, or else the nearest one from here upwards, or else that of the source tree.
pub(super) fn sample_app(places: &PlaceArgs) -> Result<PathBuf, Error> {
    if let Some(dir) = &places.sample_app {
        return if is_sample_app(dir) {
            Ok(dir.clone())
        } else {
            Err(Error::Usage(format!(
                "{} is not the sample app: it has no `variants` and `package.json`",
                dir.display()
            )))
        };
    }
    let here = env::current_dir().unwrap_or_default();
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().chain([built_from]).map(|dir| dir.join("sample-app")).find(|dir| is_sample_app(dir)).ok_or_else(
        || {
            Error::Usage(
                "found no sample app here or in a directory above; name it with --sample-app or SWAPCHECK_SAMPLE_APP"
                    .to_owned(),
            )
        },
    )
}

fn is_sample_app(dir: &Path) -> bool {
    dir.join("variants").is_dir() && dir.join("package.json").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_and_their_values_never_shown() {
        let read = |text: &str| headers(&[text.to_owned()]);
        assert_eq!(read("X-Preview:  s3cret ").unwrap()["x-preview"], "s3cret");
        assert!(!format!("{:?}", read("X-Preview: s3cret").unwrap()).contains("s3cret"));
        for wrong in ["s3cret", "a b: s3cret", ": s3cret", "x: s3\ncret"] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("number 1") && !error.contains("s3"), "{error}");
        }
    }
}
