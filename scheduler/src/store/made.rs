//! A session as it is when it was just booked, made of what was found of all that it wants: it is not read back, as others wait
//! for the turn to write.

use std::collections::BTreeSet;

use super::sessions::site_lines;
use super::wanted::{Look, Place, Wanted};
use super::{Attendee, BookableTerminal, Connection, NewSession, Room, Session, StoreError};

/// The session that `new` is, whose wishes fit.
pub(super) async fn made(
    change: &mut Connection,
    new: &NewSession,
    around: &Look,
) -> Result<Session, StoreError> {
    let sites = around.wanted.iter().filter_map(|it| match &it.place {
        Some(Place::Person(names)) => Some(names.zh()),
        _ => None,
    });
    let lines = site_lines(change, sites.collect::<BTreeSet<_>>()).await?;
    let mut session = Session {
        id: new.id.clone(),
        kind: new.kind,
        title: new.title.clone(),
        interval: new.interval,
        cancelled: false,
        ended: None,
        recording: new.recording,
        version: 1,
        series_id: None,
        rooms: Vec::new(),
        terminals: Vec::new(),
        attendees: Vec::new(),
    };
    for Wanted { resource, part, names, place, .. } in &around.wanted {
        let (Some(names), Some(place)) = (names.clone(), place) else {
            return Err(StoreError::Unreadable(format!("{} belongs nowhere", resource.id)));
        };
        let id = resource.id.clone();
        match (place, part) {
            (Place::Person(organization), Some(part)) => session.attendees.push(Attendee {
                person_id: id,
                names,
                role: part.role,
                interprets: part.interprets.clone(),
                line: lines.get(organization.zh()).copied(),
                organization_names: organization.clone(),
            }),
            (Place::Room(organization_id), _) => {
                session.rooms.push(Room { id, names, organization_id: organization_id.clone() });
            }
            (Place::Terminal { kind, room_id, organization_id }, _) => {
                session.terminals.push(BookableTerminal {
                    id,
                    names,
                    kind: kind.clone(),
                    room_id: room_id.clone(),
                    organization_id: organization_id.clone(),
                });
            }
            (Place::Person(_), None) => {
                return Err(StoreError::Unreadable(format!("{id} takes part as nothing")));
            }
        }
    }
    Ok(session)
}
