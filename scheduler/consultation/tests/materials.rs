//! A material fits its kind and its bounds, and is told everything that is wrong with it.
#![allow(missing_docs, reason = "the names of the tests are their documentation")]

use consultation::{
    MaterialFile, MaterialKind, MaterialLimits, MediaType, NewMaterial, check_material,
};

const LIMITS: MaterialLimits = MaterialLimits::USUAL;

const fn file(media_type: MediaType, bytes: u64) -> MaterialFile {
    MaterialFile { media_type, bytes }
}

fn faults(new: &NewMaterial<'_>) -> Vec<(&'static str, &'static str)> {
    let found = check_material(new, &LIMITS).err().unwrap_or_default();
    found.into_iter().map(|it| (it.field(), it.code())).collect()
}

#[test]
fn a_photo_is_a_picture_and_an_image_of_a_study_may_be_dicom() {
    let of = |kind, media_type| {
        let original = file(media_type, 1);
        faults(&NewMaterial { kind, title: "", original, preview: None })
    };
    let wrong = [("original.mediaType", "not-that-media-type")];
    for kind in MaterialKind::ALL {
        assert_eq!(of(*kind, MediaType::Jpeg), [], "{kind}");
    }
    assert_eq!(of(MaterialKind::Photo, MediaType::Pdf), wrong);
    assert_eq!(of(MaterialKind::Ecg, MediaType::Pdf), []);
    assert_eq!(of(MaterialKind::Ecg, MediaType::Dicom), wrong);
    assert_eq!(of(MaterialKind::Image, MediaType::Dicom), []);
    assert_eq!(of(MaterialKind::Document, MediaType::Dicom), wrong);
}

#[test]
fn everything_that_is_wrong_with_a_material_is_told_at_once() {
    let long = "长".repeat(LIMITS.title_chars_max + 1);
    let wrong = NewMaterial {
        kind: MaterialKind::Photo,
        title: &long,
        original: file(MediaType::Pdf, LIMITS.original_bytes_max + 1),
        preview: Some(file(MediaType::Dicom, 0)),
    };
    assert_eq!(
        faults(&wrong),
        [
            ("title", "text-too-long"),
            ("original.bytes", "not-so-many-bytes"),
            ("original.mediaType", "not-that-media-type"),
            ("preview.bytes", "not-so-many-bytes"),
            ("preview.mediaType", "not-that-media-type"),
        ]
    );
    let most = NewMaterial {
        kind: MaterialKind::Photo,
        title: "背部",
        original: file(MediaType::Jpeg, LIMITS.original_bytes_max),
        preview: Some(file(MediaType::Webp, LIMITS.preview_bytes_max)),
    };
    assert_eq!(faults(&most), []);
}

#[test]
fn a_file_is_what_its_first_bytes_say() {
    let dicom = [&[0; 128][..], b"DICM"].concat();
    let begins: [(&[u8], MediaType); 5] = [
        (b"\xff\xd8\xff\xe0", MediaType::Jpeg),
        (b"\x89PNG\r\n\x1a\n", MediaType::Png),
        (b"RIFF\0\0\0\0WEBPVP8 ", MediaType::Webp),
        (b"%PDF-1.7", MediaType::Pdf),
        (&dicom, MediaType::Dicom),
    ];
    for (bytes, it) in begins {
        for other in MediaType::ALL {
            assert_eq!(other.begins(bytes), *other == it, "{it} as {other}");
        }
        assert!(!it.begins(b"") && !it.begins(b"<html>"), "{it}");
    }
}
