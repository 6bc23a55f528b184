import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Directory, Problem, type Role } from '../../protocol/api.ts';
import { type Draft, fitting, kinds, lengths, type Part, roles, usual } from '../../protocol/draft.ts';
import { offsetWords, zoneName } from '../../protocol/when.ts';
import { bookWords } from '../../words/booking.ts';
import { named, t } from '../../words/index.ts';
import { faultText } from '../faults.ts';
import { Icon } from '../icon.tsx';
import { roleName } from '../parts.tsx';
import { serverNow } from '../store.ts';
import type { Outcome } from './result.tsx';
import { FreeTimes } from './slots.tsx';

/** Sentences about a field, by its name in the API; those about one person's line are `participants.N`. */
type Notes = Record<string, string[]>;

/** What is wrong with a field, under it. */
function Note({ notes, field }: { notes: Notes; field: string }) {
  const said = notes[field] ?? [];
  return (
    <>
      {said.map((text) => (
        <p key={text} class="sentence bad" role="alert" data-testid={`book-note-${field}`}>
          <Icon name="alert" /> <span>{text}</span>
        </p>
      ))}
    </>
  );
}

function Field({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <label class="field">
      <span>{label}</span>
      {children}
    </label>
  );
}

export interface Props {
  directory: Directory;
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  notes: Notes;
  /** The kind stays as it is. */
  fixed?: boolean;
  /** The start stays as it is. */
  begun?: boolean;
  /** The session that is changed. */
  moves?: string;
  /** Is told the draft with the free time that was chosen. */
  picked?: (draft: Draft) => void;
}

/** What the county's zone is called on this page. */
const zoneWords = (): string =>
  zoneName() === 'Asia/Shanghai' ? t('zone.beijing') : bookWords('zone.offset', { offset: offsetWords(serverNow()) });

