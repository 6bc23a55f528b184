// Tokens that a stranger or a fool would bring.
import { createHmac } from 'node:crypto';

const text = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token signed with HS256 over these claims. */
export function sign(claims, secret, header = { alg: 'HS256', typ: 'JWT' }) {
  const body = `${text(header)}.${text(claims)}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

/** The claims of a room token as `shanqiao token` writes them. */
export function claims(key, room, identity, more = {}) {
  const now = Math.floor(Date.now() / 1000);
  return { iss: key.name, sub: identity, nbf: now - 5, exp: now + 600, video: { room, roomJoin: true }, ...more };
}
