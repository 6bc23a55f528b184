import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { blankCase, type CaseDraft, finishCase, LINE_MAX, ranks, sexes, specialties, SUMMARY_MAX, urgencies } from '../../protocol/cases.ts';
import { told } from '../../words/cases.ts';
import { useFile } from '../parts.tsx';
import { go } from '../router.ts';
import { kept, recall, serverNow } from '../store.ts';
import { Choice, notes, Notes, Pick, Sentence, TextField, words } from './fields.tsx';
import { send, way } from './sending.ts';
import { draftFiles } from './uploads.ts';

/** Members of a request that have a field on the page. */
const FIELDS = ['patient.name', 'patient.born', 'patient.card', 'reason', 'purpose', 'summary', 'wishedAt'];

/** Asks for a consultation. What was typed outlives a reload and a cut line. */
export function Request() {
  const [draft, setDraft] = useState<CaseDraft>(() => ({ ...blankCase(serverNow(), draftFiles()), ...recall<CaseDraft>('draft.case') }));
  const materials = useFile(() => import('./materials.tsx'));
  const { state } = way.value;
  const error = way.value.state === 'refused' ? way.value.error : null;
  const sent = way.value.state === 'sent' ? way.value.id : null;
  // With the keystroke, not after the next picture: a page may be closed before that.
  useLayoutEffect(() => kept.write('draft.case', JSON.stringify(draft)), [draft]);
  useEffect(() => {
    if (!sent) return;
    way.value = { state: 'none' };
    go(`/cases/${sent}`);
  }, [sent]);
  const set =
    <Name extends keyof CaseDraft>(name: Name) =>
    (value: CaseDraft[Name]): void =>
      setDraft((before) => ({ ...before, [name]: value }));
  const busy = state === 'sending';
  const atField = FIELDS.some((field) => notes(error, field).length > 0);
  return (
    <div class="page">
      <h1>{told('title.new')}</h1>
      <form
        class="card book"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) send(finishCase(draft), draft.files);
        }}
      >
        <h2>{told('patient')}</h2>
        <TextField name="patient.name" label={told('patient.name')} value={draft.name} set={set('name')} error={error} most={60} />
        <Choice name="sex" label={told('patient.sex')} words={sexes} of="sex" value={draft.sex} set={set('sex')} />
        <TextField name="patient.born" label={told('patient.born')} value={draft.born} set={set('born')} error={error} most={4} digits />
        <TextField name="patient.card" label={told('patient.card')} hint={told('patient.card.hint')} value={draft.card} set={set('card')} error={error} most={40} />
        <h2>{told('request')}</h2>
        <Choice name="urgency" label={told('urgency')} words={urgencies} of="urgency" value={draft.urgency} set={set('urgency')} />
        <Pick name="specialty" label={told('specialty')} words={specialties} of="specialty" value={draft.specialty} set={set('specialty')} />
        <Pick name="rank" label={told('rank')} words={ranks} of="rank" value={draft.rank} set={set('rank')} />
        <TextField name="reason" label={told('reason')} value={draft.reason} set={set('reason')} error={error} most={LINE_MAX} />
        <TextField name="purpose" label={told('purpose')} value={draft.purpose} set={set('purpose')} error={error} most={LINE_MAX} />
        <TextField
          name="summary"
          label={told('summary')}
          hint={told('summary.hint', { most: SUMMARY_MAX })}
          value={draft.summary}
          set={set('summary')}
          error={error}
          most={SUMMARY_MAX}
          long
        />
        {materials ? <materials.WithRequest files={draft.files} /> : null}
        <fieldset class="group">
          <legend>{told('wished')}</legend>
          <div class="when-line">
            <TextField name="day" label={told('wished.day')} value={draft.day} set={set('day')} type="date" />
            <TextField name="time" label={told('wished.time')} value={draft.time} set={set('time')} type="time" />
          </div>
          <Notes error={error} field="wishedAt" />
        </fieldset>
        {state === 'waiting' ? (
          <p class="notice" role="status" data-testid="case-waiting">
            {told('waiting')}
          </p>
        ) : null}
        {error && !atField ? <Sentence good={false} id="case-trouble" text={words(error)} /> : null}
        <p class="quiet small">{told(state === 'sending' ? 'sending' : 'saved')}</p>
        <button type="submit" class="button main" disabled={busy} data-testid="case-send">
          {told('send')}
        </button>
      </form>
      <a class="button" href="#/cases" data-testid="case-list">
        {told('list')}
      </a>
    </div>
  );
}
