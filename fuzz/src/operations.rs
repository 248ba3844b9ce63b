//! A machine under a sequence of operations and a clock that only the sequence moves.
//!
//! Whatever the operations are, these hold for every machine with the verbs of the crates:
//!
//! * timers that come due are used up: once `handle_timeout` was called, the next deadline lies ahead;
//! * an early `handle_timeout` does nothing;
//! * each step does bounded work, and the tables stay within their limits;
//! * left alone, the machine comes to rest with nothing armed and nothing kept.

use core::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use trunkline_sans_io::Instant;

/// The most operations of one input.
const MOST_OPERATIONS: usize = 400;
/// The most timers that one machine of a target may have due at once, with what they arm at once.
const MOST_DUE: usize = 256;
/// How many deadlines may pass until a machine that is left alone is at rest.
const MOST_DEADLINES: usize = 20_000;

/// A machine and what the target keeps to judge it.
pub trait Driven {
    /// What the user and the peers do.
    type Operation<'a>: Arbitrary<'a>;

    /// Does one thing.
    fn apply(&mut self, now: Instant, operation: Self::Operation<'_>);

    /// Takes out, and judges, all there is to send and to tell. Returns how much it was.
    fn drain(&mut self, now: Instant) -> usize;

    /// `handle_timeout` of the machine.
    fn handle_timeout(&mut self, now: Instant);

    /// `poll_timeout` of the machine.
    fn poll_timeout(&self) -> Option<Instant>;

    /// What holds after every step.
    fn check(&self);

    /// The user and the peers go away: whatever waits for them is given up.
    fn abandon(&mut self, now: Instant);

    /// What holds once nothing is armed any more after [`Driven::abandon`].
    fn check_rest(&self);
}

#[derive(Arbitrary)]
enum Step<O> {
    Apply(O),
    /// Milliseconds pass, and every deadline on the way is kept.
    Pass(u16),
    /// The driver sleeps over deadlines for so many milliseconds.
    Oversleep(u16),
    /// To the next deadline, exactly.
    ToDeadline,
}

/// Runs the operations that `data` encodes.
pub fn run<D: Driven>(mut machine: D, data: &[u8]) {
    let mut input = Unstructured::new(data);
    let mut now = Instant::from_secs(1);
    for _ in 0..MOST_OPERATIONS {
        if input.is_empty() {
            break;
        }
        let Ok(step) = Step::<D::Operation<'_>>::arbitrary(&mut input) else {
            break;
        };
        match step {
            Step::Apply(operation) => machine.apply(now, operation),
            Step::Pass(millis) => {
                let end = now + Duration::from_millis(millis.into());
                while let Some(next) = machine.poll_timeout().filter(|next| *next <= end) {
                    now = now.max(next);
                    use_up(&mut machine, now);
                }
                now = end;
            }
            Step::Oversleep(millis) => now += Duration::from_millis(millis.into()),
            Step::ToDeadline => now = now.max(machine.poll_timeout().unwrap_or(now)),
        }
        machine.drain(now);
        use_up(&mut machine, now);
    }

    machine.abandon(now);
    machine.drain(now);
    use_up(&mut machine, now);
    let mut passed = 0;
    while let Some(next) = machine.poll_timeout() {
        assert!(next > now);
        now = next;
        use_up(&mut machine, now);
        passed += 1;
        assert!(passed < MOST_DEADLINES, "the machine does not come to rest");
    }
    machine.check_rest();
}

/// Handles what is due, until the next deadline lies ahead.
fn use_up(machine: &mut impl Driven, now: Instant) {
    let mut rounds = 0;
    while machine.poll_timeout().is_some_and(|next| next <= now) {
        machine.handle_timeout(now);
        machine.drain(now);
        rounds += 1;
        assert!(rounds < MOST_DUE, "timers that came due are not used up");
    }
    machine.check();

    let next = machine.poll_timeout();
    machine.handle_timeout(now);
    assert_eq!(
        machine.drain(now),
        0,
        "an early handle_timeout did something"
    );
    assert_eq!(machine.poll_timeout(), next);
}
