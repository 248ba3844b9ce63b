//! The wire layer: messages as borrowed views, and writers into the caller's buffers. No allocation.

mod error;
mod grammar;
pub mod header;
mod host;
mod message;
mod method;
mod name;
mod params;
mod quoted;
mod scan;
mod start_line;
mod status;
mod transport;
pub mod uri;
mod write;

pub use error::{HeaderError, ParseError};
pub use host::{Host, HostPort};
pub use message::{HeaderField, Headers, HeadersNamed, Message, TypedAll};
pub use method::Method;
pub use name::HeaderName;
pub use params::{Param, ParamIter, ParamValue, Params};
pub use quoted::{QuotedString, Unescaped};
pub use scan::{HeaderSpan, MAX_HEAD};
pub use start_line::StartLine;
pub use status::StatusCode;
pub use transport::Transport;
pub use write::{Encode, Encoder};

#[cfg(feature = "alloc")]
pub(crate) use scan::{Sink, scan};
#[cfg(feature = "alloc")]
pub(crate) use start_line::StartLineSpan;
