//! The machines: plain data without an allocator.

mod binding_client;
mod binding_server;
mod schedule;

pub use binding_client::{
    BindingClient, BindingEvent, ClientConfig, ClientDrop, ClientIntegrity, Failure,
    ShortTermCredential,
};
pub use binding_server::{Answer, BindingServer, MAX_RESPONSE_LEN, ServerDrop};
pub use schedule::Schedule;
