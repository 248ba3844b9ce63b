//! What several of the examples need: the addresses of a server, by DNS where it has a name, and TLS to it.

#![allow(dead_code, reason = "not every one of them needs all of it")]

use core::error::Error;
use core::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use trunkline_stun::sans_io::DnsQuestion;
use trunkline_stun::sans_io::tokio::Resolver;
use trunkline_stun::tokio::{Answering, ServerAddresses, names_by};
use trunkline_stun::{AddressFamily, ServerLookup, ServerUri};

type Failure = Box<dyn Error>;

/// What is said of all servers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    /// The name server, instead of those of the system.
    dns: Option<SocketAddr>,
    /// Whoever signs certificates.
    ca: Option<PathBuf>,
    /// The name in the certificate, if it is not the one of the URI.
    name: Option<String>,
}

impl Reach {
    /// Takes `--dns`, `--ca` and `--name`, each with what follows it, out of the arguments.
    pub(crate) fn take(arguments: &mut Vec<String>) -> Result<Self, Failure> {
        Ok(Self {
            dns: option(arguments, "--dns")?
                .map(|text| text.parse())
                .transpose()?,
            ca: option(arguments, "--ca")?.map(Into::into),
            name: option(arguments, "--name")?,
        })
    }

    /// Who answers questions to DNS.
    pub(crate) fn names(
        &self,
    ) -> Result<impl FnMut(DnsQuestion) -> Answering + Clone + Send + use<>, Failure> {
        Ok(names_by(match self.dns {
            Some(server) => Resolver::with_servers(&[server])?,
            // Without a configuration it is this host, see resolv.conf(5).
            None => Resolver::system()
                .or_else(|_| Resolver::with_servers(&[SocketAddr::from(([127, 0, 0, 1], 53))]))?,
        }))
    }

    /// The addresses of a server, of the family of `local` if there is one.
    pub(crate) fn addresses(
        &self,
        server: ServerUri,
        local: Option<SocketAddr>,
    ) -> Result<ServerAddresses<impl FnMut(DnsQuestion) -> Answering>, Failure> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        let mut lookup = ServerLookup::new(server, seed);
        match local {
            Some(SocketAddr::V4(_)) => lookup = lookup.with_family(AddressFamily::V4),
            Some(SocketAddr::V6(_)) => lookup = lookup.with_family(AddressFamily::V6),
            None => {}
        }
        Ok(ServerAddresses::new(lookup, self.names()?))
    }

    /// TLS over a connection. The certificate has to be for the name of the URI, whatever DNS has said, and signed by
    /// the authority of `--ca`.
    pub(crate) async fn tls(
        &self,
        server: &ServerUri,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, Failure> {
        let ca = self.ca.as_ref().ok_or("TLS needs --ca FILE")?;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(ca)? {
            roots.add(certificate?)?;
        }
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = match (&self.name, server.name()) {
            (Some(name), _) => ServerName::try_from(name.clone())?,
            (None, Some(name)) => ServerName::try_from(name.as_str().to_string())?,
            (None, None) => ServerName::IpAddress(stream.peer_addr()?.ip().into()),
        };
        let connector = TlsConnector::from(Arc::new(config));
        Ok(connector.connect(name, stream).await?)
    }
}

/// The value behind an option, which both are taken out.
pub(crate) fn option(arguments: &mut Vec<String>, name: &str) -> Result<Option<String>, Failure> {
    let Some(at) = arguments.iter().position(|argument| argument == name) else {
        return Ok(None);
    };
    let value = arguments.drain(at..(at + 2).min(arguments.len())).nth(1);
    Ok(Some(value.ok_or_else(|| format!("{name} needs a value"))?))
}
