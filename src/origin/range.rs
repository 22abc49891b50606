//! Which part of a file a `Range` asks for.

use std::ops::RangeInclusive;

use http_range_header::{RangeUnsatisfiableError, parse_range_header};

/// The file has no byte that the `Range` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unsatisfiable;

/// The first and the last byte that a `Range` names in a file of this length. None for the whole file: without a
/// `Range`, and with one that is invalid or names several parts, which a server may ignore (RFC 9110, section 14.2).
///
/// # Errors
/// When the file has none of these bytes.
pub(super) fn part(range: &str, length: u64) -> Result<Option<RangeInclusive<u64>>, Unsatisfiable> {
    let Ok(parsed) = parse_range_header(range) else { return Ok(None) };
    match parsed.validate(length).as_deref() {
        Ok([part]) => Ok(Some(part.clone())),
        Err(RangeUnsatisfiableError::Unsatisfiable) => Err(Unsatisfiable),
        Ok(_) | Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_names_its_first_and_last_byte() {
        let of_ten = |range| part(range, 10);
        assert_eq!(of_ten("bytes=2-5"), Ok(Some(2..=5)));
        assert_eq!(of_ten("bytes=2-"), Ok(Some(2..=9)));
        assert_eq!(of_ten("bytes=-3"), Ok(Some(7..=9)));
        assert_eq!(of_ten("bytes=-30"), Ok(Some(0..=9)));
        assert_eq!(of_ten("bytes=8-99"), Ok(Some(8..=9)));
        for whole in ["", "bytes=", "bytes=5-2", "lines=1-2", "bytes=1-2,4-5", "bytes=+1-2"] {
            assert_eq!(of_ten(whole), Ok(None), "{whole}");
        }
        for nothing in ["bytes=10-", "bytes=-0"] {
            assert_eq!(of_ten(nothing), Err(Unsatisfiable), "{nothing}");
        }
        assert_eq!(part("bytes=0-", 0), Err(Unsatisfiable));
    }
}
