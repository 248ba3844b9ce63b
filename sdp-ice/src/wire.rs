//! SDP on the wire (RFC 8866): a lossless borrowed view, typed fields and attributes, edits and a
//! writer. Nothing here allocates.
//!
//! * Read: [`Sdp`], [`Media`], [`Line`], [`Attribute`] and the typed values in [`attribute`].
//! * Judge: [`Sdp::findings`] lists every departure from the RFC's grammar.
//! * Change: [`Sdp::edit`] applies a list of [`Edit`]s, copying everything else byte for byte.
//! * Build: [`Writer`].

pub mod attribute;
mod bandwidth;
mod connection;
mod edit;
mod error;
mod fields;
mod findings;
mod host;
mod line;
mod media;
mod origin;
mod scan;
mod sdp;
mod sink;
mod time;
mod writer;

pub use attribute::{Attribute, AttributeKind, Attributes};
pub use bandwidth::{Bandwidth, BandwidthType};
pub use connection::{AddressFamily, Connection};
pub use edit::{Edit, MAX_EDITS, Section};
pub use error::{Fault, Mode, ParseError, WriteError};
pub use findings::Findings;
pub use host::Host;
pub use line::{Line, LineEnding, LineKind, Lines};
pub use media::{Formats, Media, MediaIter, MediaLine};
pub use origin::Origin;
pub use sdp::Sdp;
pub use time::Time;
pub use writer::Writer;

pub(crate) use edit::{Patch, belongs_elsewhere};
pub(crate) use fields::{Fields, number};
