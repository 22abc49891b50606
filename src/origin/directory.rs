//! Serves a directory of files like a plain static host.
//!
//! `/` is `index.html`; `/form` is the file itself, `form.html` or `form/index.html`; `/form/` is `form/index.html` or
//! `form.html`; all else is `404.html` with status 404, or for an app of a single page the start page, where the name has
//! no extension.
//!
//! Every file has an `ETag` and a `Last-Modified`, answers conditional requests with 304, and is given in parts. The
//! `ETag` is that of the content, as releases may be copied with other times of modification, or all with the same one.
//! How long a browser keeps a file without asking is never left to it, as it would go by that time: static assets may be
//! kept for an hour, all else has to be asked for each time.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use futures::TryStreamExt;
use headers::{
    AcceptRanges, ContentLength, ContentRange, ETag, HeaderMapExt, IfModifiedSince, IfNoneMatch, IfRange, LastModified,
};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, SeekFrom};

use super::matching::{Match, Seen};
use super::range::{self, Unsatisfiable};
use super::state::body_hash;
use crate::http::{Body, empty, plain};

/// How many bytes of a file are read at once.
const CHUNK: usize = 64 * 1024;

/// What is served for a path without a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotFound {
    /// `404.html`, with status 404.
    Page,
    /// The start page, as hosts of single-page apps do.
    StartPage,
}

/// Responds to a request with the files below `root`.
pub(super) async fn answer(root: &Path, request: Request<Body>, not_found: NotFound) -> Response<Body> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response =
            plain(StatusCode::METHOD_NOT_ALLOWED, "this release is a directory: only GET and HEAD are allowed");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let seen = Seen::of(&request);
    let mut names = candidates(&seen.path);
    if not_found == NotFound::StartPage && !names.is_empty() && Path::new(&seen.path).extension().is_none() {
        names.push(PathBuf::from("index.html"));
    }
    let (status, found) = match first(root, &names).await {
        Ok(None) => (StatusCode::NOT_FOUND, first(root, &[PathBuf::from("404.html")]).await),
        found => (StatusCode::OK, found),
    };
    let (path, file) = match found {
        Ok(Some(found)) => found,
        Ok(None) => return plain(status, "no such file in this release"),
        Err(error) => return plain(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    };
    let mut response = match given(file, status, &seen, request.headers()).await {
        Ok(response) => response,
        Err(error) => {
            let named = format!("reading {}: {error}", path.display());
            return plain(StatusCode::INTERNAL_SERVER_ERROR, &named);
        }
    };
    let mime = mime_guess::from_path(&path).first_or_octet_stream();
    let headers = response.headers_mut();
    let is_kept = Match::StaticAsset.matches(&seen) && mime.subtype() != mime_guess::mime::HTML;
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(if is_kept { "public, max-age=3600" } else { "no-cache" }));
    if matches!(response.status(), StatusCode::NOT_MODIFIED | StatusCode::RANGE_NOT_SATISFIABLE) {
        return response;
    }
    let charset = if mime.type_() == mime_guess::mime::TEXT { "; charset=utf-8" } else { "" };
    if let Ok(mime) = HeaderValue::from_str(&format!("{mime}{charset}")) {
        response.headers_mut().insert(CONTENT_TYPE, mime);
    }
    response
}

/// A file, or what a conditional request or one for a part of it gets. An error page has no conditions and no parts.
async fn given(mut file: File, status: StatusCode, seen: &Seen, asked: &HeaderMap) -> io::Result<Response<Body>> {
    let metadata = file.metadata().await?;
    let (length, modified) = (metadata.len(), metadata.modified().ok().map(LastModified::from));
    let mut response = Response::new(empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let mut part = 0..length;
    if status.is_success() {
        let tag = tag(&mut file).await?;
        headers.typed_insert(AcceptRanges::bytes());
        if let Some(modified) = modified {
            headers.typed_insert(modified);
        }
        if let Some(tag) = &tag {
            headers.typed_insert(tag.clone());
        }
        if is_known(asked, tag.as_ref(), modified) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(response);
        }
        let is_other = asked.typed_get::<IfRange>().is_some_and(|of| of.is_modified(tag.as_ref(), modified.as_ref()));
        let range = if is_other || seen.method != Method::GET.as_str() { "" } else { seen.range.as_str() };
        match range::part(range, length) {
            Ok(None) => {}
            Ok(Some(bytes)) => {
                part = *bytes.start()..*bytes.end() + 1;
                if let Ok(said) = ContentRange::bytes(bytes, length) {
                    headers.typed_insert(said);
                }
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            }
            Err(Unsatisfiable) => {
                headers.typed_insert(ContentRange::unsatisfied_bytes(length));
                headers.typed_insert(ContentLength(0));
                *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
                return Ok(response);
            }
        }
    }
    let length = part.end - part.start;
    response.headers_mut().typed_insert(ContentLength(length));
    if seen.method != Method::HEAD.as_str() {
        file.seek(SeekFrom::Start(part.start)).await?;
        *response.body_mut() = stream(file, length);
    }
    Ok(response)
}

