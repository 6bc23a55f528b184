//! From what the store and the booking rules say to what a person is told.

use booking::{RequestError, ResourceKind};
use consultation::NotCovered;
use serde_json::{Map, Value, json};

use super::App;
use crate::problem::{self, Problem};
use crate::register::sheet::NoTable;
use crate::register::{Fault, Param, Table};
use crate::store::{BookError, Clash, HoldRefused, StoreError};

/// A store that could not answer: told to the log in full, to the caller as what to do.
pub(super) fn store_failed(error: &StoreError) -> Problem {
    match error {
        StoreError::Busy => {
            problem::busy("many are writing at once; send the request again in a few seconds")
                .retry_after_s(2)
        }
        StoreError::Disk(_) => {
            tracing::error!(%error, "store.failed");
            problem::disk(
                "nothing was changed; tell the operator that the scheduler's disk is full or read-only",
            )
        }
        StoreError::Unforced(_) => {
            tracing::error!(%error, "store.unforced");
            problem::disk(
                "it was changed, but a loss of power may undo it; look whether it is there before you send it again, and tell the operator",
            )
        }
        StoreError::NotText => problem::bad_parameter(
            "a text of the request holds the character U+0000, which is not kept; leave it out",
        ),
        StoreError::Unreadable(_) | StoreError::Other(_) => {
            tracing::error!(%error, "store.failed");
            problem::internal(
                "nothing was changed; try again, and tell the operator if it stays: the log says more",
            )
        }
    }
}

/// Everything that is wrong with a booking request: `errors` names the members to change.
pub(super) fn invalid_request(errors: &[RequestError]) -> Problem {
    let details: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let errors: Vec<_> = errors
        .iter()
        .map(|wrong| {
            let params = wrong.params().into_iter().map(|(name, value)| match value {
                booking::Param::Number(number) => (name.to_owned(), number.into()),
                booking::Param::Text(text) => (name.to_owned(), text.into()),
            });
            error(wrong.field(), wrong.code(), params.collect(), &wrong.to_string())
        })
        .collect();
    problem::invalid(details.join("; ")).member("errors", errors)
}

/// One entry of `errors`: the member to change, the word and the params from which a page makes its own sentence, and
/// that sentence in English.
pub(super) fn error(field: &str, code: &str, params: Map<String, Value>, detail: &str) -> Value {
    json!({ "field": field, "code": code, "params": params, "detail": detail })
}

/// A request with one thing that is wrong.
pub(super) fn invalid(field: &str, code: &str, params: Value, detail: &str) -> Problem {
    let Value::Object(params) = params else { return problem::invalid(detail) };
    problem::invalid(detail).member("errors", vec![error(field, code, params, detail)])
}

/// Everything that is wrong with a form of the register.
pub(super) fn faulty_form(table: Table, faults: &[Fault]) -> Problem {
    if faults.iter().any(|fault| fault.code == "not-there") {
        return problem::not_found("there is nothing of this id; look for it in the list");
    }
    let details: Vec<&str> = faults.iter().map(|fault| fault.detail.as_str()).collect();
    let errors: Vec<_> = faults
        .iter()
        .map(|fault| {
            error(fault.column.member(table), fault.code, params(&fault.params), &fault.detail)
        })
        .collect();
    problem::invalid(details.join("; ")).member("errors", errors)
}

/// Params as JSON.
pub(super) fn params(params: &[(&'static str, Param)]) -> Map<String, Value> {
    let value = |param: &Param| match param {
        Param::Number(number) => (*number).into(),
        Param::Text(text) => text.as_str().into(),
    };
    params.iter().map(|(name, param)| ((*name).to_owned(), value(param))).collect()
}

/// A file that is no table.
pub(super) fn no_table(why: &NoTable) -> Problem {
    invalid("file", why.code, params(&why.params).into(), &why.detail)
}

/// A time that is no RFC 3339.
pub(super) fn not_a_time(field: &str) -> Problem {
    let detail =
        format!("`{field}` must be RFC 3339 with an offset, such as 2026-11-23T09:30:00+08:00");
    invalid(field, "not-a-time", json!({}), &detail)
}

/// Longest reason, characters.
pub(super) const REASON_CHARS_MAX: usize = 200;

/// The reason that was given, if any; a blank one is none.
pub(super) fn reason_given(text: Option<&str>) -> Result<Option<&str>, Problem> {
    reason_in("reason", text)
}

/// The reason that was given as `field`, if any; a blank one is none.
pub(super) fn reason_in<'a>(
    field: &str,
    text: Option<&'a str>,
) -> Result<Option<&'a str>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().count() > REASON_CHARS_MAX || text.chars().any(char::is_control) {
        let detail = format!(
            "`{field}` must be one line of at most {REASON_CHARS_MAX} characters; shorten it, or leave it out"
        );
        return Err(invalid(
            field,
            "reason-too-long",
            json!({ "most": REASON_CHARS_MAX }),
            &detail,
        ));
    }
    Ok(Some(text))
}

/// An amount of data that is none.
pub(super) fn bad_amount(field: &str, most: u32) -> Problem {
    let detail = format!("`{field}` must be a whole number of megabytes from 0 to {most}, or null");
    invalid(field, "not-an-amount", json!({ "most": most }), &detail)
}

