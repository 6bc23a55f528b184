//! The list of routes and their description, from one source.

use std::sync::{Arc, OnceLock};

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answers::complete;
use super::{
    App, accounts, acknowledging, agreements, areas, asking_in, assignments, attendance, audit,
    availability, case_queue, case_steps, cases, changes, changing, consents, day, device_day,
    device_entry, devices, ending, feeds, guest_entry, guests, holds, imports, join,
    learning_groups, lines, login, mails, materials, minors, openid, opinions, people, receipts,
    receptions, recordings, register, register_events, reminders, series, series_changing,
    sessions, setup, slots, steps, terminals, webhook_acts, webhook_messages, webhooks, week,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Shanqiao scheduler",
        description = "People, bookings and room tokens. Times are RFC 3339 with an offset. Errors are RFC 9457 problems.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(webhook_messages::WebhookMessage)),
    modifiers(&Tokens)
)]
struct Document;

struct Tokens;

impl utoipa::Modify for Tokens {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = |description: &str| {
            let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
            SecurityScheme::Http(bearer.description(Some(description)).build())
        };
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme(
            "person",
            scheme("A person token: `shanqiao.person` = `sub`, no `video.roomJoin`."),
        );
        let cookie = "Of `POST /api/v1/login`. What changes something needs a JSON body or `X-Requested-With` beside it.";
        let cookie = ApiKeyValue::with_description("shanqiao_login", cookie);
        components.add_security_scheme("login", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        let cookie = "Of `POST /api/v1/device/pair` and `POST /api/v1/device/login`; for an hour.";
        let cookie = ApiKeyValue::with_description("shanqiao_device", cookie);
        components.add_security_scheme("device", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// The description in JSON.
pub(super) fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| complete(routes().into_openapi()).to_json().unwrap_or_else(|_| "{}".into()))
}

/// Every described route. `routes!` takes path and method from the description itself, so the two cannot differ.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(people::me))
        .routes(routes!(people::directory))
        .routes(routes!(register::organizations, register::make_organization))
        .routes(routes!(register::put_organization))
        .routes(routes!(register::rooms, register::make_room))
        .routes(routes!(register::put_room))
        .routes(routes!(register::people, register::make_person))
        .routes(routes!(register::put_person))
        .routes(routes!(imports::import))
        .routes(routes!(minors::read, minors::put))
        .routes(routes!(assignments::roles))
        .routes(routes!(assignments::of_person, assignments::give, assignments::take))
        .routes(routes!(audit::list))
        .routes(routes!(audit::chain))
        .routes(routes!(register_events::list))
        .routes(routes!(areas::find))
        .routes(routes!(areas::put))
        .routes(routes!(terminals::list, terminals::make_terminal))
        .routes(routes!(terminals::put_terminal))
        .routes(routes!(steps::steps))
        .routes(routes!(receptions::read, receptions::put))
        .routes(routes!(lines::read, lines::put))
        .routes(routes!(lines::quote))
        .routes(routes!(availability::get, availability::put))
        .routes(routes!(availability::holiday_years))
        .routes(routes!(availability::holiday_year, availability::put_holiday_year))
        .routes(routes!(slots::search))
        .merge(of_holds())
        .merge(of_sessions())
        .routes(routes!(changes::of_session))
        .routes(routes!(changes::changes))
        .routes(routes!(series::create))
        .routes(routes!(series::read, series_changing::change))
        .routes(routes!(series_changing::cancel))
        .routes(routes!(series::make_up))
        .routes(routes!(series::waive))
        .merge(of_calendars())
        .routes(routes!(join::join))
        .merge(of_guests())
        .routes(routes!(receipts::list))
        .routes(routes!(recordings::list))
        .routes(routes!(recordings::see))
        .routes(routes!(recordings::delete))
        .routes(routes!(setup::county))
        .routes(routes!(setup::look))
        .routes(routes!(setup::set_up))
        .routes(routes!(setup::set_password))
        .routes(routes!(login::login))
        .routes(routes!(login::logout))
        .routes(routes!(login::change_password))
        .routes(routes!(openid::leave_for_provider))
        .routes(routes!(openid::back_from_provider))
        .routes(routes!(openid::my_provider, openid::connect, openid::disconnect))
        .routes(routes!(openid::disconnect_other))
        .routes(routes!(accounts::list, accounts::make))
        .routes(routes!(accounts::switch))
        .routes(routes!(accounts::reset))
        .merge(of_reminders())
        .merge(of_webhooks())
        .merge(of_devices())
        .merge(of_cases())
        .merge(of_classes())
        .routes(routes!(description))
}

