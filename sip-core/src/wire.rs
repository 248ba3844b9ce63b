//! The wire layer: messages as borrowed views, and writers into the caller's buffers. No allocation.

#[cfg(feature = "digest")]
mod digest;
mod error;
mod fragment;
mod framing;
mod grammar;
pub mod header;
mod header_block;
mod host;
mod message;
mod method;
mod multipart;
mod name;
mod params;
mod patch;
mod quoted;
mod scan;
mod start_line;
mod status;
mod transport;
pub mod uri;
mod validate;
mod write;

#[cfg(feature = "digest")]
#[cfg_attr(docsrs, doc(cfg(feature = "digest")))]
pub use digest::{Ha1, HashFunction, HexDigest, InvalidHa1};
pub use error::{HeaderError, ParseError};
pub use fragment::Fragment;
pub use framing::{Frame, FrameError, Framer, is_keep_alive};
pub use header_block::HeaderBlock;
pub use host::{Host, HostPort};
pub use message::{HeaderField, Headers, HeadersNamed, Message, TypedAll};
pub use method::Method;
pub use multipart::{Multipart, MultipartError, MultipartWriter, Part};
pub use name::HeaderName;
pub use params::{Param, ParamIter, ParamValue, Params};
pub use patch::{MAX_EDITS, Patch};
pub use quoted::{QuotedString, Unescaped};
pub use scan::{HeaderSpan, MAX_HEAD};
pub use start_line::StartLine;
pub use status::StatusCode;
pub use transport::Transport;
pub use validate::{
    Leniency, MergedIdentity, Rejection, Role, Rules, check_extensions, check_max_forwards,
    unsupported, validate,
};
pub use write::{
    Encode, Encoder, MessageWriter, WriteError, write_ack_for, write_cancel_for, write_response_to,
};

#[cfg(feature = "alloc")]
pub(crate) use scan::{Sink, scan};
#[cfg(feature = "alloc")]
pub(crate) use start_line::StartLineSpan;
