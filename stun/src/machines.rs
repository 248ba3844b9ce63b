//! The machines: plain data without an allocator.

mod allocation_lifetime;
mod alternates;
mod authentication;
mod binding_client;
mod binding_exchange;
mod binding_keep_alive;
mod binding_server;
mod keyed_hash;
mod long_term_server;
#[cfg(feature = "ms-turn")]
mod ms_turn_client;
mod nat_discovery;
mod nonce;
mod port_test;
mod public_address;
mod rate_limiter;
mod rto_cache;
mod schedule;
mod server_lookup;
mod server_uri;
mod transaction;
mod turn_client;

pub use authentication::{
    AuthenticationError, CredentialTooLong, LongTermAuthentication, TimeLimitedPassword, Verdict,
    time_limited_until,
};
pub use binding_client::{
    BindingClient, BindingEvent, ClientConfig, ClientDrop, ClientIntegrity, Failure,
    ShortTermCredential,
};
pub use binding_exchange::BindingExchange;
pub use binding_keep_alive::BindingKeepAlive;
pub use binding_server::{AlternateAddresses, Answer, BindingServer, MAX_RESPONSE_LEN, ServerDrop};
pub use long_term_server::{
    Challenge, LongTermAccount, LongTermServer, RequestVerdict, UserIdentity,
};
#[cfg(feature = "ms-turn")]
pub use ms_turn_client::{
    MS_TURN_HEADROOM, MsAllocated, MsTurnClient, MsTurnConfig, MsTurnEvent, MsTurnVersion,
};
pub use nat_discovery::{
    BindingLifetime, Dependence, DiscoveryConfig, DiscoveryDrop, LifetimeSearch, NatDiscovery,
    NatReport, NatType,
};
pub use port_test::{
    PortOutcome, PortTest, PortTestConfig, PortTestDrop, PortTestEvent, PortTestFailure,
    PortTestServer, TestedPorts, TestedPortsError,
};
pub use public_address::{
    AskWhen, PublicAddress, PublicAddressConfig, PublicAddressEvent, STUN_PORT, ServerFailure,
    StunServer, StunServerError, TooManyServers,
};
pub use rate_limiter::{RateEntry, RateLimit, RateLimiter};
pub use rto_cache::{RtoCache, RtoEntry};
pub use schedule::Schedule;
pub use server_lookup::{LookupFailure, LookupStep, ServerLookup};
pub use server_uri::{ServerScheme, ServerUri, ServerUriError};
pub use turn_client::{
    Allocated, PeerData, PortRequest, Received, Refusal, RelayRequest, SendError, TURN_HEADROOM,
    TURN_TAILROOM, TurnClient, TurnConfig, TurnDrop, TurnEvent, TurnFailure, TurnPeer, Wrapped,
};
