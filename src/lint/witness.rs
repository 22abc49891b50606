//! Generates a text that a part of a regular expression is intended to match: a short one that includes all optional
//! parts.

use oxc_regular_expression::ast::{
    BoundaryAssertionKind, CharacterClass, CharacterClassContents, CharacterClassEscapeKind, Disjunction, Term,
};
use regress::Regex;

/// Maximum length of the text.
const LONGEST: usize = 120;
/// Candidates for an unspecified character, in this order.
const ANY: &str = "a1x-_./?=%";

/// A text for a sequence of terms. Lookarounds are ignored.
pub(super) fn witness(terms: &[Term<'_>], source: &str) -> String {
    let mut text = String::new();
    terms.iter().for_each(|term| write(&mut text, term, source));
    text
}

/// A text for what a lookahead names, and whether the input must end there.
pub(super) fn named(terms: &[Term<'_>], source: &str) -> (String, bool) {
    let ends = matches!(terms.last(), Some(Term::BoundaryAssertion(last)) if last.kind == BoundaryAssertionKind::End);
    (witness(terms, source), ends)
}

fn write(text: &mut String, term: &Term<'_>, source: &str) {
    if text.len() > LONGEST {
        return;
    }
    match term {
        Term::BoundaryAssertion(_) | Term::LookAroundAssertion(_) => {}
        Term::IndexedReference(_) | Term::NamedReference(_) => {}
        Term::Quantifier(quantifier) => {
            let times = quantifier.min.max(1).min(quantifier.max.unwrap_or(u64::MAX));
            (0..times.min(LONGEST as u64)).for_each(|_| write(text, &quantifier.body, source));
        }
        Term::Character(character) => text.extend(char::from_u32(character.value)),
        Term::Dot(_) | Term::UnicodePropertyEscape(_) => text.push('a'),
        Term::CharacterClassEscape(escape) => text.push(escaped(escape.kind)),
        Term::CharacterClass(class) => text.push(of_class(class, source)),
        Term::CapturingGroup(group) => write_first(text, &group.body, source),
        Term::IgnoreGroup(group) => write_first(text, &group.body, source),
    }
}

fn write_first(text: &mut String, disjunction: &Disjunction<'_>, source: &str) {
    if let Some(first) = disjunction.body.first() {
        first.body.iter().for_each(|term| write(text, term, source));
    }
}

fn escaped(kind: CharacterClassEscapeKind) -> char {
    match kind {
        CharacterClassEscapeKind::D => '1',
        CharacterClassEscapeKind::S => ' ',
        _ => 'a',
    }
}

fn of_class(class: &CharacterClass<'_>, source: &str) -> char {
    let written = source.get(class.span.start as usize..class.span.end as usize).unwrap_or("");
    let regex = Regex::new(written).ok();
    let fits = |one: &char| regex.as_ref().is_some_and(|regex| regex.find(&one.to_string()).is_some());
    let said = class.body.iter().find_map(|content| match content {
        CharacterClassContents::Character(character) => char::from_u32(character.value),
        CharacterClassContents::CharacterClassRange(range) => char::from_u32(range.min.value),
        _ => None,
    });
    ANY.chars().chain(said).find(fits).unwrap_or('a')
}
