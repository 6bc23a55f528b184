//! People, bookings, tokens: HTTP API and store.
