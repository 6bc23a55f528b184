//! The words of media: sequence numbers, clocks, layers, packets. Pure, no_std.
