//! Escapes text from pages: it can contain anything, and reports go to terminals and into markup.

use std::fmt::Write as _;

/// Characters after which a line is cut. URLs and exceptions of a page can be arbitrarily long.
const LONGEST: usize = 600;

/// The text on one line, at most 600 characters, with everything made visible that would move the cursor, change colors
/// or reorder the text.
#[must_use]
pub fn line(text: &str) -> String {
    let mut safe = String::with_capacity(text.len().min(LONGEST));
    for (at, character) in text.chars().enumerate() {
        if at == LONGEST {
            safe.push('…');
            break;
        }
        match character {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            _ if deceives(character) => {
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(character));
            }
            _ => safe.push(character),
        }
    }
    safe
}

/// Like [`line()`], for text of several lines, each of which stays a line.
#[must_use]
pub fn lines(text: &str) -> String {
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Control characters (C0, DEL, C1), and Unicode characters for direction, invisible marks, separators and tags.
fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_and_cursor_moves_become_visible() {
        assert_eq!(line("a\x1b[2J\x1b]0;title\x07b\r\u{9b}31m"), "a\\u{1b}[2J\\u{1b}]0;title\\u{7}b\\r\\u{9b}31m");
        assert_eq!(line("one\ntwo\t\x7f"), "one\\ntwo\\t\\u{7f}");
    }

    #[test]
    fn reordering_and_invisible_marks_become_visible() {
        assert_eq!(line("\u{202e}evil\u{2066}\u{200b}\u{e0041}"), "\\u{202e}evil\\u{2066}\\u{200b}\\u{e0041}");
    }

    #[test]
    fn common_text_stays() {
        assert_eq!(line("naïve “cache” → 502 日本語"), "naïve “cache” → 502 日本語");
    }

    #[test]
    fn endless_text_is_cut() {
        assert_eq!(line(&"x".repeat(100_000)).chars().count(), LONGEST + 1);
        assert_eq!(line(&"x".repeat(LONGEST)).chars().count(), LONGEST);
    }

    #[test]
    fn several_lines_stay_several() {
        assert_eq!(lines("one\x1b\ntwo"), "one\\u{1b}\ntwo");
    }
}
