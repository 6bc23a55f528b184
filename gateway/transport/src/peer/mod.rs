//! One client's transport, sans-I/O: ICE-lite, DTLS, SRTP and SCTP composed.

mod outputs;
mod round_trip;
mod session;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::dtls::Identity;
use crate::error::Error;
use crate::ice::{Credentials, IceLite, is_answer, tag_of};
use crate::ingress::{IngressCounters, Track};
use crate::sdp::{Codec, Kind, Ssrcs};
use crate::srtp::Sender;
pub use outputs::{Carries, CloseReason, Output};
use session::DtlsSession;

/// What a peer is told.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram and where it came from. Opened in place: the payload of an [`Output::Media`] lies in this buffer.
    Datagram(SocketAddr, &'a mut [u8]),
    /// A datagram that came over a connection or a relay: the address that stands for that way, the address that the
    /// client is told to have, and the datagram.
    Carried(SocketAddr, SocketAddr, &'a mut [u8]),
    /// [`Peer::poll_timeout`] is reached; harmless when it is not.
    Timeout,
}

/// A client that checks its way but does not finish the DTLS handshake is given up after this time.
pub const HANDSHAKE: Duration = Duration::from_secs(30);
/// The most that is answered to DTLS before the handshake is done: some ten times all its flights.
const HANDSHAKE_BYTES_MAX: usize = 32 * 1024;
/// A closed peer wants nothing more.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// One client's transport. It owns no socket and reads no clock; it frees its state when it closes.
#[derive(Debug)]
pub struct Peer {
    ice: IceLite,
    identity: Arc<Identity>,
    now: Instant,
    retired: Vec<String>,
    handshake_by: Option<Instant>,
    /// What was sent in answer to DTLS; over 0 there is a path that another one must not replace unproved.
    handshake_bytes: usize,
    active: bool,
    session: Option<Box<DtlsSession>>, // `None` = closed
    counters: IngressCounters,         // of a closed session
}

impl Peer {
    /// A client from which nothing has come yet. It closes after [`crate::ice::CONSENT`] without a check. All its user
    /// fragments begin with `tag`, below [`crate::ice::TAGS`], for those who share out datagrams.
    ///
    /// # Errors
    /// [`Error::Crypto`] when the system has no randomness.
    pub fn new(now: Instant, identity: Arc<Identity>, tag: u8) -> Result<Self, Error> {
        let credentials = Credentials::random(identity.provider(), tag)?;
        let session = Some(Box::new(DtlsSession::new(identity.clone())));
        Ok(Self {
            ice: IceLite::new(now, credentials),
            identity,
            now,
            retired: vec![],
            handshake_by: None,
            handshake_bytes: 0,
            active: false,
            session,
            counters: IngressCounters::default(),
        })
    }

    /// Takes one input; everything that follows from it is in `out` when the call returns.
    pub fn handle(&mut self, now: Instant, input: Input<'_>, out: &mut Vec<Output>) {
        self.now = self.now.max(now);
        if self.session.is_none() {
            return;
        }
        let result = match input {
            Input::Datagram(from, data) => self.datagram(from, from, data, out),
            Input::Carried(way, seen, data) => self.datagram(way, seen, data, out),
            Input::Timeout => self.timeout(out),
        };
        let asked = self.ice.ask(self.now, self.identity.provider());
        out.extend(asked.map(|(to, request)| Output::Send(to, request, Carries::Control)));
        out.extend(self.retired.drain(..).map(Output::UfragRetired));
        self.end_if(result, out);
    }

    /// When [`Input::Timeout`] is wanted; ask again after each call that takes `&mut self`.
    pub fn poll_timeout(&self) -> Instant {
        let Some(session) = &self.session else { return self.now + NEVER };
        if !self.retired.is_empty() {
            return self.now;
        }
        [session.poll_timeout(), self.handshake_by]
            .into_iter()
            .flatten()
            .fold(self.ice.poll_timeout(), Instant::min)
    }

    /// RFC 7983: the first byte tells the protocols apart.
    fn datagram(
        &mut self,
        from: SocketAddr,
        seen: SocketAddr,
        data: &mut [u8],
        out: &mut Vec<Output>,
    ) -> Result<(), CloseReason> {
        let Some(session) = &mut self.session else { return Ok(()) };
        match data.first() {
            Some(0..=3) if is_answer(data) => {
                let answered = self.ice.answered(from, data, self.identity.crypto());
                out.extend(answered.map(|answer| Output::answered(answer, from)));
                Ok(())
            }
            Some(0..=3) => {
                let (settled, provider) = (self.handshake_bytes > 0, self.identity.provider());
                let ways = (from, seen);
                let Some(answer) = self.ice.handle(self.now, data, ways, settled, provider) else {
                    return Ok(());
                };
                if self.ice.checked() && !session.admitted() {
                    self.handshake_by.get_or_insert(self.now + HANDSHAKE);
                }
                out.push(Output::Send(from, answer.packet, Carries::Control));
                out.push(Output::Checked(from));
                if answer.moved {
                    out.push(Output::Moved(from));
                }
                if let Some(to) = self.ice.selected().filter(|_| self.active) {
                    session.begin(self.now, to, out);
                }
                Ok(())
            }
            Some(20..=63) => {
                let to = self.ice.selected().unwrap_or(from);
                // Until the client has finished, nothing proves that it is there.
                if !session.admitted() && self.handshake_bytes > HANDSHAKE_BYTES_MAX {
                    session.ingress.refused();
                    return Ok(());
                }
                let before = out.len();
                let result = session.dtls(self.now, data, to, out);
                let sent = out.iter().skip(before).map(|output| match output {
                    Output::Send(_, datagram, _) => datagram.len(),
                    _ => 0,
                });
                self.handshake_bytes = self.handshake_bytes.saturating_add(1 + sent.sum::<usize>());
                result
            }
            Some(128..=191) => {
                session.media(self.now, data, out);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn timeout(&mut self, out: &mut Vec<Output>) -> Result<(), CloseReason> {
        let Some(session) = &mut self.session else { return Ok(()) };
        if self.ice.expired(self.now) {
            return Err(if self.ice.checked() {
                CloseReason::ConsentLost
            } else {
                CloseReason::NeverConnected
            });
        }
        if session.admitted() {
            self.handshake_by = None;
        }
        if self.handshake_by.is_some_and(|t| t <= self.now) {
            return Err(CloseReason::HandshakeFailed);
        }
        out.extend(self.ice.retire(self.now).map(Output::UfragRetired));
        session.timeout(self.now, self.ice.selected(), out)
    }

    fn end_if(&mut self, result: Result<(), CloseReason>, out: &mut Vec<Output>) {
        if let Err(reason) = result {
            self.free();
            out.push(Output::Closed(reason));
        }
    }

    fn free(&mut self) {
        if let Some(session) = self.session.take() {
            self.counters = session.counters();
        }
    }

    /// The gateway is to begin the DTLS handshake as soon as the client has chosen its way: the client waits for it
    /// (`a=setup:passive`). For a client without data channels, whose numbers depend on who began.
    pub const fn begin_handshake(&mut self) {
        self.active = true;
    }

    /// The SHA-256 fingerprint of the client's certificate, from its offer or answer ([`crate::sdp::Remote`]). Keys are
    /// used and data channels are heard only after it is known and matches; another one than before closes the peer.
    pub fn expect(&mut self, fingerprint: &str, out: &mut Vec<Output>) {
        let to = self.ice.selected();
        let Some(session) = &mut self.session else { return };
        let result = session.expect(self.now, fingerprint, to, out);
        self.end_if(result, out);
    }

    /// Whether this datagram from an unknown address could be the client's: cheap, no proof.
    pub fn may_own(&self, datagram: &[u8]) -> bool {
        matches!(datagram.first(), Some(128..=191))
            && self.session.as_ref().is_some_and(|session| session.may_own(datagram))
    }

    /// Looks for the client at `from` if it has sealed this SRTP or SRTCP packet, newer than all before it under its SSRC:
    /// what is sent goes there as soon as it has answered there, and not after its next check. The packet itself is not
    /// taken.
    pub fn follow(&mut self, from: SocketAddr, datagram: &[u8]) -> bool {
        let owns = self.may_own(datagram)
            && self.ice.checked()
            && self.session.as_ref().is_some_and(|session| session.owns(datagram));
        if owns {
            self.ice.suspect(self.now, from, self.identity.provider());
        }
        owns
    }

    /// Takes the client's own ICE credentials, from its description: with them it proves where it is.
    pub fn meet(&mut self, ufrag: &str, pwd: &str) {
        self.ice.meet(Credentials { ufrag: ufrag.to_owned(), pwd: pwd.to_owned() });
    }

    /// Takes new credentials; the old ones live on for [`crate::ice::OLD_CREDENTIALS`] at most, and for
    /// [`crate::ice::OLD_CREDENTIALS_IN_USE`] after the first use of the new ones. Without randomness nothing changes.
    pub fn restart_ice(&mut self) {
        let tag = tag_of(&self.ice.credentials().ufrag).unwrap_or_default();
        if let Ok(credentials) = Credentials::random(self.identity.provider(), tag) {
            self.retired.extend(self.ice.restart(self.now, credentials));
        }
    }

    /// The credentials that belong into the next description.
    pub const fn credentials(&self) -> &Credentials {
        self.ice.credentials()
    }

    /// User fragments by which this client can be found at present, the current one first. They stay after the end, so
    /// that a demultiplexer can remove them.
    pub fn ufrags(&self) -> impl Iterator<Item = &str> {
        self.ice.ufrags()
    }

    /// Where to send; `None` before the first nomination.
    pub const fn selected(&self) -> Option<SocketAddr> {
        self.ice.selected()
    }

    /// Is this the end? A closed peer ignores everything.
    pub const fn closed(&self) -> bool {
        self.session.is_none()
    }

    /// Seals RTP for this client; `None` until [`Output::Connected`] and after the end.
    pub fn sender(&mut self) -> Option<&mut Sender> {
        self.session.as_mut()?.sender()
    }

    /// Seals and sends a plain RTCP compound. Nothing happens before [`Output::Connected`]. A sender report in it also
    /// tells the peer what NTP time `now` is, by which it measures round-trip times.
    pub fn send_rtcp(&mut self, now: Instant, compound: &[u8], out: &mut Vec<Output>) {
        self.now = self.now.max(now);
        if let (Some(session), Some(to)) = (&mut self.session, self.ice.selected()) {
            session.send_rtcp(self.now, compound, to, out);
        }
    }

    /// Asks the client for a key frame of one layer; nothing happens while the layer is unknown.
    pub fn request_keyframe(&mut self, track: usize, layer: usize, out: &mut Vec<Output>) {
        if let (Some(session), Some(to)) = (&mut self.session, self.ice.selected()) {
            session.request_keyframe(track, layer, to, out);
        }
    }

    /// Opens a data channel, to be called after [`Output::ChannelsUp`]; the answer is its stream.
    ///
    /// # Errors
    /// Those of [`crate::sctp::Sctp::open`].
    pub fn open_channel(
        &mut self,
        now: Instant,
        label: &str,
        ordered: bool,
        max_retransmits: Option<u16>,
        out: &mut Vec<Output>,
    ) -> Result<u16, Error> {
        self.now = self.now.max(now);
        let to = self.ice.selected();
        let session = self.session.as_mut().ok_or(Error::NotConnected)?;
        session.channels(self.now, to, out, |sctp, now, packets| {
            sctp.open(now, label, ordered, max_retransmits, packets)
        })
    }

    /// Queues a message on a data channel.
    ///
    /// # Errors
    /// Those of [`crate::sctp::Sctp::send`]: [`Error::Full`] when more than [`crate::sctp::MAX_BUFFERED`] bytes would wait.
    pub fn send_message(
        &mut self,
        now: Instant,
        stream: u16,
        text: bool,
        data: &[u8],
        out: &mut Vec<Output>,
    ) -> Result<(), Error> {
        self.now = self.now.max(now);
        let to = self.ice.selected();
        let session = self.session.as_mut().ok_or(Error::NotConnected)?;
        session.channels(self.now, to, out, |sctp, now, packets| {
            sctp.send(now, stream, text, data, packets)
        })
    }

    /// Reads no more of a data channel until [`Self::release_channel`]: the client's messages wait with the client, once
    /// the window of the association (1 MiB) is full. Its other channels wait as well then.
    pub fn hold_channel(&mut self, stream: u16) {
        self.session.iter_mut().for_each(|session| session.hold(stream));
    }

    /// Reads a data channel again.
    pub fn release_channel(&mut self, now: Instant, stream: u16, out: &mut Vec<Output>) {
        self.now = self.now.max(now);
        let to = self.ice.selected();
        let Some(session) = &mut self.session else { return };
        let result = session.release(self.now, stream, to, out);
        self.end_if(result, out);
    }

    /// Bytes of a data channel that the client has not acknowledged.
    pub fn buffered(&mut self, stream: u16) -> usize {
        self.session.as_mut().map_or(0, |s| s.buffered(stream))
    }

    /// A section in which the client sends; the answer is the track's number. Numbers of removed tracks are used again.
    ///
    /// # Errors
    /// [`Error::TooMany`] over [`crate::ingress::MAX_TRACKS`]; [`Error::NotConnected`] after the end.
    pub fn add_track(
        &mut self,
        mid: &str,
        kind: Kind,
        codecs: &[Codec],
        extensions: &[(u8, String)],
        rids: &[String],
    ) -> Result<usize, Error> {
        let session = self.session.as_mut().ok_or(Error::NotConnected)?;
        session.ingress.add(mid, kind, codecs, extensions, rids)
    }

    /// Streams that the section of a track announces by number; they count where there are no rids.
    pub fn announce(&mut self, track: usize, ssrcs: &[Ssrcs]) {
        self.session.iter_mut().for_each(|session| session.ingress.announce(track, ssrcs));
    }

    /// A packet that has not come is taken from a copy in a later one; `false` if it has come, or is not missed any more.
    pub fn recover(&mut self, track: usize, layer: usize, seq: u64) -> bool {
        self.session
            .as_mut()
            .is_some_and(|session| session.ingress.recover(self.now, track, layer, seq))
    }

    /// The client stopped sending this track for good.
    pub fn remove_track(&mut self, track: usize) {
        self.session.iter_mut().for_each(|session| session.ingress.remove(track));
    }

    /// The tracks that the client sends, with their numbers.
    pub fn tracks(&self) -> impl Iterator<Item = (usize, &Track)> {
        self.session.iter().flat_map(|s| s.ingress.tracks())
    }

    /// What came in and what was dropped, since the beginning.
    pub fn counters(&self) -> IngressCounters {
        self.session.as_ref().map_or(self.counters, |s| s.counters())
    }

    /// Entries in all tables that the client can make grow; each table has its bound.
    pub fn table_entries(&self) -> usize {
        self.session.as_ref().map_or(0, |s| s.table_entries())
    }

    /// Ends the peer from our side: says close_notify and frees its state. No [`Output::Closed`] follows.
    pub fn close(&mut self, out: &mut Vec<Output>) {
        if let (Some(session), Some(to)) = (&mut self.session, self.ice.selected()) {
            session.close(self.now, to, out);
        }
        self.free();
    }
}
