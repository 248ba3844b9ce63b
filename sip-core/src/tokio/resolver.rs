//! Names into addresses.
