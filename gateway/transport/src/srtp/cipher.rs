//! The session keys of one direction and what is done with them.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use rtc_crypto::{BlockCipherAlgorithm, RTCCrypto};

use super::{Master, OVERHEAD, SrtpProfile};
use crate::error::Error;
use crate::rtp::word;

const GCM_TAG: usize = 16;
const SHA1_TAG: usize = 10;
/// Plain part of an RTCP packet: first header word and SSRC.
const RTCP_HEAD: usize = 8;
const ENCRYPTED: u32 = 1 << 31;

/// Session keys of one direction.
pub(super) enum Cipher {
    Gcm { rtp: Aead, rtcp: Aead },
    Sha1(Box<[Counter; 2]>), // RTP, RTCP: large, and rarely used
}

pub(super) struct Aead {
    key: LessSafeKey,
    salt: [u8; 12],
}

pub(super) struct Counter {
    key: EncryptingKey,
    salt: [u8; 16], // 14 bytes and two of the block counter
    auth: hmac::Key,
}

/// RFC 3711, section 4.3, with a key derivation rate of zero: one block of the stream for `label`.
fn prf(master: &Master, label: u8, block: u8, crypto: &dyn RTCCrypto) -> Result<[u8; 16], Error> {
    let mut x = [0; 16];
    x.iter_mut().zip(&master.salt).for_each(|(x, s)| *x = *s);
    let [.., seven, _, _, _, _, _, _, _, last] = &mut x;
    *seven ^= label;
    *last ^= block;
    crypto
        .block_encrypt(BlockCipherAlgorithm::Aes128, &master.key, &mut x)
        .map_err(|e| Error::Crypto(e.to_string()))?;
    Ok(x)
}

fn refused(what: &str) -> Error {
    Error::Crypto(format!("{what} key refused"))
}

impl Aead {
    fn derive(master: &Master, labels: [u8; 2], crypto: &dyn RTCCrypto) -> Result<Self, Error> {
        let [key, salt] = labels;
        let key = UnboundKey::new(&AES_128_GCM, &prf(master, key, 0, crypto)?)
            .map_err(|_| refused("AES-GCM"))?;
        let [salt @ .., _, _, _, _] = prf(master, salt, 0, crypto)?;
        Ok(Self { key: LessSafeKey::new(key), salt })
    }

    /// RFC 7714, section 8.1: two zero bytes, SSRC, 48-bit index, all mixed with the salt.
    #[inline]
    fn nonce(&self, ssrc: u32, index: u64) -> Nonce {
        let iv = u128::from(ssrc) << 48 | u128::from(index);
        let [_, _, _, _, iv @ ..] = iv.to_be_bytes();
        let mut nonce = self.salt;
        nonce.iter_mut().zip(iv).for_each(|(n, i)| *n ^= i);
        Nonce::assume_unique_for_key(nonce)
    }
}

impl Counter {
    fn derive(master: &Master, labels: [u8; 3], crypto: &dyn RTCCrypto) -> Result<Self, Error> {
        let [key, auth, salt] = labels;
        let key = UnboundCipherKey::new(&AES_128, &prf(master, key, 0, crypto)?)
            .map_err(|_| refused("AES-CM"))?;
        let auth: Vec<u8> = prf(master, auth, 0, crypto)?
            .into_iter()
            .chain(prf(master, auth, 1, crypto)?)
            .take(20)
            .collect();
        let mut salt = prf(master, salt, 0, crypto)?;
        let [.., a, b] = &mut salt;
        (*a, *b) = (0, 0);
        Ok(Self {
            key: EncryptingKey::ctr(key).map_err(|_| refused("AES-CM"))?,
            salt,
            auth: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &auth),
        })
    }

    /// RFC 3711, section 4.1.1; the stream is its own inverse.
    fn crypt(&self, ssrc: u32, index: u64, data: &mut [u8]) -> Option<()> {
        let iv = u128::from_be_bytes(self.salt) ^ u128::from(ssrc) << 64 ^ u128::from(index) << 16;
        let context = EncryptionContext::Iv128(iv.to_be_bytes().into());
        self.key.less_safe_encrypt(data, context).ok().map(drop)
    }

    fn tag(&self, parts: [&[u8]; 2]) -> [u8; SHA1_TAG] {
        let mut context = hmac::Context::with_key(&self.auth);
        parts.iter().for_each(|p| context.update(p));
        context.sign().as_ref().first_chunk().copied().unwrap_or_default()
    }
}

/// The roll-over counter of an index, as the SHA1 tag covers it.
fn roc(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}

impl Cipher {
    pub(super) fn derive(
        profile: SrtpProfile,
        master: &Master,
        crypto: &dyn RTCCrypto,
    ) -> Result<Self, Error> {
        Ok(match profile {
            SrtpProfile::Gcm => Self::Gcm {
                rtp: Aead::derive(master, [0, 2], crypto)?,
                rtcp: Aead::derive(master, [3, 5], crypto)?,
            },
            SrtpProfile::Sha1 => {
                let [rtp, rtcp] =
                    [[0, 1, 2], [3, 4, 5]].map(|labels| Counter::derive(master, labels, crypto));
                Self::Sha1(Box::new([rtp?, rtcp?]))
            }
        })
    }

