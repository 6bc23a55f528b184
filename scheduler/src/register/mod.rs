//! The county's register: organizations, their rooms, people and lines, the terminals in their rooms, and what may be changed
//! in it.
//!
//! [`sheet::read`] makes [`Draft`]s of a table that somebody wrote in a spreadsheet, the API makes one of a form; [`plan`]
//! holds them against the [`Register`] and says line by line what becomes of each. Pure: the store reads the register and
//! writes down what was planned, all of it or nothing.
//!
//! Modules, lowest first: `entry` (what there is), `fault` (what can be wrong), `mail` (what can be an address), `interpreting` (what can be languages), `draft` (what is wanted), `name_index` (who is
//! found by name), `homes` (what others belong to), `line` (what a site says of its line), `differing` (what a change changes), `settle` (what must hold in the end), `plan`, `sheet`.

mod differing;
mod draft;
mod entry;
mod fault;
mod homes;
mod interpreting;
mod line;
mod mail;
mod name_index;
mod plan;
mod settle;
pub(crate) mod sheet;

pub(crate) use draft::{Draft, Key, Line};
pub(crate) use entry::{Entry, ROLES, Register, SiteLine, Table, What};
pub(crate) use fault::{Column, Fault, Param};
pub(crate) use line::LineCells;
pub(crate) use plan::{Outcome, Plan, Rules, named_areas, plan};
