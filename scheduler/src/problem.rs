//! What the scheduler refuses with; the detail says what the person can do.

use axum::http::StatusCode;
pub(crate) use problems::Problem;

macro_rules! problems {
    ($($name:ident: $status:ident, $kind:literal, $title:literal;)*) => {
        $(pub(crate) fn $name(detail: impl Into<String>) -> Problem {
            Problem::new(StatusCode::$status, $kind, $title, detail)
        })*
    };
}

problems! {
    bad_json: BAD_REQUEST, "/problems/bad-json", "The body is not JSON";
    bad_parameter: BAD_REQUEST, "/problems/bad-parameter", "A parameter of the request is wrong";
    token_refused: UNAUTHORIZED, "/problems/token-refused", "Who is asking is not known";
    login_refused: UNAUTHORIZED, "/problems/login-refused", "Login name or password is wrong";
    account_disabled: FORBIDDEN, "/problems/account-disabled", "The account is disabled";
    cross_site: FORBIDDEN, "/problems/cross-site", "Another site's page may have sent this";
    forbidden: FORBIDDEN, "/problems/forbidden", "Not allowed";
    minor_alone: FORBIDDEN, "/problems/minor-alone", "An adult would be alone with a minor";
    not_found: NOT_FOUND, "/problems/not-found", "Not found";
    method_not_allowed: METHOD_NOT_ALLOWED, "/problems/method-not-allowed", "Not that method";
    too_slow: REQUEST_TIMEOUT, "/problems/too-slow", "The request did not arrive in time";
    slot_taken: CONFLICT, "/problems/slot-taken", "Somebody or something is taken then";
    not_open: CONFLICT, "/problems/not-open", "Somebody or something is not open then";
    line_full: CONFLICT, "/problems/line-full", "A line cannot carry it then";
    line_booked: CONFLICT, "/problems/line-booked", "More is booked on the line";
    not_joinable: CONFLICT, "/problems/not-joinable", "The session cannot be joined now";
    cancelled: CONFLICT, "/problems/cancelled", "The session is cancelled";
    changed_too_often: CONFLICT, "/problems/changed-too-often", "The session was changed too often";
    changed_meanwhile: PRECONDITION_FAILED, "/problems/changed-meanwhile", "Somebody else has changed it meanwhile";
    version_missing: PRECONDITION_REQUIRED, "/problems/version-missing", "Which version is to be changed is not said";
    too_late: CONFLICT, "/problems/too-late", "The session is over";
    not_owed: CONFLICT, "/problems/not-owed", "Nothing is owed there";
    still_kept: CONFLICT, "/problems/still-kept", "It is to be kept for longer";
    consent_withdrawn: FORBIDDEN, "/problems/consent-withdrawn", "The patient has withdrawn the consent";
    case_step: CONFLICT, "/problems/case-step", "The case is not at this step";
    too_many_cases: CONFLICT, "/problems/too-many-cases", "There are as many open cases as there may be";
    too_many_materials: CONFLICT, "/problems/too-many-materials", "The case has as many materials as it may have";
    upload_elsewhere: CONFLICT, "/problems/upload-elsewhere", "The next piece begins elsewhere";
    upload_damaged: CONFLICT, "/problems/upload-damaged", "The file was damaged on its way";
    agreement_step: CONFLICT, "/problems/agreement-step", "The agreement is not at this step";
    has_account: CONFLICT, "/problems/has-account", "The person has an account";
    only_way_in: CONFLICT, "/problems/only-way-in", "It is the only way in";
    last_administrator: CONFLICT, "/problems/last-administrator", "Nobody else is administrator";
    hold_over: GONE, "/problems/hold-over", "The hold is over";
    too_many_holds: TOO_MANY_REQUESTS, "/problems/too-many-holds", "As much is held as may be";
    too_many_guests: CONFLICT, "/problems/too-many-guests", "The session has as many guests as it may have";
    too_many_webhooks: CONFLICT, "/problems/too-many-webhooks", "There are as many webhooks as there may be";
    too_many_devices: CONFLICT, "/problems/too-many-devices", "The terminal has as many devices as it may have";
    terminal_retired: CONFLICT, "/problems/terminal-retired", "The terminal is retired";
    digits_unknown: NOT_FOUND, "/problems/digits-unknown", "These digits open nothing now";
    ticket_over: GONE, "/problems/ticket-over", "The ticket does not let you in";
    link_over: GONE, "/problems/link-over", "The link does not work any more";
    too_large: PAYLOAD_TOO_LARGE, "/problems/too-large", "The request is too large";
    not_json: UNSUPPORTED_MEDIA_TYPE, "/problems/not-json", "The body must be JSON";
    not_csv: UNSUPPORTED_MEDIA_TYPE, "/problems/not-csv", "The body must be CSV";
    invalid: UNPROCESSABLE_ENTITY, "/problems/invalid", "The request cannot be carried out as it is";
    key_reused: UNPROCESSABLE_ENTITY, "/problems/idempotency-key-reused", "The Idempotency-Key was used for another request";
    too_many_requests: TOO_MANY_REQUESTS, "/problems/too-many-requests", "Too many requests";
    too_many_tries: TOO_MANY_REQUESTS, "/problems/too-many-tries", "Too many wrong tries";
    internal: INTERNAL_SERVER_ERROR, "/problems/internal", "The scheduler failed";
    busy: SERVICE_UNAVAILABLE, "/problems/busy", "The scheduler is busy";
    provider_away: BAD_GATEWAY, "/problems/provider-away", "The provider of single sign-on does not answer";
    materials_full: INSUFFICIENT_STORAGE, "/problems/materials-full", "There is no room for more photos and documents";
    disk: INSUFFICIENT_STORAGE, "/problems/disk-full", "The scheduler cannot store anything";
}