    #[inline]
    pub(super) fn seal_rtp(
        &self,
        buf: &mut [u8],
        len: usize,
        header: usize,
        ssrc: u32,
        index: u64,
    ) -> Option<usize> {
        let (packet, behind) = buf.split_at_mut_checked(len)?;
        match self {
            Self::Gcm { rtp, .. } => {
                let (head, payload) = packet.split_at_mut_checked(header)?;
                let tag = rtp
                    .key
                    .seal_in_place_separate_tag(rtp.nonce(ssrc, index), Aad::from(&*head), payload)
                    .ok()?;
                behind.get_mut(..GCM_TAG)?.copy_from_slice(tag.as_ref());
                Some(len + GCM_TAG)
            }
            Self::Sha1(keys) => {
                let [rtp, _] = &**keys;
                rtp.crypt(ssrc, index, packet.get_mut(header..)?)?;
                behind.get_mut(..SHA1_TAG)?.copy_from_slice(&rtp.tag([packet, &roc(index)]));
                Some(len + SHA1_TAG)
            }
        }
    }

    #[inline]
    pub(super) fn open_rtp(
        &self,
        buf: &mut [u8],
        header: usize,
        ssrc: u32,
        index: u64,
    ) -> Option<usize> {
        match self {
            Self::Gcm { rtp, .. } => {
                let end = buf.len().checked_sub(GCM_TAG).filter(|n| *n >= header)?;
                let (head, sealed) = buf.split_at_mut_checked(header)?;
                rtp.key.open_in_place(rtp.nonce(ssrc, index), Aad::from(&*head), sealed).ok()?;
                Some(end)
            }
            Self::Sha1(keys) => {
                let [rtp, _] = &**keys;
                let end = buf.len().checked_sub(SHA1_TAG).filter(|n| *n >= header)?;
                let (packet, tag) = buf.split_at_mut_checked(end)?;
                verify_slices_are_equal(&rtp.tag([packet, &roc(index)]), tag).ok()?;
                rtp.crypt(ssrc, index, packet.get_mut(header..)?)?;
                Some(end)
            }
        }
    }

    pub(super) fn seal_rtcp(&self, plain: &[u8], ssrc: u32, index: u32) -> Option<Vec<u8>> {
        let trailer = (index | ENCRYPTED).to_be_bytes();
        let mut out = Vec::with_capacity(plain.len() + OVERHEAD);
        out.extend_from_slice(plain);
        let (head, body) = out.split_at_mut_checked(RTCP_HEAD)?;
        match self {
            Self::Gcm { rtcp, .. } => {
                let aad = [&*head, &trailer].concat();
                let tag = rtcp
                    .key
                    .seal_in_place_separate_tag(
                        rtcp.nonce(ssrc, index.into()),
                        Aad::from(aad),
                        body,
                    )
                    .ok()?;
                out.extend_from_slice(tag.as_ref());
                out.extend_from_slice(&trailer);
            }
            Self::Sha1(keys) => {
                let [_, rtcp] = &**keys;
                rtcp.crypt(ssrc, index.into(), body)?;
                out.extend_from_slice(&trailer);
                let tag = rtcp.tag([&out, &[]]);
                out.extend_from_slice(&tag);
            }
        }
        Some(out)
    }

    /// The word with the E bit and the index, which is not secret.
    pub(super) fn rtcp_trailer(&self, buf: &[u8]) -> Option<u32> {
        let behind = match self {
            Self::Gcm { .. } => 4,
            Self::Sha1(_) => 4 + SHA1_TAG,
        };
        word(buf, buf.len().checked_sub(behind)?)
    }

    pub(super) fn open_rtcp(&self, buf: &mut [u8], ssrc: u32, index: u32) -> Option<usize> {
        let overhead = match self {
            Self::Gcm { .. } => GCM_TAG + 4,
            Self::Sha1(_) => 4 + SHA1_TAG,
        };
        let end = buf.len().checked_sub(overhead).filter(|n| *n >= RTCP_HEAD)?;
        match self {
            Self::Gcm { rtcp, .. } => {
                let (packet, trailer) = buf.split_at_mut_checked(end + GCM_TAG)?;
                let (head, sealed) = packet.split_at_mut_checked(RTCP_HEAD)?;
                let aad = [&*head, &*trailer].concat();
                rtcp.key
                    .open_in_place(rtcp.nonce(ssrc, index.into()), Aad::from(aad), sealed)
                    .ok()?;
            }
            Self::Sha1(keys) => {
                let [_, rtcp] = &**keys;
                let (packet, tag) = buf.split_at_mut_checked(end + 4)?;
                verify_slices_are_equal(&rtcp.tag([packet, &[]]), tag).ok()?;
                rtcp.crypt(ssrc, index.into(), packet.get_mut(RTCP_HEAD..end)?)?;
            }
        }
        Some(end)
    }
}
