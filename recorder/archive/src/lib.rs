//! Journal format, timeline and manifest of a recording. Pure, no_std.
