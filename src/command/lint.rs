//! `swapcheck lint`: finds mistakes in a project's files, without a browser.

use std::io::Write;

use serde::Serialize;

use super::output::print;
use crate::cli::LintArgs;
use crate::error::Error;
use crate::file::ReportFile;
use crate::lint::{self, Linted};
use crate::report::human::Look;
use crate::report::lint::render;
use crate::report::{github, sarif};

/// Runs the command.
pub(super) fn run(args: &LintArgs) -> Result<u8, Error> {
    let file = |path: &Option<_>| path.as_deref().map(ReportFile::at).transpose();
    let (json, sarif) = (file(&args.json)?, file(&args.sarif)?);
    let linted = lint::lint(&args.dir)?;
    // The findings are printed even if a file cannot be written.
    let json = json.map_or(Ok(()), |file| file.write(&self::json(&linted)?));
    let sarif = sarif.map_or(Ok(()), |file| file.write(&sarif::lint(&linted, &args.dir)?));
    print(|mut out| {
        let tell = |out: &mut &mut Box<dyn Write>| render(out, &linted, &args.dir, Look::of_stdout(false).width);
        if !args.github {
            return tell(&mut out);
        }
        github::shielded(&mut out, tell)?;
        github::lint(&mut out, &linted, &args.dir)
    })?;
    json.and(sarif)?;
    if linted.files.is_empty() && linted.unread.is_empty() {
        let dir = args.dir.display();
        let text = format!(
            "nothing to lint in {dir}: found no next.config, no service worker, no script that registers one and no \
             header rules; pass the directory of the app"
        );
        return Err(Error::Tool(text));
    }
    Ok(linted.exit_code())
}

#[derive(Serialize)]
struct Report<'a> {
    swapcheck: &'static str,
    #[serde(flatten)]
    linted: &'a Linted,
}

fn json(linted: &Linted) -> Result<Vec<u8>, Error> {
    let report = Report { swapcheck: env!("CARGO_PKG_VERSION"), linted };
    let mut json =
        serde_json::to_vec_pretty(&report).map_err(|error| Error::Tool(format!("cannot write JSON: {error}")))?;
    json.push(b'\n');
    Ok(json)
}
