//! Materials of a case: photos, sheets and images that stand beside its text, each with a small picture that comes first.

use alloc::vec::Vec;

use crate::fault::Fault;
use crate::request::check_line;
use crate::words::{MaterialKind, MediaType};

/// The bounds of materials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaterialLimits {
    /// Longest title, characters.
    pub title_chars_max: usize,
    /// Largest file, bytes.
    pub original_bytes_max: u64,
    /// Largest preview, bytes.
    pub preview_bytes_max: u64,
    /// Most materials of a case.
    pub count_max: usize,
    /// Most bytes of all files of a case.
    pub case_bytes_max: u64,
}

impl MaterialLimits {
    /// A title of 60 characters, a file of 16 MiB, a preview of 60 KiB (eight seconds at 64 kbit/s), 24 materials of 64 MiB.
    pub const USUAL: Self = Self {
        title_chars_max: 60,
        original_bytes_max: 16 << 20,
        preview_bytes_max: 60 << 10,
        count_max: 24,
        case_bytes_max: 64 << 20,
    };
}

/// One file of a material, before its bytes have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaterialFile {
    /// What it is said to be; [`MediaType::begins`] tells whether it is.
    pub media_type: MediaType,
    /// Length.
    pub bytes: u64,
}

/// A material that somebody wants to add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewMaterial<'a> {
    /// What it shows.
    pub kind: MaterialKind,
    /// What it is called; may be empty.
    pub title: &'a str,
    /// The file itself.
    pub original: MaterialFile,
    /// A small picture of it, if there is one.
    pub preview: Option<MaterialFile>,
}

/// Everything that is wrong with a material.
///
/// # Errors
/// At the members of the API that are to be changed; never empty.
pub fn check_material(new: &NewMaterial<'_>, limits: &MaterialLimits) -> Result<(), Vec<Fault>> {
    let NewMaterial { kind, title, original, preview } = new;
    let mut faults = Vec::new();
    if !title.is_empty() {
        faults.extend(check_line("title", title, limits.title_chars_max).err());
    }
    let mut has = |file: &MaterialFile, (bytes, most), (media_type, fits): (_, bool)| {
        if !(1..=most).contains(&file.bytes) {
            faults.push(Fault::Bytes { field: bytes, most });
        }
        if !fits {
            faults.push(Fault::MediaType { field: media_type });
        }
    };
    let fits = original.media_type.shows(*kind);
    let bytes = ("original.bytes", limits.original_bytes_max);
    has(original, bytes, ("original.mediaType", fits));
    if let Some(preview) = preview {
        let bytes = ("preview.bytes", limits.preview_bytes_max);
        has(preview, bytes, ("preview.mediaType", preview.media_type.is_picture()));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

impl MediaType {
    /// Whether a browser shows it as a picture.
    #[must_use]
    pub const fn is_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Webp)
    }

    /// Whether a material of this kind may be such a file.
    #[must_use]
    pub const fn shows(self, kind: MaterialKind) -> bool {
        match kind {
            MaterialKind::Photo => self.is_picture(),
            MaterialKind::Ecg | MaterialKind::Document => {
                self.is_picture() || matches!(self, Self::Pdf)
            }
            MaterialKind::Image => self.is_picture() || matches!(self, Self::Dicom),
        }
    }

    /// Whether a file that begins with these bytes can be one of this type. Nothing more of it is ever read here: what strangers
    /// send is decoded by the browser of who looks at it.
    #[must_use]
    pub fn begins(self, file: &[u8]) -> bool {
        let at = |place: usize, sign: &[u8]| {
            file.get(place..).is_some_and(|rest| rest.starts_with(sign))
        };
        match self {
            Self::Jpeg => at(0, b"\xff\xd8\xff"),
            Self::Png => at(0, b"\x89PNG\r\n\x1a\n"),
            Self::Webp => at(0, b"RIFF") && at(8, b"WEBP"),
            Self::Pdf => at(0, b"%PDF-"),
            Self::Dicom => at(128, b"DICM"),
        }
    }
}
