//! Compares, then times: warm-up, batches of about a millisecond, alternating rounds, the median.

use core::time::Duration;
use std::time::Instant;

use crate::allocator::allocations;
use crate::facts::Facts;
use crate::suite::{Contender, Kind, Operation};

/// How long one batch takes at least.
const BATCH: Duration = Duration::from_millis(1);
/// How long each implementation runs before it is timed.
const WARM_UP: Duration = Duration::from_millis(20);
/// Calls over which allocations are averaged, after the warm-up.
const COUNTED_CALLS: u64 = 64;

/// One line of the table.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Measurement {
    pub(crate) operation: String,
    pub(crate) implementation: String,
    /// `None`: refused.
    pub(crate) ns_per_op: Option<f64>,
    pub(crate) mb_per_s: Option<f64>,
    pub(crate) allocs_per_op: Option<f64>,
    /// Why it is refused.
    pub(crate) refused: Option<String>,
    /// Facts that are known to differ.
    pub(crate) differs: Vec<String>,
}

/// An implementation that has been compared and warmed up.
struct Runner {
    name: String,
    inputs: Vec<Input>,
    differs: Vec<String>,
}

/// An implementation with an input.
struct Input {
    run: Box<dyn FnMut(u64)>,
    allocs_per_op: f64,
    batch: u64,
    ns_per_op: Vec<f64>,
}

impl Input {
    fn new(mut run: Box<dyn FnMut(u64)>) -> Self {
        let begin = Instant::now();
        let mut batch = 1;
        loop {
            let elapsed = timed(&mut run, batch);
            if elapsed < BATCH {
                batch *= 2;
            } else if begin.elapsed() >= WARM_UP {
                break;
            }
        }
        let count = allocations(|| run(COUNTED_CALLS));
        Self {
            run,
            allocs_per_op: count as f64 / COUNTED_CALLS as f64,
            batch,
            ns_per_op: Vec::new(),
        }
    }

    fn round(&mut self) {
        let elapsed = timed(&mut self.run, self.batch);
        self.ns_per_op
            .push(elapsed.as_nanos() as f64 / self.batch as f64);
    }
}

