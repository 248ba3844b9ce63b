//! Trunks: next hops with health.
