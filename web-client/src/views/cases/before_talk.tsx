import { useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import { type Act, type Case, card, LINE_MAX, take } from '../../protocol/cases.ts';
import { consents, type Form, forms, type Giver, givers, NAME_MAX, type Purpose, readIn, type ReadIn } from '../../protocol/consents.ts';
import { type ConsentsKey, told } from '../../words/consents.ts';
import { language } from '../../words/index.ts';
import { Trouble, useLoad } from '../parts.tsx';
import type { RoomModel } from '../room/model.ts';
import { insertStyle } from '../sheet.ts';
import { api } from '../store.ts';
import { notes, Sentence, TextField, words } from './fields.tsx';
import { Ready } from './ready.tsx';

// In the dark room it is a sheet of its own; nothing else is there to be seen while people wait for it.
insertStyle(
  '.room .sheet{color:var(--ink);flex:none}.room .sheet .quiet{color:var(--quiet)}.room .middle:has(.alone){display:block}.room .middle:has(.alone) .stage{display:none}.ready{list-style:none;margin:0;padding:0}.ready li{margin:.3rem 0}.ready [aria-hidden]{display:inline-block;width:1.7rem;text-align:center}blockquote{margin:.4rem 0;padding-left:.8rem;border-left:4px solid var(--main)}',
);

interface Acting {
  of: Case;
  act: (step: Act) => void;
  busy: boolean;
  error: unknown;
}

/** One of a few, all of which are seen. */
function Few<Word extends string>({ name, purpose, list, value, set }: { name: 'giver' | 'form'; purpose: Purpose; list: readonly Word[]; value: Word; set: (word: Word) => void }) {
  return (
    <fieldset class="group">
      <legend>{told(name)}</legend>
      <div class="choices">
        {list.map((word) => (
          <label key={word} class={value === word ? 'choice chosen' : 'choice'}>
            <input type="radio" name={`${purpose}-${name}`} checked={value === word} onChange={() => set(word)} data-testid={`consent-${purpose}-${name}-${word}`} />
            {told(`${name}.${word}` as ConsentsKey)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Who the patient is: by the card, or by the doctor's word. */
function CheckIn({ of, act, busy, error }: Acting) {
  const [number, setNumber] = useState('');
  const [knownBy, setKnownBy] = useState('');
  const [without, goWithout] = useState(false);
  if (of.attested) return <Sentence good id="consent-attested" text={told('attested')} />;
  if (!of.steps.includes('check-in')) return null;
  return (
    <form
      class="book"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) act({ step: 'check-in', body: without ? { knownBy } : { card: number } });
      }}
    >
      <h3>{told('attest')}</h3>
      {without ? (
        <TextField name="knownBy" label={told('known')} hint={told('known.hint')} value={knownBy} set={setKnownBy} error={error} most={LINE_MAX} />
      ) : (
        <TextField name="card" label={told('card')} hint={told('card.hint')} value={number} set={setNumber} error={error} most={LINE_MAX} />
      )}
      <div class="pair">
        <button type="submit" class="button main" disabled={busy} data-testid="consent-check-in">
          {told('attest.send')}
        </button>
        <button type="button" class="button" onClick={() => goWithout(!without)} data-testid="consent-no-card">
          {told(without ? 'card.some' : 'card.none')}
        </button>
      </div>
    </form>
  );
}

/** A consent that is in force, and the way back, at a second press. */
function InForce({ purpose, act, busy, may }: { purpose: Purpose; act: Acting['act']; busy: boolean; may: boolean }) {
  const [sure, setSure] = useState(false);
  return (
    <>
      <Sentence good id={`consent-in-force-${purpose}`} text={told(`in-force.${purpose}`)} />
      {may ? (
        <button
          type="button"
          class={sure ? 'button danger' : 'button'}
          disabled={busy}
          onClick={() => (sure ? act({ step: 'withdrawal', body: { purpose } }) : setSure(true))}
          data-testid={`consent-withdraw-${purpose}`}
        >
          {told(sure ? 'withdraw.sure' : 'withdraw')}
        </button>
      ) : null}
    </>
  );
}

/** What is read to the patient, and who consents to it, how. */
function Consent({ purpose, text, act, busy, error }: Acting & { purpose: Purpose; text: { id: string; zh: string; en: string } }) {
  const [giver, setGiver] = useState<Giver>('patient');
  const [form, setForm] = useState<Form>('signed');
  const [read, setRead] = useState<ReadIn>(language.value);
  const [name, setName] = useState('');
  const [witness, setWitness] = useState('');
  const [fee, setFee] = useState('');
  const body = {
    purpose,
    giver,
    form,
    language: read,
    textId: text.id,
    ...(giver === 'patient' ? {} : { name }),
    ...(form === 'spoken' ? { witness } : {}),
    ...(purpose === 'consultation' ? { fee } : {}),
  };
  return (
    <form
      class="book"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) act({ step: 'consents', body });
      }}
      data-testid={`consent-${purpose}`}
    >
      <h3>{told(`purpose.${purpose}`)}</h3>
      <p class="quiet">{told('read')}</p>
      <blockquote lang={language.value}>{text[language.value]}</blockquote>
      {purpose === 'consultation' ? (
        <TextField name="fee" label={told('fee')} hint={told('fee.hint')} value={fee} set={setFee} error={error} most={LINE_MAX} />
      ) : null}
      <Few name="giver" purpose={purpose} list={givers} value={giver} set={setGiver} />
      {giver === 'patient' ? null : <TextField name="name" label={told('name')} value={name} set={setName} error={error} most={NAME_MAX} />}
      <Few name="form" purpose={purpose} list={forms} value={form} set={setForm} />
      {form === 'spoken' ? <TextField name="witness" label={told('witness')} value={witness} set={setWitness} error={error} most={NAME_MAX} /> : null}
      <label class="field">
        <span>{told('language')}</span>
        <select name={`${purpose}-language`} value={read} onChange={(event) => setRead(event.currentTarget.value as ReadIn)} data-testid={`consent-${purpose}-language`}>
          {readIn.map((word) => (
            <option key={word} value={word}>
              {told(`language.${word}`)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="button main" disabled={busy} data-testid={`consent-send-${purpose}`}>
        {told(`send.${purpose}`)}
      </button>
    </form>
  );
}

/** Where something that is wrong is shown at its field. */
const SHOWN = ['card', 'knownBy', 'fee', 'name', 'witness'];
const fitting = (error: unknown): boolean =>
  error instanceof Problem && (error.more.faults ?? []).some(({ field }) => SHOWN.includes(field));
/** What else is wrong, in words. */
const sentence = (error: unknown): string => {
  const [fault] = error instanceof Problem ? (error.more.faults ?? []) : [];
  return (fault && notes(error, fault.field)[0]) ?? words(error);
};

/** Who the patient of a case is and what the patient consents to: noted by the inviting doctor, seen by who cares for the patient. */
export function BeforeTalk({ of, changed }: { of: Case; changed: () => void }) {
  const { value, error, again } = useLoad(() => consents(api(), of.id), of.id);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<{ why: unknown; step: string } | null>(null);
  const act = (step: Act): void => {
    setBusy(true);
    setTrouble(null);
    take(api(), of, step)
      .catch((why: unknown) => {
        setTrouble({ why, step: `${step.step} ${(step.body?.['purpose'] as string | undefined) ?? ''}` });
        // The texts may be others by now.
        again();
      })
      .then(() => {
        changed();
        setBusy(false);
      });
  };
  const about = (step: string): unknown => (trouble?.step.trim() === step ? trouble.why : null);
  const may = (step: Case['steps'][number]): boolean => of.steps.includes(step);
  if (error && !value) return <Trouble error={error} retry={again} />;
  return (
    <section class="card" data-testid="consents">
      <h2>{told('title')}</h2>
      <p class="quiet">{told('hint')}</p>
      {trouble && !fitting(trouble.why) ? <Sentence good={false} id="consent-trouble" text={sentence(trouble.why)} /> : null}
      <CheckIn of={of} act={act} busy={busy} error={about('check-in')} />
      {value?.texts.map(({ purpose, ...text }) =>
        of.consents.includes(purpose) ? (
          <InForce key={purpose} purpose={purpose} act={act} busy={busy} may={may('withdraw')} />
        ) : may('consent') ? (
          <Consent key={purpose} of={of} purpose={purpose} text={text} act={act} busy={busy} error={about(`consents ${purpose}`)} />
        ) : null,
      )}
    </section>
  );
}

/** The same in the room of the session, for who cares for the patient; it stays until the doctor puts it away. */
export function InRoom({ model }: { model: RoomModel }) {
  const [id, waits] = [model.caseId, model.waits.value];
  // Whoever was in the room before the session had a case asks for it; who has no login cares for nobody.
  const load = async (): Promise<Case | null> => {
    const known = id || (await api().join(model.id).catch(() => null))?.caseId;
    return known ? (await card(api(), known)).case : null;
  };
  // What was withdrawn elsewhere is seen as the room waits again.
  const { value, error, again } = useLoad(load, `${id} ${waits}`);
  if (error) return <Trouble error={error} retry={again} />;
  const notes = value?.steps.some((step) => step === 'check-in' || step === 'consent') ? value : null;
  if (!notes && !waits) return null;
  return (
    <div class={waits ? 'sheet alone' : 'sheet'}>
      {waits ? null : (
        <button type="button" class="button main" onClick={() => (model.noting.value = false)} data-testid="consent-done">
          {told('done')}
        </button>
      )}
      {waits ? <Ready model={model} of={notes} /> : null}
      {notes ? <BeforeTalk of={notes} changed={again} /> : null}
    </div>
  );
}
