// Where things are.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../../..', import.meta.url));
export const made = `${repository}tests/fixtures/made`;
export const out = `${repository}tests/browser/out`;
/** The program under test: a debug build, or what SHANQIAO names. */
export const program = process.env.SHANQIAO ?? `${repository}target/debug/shanqiao`;
/** The relay with a bad line inside (tests/line): of the same build, or what LINE_RELAY names. */
export const relay = process.env.LINE_RELAY ?? join(dirname(program), 'line-relay');
