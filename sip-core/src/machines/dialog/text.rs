//! The texts of a dialog, one behind the other in one row of octets.

use trunkline_sans_io::Storage;

/// Which text. The ones that can change stand last, so that little has to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    CallId,
    LocalTag,
    /// The local URI as a From or To value without tag, display name included.
    LocalAddress,
    RemoteAddress,
    RemoteTag,
    /// The route set as the values of a Route header field, in the order to be written.
    Routes,
    /// The remote target, a bare URI.
    Target,
}

const PARTS: usize = 7;

/// The storage has no room for the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoRoom;

/// Seven texts in one storage: two octets of overhead for each.
#[derive(Clone, Debug)]
pub(super) struct Texts<S> {
    storage: S,
    ends: [u16; PARTS],
}

impl<S: Storage<u8>> Texts<S> {
    /// All texts empty.
    pub(super) const fn new(storage: S) -> Self {
        Self {
            storage,
            ends: [0; PARTS],
        }
    }

    #[cfg(all(test, feature = "alloc"))]
    pub(super) fn capacity(&self) -> usize {
        self.storage.entries().len()
    }

    fn start(&self, part: Part) -> usize {
        (part as usize)
            .checked_sub(1)
            .map_or(0, |before| usize::from(self.ends[before]))
    }

    fn end(&self, part: Part) -> usize {
        usize::from(self.ends[part as usize])
    }

    /// The octets of `part`.
    pub(super) fn bytes(&self, part: Part) -> &[u8] {
        self.storage
            .entries()
            .get(self.start(part)..self.end(part))
            .unwrap_or_default()
    }

    /// The same, to change them.
    pub(super) fn bytes_mut(&mut self, part: Part) -> &mut [u8] {
        let (start, end) = (self.start(part), self.end(part));
        self.storage
            .entries_mut()
            .get_mut(start..end)
            .unwrap_or_default()
    }

    /// The text of `part`.
    pub(super) fn get(&self, part: Part) -> &str {
        core::str::from_utf8(self.bytes(part)).unwrap_or_default()
    }

    /// Replaces the text of `part`; nothing has changed where there is no room.
    pub(super) fn set(&mut self, part: Part, text: &[u8]) -> Result<(), NoRoom> {
        self.resize(part, text.len())?;
        self.bytes_mut(part).copy_from_slice(text);
        Ok(())
    }

    /// Adds to the text of `part`; nothing has changed where there is no room.
    pub(super) fn append(&mut self, part: Part, text: &[u8]) -> Result<(), NoRoom> {
        let before = self.end(part) - self.start(part);
        self.resize(part, before + text.len())?;
        self.bytes_mut(part)[before..].copy_from_slice(text);
        Ok(())
    }

    /// Gives `part` room for `len` octets and keeps those that it has.
    fn resize(&mut self, part: Part, len: usize) -> Result<(), NoRoom> {
        let (start, end) = (self.start(part), self.end(part));
        let total = usize::from(self.ends[PARTS - 1]);
        let new_end = start + len;
        let new_total = total - end + new_end;
        if new_total > self.storage.limit().min(usize::from(u16::MAX)) {
            return Err(NoRoom);
        }
        while self.storage.entries().len() < new_total {
            if !self.storage.grow(0) {
                return Err(NoRoom);
            }
        }
        if new_end != end {
            self.storage.entries_mut().copy_within(end..total, new_end);
        }
        for place in &mut self.ends[part as usize..] {
            // Both ends lie below 65,536, see above.
            *place = (usize::from(*place) - end + new_end) as u16;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_grow_and_shrink_in_place() {
        let mut texts = Texts::new([0u8; 32]);
        texts.set(Part::Target, b"sip:a@b").unwrap();
        texts.set(Part::CallId, b"call").unwrap();
        texts.set(Part::Routes, b"<sip:p;lr>").unwrap();
        texts.append(Part::CallId, b"@host").unwrap();
        assert_eq!(texts.get(Part::CallId), "call@host");
        assert_eq!(texts.get(Part::Routes), "<sip:p;lr>");
        assert_eq!(texts.get(Part::Target), "sip:a@b");
        texts.set(Part::Routes, b"").unwrap();
        texts.set(Part::CallId, b"x").unwrap();
        assert_eq!(texts.get(Part::CallId), "x");
        assert_eq!(texts.get(Part::Routes), "");
        assert_eq!(texts.get(Part::Target), "sip:a@b");
    }

    #[test]
    fn a_text_without_room_changes_nothing() {
        let mut texts = Texts::new([0u8; 8]);
        texts.set(Part::LocalTag, b"abcd").unwrap();
        texts.set(Part::Target, b"sip:").unwrap();
        assert_eq!(texts.set(Part::Target, b"sip:x"), Err(NoRoom));
        assert_eq!(texts.append(Part::LocalTag, b"e"), Err(NoRoom));
        assert_eq!(texts.get(Part::LocalTag), "abcd");
        assert_eq!(texts.get(Part::Target), "sip:");
    }
}
