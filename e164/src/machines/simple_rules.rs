//! Rules by first digits and length, asked as they are.

#[cfg(test)]
mod tests;

use super::pattern::Captures;
use crate::{DialString, DialStringError, Groups, Rules, SimpleRule, Translated};

/// Rules by first digits and length in order, of which the first that covers a number decides; nothing is compiled, so that they can be
/// a `static` that the compiler makes, and are some 60 octets each. They decide as the patterns do that they are written as.
///
/// ```
/// use trunkline_e164::{DialString, Length, Plan, SimpleRule, SimpleRules};
///
/// const fn rule(starting: &str, length: Length, remove: usize, add: &str) -> SimpleRule {
///     match SimpleRule::new(starting, length, remove, add) {
///         Ok(rule) => rule,
///         // does not compile
///         Err(_) => panic!(),
///     }
/// }
///
/// static SITES: [SimpleRule; 2] = [
///     rule("8", Length::Exactly(4), 1, "+49305555"),
///     rule("7", Length::Exactly(4), 1, "+49404444"),
/// ];
///
/// let plan = Plan::german("89")?.with_rules(SimpleRules(&SITES[..]));
/// assert_eq!(plan.normalize(&DialString::parse("7118")?)?.to_string(), "+49404444118");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SimpleRules<R>(pub R);

/// What is put before the rest of the number.
fn output(rule: &SimpleRule, rest: &[u8]) -> Result<DialString, DialStringError> {
    let mut out = DialString::EMPTY;
    let add = rule.add().as_bytes();
    let len = add.len() + rest.len();
    match out.bytes_mut().get_mut(..len).filter(|_| len > 0) {
        Some(room) => {
            let (before, behind) = room.split_at_mut(add.len());
            before.copy_from_slice(add);
            behind.copy_from_slice(rest);
        }
        // nothing, or too much
        None if len == 0 => return DialString::parse(""),
        None => {
            return Err(DialStringError {
                fault: crate::DialStringFault::TooLong,
                offset: DialString::CAPACITY,
            });
        }
    }
    out.set_len(len);
    Ok(out)
}

impl<R: AsRef<[SimpleRule]>> Rules for SimpleRules<R> {
    fn translate(&self, dialled: &DialString) -> Option<Translated> {
        let rules = self.0.as_ref().iter().enumerate();
        rules.into_iter().find_map(|(index, rule)| {
            let rest = rule.rest(dialled.as_bytes())?;
            Some(Translated {
                rule: index,
                output: output(rule, rest),
            })
        })
    }

    fn rule_count(&self) -> usize {
        self.0.as_ref().len()
    }

    fn groups(&self, rule: usize, dialled: &DialString) -> Option<Groups> {
        let rule = self.0.as_ref().get(rule)?;
        let rest = rule.rest(dialled.as_bytes())?;
        let len = dialled.as_bytes().len();
        let group = (!rule.replaces_all()).then_some(len - rest.len()..len);
        let captures = Captures::of([Some(0..len), group].into_iter());
        Some(Groups::from_parts(captures, *dialled))
    }

    fn missing_group(&self, _: usize) -> Option<u8> {
        None
    }
}
