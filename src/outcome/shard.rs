//! Splitting a table over several machines.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Weight of a build, in rows of the table.
const BUILD: usize = 2;

/// One of several parts of a table, written as K/N.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Shard {
    of: usize,
    number: usize,
}

/// A text is not a shard.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected K/N, for example 2/5 for the second of five shards")]
pub struct ShardError;

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let (number, of) = text.split_once('/').ok_or(ShardError)?;
        let (number, of) = (number.parse().map_err(|_| ShardError)?, of.parse().map_err(|_| ShardError)?);
        if number >= 1 && number <= of { Ok(Self { number, of }) } else { Err(ShardError) }
    }
}

impl TryFrom<String> for Shard {
    type Error = ShardError;

    fn try_from(text: String) -> Result<Self, ShardError> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Shard {
    /// Combines shards; the result is empty if they form the whole table.
    ///
    /// # Errors
    /// When the total differs between them, or one of them occurs twice.
    pub(crate) fn together(mut shards: Vec<Self>) -> Result<Vec<Self>, String> {
        shards.sort_unstable();
        for pair in shards.windows(2) {
            if pair[0].of != pair[1].of {
                return Err(format!("shard {} and shard {} belong to different tables", pair[0], pair[1]));
            }
            if pair[0] == pair[1] {
                return Err(format!("shard {} occurs in two reports", pair[0]));
            }
        }
        Ok(if Self::missing(&shards).is_empty() { Vec::new() } else { shards })
    }

    /// The shards of the same table that are not among these.
    #[must_use]
    pub fn missing(shards: &[Self]) -> Vec<Self> {
        let of = shards.first().map_or(0, |shard| shard.of);
        (1..=of).map(|number| Self { number, of }).filter(|shard| !shards.contains(shard)).collect()
    }

    /// The rows of this shard, in their order. Rows that share a build stay together, so that nothing is built on two
    /// machines, and the shards get about the same amount of work. Together, the shards contain every row once.
    #[must_use]
    pub fn pick<T, K: Eq + Hash>(self, rows: Vec<T>, build: impl Fn(&T) -> K) -> Vec<T> {
        let mut number_of: HashMap<K, usize> = HashMap::new();
        let mut sizes: Vec<usize> = Vec::new();
        let groups: Vec<usize> = rows
            .iter()
            .map(|row| {
                let group = *number_of.entry(build(row)).or_insert(sizes.len());
                if group == sizes.len() {
                    sizes.push(0);
                }
                sizes[group] += 1;
                group
            })
            .collect();
        let mut largest_first: Vec<usize> = (0..sizes.len()).collect();
        largest_first.sort_by_key(|group| std::cmp::Reverse(sizes[*group]));
        let mut loads = vec![0; self.of];
        let mut shard_of = vec![0; sizes.len()];
        for group in largest_first {
            let lightest = (0..self.of).min_by_key(|at| loads[*at]).unwrap_or_default();
            loads[lightest] += sizes[group] + BUILD;
            shard_of[group] = lightest;
        }
        let mine = rows.into_iter().zip(groups).filter(|(_, group)| shard_of[*group] == self.number - 1);
        mine.map(|(row, _)| row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_written_as_a_fraction() {
        assert_eq!("2/5".parse(), Ok(Shard { number: 2, of: 5 }));
        assert_eq!("5/5".parse::<Shard>().unwrap().to_string(), "5/5");
        for wrong in ["", "2", "0/5", "6/5", "1/0", "a/b", "1/2/3", "-1/2"] {
            assert_eq!(wrong.parse::<Shard>(), Err(ShardError), "{wrong}");
        }
    }

    /// Rows named by a letter of their build and a number.
    const ROWS: [&str; 9] = ["a1", "b1", "a2", "c1", "a3", "d1", "a4", "a5", "b2"];

    fn picked(shard: &str) -> Vec<&'static str> {
        shard.parse::<Shard>().unwrap().pick(ROWS.to_vec(), |row| row.chars().next())
    }

    #[test]
    fn together_the_shards_have_every_row_once_and_no_build_twice() {
        for of in 1..=5 {
            let shards: Vec<Vec<&str>> = (1..=of).map(|number| picked(&format!("{number}/{of}"))).collect();
            let mut all: Vec<&str> = shards.concat();
            all.sort_unstable();
            let mut rows = ROWS.to_vec();
            rows.sort_unstable();
            assert_eq!(all, rows);
            for build in ["a", "b", "c", "d"] {
                let building = shards.iter().filter(|rows| rows.iter().any(|row| row.starts_with(build)));
                assert_eq!(building.count(), 1, "{build} in {of} shards");
            }
        }
    }

    #[test]
    fn what_is_missing_of_shards_is_known() {
        let shards = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Shard>>();
        assert_eq!(Shard::together(shards(&["3/3", "1/3"])), Ok(shards(&["1/3", "3/3"])));
        assert_eq!(Shard::missing(&shards(&["1/3", "3/3"])), shards(&["2/3"]));
        assert_eq!(Shard::together(shards(&["2/3", "3/3", "1/3"])), Ok(Vec::new()));
        assert_eq!(Shard::together(Vec::new()), Ok(Vec::new()));
        let refused = |texts| Shard::together(shards(texts)).unwrap_err();
        assert_eq!(refused(&["1/2", "2/3"]), "shard 1/2 and shard 2/3 belong to different tables");
        assert_eq!(refused(&["2/2", "2/2"]), "shard 2/2 occurs in two reports");
    }

    #[test]
    fn the_work_is_shared_out() {
        assert_eq!(picked("1/1"), ROWS);
        assert_eq!(picked("1/2"), ["a1", "a2", "a3", "d1", "a4", "a5"]);
        assert_eq!(picked("2/2"), ["b1", "c1", "b2"]);
        assert_eq!(picked("5/5"), Vec::<&str>::new());
    }
}
