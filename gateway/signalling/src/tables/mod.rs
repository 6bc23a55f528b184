//! The tables. A participant is a key into them, not an object: who is there (`roster`) and in which rooms (`rooms`), on
//! what terms (`terms`), what servers decided about people (`decisions`), what they are told of each other (`news`), when a
//! booked room closes (`closing`), whose tokens do not hold any more (`withdrawals`), what rooms are cleared for (`clearances`), what is sent (`publications`) and which section of an offer brings it (`claims`), which
//! connections there are (`connections`), what the listening ones carry (`sections`, `seats`), who came by HTTP
//! (`visits`), who speaks (`speakers`) and has the floor (`floor`), how much of it comes to each listener (`streams`), how much each person chose to be sent (`receptions`) and what its data budget leaves (`spending`), how good the lines are (`quality`), whose is weak (`weak`) and whether anything is heard (`pulse`), who is sent stills of whom (`stills`), what everybody sees whoever comes (`room_state`) what was written (`chat`) and what of both outlives the last who leaves (`kept`), which
//! layers anybody uses (`dynacast`), which device a person chose last (`choices`), who waits for admission (`admission`).

pub(crate) mod admission;
pub(crate) mod audience;
pub(crate) mod carriers;
pub(crate) mod chat;
pub(crate) mod choices;
pub(crate) mod claims;
pub(crate) mod clearances;
pub(crate) mod closing;
pub(crate) mod connections;
pub(crate) mod decisions;
pub(crate) mod dynacast;
pub(crate) mod floor;
pub(crate) mod kept;
pub(crate) mod news;
pub(crate) mod publications;
pub(crate) mod pulse;
pub(crate) mod quality;
pub(crate) mod receptions;
pub(crate) mod recorder;
pub(crate) mod room_state;
pub(crate) mod rooms;
pub(crate) mod roster;
pub(crate) mod seats;
pub(crate) mod sections;
pub(crate) mod speakers;
pub(crate) mod spending;
pub(crate) mod stills;
pub(crate) mod streams;
pub(crate) mod terms;
pub(crate) mod visits;
pub(crate) mod weak;
pub(crate) mod withdrawals;
