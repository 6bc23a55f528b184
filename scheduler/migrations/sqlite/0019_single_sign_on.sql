-- An identity at a provider of OpenID Connect is a credential of the kind 'openid'; its proof is the provider's address and its
-- id of the person, with a space between. It opens one account, and an account has one.
CREATE UNIQUE INDEX credential_one_identity ON credential (proof) WHERE kind = 'openid';
CREATE UNIQUE INDEX credential_identity_of ON credential (person_id) WHERE kind = 'openid';
