//! The SFU's shell: signalling, sockets, shards, tap, metrics.
