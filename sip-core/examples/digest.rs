//! A registration with a password, without a network: the challenge, its answer, and what the server says.
//!
//! ```text
//! cargo run -p trunkline-sip-core --example digest
//! cargo run -p trunkline-sip-core --example digest -- wrong-password
//! ```

use core::error::Error;

use trunkline_sip_core::sans_io::{FiveTuple, Instant};
use trunkline_sip_core::{
    Account, DigestAccount, DigestClient, DigestClientConfig, DigestServer, DigestServerConfig,
    DigestSession, DigestVerdict, HeaderSpan, Message, MessageWriter, Method, NonceUse, Secret,
    ServerProof, StatusCode,
};

const REALM: &str = "biloxi.example.com";

fn main() -> Result<(), Box<dyn Error>> {
    let password = std::env::args().nth(1).unwrap_or_else(|| "zanzibar".into());

    // Both seeds come from the random source of the system in a real program.
    let users = [Account {
        username: "bob",
        secret: Secret::Password("zanzibar"),
    }];
    let mut server = DigestServer::new(
        DigestServerConfig::DEFAULT,
        [1; 32],
        [NonceUse::EMPTY; 1024],
    );
    let mut client = DigestClient::new(DigestClientConfig::default(), [2; 32]);
    client.add(DigestAccount::with_password("bob", password).in_realm(REALM));
    let mut session = DigestSession::new();

    let path = FiveTuple::udp("192.0.2.1:5060".parse()?, "192.0.2.4:5060".parse()?);
    let (mut sent, mut received) = ([0; 2000], [0; 2000]);
    let mut headers = Vec::new();
    for number in 1..=3 {
        let mut writer =
            MessageWriter::request(&mut sent, Method::Register, "sip:biloxi.example.com");
        writer
            .header(
                "Via",
                format_args!("SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKreg{number}"),
            )
            .header("From", "<sip:bob@biloxi.example.com>;tag=456248")
            .header("To", "<sip:bob@biloxi.example.com>")
            .header("Call-ID", "843817637684230@192.0.2.4")
            .header("CSeq", format_args!("{number} REGISTER"));
        for header in &headers {
            let header: &trunkline_sip_core::AuthorizationHeader = header;
            writer.header(header.name(), header);
        }
        let len = writer.finish()?;
        println!(">>> client\n{}", String::from_utf8_lossy(&sent[..len]));
        let mut index = [HeaderSpan::default(); 32];
        let request = Message::parse(&sent[..len], &mut index)?;

        let verdict = server.check(Instant::from_secs(1), path, &request, REALM, &users);
        let len = match &verdict {
            DigestVerdict::Accepted(user) => {
                let mut response = MessageWriter::response_to(
                    &mut received,
                    &request,
                    StatusCode::OK,
                    "",
                    Some("t"),
                );
                user.add_to(&mut response, b"");
                response.finish()?
            }
            refused => refused
                .write_response(&request, "t", &mut received)?
                .ok_or("an exempt REGISTER")?,
        };
        println!("<<< server\n{}", String::from_utf8_lossy(&received[..len]));
        let mut index = [HeaderSpan::default(); 32];
        let response = Message::parse(&received[..len], &mut index)?;

        if let DigestVerdict::Accepted(user) = verdict {
            println!("The server knows {}.", user.username);
            if session.accept(&response, &request) == ServerProof::Right {
                println!("The server has proved that it knows the password.");
            }
            return Ok(());
        }
        headers = match client.answer(&mut session, &response, &request) {
            Ok(headers) => headers,
            Err(error) => {
                println!("The client gives up: {error}.");
                return Ok(());
            }
        };
    }
    Ok(())
}
