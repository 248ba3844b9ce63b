//! The order in which the records of a domain are to be tried.

use trunkline_sans_io::Srv;

use crate::SrvRecord;

/// The order in which SRV records are to be tried.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum SrvOrder {
    /// By priority, and by chance among equal ones, as often as their weights say (RFC 2782).
    #[default]
    PriorityAndWeight,
    /// As they arrived: for compatibility with servers that make nothing of priority and weight.
    AsReceived,
}

impl SrvOrder {
    /// Puts the records in this order.
    ///
    /// `random` yields a number between 0 and its argument, both included, each as likely as the others.
    /// The cost grows with the square of the number of records: give it those of one answer, which the size of
    /// DNS messages limits.
    pub fn sort(self, records: &mut [SrvRecord<'_>], random: impl FnMut(u32) -> u32) {
        match self {
            Self::AsReceived => {}
            Self::PriorityAndWeight => {
                Srv::sort(records, |record| (record.priority, record.weight), random);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString as _};
    use std::vec::Vec;

    use super::*;

    fn sorted(
        order: SrvOrder,
        records: &[&'static str],
        random: impl FnMut(u32) -> u32,
    ) -> Vec<String> {
        let parse = |text: &&'static str| SrvRecord::parse(text).unwrap();
        let mut records: Vec<SrvRecord<'_>> = records.iter().map(parse).collect();
        order.sort(&mut records, random);
        let name = |record: &SrvRecord<'_>| record.target.unwrap().as_str()[..1].to_string();
        records.iter().map(name).collect()
    }

    const RECORDS: [&str; 5] = [
        "20 0 5061 d.example",
        "10 60 5061 c.example",
        "10 0 5061 a.example",
        "10 20 5061 b.example",
        "20 0 5061 e.example",
    ];

    /// E001-117: by RFC 2782, or as they are.
    #[test]
    fn e001_117_priority_and_weight_count_unless_told_otherwise() {
        let order = SrvOrder::PriorityAndWeight;
        assert_eq!(sorted(order, &RECORDS, |_| 0), ["a", "b", "c", "d", "e"]);
        assert_eq!(
            sorted(order, &RECORDS, |most| most),
            ["c", "b", "a", "d", "e"]
        );
        // 1 to 20 of 80 are b, the others c
        assert_eq!(sorted(order, &RECORDS, |_| 20), ["b", "c", "a", "d", "e"]);
        assert_eq!(sorted(order, &RECORDS, |_| 21), ["c", "b", "a", "d", "e"]);
        let order = SrvOrder::AsReceived;
        assert_eq!(sorted(order, &RECORDS, |_| 0), ["d", "c", "a", "b", "e"]);
    }

    #[test]
    fn a_bad_random_source_does_no_harm() {
        let order = SrvOrder::PriorityAndWeight;
        assert_eq!(sorted(order, &RECORDS, |_| u32::MAX)[0], "c");
        assert!(sorted(order, &[], |_| 7).is_empty());
    }
}
