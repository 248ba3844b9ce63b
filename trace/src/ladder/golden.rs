//! How a ladder should have looked, and where it begins to look otherwise.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::{Ladder, Step};

/// The messages that a good call has, in their order.
///
/// One per line; empty lines and those that begin with `#` do not count:
///
/// ```text
/// > INVITE +SDP           from left to right, as the ladder is drawn
/// < 100                   the reason may be left out, and `+SDP` too
/// sbc > link01: INVITE    or by the names of the participants
/// link01 > sbc: 100
/// ```
///
/// Words that are left out at the end of a label are not compared. Media, repeated messages and times
/// never are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Golden {
    steps: Vec<GoldenStep>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct GoldenStep {
    way: Way,
    label: Box<str>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Way {
    Right,
    Left,
    Between(Box<str>, Box<str>),
}

/// A line of a golden ladder has no arrow, or nothing behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line} of the golden ladder is no step")]
pub struct GoldenError {
    /// The line, counted from 1.
    pub line: usize,
}

/// The first step in which a ladder is not as it should be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deviation {
    /// Its number among the messages that are compared, counted from 1.
    pub step: usize,
    /// What should have come; `None` where the call should have been over.
    pub expected: Option<String>,
    /// What came; `None` where nothing did.
    pub actual: Option<String>,
    /// When that came, since the first step.
    pub at: Option<Duration>,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = self.expected.as_deref().unwrap_or("the end");
        let actual = self.actual.as_deref().unwrap_or("the end");
        write!(f, "step {}", self.step)?;
        if let Some(at) = self.at {
            write!(f, " at {:.3} s", at.as_secs_f64())?;
        }
        write!(f, ": expected `{expected}`, got `{actual}`")
    }
}

impl Golden {
    /// Reads the lines described above.
    ///
    /// # Errors
    ///
    /// A line that is no step.
    pub fn parse(text: &str) -> Result<Self, GoldenError> {
        let mut steps = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let step = GoldenStep::parse(line).ok_or(GoldenError { line: index + 1 })?;
            steps.push(step);
        }
        Ok(Self { steps })
    }
}

impl GoldenStep {
    fn parse(line: &str) -> Option<Self> {
        let (way, label) = if let Some(label) = line.strip_prefix('>') {
            (Way::Right, label)
        } else if let Some(label) = line.strip_prefix('<') {
            (Way::Left, label)
        } else {
            let (names, label) = line.split_once(": ")?;
            let (from, to) = names.split_once(" > ")?;
            (Way::Between(from.trim().into(), to.trim().into()), label)
        };
        let label = label.trim();
        (!label.is_empty()).then(|| Self {
            way,
            label: label.into(),
        })
    }

    fn fits(&self, ladder: &Ladder, step: &Step) -> bool {
        let way = match &self.way {
            Way::Right => step.from < step.to,
            Way::Left => step.from > step.to,
            Way::Between(from, to) => {
                **from == *ladder.name(step.from) && **to == *ladder.name(step.to)
            }
        };
        let words = step.label.strip_prefix(&*self.label);
        way && words.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    }
}

impl fmt::Display for GoldenStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.way {
            Way::Right => write!(f, "> {}", self.label),
            Way::Left => write!(f, "< {}", self.label),
            Way::Between(from, to) => write!(f, "{from} > {to}: {}", self.label),
        }
    }
}

impl fmt::Display for Golden {
    /// The lines that [`Golden::parse`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

impl From<&Ladder> for Golden {
    fn from(ladder: &Ladder) -> Self {
        let steps = ladder.compared().map(|step| GoldenStep {
            way: Way::Between(ladder.name(step.from).into(), ladder.name(step.to).into()),
            label: step.label.as_str().into(),
        });
        Self {
            steps: steps.collect(),
        }
    }
}

impl Ladder {
    fn compared(&self) -> impl Iterator<Item = &Step> {
        let steps = self.steps().iter();
        steps.filter(|step| step.kind.is_message() && !step.repeated)
    }

    /// The first step that is not as in `golden`; `None` when all are.
    #[must_use]
    pub fn diff(&self, golden: &Golden) -> Option<Deviation> {
        let mut actual = self.compared();
        let mut expected = golden.steps.iter();
        for step in 1.. {
            let (actual, expected) = (actual.next(), expected.next());
            match (actual, expected) {
                (None, None) => return None,
                (Some(actual), Some(expected)) if expected.fits(self, actual) => {}
                _ => {
                    return Some(Deviation {
                        step,
                        expected: expected.map(|step| format!("{step}")),
                        actual: actual.map(|step| {
                            let (from, to) = (self.name(step.from), self.name(step.to));
                            format!("{from} > {to}: {}", step.label)
                        }),
                        at: actual.map(|step| step.at - self.started),
                    });
                }
            }
        }
        None
    }
}
