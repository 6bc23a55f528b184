//! What strangers write: session descriptions.

use std::net::SocketAddr;

use transport::ice::Credentials;
use transport::sdp::{
    Candidate, Carrier, Kind, Local, MAX_CODECS, MAX_LAYERS, MAX_SECTIONS, Media, Section, Setup,
    parse, render,
};

/// Session descriptions (RFC 8866): what is read has its bounds, and what is answered can be read again with as many
/// sections, whatever stood in the names.
pub(crate) fn sdp(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(remote) = parse(text) else { return };
    if remote.sections.is_empty() {
        return; // the gateway's half stands in the sections
    }
    assert!(remote.sections.len() <= MAX_SECTIONS);
    for section in &remote.sections {
        assert!(section.codecs.len() <= MAX_CODECS && section.rids.len() <= MAX_LAYERS);
        assert!(section.codecs.iter().all(|codec| codec.pt < 128));
    }
    let media: Vec<Media> = remote.sections.iter().map(answered).collect();
    if media.iter().all(|it| matches!(it, Media::Reject { .. })) {
        return; // where nothing is taken there is no transport to describe (RFC 8829, section 5.3.1)
    }
    let credentials = Credentials { ufrag: "UFRAGxyz".to_owned(), pwd: "P".repeat(24) };
    let local = Local {
        credentials: &credentials,
        fingerprint: &remote.fingerprint,
        candidates: &[Candidate {
            address: SocketAddr::from(([192, 0, 2, 1], 7_882)),
            carrier: Carrier::Tcp,
        }],
        session: 1,
        version: 1,
        setup: Setup::Passive,
    };
    let again = parse(&render(&local, &media));
    assert!(
        again.as_ref().is_ok_and(|it| it.sections.len() == remote.sections.len()
            && it.fingerprint == remote.fingerprint
            && it.ice_ufrag == credentials.ufrag),
        "the answer reads as {again:?}"
    );
}

fn answered(section: &Section) -> Media {
    let (mid, kind) = (section.mid.clone(), section.kind);
    match section.codecs.first().cloned() {
        _ if kind == Kind::Data => Media::Data { mid },
        Some(codec) if section.sends => Media::Receive {
            mid,
            kind,
            codec,
            extensions: section.extensions.clone(),
            rids: section.rids.clone(),
            active: true,
        },
        Some(codec) => Media::Send {
            mid,
            kind,
            codec,
            extensions: section.extensions.clone(),
            tells: section.tells,
            ssrc: 1,
            rtx_ssrc: 2,
            stream: section.stream.clone().unwrap_or_default(),
            track: section.track.clone().unwrap_or_default(),
            active: true,
        },
        None => Media::Reject { mid, kind },
    }
}