function Kinds({ draft, change }: Props) {
  return (
    <fieldset class="group">
      <legend>{bookWords('book.kind')}</legend>
      <div class="choices">
        {kinds.map((kind) => (
          <label key={kind} class={draft.kind === kind ? 'choice chosen' : 'choice'}>
            <input
              type="radio"
              name="kind"
              checked={draft.kind === kind}
              onChange={() => change({ kind, people: usual(kind) })}
              data-testid={`book-kind-${kind}`}
            />
            {t(`kind.${kind}`)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** The choosers that few bookings need: they come when the page is there. */
function useChoosers(wanted: boolean): typeof import('./choosers.tsx') | null {
  const [file, setFile] = useState<typeof import('./choosers.tsx') | null>(null);
  useEffect(() => {
    if (wanted) import('./choosers.tsx').then(setFile, () => undefined);
  }, [wanted]);
  return file;
}

function PersonLine({ directory, draft, change, notes, at }: Props & { at: number }) {
  const line = draft.people[at];
  const choosers = useChoosers(line?.role === 'interpreter');
  if (!line) return null;
  const set = (part: Part): void => change({ people: draft.people.map((one, i) => (i === at ? part : one)) });
  const organization = (id: string | undefined): string => {
    const found = directory.organizations.find((one) => one.id === id);
    return found ? ` · ${named(found)}` : '';
  };
  return (
    <div class="person" data-testid="book-person-line">
      <select
        value={line.role}
        aria-label={`${bookWords('book.role')} ${at + 1}`}
        onChange={(event) => set({ role: event.currentTarget.value as Role, personId: '' })}
        data-testid={`book-role-${at}`}
      >
        {roles.map((role) => (
          <option key={role} value={role}>
            {roleName(role)}
          </option>
        ))}
      </select>
      <select
        value={line.personId}
        aria-label={`${bookWords('book.person')} ${at + 1}`}
        aria-invalid={notes[`participants.${at}`] ? true : undefined}
        onChange={(event) => set({ ...line, personId: event.currentTarget.value })}
        data-testid={`book-person-${at}`}
      >
        <option value="">{bookWords('book.choose')}</option>
        {fitting(directory.people, line.role, line.interprets).map((person) => (
          <option key={person.id} value={person.id}>
            {named(person)}
            {organization(person.organizationId)}
            {line.role === 'interpreter' ? ` · ${person.interprets.map((pair) => choosers?.pairWords(pair) ?? pair).join(t('list.comma'))}` : ''}
          </option>
        ))}
      </select>
      <button
        type="button"
        class="button small"
        aria-label={bookWords('book.remove', { n: at + 1 })}
        onClick={() => change({ people: draft.people.filter((_one, i) => i !== at) })}
        data-testid={`book-remove-${at}`}
      >
        ✕
      </button>
      {choosers && line.role === 'interpreter' ? <choosers.Pairs people={fitting(directory.people, line.role)} line={line} at={at} set={set} /> : null}
      <Note notes={notes} field={`participants.${at}`} />
    </div>
  );
}

export function People(props: Props) {
  const { draft, change, notes } = props;
  return (
    <fieldset class="group">
      <legend>{bookWords('book.people')}</legend>
      {draft.people.map((_one, i) => (
        <PersonLine key={i} {...props} at={i} />
      ))}
      <button
        type="button"
        class="button small"
        onClick={() => change({ people: [...draft.people, { personId: '', role: 'observer' }] })}
        data-testid="book-add-person"
      >
        + {bookWords('book.add')}
      </button>
      <Note notes={notes} field="participants" />
    </fieldset>
  );
}

/** The terminals of a booking, where the county has some. */
export function Terminals(props: Props) {
  const choosers = useChoosers(props.directory.terminals.length > 0);
  return choosers && <choosers.Terminals {...props} note={<Note notes={props.notes} field="terminalIds" />} />;
}

export function Rooms({ directory, draft, change, notes }: Props) {
  const toggle = (id: string): void => {
    const has = draft.roomIds.includes(id);
    change({ roomIds: has ? draft.roomIds.filter((one) => one !== id) : [...draft.roomIds, id] });
  };
  return (
    <fieldset class="group">
      <legend>{bookWords('book.rooms')}</legend>
      {directory.rooms.length === 0 ? <p class="quiet">{bookWords('book.rooms.none')}</p> : null}
      <div class="choices">
        {directory.rooms.map((room) => (
          <label key={room.id} class={draft.roomIds.includes(room.id) ? 'choice chosen' : 'choice'}>
            <input
              type="checkbox"
              checked={draft.roomIds.includes(room.id)}
              onChange={() => toggle(room.id)}
              data-testid={`book-room-${room.id}`}
            />
            <bdi>{named(room)}</bdi>
          </label>
        ))}
      </div>
      <Note notes={notes} field="roomIds" />
    </fieldset>
  );
}

function When({ draft, change, notes, begun = false }: Props) {
  const choices = lengths.includes(draft.minutes) ? lengths : [...lengths, draft.minutes].sort((a, b) => a - b);
  return (
    <div class="when-line">
      <Field label={bookWords('book.date')}>
        <input
          type="date"
          required
          value={draft.day}
          disabled={begun}
          onInput={(event) => change({ day: event.currentTarget.value })}
          data-testid="book-date"
        />
      </Field>
      <Field label={bookWords('book.time', { zone: zoneWords() })}>
        <input
          type="time"
          required
          step={300}
          value={draft.time}
          disabled={begun}
          onInput={(event) => change({ time: event.currentTarget.value })}
          data-testid="book-time"
        />
      </Field>
      <Field label={bookWords('book.duration')}>
        <select
          value={String(draft.minutes)}
          onChange={(event) => change({ minutes: Number(event.currentTarget.value) })}
          data-testid="book-duration"
        >
          {choices.map((n) => (
            <option key={n} value={String(n)}>
              {t('book.minutes', { n })}
            </option>
          ))}
        </select>
      </Field>
      <div class="wide">
        <Note notes={notes} field="startsAt" />
        <Note notes={notes} field="endsAt" />
      </div>
    </div>
  );
}

/** What the form says beside its fields: what is missing, or what the server found. */
export function notesOf(outcome: Outcome, directory: Directory): Notes {
  const notes: Notes = {};
  const add = (field: string, text: string): void => {
    notes[field] = [...(notes[field] ?? []), text];
  };
  if (outcome.is === 'need') {
    for (const need of outcome.needs) {
      add(need.what === 'person' ? `${need.field}.${need.line}` : need.field, bookWords(`book.need.${need.what}`));
    }
  }
  if (outcome.is !== 'failed' || !(outcome.error instanceof Problem)) return notes;
  const known = [...directory.people, ...directory.rooms, ...directory.terminals];
  const nameOf = (id: string): string => {
    const found = known.find((one) => one.id === id);
    return found ? named(found) : id;
  };
  for (const fault of outcome.error.more.faults ?? []) add(fault.field, faultText(fault, nameOf));
  return notes;
}

/** Everything that is filled in. */
export function Fields(props: Props) {
  const { directory, draft, change, notes, fixed, begun, moves, picked } = props;
  return (
    <>
      {fixed ? null : <Kinds {...props} />}
      <Field label={bookWords('book.name')}>
        <input
          type="text"
          maxLength={120}
          value={draft.title}
          placeholder={bookWords('book.name.hint')}
          aria-invalid={notes['title'] ? true : undefined}
          onInput={(event) => change({ title: event.currentTarget.value })}
          data-testid="book-title"
        />
      </Field>
      <Note notes={notes} field="title" />
      <People {...props} />
      <Rooms {...props} />
      <Terminals {...props} />
      <When {...props} />
      {begun ? null : <FreeTimes directory={directory} draft={draft} change={change} moves={moves} picked={picked} />}
      <label class={draft.recording ? 'choice chosen' : 'choice'}>
        <input
          type="checkbox"
          checked={draft.recording}
          onChange={() => change({ recording: !draft.recording })}
          data-testid="book-recording"
        />
        <span>
          {bookWords('book.recording')} <span class="quiet">({bookWords('book.recording.hint')})</span>
        </span>
      </label>
      <Note notes={notes} field="recording" />
    </>
  );
}

/** Who is told that something is wrong comes to where it is. */
export function useFaultInView(outcome: Outcome): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector('[data-testid^="book-note-"]')?.scrollIntoView({ block: 'center' });
  }, [outcome]);
  return form;
}
