//! What several commands are given: headers, the description of an app, the sample app.

use std::env;
use std::path::{Path, PathBuf};

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use crate::app::App;
use crate::cli::PlaceArgs;
use crate::error::Error;
use crate::{check, scenario};

/// Headers in the format of curl. Errors do not show values, which can be secret.
pub(super) fn headers(given: &[String]) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    for (at, text) in given.iter().enumerate() {
        let wrong = || Error::Usage(format!("--header number {} is not in the form `Name: value`", at + 1));
        let (name, value) = text.split_once(':').ok_or_else(wrong)?;
        let name = HeaderName::try_from(name.trim()).map_err(|_| wrong())?;
        let mut value = HeaderValue::try_from(value.trim()).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

/// Reads the description of an app.
pub(super) fn read(file: &Path) -> Result<App, Error> {
    let app = App::read(file).and_then(|app| app.verify_names(&check::ids(), &scenario::ids()).map(|()| app));
    app.map_err(|error| Error::Usage(format!("cannot use the app description {}: {error}", file.display())))
}

/// The given sample app, else the nearest one from the current directory upwards, else that of the source tree.
pub(super) fn sample_app(places: &PlaceArgs) -> Result<PathBuf, Error> {
    if let Some(dir) = &places.sample_app {
        return if is_sample_app(dir) {
            Ok(dir.clone())
        } else {
            Err(Error::Usage(format!(
                "{} is not the sample app: it needs a `variants` directory and a `package.json`",
                dir.display()
            )))
        };
    }
    let here = env::current_dir().unwrap_or_default();
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().chain([built_from]).map(|dir| dir.join("sample-app")).find(|dir| is_sample_app(dir)).ok_or_else(
        || {
            Error::Usage(
                "no sample app in this directory or its parents; set its path with --sample-app or SWAPCHECK_SAMPLE_APP"
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
