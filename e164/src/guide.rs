//! Pages to read: how to write a voice configuration, how to come here from Lync and Skype for Business, how to add
//! a country.
//!
//! Nothing but text is in these modules.

#[doc = include_str!("guide/from_lync.md")]
pub mod from_lync {}

#[doc = include_str!("guide/your_country.md")]
pub mod your_country {}

#[doc = include_str!("guide/voice_configuration.md")]
pub mod voice_configuration {}
