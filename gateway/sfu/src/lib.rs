//! The forwarding core: who hears whom, in which layer, under which numbers. Pure, no_std.
