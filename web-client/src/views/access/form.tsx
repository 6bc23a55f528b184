import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import { type AccessKey, has, told } from '../../words/access.ts';
import { language, t } from '../../words/index.ts';
import { Icon } from '../icon.tsx';
import { go } from '../router.ts';
import { faultText } from '../faults.ts';
import { explain, kept, key, me } from '../store.ts';

/** Sentences about fields, by their names in the API. */
type Notes = Record<string, string[]>;

/** What went wrong and what to do, in the words of these pages. */
export function accessWords(error: unknown): string {
  if (!(error instanceof Problem)) return explain(error);
  const name = error.type.split('/').pop() ?? '';
  const words = name === 'link-over' ? `link.${error.more.reason ?? ''}` : `problem.${name}`;
  return has(words) ? told(words as AccessKey, error.more.params) : explain(error);
}

function notesOf(error: unknown): Notes {
  const notes: Notes = {};
  for (const fault of error instanceof Problem ? (error.more.faults ?? []) : []) {
    const words = `fault.${fault.code}`;
    const text = has(words) ? told(words as AccessKey, fault.params) : faultText(fault);
    notes[fault.field] = [...(notes[fault.field] ?? []), text];
  }
  return notes;
}

/** One request of a form: whether it is under way, and what is wrong with it. */
export interface Sending {
  busy: boolean;
  notes: Notes;
  /** What is wrong beside the fields. */
  trouble: string;
  send: (ask: () => Promise<unknown>, done: () => void) => void;
}

export function useSending(): Sending {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // The same notes until the next answer: the focus goes to a wrong field once, and not while another one is typed in.
  const notes = useMemo(() => notesOf(error), [error, language.value]);
  const send = (ask: () => Promise<unknown>, done: () => void): void => {
    if (busy) return;
    setBusy(true);
    setError(null);
    ask()
      .then(done, (why: unknown) => setError(why))
      .then(() => setBusy(false));
  };
  return { busy, notes, trouble: error && Object.keys(notes).length === 0 ? accessWords(error) : '', send };
}

/** A form that sends itself by its one button; the first wrong field takes the focus. */
export function Form({ sending, submit, word, id, children }: {
  sending: Sending;
  submit: () => void;
  word: AccessKey;
  id: string;
  children: ComponentChildren;
}) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [sending.notes]);
  return (
    <form
      ref={form}
      class="card book"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {children}
      {sending.trouble ? (
        <p class="sentence bad" role="alert" data-testid={`${id}-trouble`}>
          <Icon name="alert" /> <span>{sending.trouble}</span>
        </p>
      ) : null}
      <button type="submit" class="button main" disabled={sending.busy} data-testid={`${id}-submit`}>
        {told(word)}
      </button>
    </form>
  );
}

interface TextProps {
  name: string;
  label: AccessKey;
  hint?: AccessKey;
  value: string;
  set: (value: string) => void;
  sending: Sending;
  complete?: string;
  secret?: boolean;
  shown?: boolean;
}

/** A line to type, with its hint and what is wrong with it. */
export function Text({ name, label, hint, value, set, sending, complete = 'off', secret = false, shown = false }: TextProps) {
  const said = sending.notes[name] ?? [];
  const about = [hint ? `${name}-hint` : '', said.length > 0 ? `${name}-note` : ''].filter(Boolean).join(' ');
  return (
    <div>
      <label class="field">
        <span>{told(label)}</span>
        <input
          type={(secret && !shown ? 'password' : 'text') as 'text'}
          name={name}
          value={value}
          autocomplete={complete}
          autocapitalize="none"
          autocorrect="off"
          spellcheck={false}
          aria-describedby={about || undefined}
          aria-invalid={said.length > 0 ? true : undefined}
          onInput={(event) => set(event.currentTarget.value)}
          data-testid={`field-${name}`}
        />
      </label>
      {hint ? (
        <p class="quiet small" id={`${name}-hint`}>
          {told(hint)}
        </p>
      ) : null}
      <div id={`${name}-note`}>
        {said.map((text) => (
          <p key={text} class="sentence bad" role="alert" data-testid={`note-${name}`}>
            <Icon name="alert" /> <span>{text}</span>
          </p>
        ))}
      </div>
    </div>
  );
}

/** Whoever cannot see what they type types it twice; here it can be seen. */
export function Shown({ shown, set }: { shown: boolean; set: (shown: boolean) => void }) {
  return (
    <label class="choice">
      <input type="checkbox" checked={shown} onChange={(event) => set(event.currentTarget.checked)} data-testid="field-show" />
      {told('field.show')}
    </label>
  );
}

/** The tab is called after the page. */
export function useTitle(word: AccessKey): void {
  useEffect(() => {
    document.title = `${told(word)} · ${t('app.name')}`;
  }, [word, language.value]);
}

/** In by a cookie: what a link or another person left in this tab goes. */
export function comeIn(to: string): void {
  forget();
  if (location.hash === to) location.reload();
  else go(to);
}

/** Nothing of the person stays in this tab. */
export function forget(): void {
  kept.forget();
  key.value = '';
  me.value = null;
}
