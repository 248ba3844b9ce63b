//! What stands in DNS and in messages: borrowed views, and names in fixed buffers.

mod diagnostic;
mod domain;
mod srv_name;
mod srv_record;

pub use diagnostic::MsDiagnostic;
pub use domain::{Domain, DomainError};
pub use srv_name::{SrvNameTooLong, federation_srv_name};
pub use srv_record::{SrvRecord, SrvRecordError};
