//! A client that waits for the gateway to begin the DTLS handshake (`a=setup:passive`).

use std::sync::Arc;

use rtc_crypto::RTCCryptoProvider;
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::Endpoint;
use rtc_shared::TransportProtocol;

use super::client::{Client, GCM, SHA1, World, address};
use super::{CloseReason, closed, connected};

/// The client becomes the server of the handshake.
fn wait(client: &mut Client) {
    let certificate =
        Certificate::generate_self_signed(vec!["client".to_owned()], client.provider.crypto())
            .unwrap();
    let der = &certificate.certificate[0];
    client.fingerprint = crate::dtls::fingerprint(client.provider.as_ref(), der).unwrap();
    let config = ConfigBuilder::default()
        .with_crypto_provider(client.provider.clone())
        .with_certificates(vec![certificate])
        .with_srtp_protection_profiles(vec![SHA1, GCM])
        .with_client_auth(ClientAuthType::RequireAnyClientCert)
        .with_insecure_skip_verify(true)
        .with_extended_master_secret(ExtendedMasterSecretType::Require)
        .build(false, None)
        .unwrap();
    let (own, config) = (address(9), Some(Arc::new(config)));
    client.dtls = Endpoint::new(own, TransportProtocol::UDP, config);
    client.passive = true;
}

#[test]
fn a_client_that_waits_for_the_handshake_is_connected_and_heard() {
    // A line that is away for the first flights costs time and nothing else.
    for away_ms in [0, 1, 3_000] {
        let mut world = World::new(vec![GCM]);
        wait(&mut world.client);
        world.peer.begin_handshake();
        world.expect();
        world.loss = if away_ms == 0 { 0 } else { 100 };
        world.run(away_ms);
        world.loss = 0;
        world.run(8_000);
        assert_eq!((connected(&world), closed(&world)), (1, None), "{away_ms} ms");
        // Both can open what the other seals.
        let mut plain = vec![0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3];
        plain.resize(15 + crate::srtp::OVERHEAD, 0);
        let len = world.peer.sender().unwrap().seal_rtp(&mut plain, 15, 12, 7, 1);
        let (receiver, _) = world.client.srtp.as_mut().unwrap();
        assert!(receiver.open_rtp(&mut plain[..len], 12).is_some());
        let sealed = world.client.seal(&[0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 1, 2, 3], 12, 1);
        let refused = world.peer.counters().refused;
        world.give(&sealed);
        assert_eq!(world.peer.counters().refused, refused, "opened");
    }
}

#[test]
fn a_client_that_waits_and_has_another_certificate_is_refused() {
    let mut world = World::new(vec![GCM]);
    wait(&mut world.client);
    world.peer.begin_handshake();
    world.client.fingerprint = ["AB"; 32].join(":");
    world.expect();
    world.run(2_000);
    assert_eq!(closed(&world), Some(CloseReason::WrongFingerprint));
}