/// The tag of a file's content.
async fn tag(file: &mut File) -> io::Result<Option<ETag>> {
    let (mut hash, mut chunk) = (blake3::Hasher::new(), vec![0; CHUNK]);
    loop {
        match file.read(&mut chunk).await? {
            0 => return Ok(format!("\"{}\"", body_hash(&hash.finalize())).parse().ok()),
            read => hash.update(&chunk[..read]),
        };
    }
}

/// Whether who asks has the file already (RFC 9110, section 13.2.2).
fn is_known(asked: &HeaderMap, tag: Option<&ETag>, modified: Option<LastModified>) -> bool {
    if let Some(known) = asked.typed_get::<IfNoneMatch>() {
        return tag.is_some_and(|tag| !known.precondition_passes(tag));
    }
    let since = asked.typed_get::<IfModifiedSince>();
    since.zip(modified).is_some_and(|(since, modified)| !since.is_modified(modified.into()))
}

/// The candidate files for a path, best first; none for a path that leads out of the directory.
fn candidates(path: &str) -> Vec<PathBuf> {
    let inner = path.strip_prefix('/').unwrap_or(path);
    let (inner, slash) = inner.strip_suffix('/').map_or((inner, inner.is_empty()), |inner| (inner, true));
    let mut file = PathBuf::new();
    for segment in inner.split('/').filter(|_| !inner.is_empty()) {
        match percent_decode_str(segment).decode_utf8() {
            Ok(name) if !matches!(&*name, "" | "." | "..") && !name.contains(['/', '\\', '\0']) => file.push(&*name),
            _ => return Vec::new(),
        }
    }
    let index = file.join("index.html");
    let Some(name) = file.file_name() else { return vec![index] };
    let mut html = name.to_owned();
    html.push(".html");
    let html = file.with_file_name(html);
    if slash { vec![index, html] } else { vec![file, html, index] }
}

/// The first of these that is a file.
async fn first(root: &Path, candidates: &[PathBuf]) -> io::Result<Option<(PathBuf, File)>> {
    for candidate in candidates {
        let path = root.join(candidate);
        let named = |error: io::Error| io::Error::new(error.kind(), format!("reading {}: {error}", path.display()));
        match File::open(&path).await {
            Ok(file) => {
                let metadata = file.metadata().await.map_err(named)?;
                if metadata.is_file() {
                    return Ok(Some((path, file)));
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => return Err(named(error)),
        }
    }
    Ok(None)
}

fn stream(file: File, length: u64) -> Body {
    // A file that grows meanwhile must not send more than the announced length.
    let chunks = futures::stream::try_unfold(file.take(length), |mut file| async move {
        let mut chunk = Vec::with_capacity(CHUNK);
        let read = file.read_buf(&mut chunk).await?;
        io::Result::Ok((read > 0).then(|| (Frame::data(Bytes::from(chunk)), file)))
    });
    StreamBody::new(chunks.map_err(Into::into)).boxed_unsync()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &str) -> Vec<String> {
        candidates(path).iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn candidates_in_order() {
        assert_eq!(names("/"), ["index.html"]);
        assert_eq!(names(""), ["index.html"]);
        assert_eq!(names("/form"), ["form", "form.html", "form/index.html"]);
        assert_eq!(names("/a/form/"), ["a/form/index.html", "a/form.html"]);
        assert_eq!(names("/a.b/x.js")[0], "a.b/x.js");
        assert_eq!(names("/a.b")[1], "a.b.html");
        assert_eq!(names("/%5Bid%5D/caf%C3%A9")[0], "[id]/café");
    }

    #[test]
    fn no_way_out() {
        for path in ["/../x", "/a/%2e%2e/x", "/..%2fx", "/a//b", "//etc/passwd", "/a%5cb", "/a%00b", "/%ff", "/./a"] {
            assert_eq!(names(path), Vec::<String>::new(), "{path}");
        }
    }
}
