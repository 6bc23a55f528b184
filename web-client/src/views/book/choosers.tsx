import type { ComponentChildren } from 'preact';
import type { Person } from '../../protocol/api.ts';
import type { Part } from '../../protocol/draft.ts';
import { pairName } from '../../protocol/languages.ts';
import { languageWords, told } from '../../words/choosers.ts';
import { language, named } from '../../words/index.ts';
import type { Props } from './form.tsx';

/** `bo-zh` as people call it. */
export const pairWords = (pair: string): string => pairName(pair, language.value, languageWords);

/** Between which languages somebody is to interpret: those that somebody of the county does. */
export function Pairs({ people, line, at, set }: { people: Person[]; line: Part; at: number; set: (part: Part) => void }) {
  const pairs = [...new Set(people.flatMap(({ interprets }) => interprets))].sort();
  const choose = (pair: string): void => {
    const stays = !pair || people.find(({ id }) => id === line.personId)?.interprets.includes(pair);
    set({ role: line.role, personId: stays ? line.personId : '', ...(pair ? { interprets: pair } : {}) });
  };
  return (
    <select
      class="wide"
      value={line.interprets ?? ''}
      aria-label={`${told('pair')} ${at + 1}`}
      onChange={(event) => choose(event.currentTarget.value)}
      data-testid={`book-pair-${at}`}
    >
      <option value="">{told('pair.any')}</option>
      {pairs.map((pair) => (
        <option key={pair} value={pair}>
          {pairWords(pair)}
        </option>
      ))}
    </select>
  );
}

/** Terminals to be taken: those of the places that take part are a press away, the others are in a list. */
export function Terminals({ directory: { terminals, rooms, people, organizations }, draft, change, note }: Props & { note: ComponentChildren }) {
  const chosen = draft.terminalIds ?? [];
  const siteOf = (roomId: string): string | undefined => rooms.find(({ id }) => id === roomId)?.organizationId;
  const sites = new Set([
    ...draft.people.map(({ personId }) => people.find(({ id }) => id === personId)?.organizationId),
    ...draft.roomIds.map(siteOf),
  ]);
  const near = terminals.filter(({ id, roomId }) => chosen.includes(id) || sites.has(siteOf(roomId)));
  const others = terminals.filter((one) => !near.includes(one));
  const toggle = (id: string): void => change({ terminalIds: chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id] });
  const placeOf = (roomId: string, whole = true): string => {
    const room = rooms.find(({ id }) => id === roomId);
    const site = organizations.find(({ id }) => id === room?.organizationId);
    return (whole ? [site, room] : [room]).flatMap((one) => (one ? [named(one)] : [])).join(' · ');
  };
  return (
    <fieldset class="group book" data-testid="book-terminals">
      <legend>{told('terminals')}</legend>
      <div class="choices">
        {near.map((one) => (
          <label key={one.id} class={chosen.includes(one.id) ? 'choice chosen' : 'choice'}>
            <input
              type="checkbox"
              checked={chosen.includes(one.id)}
              onChange={() => toggle(one.id)}
              data-testid={`book-terminal-${one.id}`}
            />
            <span>
              <bdi>{named(one)}</bdi> <span class="quiet">{placeOf(one.roomId, sites.size > 1)}</span>
            </span>
          </label>
        ))}
      </div>
      {others.length > 0 ? (
        <label class="field">
          <span>{told('terminals.other')}</span>
          <select value="" onChange={(event) => toggle(event.currentTarget.value)} data-testid="book-terminal-other">
            <option value="">{told('terminals.choose')}</option>
            {others.map((one) => (
              <option key={one.id} value={one.id}>
                {named(one)} · {placeOf(one.roomId)}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      {note}
    </fieldset>
  );
}
