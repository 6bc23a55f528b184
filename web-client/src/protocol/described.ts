/**
 * The scheduler's routes as its own description has them, for who calls them: a field, path or method that changes there
 * is a fault of the types here. Nothing of this file is left when the client runs.
 */
import type { components, paths } from './scheduler.ts';

/** The forms of the API by their names. */
export type Described = components['schemas'];
export type Path = keyof paths;
export type MethodOf<P extends Path> = Extract<keyof paths[P], 'get' | 'put' | 'post' | 'patch' | 'delete'>;

type Json<Of> = Of extends { content: { 'application/json': infer Body } } ? Body : undefined;
type Any<Answers> = { [Status in keyof Answers]: Json<Answers[Status]> }[keyof Answers];
type Member<Of, Name extends string> = Of extends Record<Name, infer Value> ? Value : Record<never, never>;

/** What a good answer holds; `undefined` for one without JSON. */
export type Answer<P extends Path, M extends MethodOf<P>> = paths[P][M] extends { responses: infer Answers } ? Any<Answers> : never;

type Body<Operation> = 'requestBody' extends keyof Operation
  ? Operation extends { requestBody: infer Of }
    ? { body: Json<Of> }
    : Operation extends { requestBody?: infer Of }
      ? { body?: Json<Of> }
      : never
  : { body?: never };
type Query<Parameters> = Parameters extends { query?: infer Of } ? (unknown extends Of ? { query?: never } : { query?: Of }) : { query?: never };
type Places<Parameters> = Parameters extends { path: infer Of } ? { path: Of } : { path?: never };

/** What a request says: the places of its path, what stands after `?`, and its body. */
export type Said<P extends Path, M extends MethodOf<P>> = Body<paths[P][M]> &
  Query<Member<paths[P][M], 'parameters'>> &
  Places<Member<paths[P][M], 'parameters'>> & { headers?: Record<string, string> };
