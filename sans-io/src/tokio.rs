//! What tokio is needed for: questions to DNS.

mod resolver;

pub use resolver::{Addresses, DnsAnswer, ResolveError, Resolver};
