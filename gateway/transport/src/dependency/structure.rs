//! The structure that a key picture brings: kinds of frames, and what each needs and serves.

use media::{NEEDS_MAX, Target, Targets};

use crate::bits::Bits;

/// Most kinds of frames (the number has 6 bits).
const TEMPLATES_MAX: usize = 64;

/// One kind of frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) layers: Target,
    /// What the frame is to each decode target, 2 bits each, the first lowest.
    pub(super) indications: u64,
    pub(super) needs: [u16; NEEDS_MAX],
}

/// What a frame is to a decode target.
const ABSENT: u32 = 0;
const SWITCH: u32 = 2;

/// The structure of a coded sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Structure {
    offset: u32,
    templates: Vec<Template>,
    /// The layers of each decode target.
    targets: Vec<Target>,
    pub(super) chains: u32,
}

impl Structure {
    /// Reads `template_dependency_structure()`.
    pub(super) fn read(bits: &mut Bits<'_>) -> Option<Self> {
        let offset = bits.take(6)?;
        let count = bits.take(5)? + 1;
        let mut templates = layers(bits)?;
        for template in &mut templates {
            template.indications = indications(bits, count)?;
        }
        for template in &mut templates {
            let mut needs = Needs::default();
            while bits.flag()? {
                needs.add(bits.take(4)? + 1)?;
            }
            template.needs = needs.list;
        }
        let chains = bits.below(count + 1)?;
        if chains > 0 {
            (0..count).try_for_each(|_| bits.below(chains).map(drop))?;
            (0..chains * templates.len() as u32).try_for_each(|_| bits.take(4).map(drop))?;
        }
        let targets = (0..count).map(|target| reach(&templates, target)).collect();
        if bits.flag()? {
            let spatial = templates.last()?.layers.spatial;
            (0..=spatial).try_for_each(|_| bits.take(32).map(drop))?;
        }
        Some(Self { offset, templates, targets, chains })
    }

    /// The kind of frame that `id` names.
    pub(super) fn template(&self, id: u32) -> Option<&Template> {
        self.templates.get(((id + 64 - self.offset) % 64) as usize)
    }

    pub(super) fn count(&self) -> u32 {
        self.targets.len() as u32
    }

    /// Spatial layers, 1 to 4.
    pub(super) fn spatial_layers(&self) -> u8 {
        self.templates.last().map_or(1, |template| template.layers.spatial + 1)
    }

    /// The decode targets of which `says` is true.
    pub(super) fn which(&self, says: impl Fn(u32) -> bool) -> Targets {
        let mut chosen = Targets::default();
        for (place, target) in (0..).zip(&self.targets) {
            if says(place) {
                chosen.insert(*target);
            }
        }
        chosen
    }

    /// Those in which a frame with these indications is, and those that can begin with it.
    pub(super) fn serves(&self, indications: u64) -> (Targets, Targets) {
        let of = |place: u32| (indications >> (2 * place) & 3) as u32;
        (self.which(|target| of(target) != ABSENT), self.which(|target| of(target) == SWITCH))
    }
}

/// The best layers among the frames of a decode target.
fn reach(templates: &[Template], target: u32) -> Target {
    let inside = templates.iter().filter(|template| template.indications >> (2 * target) & 3 != 0);
    inside.fold(Target::default(), |best, template| Target {
        spatial: best.spatial.max(template.layers.spatial),
        temporal: best.temporal.max(template.layers.temporal),
    })
}

fn layers(bits: &mut Bits<'_>) -> Option<Vec<Template>> {
    let mut layers = Target::default();
    let mut templates = vec![];
    loop {
        if templates.len() == TEMPLATES_MAX {
            return None;
        }
        templates.push(Template { layers, ..Template::default() });
        match bits.take(2)? {
            0 => {}
            1 => layers.temporal += 1,
            2 => layers = Target { spatial: layers.spatial + 1, temporal: 0 },
            _ => return Some(templates),
        }
        if layers.spatial > 3 || layers.temporal > 7 {
            return None;
        }
    }
}

/// What a frame is to each of `count` decode targets.
pub(super) fn indications(bits: &mut Bits<'_>, count: u32) -> Option<u64> {
    let one = |place: u32| bits.take(2).map(|indication| u64::from(indication) << (2 * place));
    (0..count).map(one).try_fold(0, |all, one| Some(all | one?))
}

/// Distances to the frames that one is decoded from.
#[derive(Default)]
pub(super) struct Needs {
    pub(super) list: [u16; NEEDS_MAX],
    len: usize,
}

impl Needs {
    /// Adds one; `None` when there are too many.
    pub(super) fn add(&mut self, distance: u32) -> Option<()> {
        *self.list.get_mut(self.len)? = u16::try_from(distance).ok()?;
        self.len += 1;
        Some(())
    }
}
