//! What is still to be tried of a server.

use core::net::SocketAddr;

use trunkline_sans_io::{DnsFailure, DnsQuestion, DnsRecord, FiveTuple};

use super::super::alternates::Alternates;
use super::{LookupFailure, LookupStep, ServerFailure, ServerLookup, StunServer};
use crate::wire::{AddressFamily, TransactionIds};

/// The way to an answer of one server: its addresses, and those whom they name.
#[derive(Clone, Debug)]
pub(super) struct Search {
    /// Its place in the list.
    pub(super) server: usize,
    lookup: ServerLookup,
    /// To the one that is being asked.
    pub(super) path: FiveTuple,
    alternates: Alternates,
    /// Why the last one that was asked did not tell.
    pub(super) failure: Option<ServerFailure>,
}

/// What is to be tried next.
pub(super) enum Step {
    Bind(FiveTuple),
    Ask(DnsQuestion),
}

impl Search {
    pub(super) fn of(
        index: usize,
        server: StunServer,
        local: SocketAddr,
        ids: TransactionIds,
    ) -> Self {
        let family = match local {
            SocketAddr::V4(_) => AddressFamily::V4,
            SocketAddr::V6(_) => AddressFamily::V6,
        };
        Self {
            server: index,
            lookup: ServerLookup::with_ids(server.into(), ids).with_family(family),
            path: FiveTuple::udp(local, local),
            alternates: Alternates::default(),
            failure: None,
        }
    }

    /// Why there is none, if there is nothing left.
    pub(super) fn next_step(&mut self) -> Result<Step, ServerFailure> {
        match self.lookup.next_step() {
            LookupStep::Try { address, .. } => {
                self.path.remote = address;
                Ok(Step::Bind(self.path))
            }
            LookupStep::Ask(question) => Ok(Step::Ask(question)),
            LookupStep::Failed(failure) => Err(self.failure.unwrap_or_else(|| failure.into())),
        }
    }

    /// The path to another server that the one being asked names, if it may be asked.
    pub(super) fn follow(&mut self, server: SocketAddr) -> Option<FiveTuple> {
        let follows = self.alternates.follow(&mut self.path, server);
        follows.then_some(self.path)
    }

    /// Takes what DNS has answered to the last question.
    pub(super) fn take_answer(&mut self, answer: Result<&[DnsRecord<'_>], DnsFailure>) {
        self.failure = None;
        self.lookup.handle_answer(answer);
    }
}

impl From<LookupFailure> for ServerFailure {
    fn from(failure: LookupFailure) -> Self {
        match failure {
            LookupFailure::Dns(failure) => Self::Dns(failure),
            LookupFailure::NoService => Self::NoService,
            LookupFailure::OtherFamily => Self::OtherFamily,
            // Only after an address that was tried, whose failure is the one to tell.
            LookupFailure::NoMore => Self::Dns(DnsFailure::NoRecord),
        }
    }
}