/// Those of classes.
fn of_classes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(learning_groups::list, learning_groups::make))
        .routes(routes!(learning_groups::read, learning_groups::change))
        .routes(routes!(attendance::read))
        .routes(routes!(attendance::name_groups))
        .routes(routes!(attendance::count))
}

/// Those of cases of consultations.
fn of_cases() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(cases::list, cases::request))
        .routes(routes!(case_queue::queue))
        .routes(routes!(cases::read))
        .routes(routes!(cases::events))
        .routes(routes!(cases::break_glass))
        .routes(routes!(case_steps::triage))
        .routes(routes!(case_steps::answer))
        .routes(routes!(case_steps::schedule))
        .routes(routes!(consents::check_in))
        .routes(routes!(consents::list, consents::give))
        .routes(routes!(consents::withdraw))
        .routes(routes!(case_steps::decide))
        .routes(routes!(case_steps::close))
        .routes(routes!(case_steps::cancel))
        .routes(routes!(opinions::sign, opinions::read))
        .routes(routes!(materials::list, materials::add))
        .routes(routes!(materials::read, materials::send))
        .routes(routes!(materials::remove))
        .routes(routes!(agreements::list, agreements::make))
        .routes(routes!(agreements::put))
        .routes(routes!(agreements::step))
}

/// Those of times that are held.
fn of_holds() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(holds::make))
        .routes(routes!(holds::release))
        .routes(routes!(holds::extend))
}

/// Those of single sessions.
fn of_sessions() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(sessions::list, sessions::create))
        .routes(routes!(day::of_site))
        .routes(routes!(sessions::read, changing::change))
        .routes(routes!(sessions::cancel))
        .routes(routes!(ending::end))
        .routes(routes!(asking_in::candidates))
        .routes(routes!(asking_in::ask_in))
        .routes(routes!(week::schedule))
}

/// What reaches the calendars of people: feeds and mails.
fn of_calendars() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(feeds::renew_own))
        .routes(routes!(feeds::renew_of_site))
        .routes(routes!(feeds::read))
        .routes(routes!(mails::read_own, mails::put_own))
        .routes(routes!(mails::of_session))
}

/// Those of who is reminded of sessions.
fn of_reminders() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(reminders::list))
        .routes(routes!(reminders::slips))
        .routes(routes!(reminders::mine))
        .routes(routes!(acknowledging::acknowledge))
        .routes(routes!(acknowledging::read_reach, acknowledging::put_reach))
}

/// Those of programs that are told of events.
fn of_webhooks() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(webhooks::list, webhooks::make))
        .routes(routes!(webhooks::change, webhooks::delete))
        .routes(routes!(webhook_acts::renew_secret))
        .routes(routes!(webhook_acts::test))
        .routes(routes!(webhook_acts::replay))
        .routes(routes!(webhook_acts::deliveries))
}

/// Those of guests of sessions.
fn of_guests() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(guests::list, guests::make))
        .routes(routes!(guests::revoke))
        .routes(routes!(guest_entry::look))
        .routes(routes!(guest_entry::join))
}

/// Those for the devices of terminals.
fn of_devices() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(devices::list))
        .routes(routes!(devices::make_code))
        .routes(routes!(devices::revoke))
        .routes(routes!(device_entry::challenge))
        .routes(routes!(device_entry::pair))
        .routes(routes!(device_entry::login))
        .routes(routes!(device_day::day))
        .routes(routes!(device_day::join))
}

/// This description.
#[utoipa::path(
    get, path = "/api/openapi.json", tag = "description",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json"))
)]
async fn description() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], text())
}
