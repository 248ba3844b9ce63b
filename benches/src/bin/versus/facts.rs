//! What an implementation says of an input, so that it can be compared with what ours says.

#![cfg_attr(not(feature = "peers"), allow(dead_code, reason = "what peers need"))]

use core::fmt::{self, Display};

/// Named facts that an implementation states about an input, or about the octets it wrote.
///
/// A peer states as many of ours as its interface lets it; each of them must be equal to ours.
///
/// ```ignore
/// Facts::new()
///     .with("headers", message.headers().count())
///     .with("cseq", "314159 INVITE")
///     .octets("written", &buffer[..length])
/// ```
#[derive(Debug, Default)]
pub(crate) struct Facts(Vec<(String, String)>);

/// An implementation rejects a valid input, and how it puts it.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) String);

/// What an implementation says, or that it refuses.
pub(crate) type Said = Result<Facts, Refused>;

/// A fact that two implementations state differently.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) fact: String,
    pub(crate) theirs: String,
    /// `None` where we do not state the fact at all.
    pub(crate) ours: Option<String>,
}

impl Facts {
    /// Nothing stated: for a floor, which has nothing to compare.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// States a fact.
    pub(crate) fn with(mut self, fact: impl Into<String>, value: impl Display) -> Self {
        self.0.push((fact.into(), value.to_string()));
        self
    }

    /// States a fact as `fact.1`, `fact.2` and so on, and how many there are.
    pub(crate) fn each<V: Display>(
        mut self,
        fact: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let mut count = 0;
        for value in values {
            count += 1;
            self = self.with(format!("{fact}.{count}"), value);
        }
        self.with(format!("{fact}.count"), count)
    }

    /// States octets.
    pub(crate) fn octets(self, fact: impl Into<String>, octets: &[u8]) -> Self {
        let text = octets.escape_ascii();
        self.with(fact, text)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn get(&self, fact: &str) -> Option<&String> {
        self.0
            .iter()
            .find(|(name, _)| name == fact)
            .map(|(_, value)| value)
    }

    /// What is stated here otherwise than in `ours`.
    pub(crate) fn differences(&self, ours: &Self) -> Vec<Difference> {
        self.0
            .iter()
            .filter(|(fact, theirs)| ours.get(fact) != Some(theirs))
            .map(|(fact, theirs)| Difference {
                fact: fact.clone(),
                theirs: theirs.clone(),
                ours: ours.get(fact).cloned(),
            })
            .collect()
    }
}

impl Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: theirs \"{}\", ", self.fact, self.theirs)?;
        match &self.ours {
            Some(ours) => write!(f, "ours \"{ours}\""),
            None => f.write_str("and ours does not say"),
        }
    }
}

impl Refused {
    /// From the error of an implementation, its first words: some repeat the whole input.
    pub(crate) fn because(reason: impl fmt::Debug) -> Self {
        const WORDS: usize = 120;
        let reason = format!("{reason:?}");
        Self(match reason.char_indices().nth(WORDS) {
            Some((end, _)) => format!("{}..", &reason[..end]),
            None => reason,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_may_say_less_than_ours_but_nothing_else() {
        let ours = Facts::new().with("headers", 3).with("method", "ACK");
        assert!(
            Facts::new()
                .with("headers", 3)
                .differences(&ours)
                .is_empty()
        );
        let theirs = Facts::new().with("headers", 4).with("body", 0);
        let differences = theirs.differences(&ours);
        assert_eq!(differences.len(), 2);
        assert_eq!(
            differences[0].to_string(),
            "headers: theirs \"4\", ours \"3\""
        );
        assert_eq!(differences[1].ours, None);
    }

    #[test]
    fn values_are_counted() {
        let ours = Facts::new().each("via", ["a", "b"]);
        let theirs = Facts::new().each("via", ["a"]);
        let differences = theirs.differences(&ours);
        assert_eq!(differences.len(), 1);
        assert_eq!(differences[0].fact, "via.count");
    }
}
