//! Single sign-on by a provider of OpenID Connect Core 1.0: the authorization code flow (section 3.1) with PKCE (RFC 7636).

use std::fmt;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use booking::UnixS;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreIdTokenClaims, CoreProviderMetadata,
    CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AsyncHttpClient, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, SubjectIdentifier, TokenResponse as _,
};
use tokio::sync::Semaphore;

use super::openid_trip::{Purpose, Trip};
use crate::config::{OpenIdConfig, SameName};

/// Where the provider sends a browser back to, behind our own address.
pub(crate) const BACK_PATH: &str = "/api/v1/login/provider/back";
/// What is known of a provider is asked anew after so long, seconds.
const KNOWN_S: u64 = 3600;
/// A key that is not known makes it be asked anew, but not more often than that, seconds.
const ASKED_AGAIN_S: u64 = 60;
/// Most requests to the provider at a time.
const CALLS_MAX: usize = 16;
const ANSWER_BYTES_MAX: usize = 256 * 1024;
const ANSWER: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(5);
/// Longest id of a person at the provider: section 2 allows 255 characters.
const SUBJECT_BYTES_MAX: usize = 255;

/// The login name that claims of section 5.1 prove; an ID token and an answer of the UserInfo endpoint have no type in common.
macro_rules! claimed_name {
    ($claims:expr, $by:expr) => {
        match $by {
            SameName::Never => None,
            SameName::PreferredUsername => {
                $claims.preferred_username().map(|name| name.to_string())
            }
            SameName::Email if $claims.email_verified() == Some(true) => {
                $claims.email().map(|email| email.to_string())
            }
            SameName::PhoneNumber if $claims.phone_number_verified() == Some(true) => {
                $claims.phone_number().map(|number| number.to_string())
            }
            SameName::Email | SameName::PhoneNumber => None,
        }
    };
}

/// Why the provider did not say who somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotIdentified {
    /// Too many ask it at the moment.
    Busy,
    /// It did not answer, or not as a provider does.
    Unreachable(String),
    /// It does not vouch for the person, or what it says does not hold.
    Refused(String),
}

/// Who somebody is at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The provider and its id of the person, in one text: what the store keeps.
    pub(crate) proof: String,
    /// A login name of ours that the provider has proven for the person, if the settings trust it with that.
    pub(crate) login_name: Option<String>,
}

/// The provider, as it is set and as it was found.
pub(crate) struct OpenId {
    settings: OpenIdConfig,
    secret: Option<ClientSecret>,
    issuer: IssuerUrl,
    back: RedirectUrl,
    http: Http,
    known: Mutex<Option<(UnixS, Arc<CoreProviderMetadata>)>>,
    calls: Semaphore,
}

impl fmt::Debug for OpenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenId").field("issuer", &self.settings.issuer).finish_non_exhaustive()
    }
}

impl OpenId {
    /// Checks the settings; says what is wrong with them in a sentence for the operator.
    pub(crate) fn new(settings: &OpenIdConfig) -> Result<Self, String> {
        let issuer = IssuerUrl::new(settings.issuer.clone())
            .map_err(|error| format!("issuer is not an address: {error}"))?;
        let back = format!("{}{BACK_PATH}", settings.own_url.trim_end_matches('/'));
        let back = RedirectUrl::new(back)
            .map_err(|error| format!("own_url is not an address: {error}"))?;
        for (name, url) in [("issuer", issuer.url()), ("own_url", back.url())] {
            let loopback = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
            if !(url.scheme() == "https" || url.scheme() == "http" && loopback) {
                return Err(format!("{name} must begin with https://"));
            }
        }
        let read = |path: &Path| {
            std::fs::read_to_string(path)
                .map_err(|error| format!("{} cannot be read: {error}", path.display()))
        };
        let secret = settings.client_secret_file.as_deref().map(read).transpose()?;
        let secret = secret.map(|text| ClientSecret::new(text.trim().to_owned()));
        let authority = settings.ca_file.as_deref().map(read).transpose()?;
        let http = Http::new(authority.as_deref())?;
        let settings = settings.clone();
        let (known, calls) = (Mutex::new(None), Semaphore::new(CALLS_MAX));
        Ok(Self { settings, secret, issuer, back, http, known, calls })
    }

