//! The router over groups of hosts, on a virtual clock.
