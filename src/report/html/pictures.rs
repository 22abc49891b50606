//! The screenshots.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use maud::{Markup, html};

use super::room::Room;
use super::text::{line, moment};
use crate::outcome::Cell;
use crate::trace::Trace;

/// The screenshots of a cell. Identical ones are shown once.
pub(super) fn pictures(cell: &Cell, trace: &Trace, room: &mut Room) -> Option<Markup> {
    let mut shown: Vec<(&[u8], Vec<u32>)> = Vec::new();
    for picture in &cell.pictures {
        match shown.last_mut() {
            Some((jpeg, moments)) if *jpeg == picture.jpeg => moments.push(picture.seq),
            _ => shown.push((&picture.jpeg, vec![picture.seq])),
        }
    }
    let missing = room.missing;
    shown.retain(|(jpeg, _)| room.take_picture(jpeg.len() * 4 / 3));
    let missing = room.missing - missing;
    if shown.is_empty() && missing == 0 {
        return None;
    }
    Some(html! {
        div.pictures {
            @for (jpeg, moments) in &shown {
                @let told = told(trace, moments);
                figure {
                    img alt=(format!("Screenshot at {}", told.join("; "))) decoding="async"
                        src=(format!("data:image/jpeg;base64,{}", BASE64_STANDARD.encode(jpeg)));
                    figcaption { @for moment in &told { span { (moment) } " " } }
                }
            }
        }
        @if missing > 0 {
            p.cut { (super::text::count(missing, "screenshot")) " left out to keep this file small." }
        }
    })
}

fn told(trace: &Trace, moments: &[u32]) -> Vec<String> {
    let event = |seq: &u32| usize::try_from(*seq).ok().and_then(|at| trace.events.get(at));
    let told = moments.iter().filter_map(event);
    told.map(|event| format!("{}: {}", moment(event.at_ms), line(&event.to_string()))).collect()
}
