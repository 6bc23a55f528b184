import { Problem } from '../../protocol/api.ts';
import { type CasesKey, has, told } from '../../words/cases.ts';
import { Icon } from '../icon.tsx';
import { insertStyle } from '../sheet.ts';
import { explain } from '../store.ts';

insertStyle(
  'textarea{display:block;width:100%;min-height:9rem;padding:.6rem .8rem;border:2px solid #6b7d77;border-radius:12px;background:#fff;font:inherit;line-height:1.5}',
);
insertStyle('.told{white-space:pre-wrap}.label{font-size:1rem}.card>.label{margin:.7rem 0 0}.label+*{margin-top:.2rem!important}');

/** What is wrong with one member of what was sent, in words. */
export function notes(error: unknown, field: string): string[] {
  const faults = error instanceof Problem ? (error.more.faults ?? []) : [];
  return faults
    .filter((fault) => fault.field === field)
    .map((fault) => {
      const key = `fault.${fault.code}`;
      // What is no year or no time at all does not fit the form of a request.
      if (fault.code === 'not-a-time' || fault.code === 'does-not-fit') return told('fault.text-missing');
      return has(key) ? told(key, fault.params) : fault.detail;
    });
}

/** What went wrong, in our own words where there are some. */
export function words(error: unknown): string {
  const key = error instanceof Problem ? `problem.${error.type.split('/').pop() ?? ''}` : '';
  return has(key) ? told(key) : explain(error);
}

export function Sentence({ good, text, id }: { good: boolean; text: string; id: string }) {
  return (
    <p class={good ? 'sentence good' : 'sentence bad'} role={good ? 'status' : 'alert'} data-testid={id}>
      <Icon name={good ? 'check' : 'alert'} /> <span>{text}</span>
    </p>
  );
}

export function Notes({ error, field }: { error: unknown; field: string }) {
  return (
    <>
      {notes(error, field).map((text) => (
        <Sentence key={text} good={false} id={`case-note-${field}`} text={text} />
      ))}
    </>
  );
}

interface TextProps {
  /** The member of the API. */
  name: string;
  label: string;
  hint?: string;
  value: string;
  set: (value: string) => void;
  error?: unknown;
  /** Longest text, characters. */
  most?: number;
  /** A field of several lines. */
  long?: boolean;
  type?: 'text' | 'date' | 'time';
  digits?: boolean;
}

/** A field with its label, and under it what is wrong. */
export function TextField({ name, label, hint, value, set, error, most, long, type = 'text', digits }: TextProps) {
  const shared = {
    name,
    value,
    ...(most ? { maxLength: most } : {}),
    ...(notes(error, name).length > 0 ? { 'aria-invalid': true as const } : {}),
    'data-testid': `case-${name}`,
  };
  return (
    <>
      <label class="field">
        <span>{label}</span>
        {long ? (
          <textarea {...shared} onInput={(event) => set(event.currentTarget.value)} />
        ) : (
          <input
            {...shared}
            // Which of them it is changes nothing for the types of the others.
            type={type as 'text'}
            autocomplete="off"
            {...(digits ? { inputMode: 'numeric' as const } : {})}
            onInput={(event) => set(event.currentTarget.value)}
          />
        )}
      </label>
      {hint ? <p class="quiet small">{hint}</p> : null}
      <Notes error={error} field={name} />
    </>
  );
}

interface ChoiceProps<Word extends string> {
  name: string;
  label: string;
  words: readonly Word[];
  /** What stands before the word in the catalog. */
  of: 'sex' | 'urgency' | 'verdict';
  value: Word | null;
  set: (word: Word) => void;
}

/** One of a few, all of which are seen. */
export function Choice<Word extends string>({ name, label, words: list, of, value, set }: ChoiceProps<Word>) {
  return (
    <fieldset class="group">
      <legend>{label}</legend>
      <div class="choices">
        {list.map((word) => (
          <label key={word} class={value === word ? 'choice chosen' : 'choice'}>
            <input type="radio" name={name} checked={value === word} onChange={() => set(word)} data-testid={`case-${name}-${word}`} />
            {told(`${of}.${word}` as CasesKey)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface PickProps<Word extends string> {
  name: string;
  label: string;
  words: readonly Word[];
  of: 'specialty' | 'rank';
  value: Word;
  set: (word: Word) => void;
}

/** One of many. */
export function Pick<Word extends string>({ name, label, words: list, of, value, set }: PickProps<Word>) {
  return (
    <label class="field">
      <span>{label}</span>
      <select name={name} value={value} onChange={(event) => set(event.currentTarget.value as Word)} data-testid={`case-${name}`}>
        {list.map((word) => (
          <option key={word} value={word}>
            {told(`${of}.${word}` as CasesKey)}
          </option>
        ))}
      </select>
    </label>
  );
}
