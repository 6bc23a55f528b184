//! SRTP and SRTCP in place: AEAD_AES_128_GCM (RFC 7714), and AES_CM_128_HMAC_SHA1_80 (RFC 3711) for clients without it.

mod cipher;
mod replay;
#[cfg(test)]
mod tests;

use rtc_crypto::RTCCrypto;
use std::fmt;

use crate::error::Error;
use crate::rtp::{self, Header, half, word};
use cipher::Cipher;
use replay::Replays;

/// Room in bytes that a sealed packet needs behind its payload: the longest tag and the SRTCP index.
pub const OVERHEAD: usize = 16 + 4;
/// A client that comes from a new address has sent at most so many packets of one SSRC that did not arrive.
const AHEAD: u64 = 4_096;
/// Most SSRCs of a client whose replay state is kept; the one that was silent longest gives way to a new one.
pub const MAX_SSRCS: usize = 512;

/// Protection profile (RFC 5764, section 4.1.2 and RFC 7714, section 14.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SrtpProfile {
    /// SRTP_AEAD_AES_128_GCM.
    Gcm,
    /// SRTP_AES128_CM_HMAC_SHA1_80.
    Sha1,
}

impl SrtpProfile {
    const fn salt_len(self) -> usize {
        match self {
            Self::Gcm => 12,
            Self::Sha1 => 14,
        }
    }
}

/// Master key and salt of one direction.
struct Master {
    key: [u8; 16],
    salt: Vec<u8>,
}

/// Master keys as the DTLS exporter gives them, split by direction.
pub struct SrtpKeys {
    /// The profile that the handshake chose.
    pub profile: SrtpProfile,
    client: Master,
    server: Master,
}

impl fmt::Debug for SrtpKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SrtpKeys").field("profile", &self.profile).finish_non_exhaustive()
    }
}

impl SrtpKeys {
    /// How many bytes the exporter must give.
    pub const fn material_len(profile: SrtpProfile) -> usize {
        2 * (16 + profile.salt_len())
    }

    /// RFC 5764, section 4.2: client key, server key, client salt, server salt. `None` when the material is too short.
    pub fn split_for_server(profile: SrtpProfile, material: &[u8]) -> Option<Self> {
        let (client_key, rest) = material.split_first_chunk()?;
        let (server_key, rest) = rest.split_first_chunk()?;
        let (client_salt, rest) = rest.split_at_checked(profile.salt_len())?;
        let server_salt = rest.get(..profile.salt_len())?;
        let master = |key: &[u8; 16], salt: &[u8]| Master { key: *key, salt: salt.to_vec() };
        Some(Self {
            profile,
            client: master(client_key, client_salt),
            server: master(server_key, server_salt),
        })
    }

    /// The other side's view: of the one who began the handshake.
    pub(crate) fn swapped(self) -> Self {
        Self { profile: self.profile, client: self.server, server: self.client }
    }

    /// The gateway's sending half.
    ///
    /// # Errors
    /// [`Error::Crypto`] when the library refuses a key.
    pub fn sender(&self, crypto: &dyn RTCCrypto) -> Result<Sender, Error> {
        Ok(Sender {
            cipher: Box::new(Cipher::derive(self.profile, &self.server, crypto)?),
            rtcp_index: 0,
        })
    }

    /// The gateway's receiving half.
    ///
    /// # Errors
    /// [`Error::Crypto`] when the library refuses a key.
    pub fn receiver(&self, crypto: &dyn RTCCrypto) -> Result<Receiver, Error> {
        let cipher = Box::new(Cipher::derive(self.profile, &self.client, crypto)?);
        Ok(Receiver { cipher, rtp: Replays::default(), rtcp: Replays::default() })
    }
}

/// Seals what goes to one client. There is one for a peer, so that no nonce is used twice.
pub struct Sender {
    cipher: Box<Cipher>,
    rtcp_index: u32,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("rtcp_index", &self.rtcp_index).finish_non_exhaustive()
    }
}

impl Sender {
    /// Seals `buf[..len]` (`header` bytes of header, then payload) in place and returns the length on the wire; 0 when
    /// `buf` has no [`OVERHEAD`] bytes behind `len` or the lengths do not fit each other.
    ///
    /// `index` is roll-over counter and sequence number as one 48-bit counter. **The caller never gives the same
    /// `index` twice for one `ssrc`**: the GCM nonce is made of both, and the header carries the low 16 bits.
    #[inline]
    pub fn seal_rtp(
        &mut self,
        buf: &mut [u8],
        len: usize,
        header: usize,
        ssrc: u32,
        index: u64,
    ) -> usize {
        if buf.len() < len + OVERHEAD || header > len || index >> 48 != 0 {
            return 0;
        }
        self.cipher.seal_rtp(buf, len, header, ssrc, index).unwrap_or(0)
    }

