import { useEffect, useState } from 'preact/hooks';
import { type LineDraft, type LineFault, finishLine, lineDraft, readLine, writeLine } from '../../protocol/tariff.ts';
import { Problem } from '../../protocol/api.ts';
import { lineProblem, told } from '../../words/quote.ts';
import { Icon } from '../icon.tsx';
import { Loading, Trouble } from '../parts.tsx';
import { api } from '../store.ts';

interface Part {
  draft: LineDraft;
  change: (part: Partial<LineDraft>) => void;
}

/** Kilobits a second each way. */
function Capacity({ draft, change }: Part) {
  return (
    <>
      {(['down', 'up'] as const).map((way) => (
        <label class="field" key={way}>
          <span>{told(`line.${way}`)}</span>
          <input
            type="text"
            inputMode="numeric"
            value={draft[way]}
            placeholder={told('line.unbound')}
            onInput={(event) => change({ [way]: event.currentTarget.value })}
            data-testid={`line-${way}`}
          />
        </label>
      ))}
    </>
  );
}

/** Most bands of a tariff. */
const BANDS = 24;

/** What a megabyte costs, from which time of the day on. */
function Prices({ draft, change }: Part) {
  const { bands } = draft;
  const put = (at: number, part: Partial<(typeof bands)[number]>): void =>
    change({ bands: bands.map((one, i) => (i === at ? { ...one, ...part } : one)) });
  return (
    <fieldset class="group">
      <legend>{told('line.price')}</legend>
      {bands.map((band, at) => (
        <div class="person" key={at}>
          <input
            type="time"
            aria-label={`${told('line.from')} ${at + 1}`}
            value={band.from}
            onInput={(event) => put(at, { from: event.currentTarget.value })}
            data-testid={`line-from-${at}`}
          />
          <input
            type="text"
            inputMode="decimal"
            aria-label={`${told('line.fen')} ${at + 1}`}
            placeholder={told('line.fen')}
            value={band.price}
            onInput={(event) => put(at, { price: event.currentTarget.value })}
            data-testid={`line-fen-${at}`}
          />
          <button
            type="button"
            class="button small"
            aria-label={told('line.less', { n: at + 1 })}
            onClick={() => change({ bands: bands.filter((_one, i) => i !== at) })}
          >
            ✕
          </button>
        </div>
      ))}
      {bands.length < BANDS ? (
        <button
          type="button"
          class="button small"
          onClick={() => change({ bands: [...bands, { from: bands.length === 0 ? '00:00' : '', price: '' }] })}
          data-testid="line-more"
        >
          + {told('line.more')}
        </button>
      ) : null}
    </fieldset>
  );
}

/** What is wrong with the form, or with what the scheduler made of it. */
function Wrong({ fault, error }: { fault: LineFault | null; error: unknown }) {
  const refused = error instanceof Problem ? lineProblem(error.type) : null;
  const said = fault ? told(`fault.${fault}`) : refused;
  if (said) {
    return (
      <p class="sentence bad" role="alert" data-testid="line-wrong">
        <Icon name="alert" /> <span>{said}</span>
      </p>
    );
  }
  return error ? <Trouble error={error} /> : null;
}

/** What the line of a site carries and costs, to be written down by a scheduler; `saved` once that is kept. */
export function LineForm({ organizationId, saved }: { organizationId: string; saved: () => void }) {
  const [draft, setDraft] = useState<LineDraft | null>(null);
  const [fault, setFault] = useState<LineFault | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    readLine(api(), organizationId).then((line) => setDraft(lineDraft(line)), setError);
  }, [organizationId]);
  if (!draft) return error ? <Trouble error={error} /> : <Loading />;
  const change = (part: Partial<LineDraft>): void => setDraft({ ...draft, ...part });
  const save = (): void => {
    const line = finishLine(draft);
    setError(null);
    if (typeof line === 'string') return setFault(line);
    setFault(null);
    writeLine(api(), organizationId, line).then(saved, setError);
  };
  // The form stands in that of the booking, which is not what Enter is to send from here.
  const enter = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    save();
  };
  return (
    <div class="card book" onKeyDown={enter} data-testid="line-form">
      <Capacity draft={draft} change={change} />
      <Prices draft={draft} change={change} />
      <Wrong fault={fault} error={error} />
      <button type="button" class="button strong" onClick={save} data-testid="line-save">
        {told('line.save')}
      </button>
    </div>
  );
}
