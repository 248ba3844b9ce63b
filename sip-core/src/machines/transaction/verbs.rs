//! The verbs that are the same for all four machines.

/// Implements them; `$deadline` is what the machine waits for.
macro_rules! verbs {
    ($machine:ident, $state:ident, |$this:ident| $deadline:expr) => {
        impl<B: AsRef<[u8]>> $machine<B> {
            /// The present state.
            pub const fn state(&self) -> $state {
                self.state
            }

            /// Whether the transaction is over and has nothing left to send or to tell: its owner forgets
            /// it now.
            pub const fn is_finished(&self) -> bool {
                matches!(self.state, $state::Terminated)
                    && !self.held.is_due()
                    && self.event.is_none()
            }

            /// Where the messages of this transaction go.
            pub const fn destination(&self) -> Destination {
                self.held.destination()
            }

            /// The message that is kept, if any.
            pub fn message(&self) -> Option<&B> {
                self.held.message()
            }

            /// Writes the message that is to be sent now, if there is one.
            ///
            /// # Errors
            ///
            /// `buf` cannot hold it; nothing has changed.
            pub fn poll_transmit(
                &mut self,
                _now: Instant,
                buf: &mut [u8],
            ) -> Result<Option<Transmit>, BufferTooSmall> {
                self.held.poll(buf)
            }

            /// The same for messages that can be shared instead of copied.
            #[cfg(feature = "alloc")]
            pub(crate) fn take_transmit(&mut self) -> Option<(Transmit, B)>
            where
                B: Clone,
            {
                self.held.take()
            }

            /// What there is to tell the transaction user.
            pub const fn poll_event(&mut self) -> Option<TransactionEvent> {
                self.event.take()
            }

            /// When to call `handle_timeout`.
            pub fn poll_timeout(&self) -> Option<Instant> {
                let $this = self;
                $deadline
            }
        }
    };
}