/// A site is to begin with more than it may have.
pub(super) fn mode_above_most() -> Problem {
    let detail = "`mode` is more than `modeMost` allows; choose a lesser one, or allow more";
    invalid("mode", "mode-above-most", json!({}), detail)
}

fn key_error(detail: &str) -> Value {
    error("Idempotency-Key", "key-reused", Map::new(), detail)
}

/// Why nothing was booked.
pub(super) fn not_booked(app: &App, error: BookError) -> Problem {
    match error {
        // What was in the way was gone each time that it was looked for.
        BookError::Taken => store_failed(&StoreError::Busy),
        BookError::Clash(clash) => taken(app, &clash),
        BookError::Unknown(resource) => {
            let (field, code) = match resource.kind {
                ResourceKind::Room => ("roomIds", "room-unknown"),
                ResourceKind::Terminal => ("terminalIds", "terminal-unknown"),
                ResourceKind::Person | ResourceKind::Interpreter | ResourceKind::Line => {
                    ("participants", "person-unknown")
                }
            };
            let detail = format!(
                "there is no {} `{}`; choose one from the directory",
                resource.kind, resource.id
            );
            invalid(field, code, json!({ "id": resource.id }), &detail)
        }
        BookError::NotHeld { person_id, role } => {
            let detail = format!(
                "`{person_id}` is not registered as {role}; choose another role or another person"
            );
            let params = json!({ "id": person_id, "role": role.as_str() });
            invalid("participants", "role-not-held", params, &detail)
        }
        BookError::NotInterpreting { person_id, pair } => {
            let detail = format!(
                "`{person_id}` is not registered as who interprets {pair}, or not to be booked as that; choose another person, or other languages"
            );
            let params = json!({ "id": person_id, "pair": pair.as_str() });
            invalid("participants", "languages-not-held", params, &detail)
        }
        BookError::MinorAlone(minor) => {
            let detail = format!(
                "{} is a minor, and an adult is never alone with one: add a second adult, such as a teacher or a doctor, or a guardian",
                minor.names.zh()
            );
            let params = json!({ "id": minor.person_id, "names": minor.names });
            invalid("participants", "minor-alone", params, &detail)
        }
        BookError::NotCovered { organization, why } => not_covered("startsAt", &organization, why),
        BookError::KeyReused => {
            let detail = "use a new Idempotency-Key for a new request";
            problem::key_reused(detail).member("errors", vec![key_error(detail)])
        }
        BookError::Hold(refused) => hold_refused(&refused),
        BookError::TooManyHolds { most, of_all } => too_many_holds(most, of_all),
        BookError::Line(refused) => {
            tracing::error!(%refused, "line.untold");
            problem::internal("nothing was booked; tell the operator: the log says more")
        }
        BookError::Store(error) => store_failed(&error),
    }
}

/// No agreement covers what is asked of this organization.
pub(super) fn not_covered(field: &str, organization: &str, why: NotCovered) -> Problem {
    let params = json!({ "id": organization });
    let detail = format!(
        "{why} (`{organization}` is asked); choose doctors of another organization or another day, or have an administrator make an agreement"
    );
    invalid(field, why.code(), params, &detail)
}

/// Why nothing can be done with a hold.
pub(super) fn hold_refused(refused: &HoldRefused) -> Problem {
    match refused {
        HoldRefused::Over => problem::hold_over(
            "the hold has run out, was given back or was booked; look for a free time again, or send the booking without `holdId`: the time may still be free",
        ),
        HoldRefused::OfOther => problem::forbidden(
            "this is held by somebody else, who alone can use it; hold a time of your own",
        )
        .member("rule", "hold-of-other"),
        HoldRefused::Store(error) => store_failed(error),
    }
}

fn too_many_holds(most: usize, of_all: bool) -> Problem {
    let detail = match of_all {
        false => format!(
            "you hold {most} times already, as many as one person may; book or give back one of them, or wait until one runs out"
        ),
        true => format!(
            "{most} times are held in the county, as many as may be; wait a minute, or book without holding"
        ),
    };
    problem::too_many_holds(detail).member("most", most).retry_after_s(60)
}

fn taken(app: &App, clash: &Clash) -> Problem {
    let until = app.zone.print(clash.taken_until);
    let next = clash.next_free.map(|free| app.zone.print(free.start()));
    let name = clash.names.zh();
    let free_until = clash.free_until.map(|until| app.zone.print(until));
    let held_until = clash.held_until.map(|held| app.zone.print(held));
    let held = held_until.as_ref().map_or_else(String::new, |held| {
        format!(" (held for another booking until {held}, free if that is not made)")
    });
    let detail = match (&next, &free_until) {
        (Some(next), _) => {
            format!("{name} is taken until {until}{held}; all that you chose is free from {next}")
        }
        (None, Some(free)) => {
            format!(
                "{name} is taken until {until}{held}; this session has begun and can last until {free}"
            )
        }
        (None, None) => format!(
            "{name} is taken until {until}{held}; within 31 days there is no time when all that you chose is free"
        ),
    };
    let resource = &clash.resource;
    let resource =
        json!({ "kind": resource.kind.as_str(), "id": resource.id, "names": clash.names });
    problem::slot_taken(detail)
        .member("resource", resource)
        .member("takenUntil", until)
        .member("nextFree", next)
        .member("freeUntil", free_until)
        .member("heldUntil", held_until)
}
