//! Clashes and next free times of bookings. Pure, no_std.
