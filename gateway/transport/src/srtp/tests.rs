//! Both profiles against `rtc-srtp`, in both directions.

use super::*;
use crate::rtp::pli;
use rtc_crypto::RTCCryptoProvider;
use rtc_crypto::providers::AwsLcRsProvider;
use rtc_srtp::context::Context;
use rtc_srtp::protection_profile::ProtectionProfile;

const PROFILES: [(SrtpProfile, ProtectionProfile); 2] = [
    (SrtpProfile::Gcm, ProtectionProfile::AeadAes128Gcm),
    (SrtpProfile::Sha1, ProtectionProfile::Aes128CmHmacSha1_80),
];

fn keys(profile: SrtpProfile) -> SrtpKeys {
    let material: Vec<u8> = (0..60).collect();
    SrtpKeys::split_for_server(profile, &material).unwrap()
}

fn theirs(master: &Master, profile: ProtectionProfile, provider: &AwsLcRsProvider) -> Context {
    Context::new(&master.key, &master.salt, profile, None, None, provider.crypto()).unwrap()
}

fn packet(ssrc: u32, seq: u16) -> Vec<u8> {
    let mut p = vec![0x90, 96, (seq >> 8) as u8, seq as u8, 0, 0, 0, 9];
    p.extend_from_slice(&ssrc.to_be_bytes());
    p.extend_from_slice(&[0xbe, 0xde, 0, 1, 0x10, b'0', 0, 0]);
    p.extend((0..50).map(|i| i ^ seq as u8));
    p
}

#[test]
fn another_implementation_opens_what_is_sealed() {
    for (profile, name) in PROFILES {
        let provider = AwsLcRsProvider::default();
        let keys = keys(profile);
        let mut theirs = theirs(&keys.server, name, &provider);
        let mut ours = keys.sender(provider.crypto()).unwrap();
        // The other side cannot know the roll-over counter of a stream that begins above zero.
        for index in 65_486..65_586u64 {
            let plain = packet(0x0102_0304, index as u16);
            let mut buf = plain.clone();
            buf.resize(plain.len() + OVERHEAD, 0);
            let n = ours.seal_rtp(&mut buf, plain.len(), 20, 0x0102_0304, index);
            assert_eq!(
                theirs.decrypt_rtp(&buf[..n]).unwrap()[..],
                plain[..],
                "{profile:?} {index}"
            );
        }
        for i in 0..3 {
            let report = pli(i);
            assert_eq!(
                theirs.decrypt_rtcp(&ours.seal_rtcp(&report)).unwrap()[..],
                report[..],
                "{profile:?}"
            );
        }
    }
}

#[test]
fn what_another_implementation_seals_is_opened_once_and_a_forged_one_never() {
    for (profile, name) in PROFILES {
        let provider = AwsLcRsProvider::default();
        let keys = keys(profile);
        let mut theirs = theirs(&keys.client, name, &provider);
        let mut ours = keys.receiver(provider.crypto()).unwrap();
        let sealed: Vec<_> = (65_400..65_700u32)
            .map(|i| (i as u16, theirs.encrypt_rtp(&packet(7, i as u16)).unwrap()))
            .collect();
        for pair in sealed.chunks(2) {
            for (seq, wire) in [&pair[1], &pair[0]] {
                let mut forged = wire.to_vec();
                forged[30] ^= 1;
                assert_eq!(ours.open_rtp(&mut forged, 20), None);
                let mut buf = wire.to_vec();
                let n = ours.open_rtp(&mut buf, 20).expect("first time");
                assert_eq!(buf[..n], packet(7, *seq)[..]);
                assert_eq!(ours.open_rtp(&mut wire.to_vec(), 20), None, "replay of {seq}");
            }
        }
        let report = pli(5);
        let wire = theirs.encrypt_rtcp(&report).unwrap();
        let mut forged = wire.to_vec();
        forged[8] ^= 1;
        assert_eq!(ours.open_rtcp(&mut forged), None);
        let mut buf = wire.to_vec();
        let n = ours.open_rtcp(&mut buf).unwrap();
        assert_eq!(buf[..n], report[..]);
        assert_eq!(ours.open_rtcp(&mut wire.to_vec()), None);
    }
}

#[test]
fn short_and_foreign_packets_are_refused_and_leave_nothing() {
    for (profile, _) in PROFILES {
        let provider = AwsLcRsProvider::default();
        let mut ours = keys(profile).receiver(provider.crypto()).unwrap();
        for n in 0..64 {
            let mut b = vec![0x80u8; n];
            assert_eq!(ours.open_rtcp(&mut b), None);
            assert_eq!(ours.open_rtp(&mut b, 12), None);
        }
        for ssrc in 0..10_000 {
            assert_eq!(ours.open_rtp(&mut packet(ssrc, 1), 20), None);
        }
        assert_eq!(ours.ssrcs(), 0, "state only for authenticated packets");
    }
}

#[test]
fn replay_state_is_bounded_and_the_oldest_gives_way() {
    let provider = AwsLcRsProvider::default();
    let keys = keys(SrtpProfile::Gcm);
    let mut theirs = theirs(&keys.client, ProtectionProfile::AeadAes128Gcm, &provider);
    let mut ours = keys.receiver(provider.crypto()).unwrap();
    let mut open = |ssrc, seq| {
        ours.open_rtp(&mut theirs.encrypt_rtp(&packet(ssrc, seq)).unwrap().to_vec(), 20).is_some()
    };
    for ssrc in 0..MAX_SSRCS as u32 + 100 {
        assert!(open(ssrc, 1));
        assert!(open(u32::MAX, 10 + ssrc as u16), "a busy stream is never forgotten");
    }
    assert_eq!(ours.ssrcs(), MAX_SSRCS);
}

#[test]
fn sealing_refuses_what_does_not_fit() {
    let provider = AwsLcRsProvider::default();
    for (profile, _) in PROFILES {
        let mut ours = keys(profile).sender(provider.crypto()).unwrap();
        let mut buf = [0x80; 40];
        assert_eq!(ours.seal_rtp(&mut buf, 30, 12, 1, 1), 0, "no room for the tag");
        assert_eq!(ours.seal_rtp(&mut buf, 10, 12, 1, 1), 0, "header longer than the packet");
        assert_eq!(ours.seal_rtp(&mut buf, 20, 12, 1, 1 << 48), 0, "index of more than 48 bits");
        assert!(ours.seal_rtp(&mut buf, 20, 12, 1, (1 << 48) - 1) > 20);
        assert!(ours.seal_rtcp(&[0x80, 201, 0, 0]).is_empty());
    }
}