    /// What people call it.
    pub(crate) fn name(&self) -> &str {
        &self.settings.name
    }

    /// Whether browsers reach us by https.
    pub(crate) fn is_secure(&self) -> bool {
        self.back.url().scheme() == "https"
    }

    /// Where a browser goes to be known, and what it keeps until it is back.
    pub(crate) async fn begin(
        &self,
        purpose: Purpose,
        now: UnixS,
    ) -> Result<(String, Trip), NotIdentified> {
        let metadata = self.metadata(now, KNOWN_S).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = CoreClient::from_provider_metadata(
            (*metadata).clone(),
            ClientId::new(self.settings.client_id.clone()),
            self.secret.clone(),
        )
        .set_redirect_uri(self.back.clone());
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut request = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        request = request.set_pkce_challenge(challenge);
        if let Some(scope) = scope(self.settings.login_name_by) {
            request = request.add_scope(Scope::new(scope.to_owned()));
        }
        let (url, state, nonce) = request.url();
        let trip = Trip {
            purpose,
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        };
        Ok((url.into(), trip))
    }

    /// Who has come back with this code.
    pub(crate) async fn finish(
        &self,
        code: String,
        trip: Trip,
        now: UnixS,
    ) -> Result<Identity, NotIdentified> {
        let metadata = self.metadata(now, KNOWN_S).await?;
        let nonce = Nonce::new(trip.nonce);
        let answer = self.exchange(&metadata, code, trip.verifier).await?;
        let lacks = || NotIdentified::Refused("there is no ID token in the answer".to_owned());
        let token = answer.id_token().ok_or_else(lacks)?;
        let verified = match self.claims(&metadata, token, &nonce) {
            // The provider may have changed its keys since.
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                let metadata = self.metadata(now, ASKED_AGAIN_S).await?;
                self.claims(&metadata, token, &nonce)
            }
            verified => verified,
        };
        let claims = verified.map_err(|error| NotIdentified::Refused(error.to_string()))?;
        let subject = claims.subject().as_str();
        if subject.is_empty() || subject.len() > SUBJECT_BYTES_MAX {
            return Err(NotIdentified::Refused("the id of the person is too long".to_owned()));
        }
        let proof = format!("{} {subject}", self.settings.issuer);
        let by = self.settings.login_name_by;
        let login_name = match claimed_name!(claims, by) {
            None if by != SameName::Never => {
                self.told_name(&metadata, &answer, claims.subject().clone()).await
            }
            name => name,
        };
        Ok(Identity { proof, login_name })
    }

    async fn exchange(
        &self,
        metadata: &CoreProviderMetadata,
        code: String,
        verifier: String,
    ) -> Result<CoreTokenResponse, NotIdentified> {
        let _call = self.calls.try_acquire().map_err(|_| NotIdentified::Busy)?;
        let id = ClientId::new(self.settings.client_id.clone());
        let client = CoreClient::from_provider_metadata(metadata.clone(), id, self.secret.clone())
            .set_redirect_uri(self.back.clone());
        let request = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| NotIdentified::Unreachable(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier));
        request.request_async(&self.http).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(said) => NotIdentified::Refused(said.to_string()),
            other => NotIdentified::Unreachable(told(&other)),
        })
    }

    fn claims(
        &self,
        metadata: &CoreProviderMetadata,
        token: &CoreIdToken,
        nonce: &Nonce,
    ) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
        let id = ClientId::new(self.settings.client_id.clone());
        let client = CoreClient::from_provider_metadata(metadata.clone(), id, self.secret.clone());
        token.claims(&client.id_token_verifier(), nonce).cloned()
    }

    /// The login name that is not in the ID token: many providers tell such claims at their UserInfo endpoint alone (section
    /// 5.4). Without an answer the person is known all the same.
    async fn told_name(
        &self,
        metadata: &CoreProviderMetadata,
        answer: &CoreTokenResponse,
        subject: SubjectIdentifier,
    ) -> Option<String> {
        let _call = self.calls.try_acquire().ok()?;
        let id = ClientId::new(self.settings.client_id.clone());
        let client = CoreClient::from_provider_metadata(metadata.clone(), id, self.secret.clone());
        let request = client.user_info(answer.access_token().clone(), Some(subject)).ok()?;
        let claims: Result<CoreUserInfoClaims, _> = request.request_async(&self.http).await;
        match claims {
            Ok(claims) => claimed_name!(claims, self.settings.login_name_by),
            Err(error) => {
                tracing::warn!(error = told(&error), "provider.no_user_info");
                None
            }
        }
    }

    /// What the provider says of itself (OpenID Connect Discovery 1.0), asked anew if it is older than that.
    async fn metadata(
        &self,
        now: UnixS,
        oldest_s: u64,
    ) -> Result<Arc<CoreProviderMetadata>, NotIdentified> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((asked, metadata)) = &*known()
            && now.since(*asked) < oldest_s
        {
            return Ok(Arc::clone(metadata));
        }
        let _call = self.calls.try_acquire().map_err(|_| NotIdentified::Busy)?;
        let found = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http).await;
        let found = Arc::new(found.map_err(|error| NotIdentified::Unreachable(told(&error)))?);
        *known() = Some((now, Arc::clone(&found)));
        Ok(found)
    }
}

