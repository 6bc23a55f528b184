//! The dependency descriptor, a header extension that says which frame a packet is a piece of, what that is decoded
//! from and whom it serves (AV1 RTP payload 1.0, appendix A). VP9 and AV1 are forwarded by it alone.

mod structure;
#[cfg(test)]
mod tests;

use media::{Frame, Targets};

use crate::bits::Bits;
use structure::{Needs, Structure};

/// Bytes of a descriptor that says nothing beyond its frame.
const MANDATORY: usize = 3;

/// The number of the frame; `None` when there is no descriptor.
pub fn number(descriptor: &[u8]) -> Option<u16> {
    descriptor.get(1..MANDATORY)?.first_chunk().map(|number| u16::from_be_bytes(*number))
}

/// Lowers the number of the frame in place.
pub fn shift(descriptor: &mut [u8], by: u16) {
    if let Some(number) = number(descriptor)
        && let Some(place) = descriptor.get_mut(1..MANDATORY)
    {
        place.copy_from_slice(&number.wrapping_sub(by).to_be_bytes());
    }
}

/// Why a descriptor tells nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untold {
    /// Its kind of frame is not known: the packet that brings the structure is still to come.
    Later,
    /// It cannot be read, or goes beyond what any encoder writes.
    Broken,
}

/// What the key pictures of one stream said; reads its descriptors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependencies {
    structure: Option<Structure>,
    /// The frame that brought the structure.
    since: u16,
    active: Targets,
}

impl Dependencies {
    /// Reads a descriptor and whether it brought a new structure: a decoder can begin with its packet.
    ///
    /// # Errors
    /// [`Untold`]; what was known before stays.
    pub fn read(&mut self, descriptor: &[u8]) -> Result<(Frame, bool), Untold> {
        let mut bits = Bits::of(descriptor);
        let head = MandatoryFields::read(&mut bits).ok_or(Untold::Broken)?;
        if head.structure {
            let structure = Structure::read(&mut bits).ok_or(Untold::Broken)?;
            // A key picture that comes late changes nothing for those after it.
            if self.structure.is_some() && head.number.wrapping_sub(self.since).cast_signed() < 0 {
                let (frame, _) = frame(&mut bits, &head, &structure)?;
                return Ok((Frame { active: self.active, ..frame }, true));
            }
            let all = structure.which(|_| true);
            let (frame, active) = frame(&mut bits, &head, &structure)?;
            (self.structure, self.since) = (Some(structure), head.number);
            self.active = active.unwrap_or(all);
            return Ok((Frame { active: self.active, ..frame }, true));
        }
        let structure = self.structure.as_ref().ok_or(Untold::Later)?;
        let (frame, active) = frame(&mut bits, &head, structure)?;
        self.active = active.unwrap_or(self.active);
        Ok((Frame { active: self.active, ..frame }, false))
    }

    /// Spatial layers of the stream; `None` before its first key picture.
    pub fn spatial_layers(&self) -> Option<u8> {
        self.structure.as_ref().map(Structure::spatial_layers)
    }
}

/// What stands before the frame's own definition.
#[derive(Clone, Copy, Debug, Default)]
struct MandatoryFields {
    begins: bool,
    ends: bool,
    template: u32,
    number: u16,
    structure: bool,
    active: bool,
    own_indications: bool,
    own_needs: bool,
    own_chains: bool,
}

impl MandatoryFields {
    fn read(bits: &mut Bits<'_>) -> Option<Self> {
        let (begins, ends) = (bits.flag()?, bits.flag()?);
        let (template, number) = (bits.take(6)?, u16::try_from(bits.take(16)?).ok()?);
        let mut head = Self { begins, ends, template, number, ..Self::default() };
        // Without a fourth byte nothing more is said.
        if let Some(structure) = bits.flag() {
            head.structure = structure;
            head.active = bits.flag()?;
            head.own_indications = bits.flag()?;
            head.own_needs = bits.flag()?;
            head.own_chains = bits.flag()?;
        }
        Some(head)
    }
}

/// The rest of a descriptor: the frame, and the active decode targets if they are named.
fn frame(
    bits: &mut Bits<'_>,
    head: &MandatoryFields,
    structure: &Structure,
) -> Result<(Frame, Option<Targets>), Untold> {
    let named = if head.active { bits.take(structure.count()) } else { None };
    if head.active && named.is_none() {
        return Err(Untold::Broken);
    }
    // The first decode target is the lowest bit of the mask.
    let active = named.map(|mask| structure.which(|target| mask >> target & 1 == 1));
    let template = structure.template(head.template).ok_or(Untold::Later)?;
    let own = own(bits, head, structure).ok_or(Untold::Broken)?;
    let (within, switches) = structure.serves(own.0.unwrap_or(template.indications));
    let frame = Frame {
        number: head.number,
        begins: head.begins,
        ends: head.ends,
        spatial: template.layers.spatial,
        within,
        switches,
        active: Targets::default(),
        needs: own.1.unwrap_or(template.needs),
    };
    Ok((frame, active))
}

type Own = (Option<u64>, Option<[u16; media::NEEDS_MAX]>);

/// What a frame says of itself in place of its kind.
fn own(bits: &mut Bits<'_>, head: &MandatoryFields, structure: &Structure) -> Option<Own> {
    let mut own = (None, None);
    if head.own_indications {
        own.0 = Some(structure::indications(bits, structure.count())?);
    }
    if head.own_needs {
        let mut needs = Needs::default();
        while let size @ 1.. = bits.take(2)? {
            needs.add(bits.take(4 * size)? + 1)?;
        }
        own.1 = Some(needs.list);
    }
    if head.own_chains {
        (0..structure.chains).try_for_each(|_| bits.take(8).map(drop))?;
    }
    Some(own)
}
