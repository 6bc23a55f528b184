/** Whose line is weak, by the gateway's word, and what was done about it. */
const SIDES = ['none', 'down', 'up', 'both', 'theirs', 'server'] as const;
const DONE = ['smaller', 'paused', 'protected'] as const;

export interface Side {
  /** Ours, down or up or both; the way up of somebody else; the server; nobody. */
  side: (typeof SIDES)[number];
  /** Whose it is if it is `theirs`, by identity. */
  who: string;
  done: (typeof DONE)[number][];
}

export const NOBODY: Side = { side: 'none', who: '', done: [] };

/** What is not known is nobody's. */
export function readSide(body: Record<string, unknown>): Side {
  const side = SIDES.find((word) => word === body['side']) ?? 'none';
  const who = typeof body['who'] === 'string' ? body['who'] : '';
  const said: unknown[] = Array.isArray(body['done']) ? body['done'] : [];
  if (side === 'theirs' && who === '') return NOBODY;
  return { side, who, done: DONE.filter((word) => said.includes(word)) };
}