/// An error with what caused it.
fn told(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", told(source)),
        None => error.to_string(),
    }
}

const fn scope(by: SameName) -> Option<&'static str> {
    match by {
        SameName::Never => None,
        SameName::PreferredUsername => Some("profile"),
        SameName::Email => Some("email"),
        SameName::PhoneNumber => Some("phone"),
    }
}

/// Requests to the provider: bounded in time and bytes, and sent nowhere else by a redirect.
struct Http(reqwest::Client);

impl Http {
    fn new(authority: Option<&str>) -> Result<Self, String> {
        let mut client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(ANSWER);
        if let Some(pem) = authority {
            let certificate = reqwest::Certificate::from_pem(pem.as_bytes())
                .map_err(|error| format!("ca_file is not a certificate in PEM: {error}"))?;
            client = client.add_root_certificate(certificate);
        }
        Ok(Self(client.build().map_err(|error| told(&error))?))
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, NotAnswered> {
        let request = reqwest::Request::try_from(request)?;
        let mut answer = self.0.execute(request).await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await? {
            if body.len() + part.len() > ANSWER_BYTES_MAX {
                return Err(NotAnswered::TooLong);
            }
            body.extend_from_slice(&part);
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = NotAnswered;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NotAnswered>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

#[derive(Debug, thiserror::Error)]
enum NotAnswered {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("the answer has over {ANSWER_BYTES_MAX} bytes")]
    TooLong,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> OpenIdConfig {
        OpenIdConfig {
            issuer: "https://id.example".to_owned(),
            client_id: "shanqiao".to_owned(),
            own_url: "https://county.example/".to_owned(),
            ..OpenIdConfig::default()
        }
    }

    #[test]
    fn settings_that_cannot_work_are_refused_with_what_to_do() {
        let made = OpenId::new(&settings()).unwrap();
        assert_eq!(made.back.as_str(), "https://county.example/api/v1/login/provider/back");
        assert!(made.is_secure());
        for (wrong, said) in [
            (OpenIdConfig { issuer: "id.example".to_owned(), ..settings() }, "issuer is not"),
            (OpenIdConfig { issuer: "http://id.example".to_owned(), ..settings() }, "https://"),
            (OpenIdConfig { own_url: "http://county.example".to_owned(), ..settings() }, "own_url"),
            (OpenIdConfig { client_secret_file: Some("/none".into()), ..settings() }, "/none"),
        ] {
            let refused = OpenId::new(&wrong).unwrap_err();
            assert!(refused.contains(said), "{refused}");
        }
        let near = OpenIdConfig { issuer: "http://127.0.0.1:9".to_owned(), ..settings() };
        assert!(OpenId::new(&near).is_ok(), "a provider on this machine needs no TLS");
    }

    #[tokio::test]
    async fn a_provider_that_does_not_answer_is_said_to_be_away() {
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", nobody.local_addr().unwrap());
        drop(nobody);
        let provider = OpenId::new(&OpenIdConfig { issuer, ..settings() }).unwrap();
        let refused = provider.begin(Purpose::Login, UnixS(0)).await.unwrap_err();
        assert!(matches!(refused, NotIdentified::Unreachable(_)), "{refused:?}");
    }
}
