/** What a search for slots asks of the lines of sites: it comes when somebody looks for a time. */
import type { Directory, NewSession, Person, Role } from './api.ts';
import type { Draft } from './draft.ts';
import type { ModeQuote, Quote, SiteQuote } from './quote.ts';
import type { LineNeed, SlotSearch } from './slots.ts';
import { moment } from './when.ts';

/** Most lines in one search: the server takes no more. */
const LINES_MAX = 8;

/** What the booking page has in its own file: asked for here, as this file would else part that in two. */
export interface Quoting {
  fitting: (people: readonly Person[], role: Role, pair?: string) => readonly Person[];
  asked: (draft: Draft, people: readonly Person[]) => NewSession | null;
  quote: (wish: NewSession) => Promise<Quote>;
  wanted: (site: SiteQuote) => ModeQuote | undefined;
}

/** The draft at a time of the search that can be quoted, with somebody in each place where nobody was chosen: of other sites, if there are such. */
function quotable({ fitting }: Quoting, draft: Draft, people: readonly Person[], { until }: SlotSearch, sites: Set<string | undefined>): Draft {
  const named = new Set(draft.people.map(({ personId }) => personId));
  const filled = draft.people.map((one) => {
    if (one.personId !== '') return one;
    const free = fitting(people, one.role, one.interprets).filter(({ id }) => !named.has(id));
    const personId = (free.find(({ organizationId }) => !sites.has(organizationId)) ?? free[0])?.id ?? '';
    named.add(personId);
    return { ...one, personId };
  });
  // What is taken of a line depends on no time; the wished one may be over.
  const { day, time } = moment(Date.parse(until) - draft.minutes * 60_000);
  return { ...draft, people: filled, roomIds: [], terminalIds: [], day, time };
}

/**
 * What the session would take of the line of each site of which somebody was chosen, in the mode that was chosen for it. Nothing where
 * no quote can be had.
 */
export async function linesOf(page: Quoting, draft: Draft, { people }: Directory, search: SlotSearch): Promise<LineNeed[]> {
  const siteOf = (id: string): string | undefined => people.find((one) => one.id === id)?.organizationId;
  const sites = new Set(draft.people.map(({ personId }) => siteOf(personId)).filter(Boolean));
  const wish = sites.size > 0 ? page.asked(quotable(page, draft, people, search, sites), people) : null;
  const quote = wish && (await page.quote(wish).catch(() => null));
  const lines = (quote?.sites ?? []).filter(({ organizationId }) => sites.has(organizationId)).flatMap((site) => {
    const mode = page.wanted(site);
    return mode ? [{ organizationId: site.organizationId, downKbps: mode.downKbps, upKbps: mode.upKbps }] : [];
  });
  return lines.slice(0, LINES_MAX);
}
