//! Questions to DNS: who answers them, and where servers are.

use core::future::Future;
use core::net::SocketAddr;
use core::time::Duration;
use std::vec::Vec;

use tokio::time::timeout;
use trunkline_sans_io::{DnsFailure, DnsQuestion, DnsRecord, Transport};

use crate::machines::{LookupFailure, LookupStep, ServerLookup};

/// How long a question may take.
const DNS_TIMEOUT: Duration = Duration::from_secs(10);

/// Answers for questions to DNS where there is no resolver: every name is unknown. It is enough for
/// servers that are addresses.
pub async fn no_names(_question: DnsQuestion) -> Result<Vec<DnsRecord<'static>>, DnsFailure> {
    Err(DnsFailure::NoSuchName)
}

/// Answers for questions to DNS by a resolver, to addresses and SRV records.
///
/// ```no_run
/// use trunkline_stun::sans_io::tokio::Resolver;
/// use trunkline_stun::tokio::{PublicAddressService, names_by};
/// use trunkline_stun::PublicAddressConfig;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let seed = [7; 32]; // from the system's random source in life
/// let (servers, config) = (["stun.example.org".parse()?], PublicAddressConfig::DEFAULT);
/// let service = PublicAddressService::bind("0.0.0.0:0", &servers, seed, config).await?;
/// let names = names_by(Resolver::system()?);
/// tokio::spawn(service.run(names, |event| println!("{event:?}")));
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "dns")]
pub fn names_by(
    resolver: trunkline_sans_io::tokio::Resolver,
) -> impl FnMut(DnsQuestion) -> Answering + Clone + Send {
    use trunkline_sans_io::DnsData;
    move |question| {
        let resolver = resolver.clone();
        std::boxed::Box::pin(async move {
            let answer = resolver.records(&question).await?;
            let owned = answer.records().filter_map(|DnsRecord { ttl, data }| {
                let data = match data {
                    DnsData::A(address) => DnsData::A(address),
                    DnsData::Aaaa(address) => DnsData::Aaaa(address),
                    DnsData::Srv(srv) => DnsData::Srv(srv),
                    _ => return None,
                };
                Some(DnsRecord { ttl, data })
            });
            Ok(owned.collect())
        })
    }
}

/// A question that a resolver is answering.
#[cfg(feature = "dns")]
pub type Answering = core::pin::Pin<
    std::boxed::Box<
        dyn Future<Output = Result<Vec<DnsRecord<'static>>, DnsFailure>> + Send + 'static,
    >,
>;

/// The addresses of a server, one after the other.
///
/// `resolve` answers questions to DNS, as for [`PublicAddressService::run`](super::PublicAddressService::run); with
/// the feature `dns` that may be `names_by`.
///
/// ```
/// use trunkline_stun::ServerLookup;
/// use trunkline_stun::tokio::{ServerAddresses, no_names};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let seed = [7; 32]; // from the system's random source in life
/// let lookup = ServerLookup::new("turns:192.0.2.1".parse()?, seed);
/// let mut addresses = ServerAddresses::new(lookup, no_names);
/// let (transport, address) = addresses.next().await?; // tried first
/// assert_eq!(format!("{transport} {address}"), "TLS 192.0.2.1:5349");
/// assert!(addresses.next().await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ServerAddresses<R> {
    lookup: ServerLookup,
    resolve: R,
}

impl<R, F> ServerAddresses<R>
where
    R: FnMut(DnsQuestion) -> F,
    F: Future<Output = Result<Vec<DnsRecord<'static>>, DnsFailure>>,
{
    /// Begins with the first address that the look-up knows.
    pub const fn new(lookup: ServerLookup, resolve: R) -> Self {
        Self { lookup, resolve }
    }

    /// The next address to try, and over what. DNS is asked as far as that needs it, 10 seconds for a question.
    ///
    /// When the future is dropped, the question is put once more by the next call.
    ///
    /// # Errors
    ///
    /// [`LookupFailure`] when there is none, or none any more.
    pub async fn next(&mut self) -> Result<(Transport, SocketAddr), LookupFailure> {
        loop {
            match self.lookup.next_step() {
                LookupStep::Try { transport, address } => return Ok((transport, address)),
                LookupStep::Failed(failure) => return Err(failure),
                LookupStep::Ask(question) => {
                    let answer = timeout(DNS_TIMEOUT, (self.resolve)(question)).await;
                    let answer = answer.unwrap_or(Err(DnsFailure::NoAnswer));
                    let answer = answer.as_deref().map_err(|failure| *failure);
                    self.lookup.handle_answer(answer);
                }
            }
        }
    }
}