fn timed(run: &mut impl FnMut(u64), times: u64) -> Duration {
    let begin = Instant::now();
    run(times);
    begin.elapsed()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

/// Compares all implementations of an operation with ours and times them.
///
/// # Panics
///
/// When one states a fact otherwise than ours, or when ours is missing or refuses.
pub(crate) fn measure(operation: Operation, rounds: u32) -> Vec<Measurement> {
    let Operation {
        name: operation,
        octets,
        contenders,
    } = operation;
    let mut measurements: Vec<Measurement> = Vec::new();
    let mut runners: Vec<Runner> = Vec::new();
    let mut ours = None;
    for contender in contenders {
        let Contender {
            name,
            kind,
            facts,
            runs,
            differs,
        } = contender;
        match facts() {
            Err(refused) => {
                assert_ne!(kind, Kind::Ours, "{operation}: we refuse: {}", refused.0);
                measurements.push(Measurement {
                    operation: operation.clone(),
                    implementation: name,
                    ns_per_op: None,
                    mb_per_s: None,
                    allocs_per_op: None,
                    refused: Some(refused.0),
                    differs: Vec::new(),
                });
            }
            Ok(facts) => {
                let ours = ours.get_or_insert_with(|| {
                    assert_eq!(kind, Kind::Ours, "{operation}: ours must come first");
                    Facts::new()
                });
                let differs = match kind {
                    Kind::Ours => {
                        *ours = facts;
                        Vec::new()
                    }
                    Kind::Peer | Kind::Floor => {
                        assert!(
                            kind == Kind::Floor || !facts.is_empty(),
                            "{operation}: {name} states nothing"
                        );
                        compare(&operation, &name, &facts, ours, &differs)
                    }
                };
                runners.push(Runner {
                    name,
                    inputs: runs.into_iter().map(Input::new).collect(),
                    differs,
                });
            }
        }
    }
    for round in 0..rounds {
        for turn in 0..runners.len() {
            let at = (round as usize + turn) % runners.len();
            runners[at].inputs.iter_mut().for_each(Input::round);
        }
    }
    let refusals = core::mem::take(&mut measurements);
    measurements.extend(runners.into_iter().map(|mut runner| {
        let count = runner.inputs.len() as f64;
        let allocs_per_op = runner.inputs.iter().map(|input| input.allocs_per_op);
        let allocs_per_op = allocs_per_op.sum::<f64>() / count;
        let medians = runner.inputs.iter_mut();
        let mut medians: Vec<f64> = medians.map(|input| median(&mut input.ns_per_op)).collect();
        let ns_per_op = median(&mut medians);
        Measurement {
            operation: operation.clone(),
            implementation: runner.name,
            ns_per_op: Some(ns_per_op),
            mb_per_s: (octets > 0).then(|| octets as f64 * 1_000.0 / ns_per_op),
            allocs_per_op: Some(allocs_per_op),
            refused: None,
            differs: runner.differs,
        }
    }));
    measurements.extend(refusals);
    measurements
}

/// Panics on a difference that is not a known one, and on a known one that is none.
fn compare(
    operation: &str,
    name: &str,
    theirs: &Facts,
    ours: &Facts,
    known: &[(&'static str, &'static str)],
) -> Vec<String> {
    let differences = theirs.differences(ours);
    for difference in &differences {
        assert!(
            known.iter().any(|(fact, _)| *fact == difference.fact),
            "{operation}: {name} differs: {difference}"
        );
    }
    known
        .iter()
        .map(|(fact, reason)| {
            let difference = differences
                .iter()
                .find(|difference| difference.fact == *fact);
            let difference = difference
                .unwrap_or_else(|| panic!("{operation}: {name} no longer differs in {fact}"));
            format!("{difference}: {reason}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Refused;
    use crate::suite::Suite;

    fn table(build: impl FnOnce(&mut Operation)) -> Vec<Measurement> {
        let mut suite = Suite::new();
        build(suite.operation("test.count", 5));
        measure(suite.operations.remove(0), 3)
    }

    #[test]
    fn counts_allocations_and_reports_refusals() {
        let measurements = table(|operation| {
            operation
                .ours(|| Facts::new().with("length", 5), || 5)
                .floor("boxed", || Ok(Facts::new()), || Box::new(5))
                .floor("refusing", || Err(Refused::because("no")), || 0);
        });
        let [ours, boxed, refusing] = &measurements[..] else {
            panic!("{measurements:?}");
        };
        assert_eq!(ours.implementation, "trunkline");
        assert_eq!(ours.allocs_per_op, Some(0.0));
        assert!(ours.ns_per_op > Some(0.0) && ours.mb_per_s > Some(0.0));
        assert_eq!(boxed.allocs_per_op, Some(1.0));
        assert_eq!(refusing.implementation, "floor:refusing");
        assert_eq!((refusing.ns_per_op, refusing.allocs_per_op), (None, None));
    }

    #[test]
    fn several_inputs_make_one_measurement() {
        let measurements = table(|operation| {
            operation
                .ours(Facts::new, || Box::new(5))
                .also(|| 5)
                .variant("boxed");
        });
        let [ours] = &measurements[..] else {
            panic!("{measurements:?}");
        };
        assert_eq!(ours.implementation, "trunkline boxed");
        assert_eq!(ours.allocs_per_op, Some(0.5));
    }

    #[test]
    #[should_panic(expected = "floor:other differs: length: theirs \"6\", ours \"5\"")]
    fn nobody_is_timed_who_does_something_else() {
        table(|operation| {
            operation
                .ours(|| Facts::new().with("length", 5), || 5)
                .floor("other", || Ok(Facts::new().with("length", 6)), || 6);
        });
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.5);
    }
}
