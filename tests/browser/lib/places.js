// Where things are.
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../../..', import.meta.url));
export const made = `${repository}tests/fixtures/made`;
export const out = `${repository}tests/browser/out`;
/** The program under test: a debug build, or what SHANQIAO names. */
export const program = process.env.SHANQIAO ?? `${repository}target/debug/shanqiao`;
