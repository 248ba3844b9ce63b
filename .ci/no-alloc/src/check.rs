//! Assertions that need no formatting machinery.

/// The assertion that did not hold, with its place.
pub struct Failed(pub &'static str);

/// Returns from the function when the condition does not hold.
macro_rules! check {
    ($condition:expr) => {
        if !$condition {
            return Err($crate::check::Failed(concat!(
                file!(),
                ":",
                line!(),
                ": ",
                stringify!($condition)
            )));
        }
    };
}

/// The value inside, or a return from the function.
macro_rules! some {
    ($value:expr) => {
        match $crate::check::Maybe::maybe($value) {
            Some(value) => value,
            None => {
                return Err($crate::check::Failed(concat!(
                    file!(),
                    ":",
                    line!(),
                    ": ",
                    stringify!($value)
                )))
            }
        }
    };
}

/// What [`some!`] takes.
pub trait Maybe {
    type Inside;
    fn maybe(self) -> Option<Self::Inside>;
}

impl<T> Maybe for Option<T> {
    type Inside = T;
    fn maybe(self) -> Option<T> {
        self
    }
}

impl<T, E> Maybe for Result<T, E> {
    type Inside = T;
    fn maybe(self) -> Option<T> {
        self.ok()
    }
}

pub(crate) use {check, some};
