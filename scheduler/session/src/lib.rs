//! The words of people and time: ids, roles, access token, event.
