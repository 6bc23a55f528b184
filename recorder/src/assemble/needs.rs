//! The parts of GStreamer that an assembly takes, found out at the start and not after a lesson.

use gstreamer as gst;

/// Element, and the Debian package that brings it.
const ELEMENTS: &[(&str, &str)] = &[
    ("appsrc", "gstreamer1.0-plugins-base"),
    ("audiomixer", "gstreamer1.0-plugins-base"),
    ("opusdec", "gstreamer1.0-plugins-base"),
    ("opusenc", "gstreamer1.0-plugins-base"),
    ("videoscale", "gstreamer1.0-plugins-base"),
    ("videoconvert", "gstreamer1.0-plugins-base"),
    ("rtph264depay", "gstreamer1.0-plugins-good"),
    ("vp8enc", "gstreamer1.0-plugins-good"),
    ("vp8dec", "gstreamer1.0-plugins-good"),
    ("vp9dec", "gstreamer1.0-plugins-good"),
    ("matroskademux", "gstreamer1.0-plugins-good"),
    ("webmmux", "gstreamer1.0-plugins-good"),
    ("mp4mux", "gstreamer1.0-plugins-good"),
    ("h264parse", "gstreamer1.0-plugins-bad"),
    ("av1parse", "gstreamer1.0-plugins-bad"),
    ("av1dec", "gstreamer1.0-plugins-bad"),
    ("openh264dec", "gstreamer1.0-plugins-bad"),
];

/// The packages to install, or what GStreamer says when it cannot start at all.
pub(crate) fn missing() -> Result<Vec<&'static str>, String> {
    gst::init().map_err(|why| why.to_string())?;
    Ok(packages(|element| gst::ElementFactory::find(element).is_some()))
}

fn packages(there: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let absent = ELEMENTS.iter().filter(|(element, _)| !there(element));
    let mut packages: Vec<_> = absent.map(|(_, package)| *package).collect();
    packages.dedup();
    packages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_element_is_named_by_its_package_once() {
        assert!(packages(|_| true).is_empty());
        assert_eq!(
            packages(|element| !["webmmux", "mp4mux", "h264parse"].contains(&element)),
            ["gstreamer1.0-plugins-good", "gstreamer1.0-plugins-bad"]
        );
        assert_eq!(packages(|_| false).len(), 3);
    }
}
