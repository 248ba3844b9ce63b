//! The route set (RFC 3261 section 12.1).

use trunkline_sans_io::Storage;

use super::text::Part;
use super::{Dialog, DialogError};
use crate::Message;
use crate::header::{Header as _, RecordRoute, Route};
use crate::wire::header::Values;

impl<S: Storage<u8>> Dialog<S> {
    /// The route set, the next hop first.
    pub fn routes(&self) -> Routes<'_> {
        Routes {
            values: Values::new(self.texts.bytes(Part::Routes)),
        }
    }

    /// Takes the Record-Route values over, in their order or reversed.
    pub(super) fn set_routes(
        &mut self,
        message: &Message<'_>,
        reversed: bool,
    ) -> Result<(), DialogError> {
        self.texts.set(Part::Routes, b"")?;
        for (index, value) in record_routes(message).enumerate() {
            let value = value?;
            if index > 0 {
                self.texts.append(Part::Routes, b",")?;
            }
            self.texts.append(Part::Routes, value)?;
        }
        if reversed {
            // The octets in reverse, and then each value again: in place, and in linear time.
            let text = self.texts.bytes_mut(Part::Routes);
            text.reverse();
            let mut end = text.len();
            for value in record_routes(message).flatten() {
                let start = end.saturating_sub(value.len());
                if let Some(place) = text.get_mut(start..end) {
                    place.reverse();
                }
                end = start.saturating_sub(1);
            }
        }
        Ok(())
    }
}

/// The values of all Record-Route header fields, as they stand there.
fn record_routes<'a>(message: &Message<'a>) -> impl Iterator<Item = Result<&'a [u8], DialogError>> {
    message
        .headers_named(RecordRoute::NAME)
        .flat_map(|field| Values::new(field.value()))
        .map(|(_, value)| {
            RecordRoute::parse(value)
                .map(|_| value)
                .map_err(DialogError::from)
        })
}

/// A route set, the next hop first.
#[derive(Clone, Debug)]
pub struct Routes<'a> {
    values: Values<'a>,
}

impl<'a> Iterator for Routes<'a> {
    type Item = Route<'a>;

    fn next(&mut self) -> Option<Route<'a>> {
        // All of them were read before they were kept.
        self.values
            .next()
            .and_then(|(_, value)| Route::parse(value).ok())
    }
}