    /// Seals a plain RTCP compound; empty when it is shorter than 8 bytes or 2^31 packets have been sealed.
    pub fn seal_rtcp(&mut self, compound: &[u8]) -> Vec<u8> {
        self.try_seal_rtcp(compound).unwrap_or_default()
    }

    fn try_seal_rtcp(&mut self, compound: &[u8]) -> Option<Vec<u8>> {
        let ssrc = word(compound, 4)?;
        self.rtcp_index = self.rtcp_index.checked_add(1).filter(|i| i >> 31 == 0)?;
        self.cipher.seal_rtcp(compound, ssrc, self.rtcp_index)
    }
}

/// Opens what comes from one client.
pub struct Receiver {
    cipher: Box<Cipher>,
    rtp: Replays,
    rtcp: Replays,
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("rtp", &self.rtp.len())
            .field("rtcp", &self.rtcp.len())
            .finish_non_exhaustive()
    }
}

impl Receiver {
    /// Opens an RTP packet in place, `header` bytes of which are plain; the answer is its length without the tag.
    /// `None` for a forged, cut or repeated one; nothing is remembered of it.
    #[inline]
    pub fn open_rtp(&mut self, buf: &mut [u8], header: usize) -> Option<usize> {
        let (seq, ssrc) = (half(buf, 2)?, word(buf, 8)?);
        let state = self.rtp.get(ssrc);
        let index = match state {
            Some(s) => s.guess(seq).filter(|i| s.fresh(*i))?,
            None => u64::from(seq),
        };
        let len = self.cipher.open_rtp(buf, header, ssrc, index)?;
        self.rtp.accept(ssrc, index);
        Some(len)
    }

    /// Opens an SRTCP packet in place; the answer is the length of the plain compound.
    pub fn open_rtcp(&mut self, buf: &mut [u8]) -> Option<usize> {
        let ssrc = word(buf, 4)?;
        let trailer = self.cipher.rtcp_trailer(buf)?;
        if trailer >> 31 == 0 {
            return None; // the E bit: WebRTC always encrypts
        }
        let index = trailer & 0x7fff_ffff;
        if self.rtcp.get(ssrc).is_some_and(|s| !s.fresh(u64::from(index))) {
            return None;
        }
        let len = self.cipher.open_rtcp(buf, ssrc, index)?;
        self.rtcp.accept(ssrc, u64::from(index));
        Some(len)
    }

    /// Whether this packet could be the client's: an SSRC that it has used, and the next numbers. Cheap, no proof.
    pub fn may_own(&self, packet: &[u8]) -> bool {
        self.next(packet).is_some()
    }

    /// Whether the client has sealed this packet, and it is newer than all that it has sent under this SSRC. Nothing is
    /// remembered of it.
    pub fn owns(&self, packet: &[u8]) -> bool {
        let Some((ssrc, index)) = self.next(packet) else { return false };
        let mut copy = packet.to_vec();
        if rtp::is_rtcp(packet) {
            let index = u32::try_from(index).ok();
            return index.and_then(|index| self.cipher.open_rtcp(&mut copy, ssrc, index)).is_some();
        }
        let header = Header::parse(packet).map(|header| header.len);
        header
            .and_then(|header_len| self.cipher.open_rtp(&mut copy, header_len, ssrc, index))
            .is_some()
    }

    /// SSRC and index, if they go on from what the client has sent.
    fn next(&self, packet: &[u8]) -> Option<(u32, u64)> {
        if rtp::is_rtcp(packet) {
            let ssrc = word(packet, 4)?;
            let index = u64::from(self.cipher.rtcp_trailer(packet)? & 0x7fff_ffff);
            return self.rtcp.get(ssrc)?.leads(index, AHEAD).then_some((ssrc, index));
        }
        let (seq, ssrc) = (half(packet, 2)?, word(packet, 8)?);
        let state = self.rtp.get(ssrc)?;
        let index = state.guess(seq)?;
        state.leads(index, AHEAD).then_some((ssrc, index))
    }

    /// How many SSRCs have replay state: at most twice [`MAX_SSRCS`].
    pub fn ssrcs(&self) -> usize {
        self.rtp.len() + self.rtcp.len()
    }
}
