//! Who may do what, and where. Pure: told who asks, for what, and who would be in the room.
//!
//! A person holds [`StandingRole`]s, each within a [`Scope`]: an [`Assignment`]. What a role may do on which [`Level`] of area
//! is one table ([`cell`]); [`decide`] looks it up, and what a [`Rule`] forbids no permit opens.
//!
//! ```
//! use policy::{Area, Assignment, Context, Decision, Object, Permission, Place, Scope, StandingRole, Subject, decide};
//!
//! let clinic = Place { site: "clinic".into(), area: Area::read("610527102") };
//! let township = Scope::Area(Area::read("610527102").unwrap());
//! let held = [Assignment { role: StandingRole::Scheduler, scope: township }];
//! let subject = Subject { site: &clinic, assignments: &held };
//! let books = |object| decide(subject, Permission::Book, object, Context::default());
//! assert_eq!(books(Object::Place(&clinic)), Decision::Permit);
//! assert_eq!(books(Object::County), Decision::NoRule);
//! ```
#![no_std]

extern crate alloc;

mod area;
mod company;
mod decide;
mod table;
mod words;

pub use area::{Area, Level, Place};
pub use company::{Alone, Birthday, Company, Day, Present, alone_with_minor};
pub use decide::{
    Assignment, Context, Decision, Object, Rule, Scope, Subject, decide, may_somewhere,
};
pub use table::{Grant, Reach, cell};
pub use words::{Permission, StandingRole, UnknownWord};
