//! What the fuzz targets share.

pub mod operations;
pub mod sip_headers;
