import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { type Act, type Case, INVITED_MAX, LINE_MAX, OPINION_MAX, specialties, type Specialty, urgencies, type Stated, type Verdict, verdicts } from '../../protocol/cases.ts';
import type { Draft } from '../../protocol/draft.ts';
import { moment } from '../../protocol/when.ts';
import { type CasesKey, told } from '../../words/cases.ts';
import { named } from '../../words/index.ts';
import { Loading, Name, Range, Trouble, useLoad } from '../parts.tsx';
import { go } from '../router.ts';
import { api, kept, me } from '../store.ts';
import { Choice, Notes, Pick, TextField } from './fields.tsx';

export interface StepProps {
  of: Case;
  /** Takes a step; `done` is called when it is taken. */
  act: (step: Act, done?: () => void) => void;
  busy: boolean;
  error: unknown;
  /** The opinion that was signed last. */
  latest: Stated | null;
}

interface FormProps {
  title: string;
  children: ComponentChildren;
  send: string;
  id: string;
  busy: boolean;
  submit: () => void;
  danger?: boolean;
}

function Form({ title, children, send, id, busy, submit, danger }: FormProps) {
  return (
    <form
      class="card book"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) submit();
      }}
    >
      <h2>{title}</h2>
      {children}
      <button type="submit" class={danger ? 'button danger' : 'button main'} disabled={busy} data-testid={id}>
        {send}
      </button>
    </form>
  );
}

/** What is typed into a step, kept on the device until the step is taken. */
function useKept(name: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => kept.read(name) ?? '');
  useLayoutEffect(() => kept.write(name, text || null), [text]);
  return [text, setText];
}

export function Triage({ of, act, busy, error }: StepProps) {
  const directory = useLoad(() => api().directory(), '');
  const [invited, setInvited] = useState<string[]>([]);
  const [urgency, setUrgency] = useState(of.urgency);
  if (directory.error) return <Trouble error={directory.error} retry={directory.again} />;
  if (!directory.value) return <Loading />;
  const { organizations, people } = directory.value;
  const doctors = people.filter((it) => it.roles?.includes('specialist') && it.organizationId !== of.inviting.organizationId);
  const site = (id: string) => organizations.find((it) => it.id === id);
  const toggle = (id: string): void => setInvited(invited.includes(id) ? invited.filter((it) => it !== id) : [...invited, id]);
  return (
    <Form title={told('triage')} send={told('triage.send')} id="case-triage" busy={busy} submit={() => act({ step: 'triage', body: { invitedIds: invited, urgency } })}>
      <Choice name="urgency" label={told('urgency')} words={urgencies} of="urgency" value={urgency} set={setUrgency} />
      <fieldset class="group">
        <legend>{told('triage.who', { most: INVITED_MAX })}</legend>
        {doctors.length === 0 ? <p class="quiet">{told('triage.nobody')}</p> : null}
        <div class="choices">
          {doctors.map((it) => {
            const at = site(it.organizationId ?? '');
            return (
              <label key={it.id} class={invited.includes(it.id) ? 'choice chosen' : 'choice'}>
                <input type="checkbox" checked={invited.includes(it.id)} onChange={() => toggle(it.id)} data-testid={`case-invite-${it.id}`} />
                <span>
                  <Name of={it} /> {at ? <span class="quiet block">{named(at)}</span> : null}
                </span>
              </label>
            );
          })}
        </div>
        <Notes error={error} field="invitedIds" />
      </fieldset>
    </Form>
  );
}

type ReplyWord = 'accept' | 'decline' | 'redirect';

export function Invitation({ of, act, busy, error }: StepProps) {
  const [reply, setReply] = useState<ReplyWord>('accept');
  const [reason, setReason] = useKept(`draft.answer.${of.id}`);
  const [specialty, setSpecialty] = useState<Specialty>(of.specialty);
  const replies = (['accept', 'decline', 'redirect'] as const).filter((word) => of.steps.includes(word));
  const body = { reply, ...(reply === 'accept' ? {} : { reason }), ...(reply === 'redirect' ? { specialty } : {}) };
  return (
    <Form title={told('answer')} send={told(reply as CasesKey)} id="case-answer" busy={busy} submit={() => act({ step: 'answer', body }, () => setReason(''))}>
      <fieldset class="group">
        <legend class="sr">{told('answer')}</legend>
        <div class="choices">
          {replies.map((word) => (
            <label key={word} class={reply === word ? 'choice chosen' : 'choice'}>
              <input type="radio" name="reply" checked={reply === word} onChange={() => setReply(word)} data-testid={`case-reply-${word}`} />
              {told(word)}
            </label>
          ))}
        </div>
      </fieldset>
      {reply === 'redirect' ? (
        <Pick name="redirect-to" label={told('specialty')} words={specialties} of="specialty" value={specialty} set={setSpecialty} />
      ) : null}
      {reply === 'accept' ? null : (
        <TextField name="reason" label={told('why')} hint={told('why.hint', { most: LINE_MAX })} value={reason} set={setReason} error={error} most={LINE_MAX} />
      )}
    </Form>
  );
}

/** Books a session on the booking page, and finds it again. */
export function Schedule({ of, act, busy, error }: StepProps) {
  const wished = moment(Date.parse(of.wishedAt));
  const [day, setDay] = useState(wished.day);
  const found = useLoad(() => api().day(day), day);
  const accepted = of.invited.filter(({ invitation }) => invitation === 'accepted').map(({ doctor }) => doctor.personId);
  const own = of.inviting.personId;
  const fits = (found.value ?? []).filter(({ kind, state, participants }) => {
    const has = (id: string): boolean => participants.some(({ personId }) => personId === id);
    return kind === 'consultation' && state === 'scheduled' && has(own) && accepted.some(has);
  });
  const book = (): void => {
    const people: Draft['people'] = [
      ...accepted.map((personId) => ({ personId, role: 'specialist' as const })),
      { personId: own, role: 'village_doctor' },
    ];
    const title = told('schedule.title', { specialty: told(`specialty.${of.specialty}` as CasesKey) });
    const draft: Draft = { kind: 'consultation', title, people, roomIds: [], day: wished.day, time: wished.time, minutes: 30, recording: false };
    kept.write('draft.book', JSON.stringify(draft));
    go('/book');
  };
  return (
    <section class="card book">
      <h2>{told('schedule')}</h2>
      <p class="quiet">{told('schedule.hint')}</p>
      <button type="button" class="button" onClick={book} data-testid="case-book">
        {told('schedule.book')}
      </button>
      <TextField name="session-day" label={told('wished.day')} value={day} set={setDay} type="date" />
      {found.error ? <Trouble error={found.error} retry={found.again} /> : null}
      {found.value && fits.length === 0 ? <p class="quiet">{told('schedule.none')}</p> : null}
      <ul class="sessions">
        {fits.map((session) => (
          <li key={session.id} class="session">
            <span class="what">
              <Range from={session.startsAt} to={session.endsAt} day={day} /> <bdi>{session.title}</bdi>
            </span>
            <button
              type="button"
              class="button small"
              disabled={busy || session.id === of.sessionId}
              onClick={() => act({ step: 'schedule', body: { sessionId: session.id } })}
              data-testid="case-schedule"
            >
              {told('schedule.use')}
            </button>
          </li>
        ))}
      </ul>
      <Notes error={error} field="sessionId" />
    </section>
  );
}

export function Sign({ of, act, busy, error, latest }: StepProps) {
  const [text, setText] = useKept(`draft.opinion.${of.id}`);
  const own = latest?.signer.person === me.value?.person.id;
  // It was taken, and the answer was lost.
  useLayoutEffect(() => {
    if (own && latest?.opinion === text.trim()) setText('');
  }, [latest?.version]);
  return (
    <Form
      title={told(of.opinions === 0 ? 'opinion.write' : own ? 'opinion.again' : 'opinion.add')}
      send={told('opinion.sign')}
      id="case-sign"
      busy={busy}
      submit={() => act({ step: 'opinion', body: { opinion: text } }, () => setText(''))}
    >
      <TextField name="opinion" label={told('opinion')} hint={told('opinion.hint', { most: OPINION_MAX })} value={text} set={setText} error={error} most={OPINION_MAX} long />
    </Form>
  );
}

export function Decide({ of, act, busy, error }: StepProps) {
  const [verdict, setVerdict] = useState<Verdict>('adopted');
  const [why, setWhy] = useKept(`draft.why.${of.id}`);
  const body = { verdict, ...(why.trim() ? { why } : {}) };
  return (
    <Form title={told('decision')} send={told('decision.send')} id="case-decide" busy={busy} submit={() => act({ step: 'decision', body }, () => setWhy(''))}>
      <Choice name="verdict" label={told('decision')} words={verdicts} of="verdict" value={verdict} set={setVerdict} />
      <TextField name="why" label={told('why')} hint={told('why.hint', { most: LINE_MAX })} value={why} set={setWhy} error={error} most={LINE_MAX} />
    </Form>
  );
}

export function Close({ act, busy }: StepProps) {
  return (
    <Form title={told('close')} send={told('close')} id="case-close" busy={busy} submit={() => act({ step: 'close' })}>
      <p class="quiet">{told('close.hint')}</p>
    </Form>
  );
}

export function Cancel({ act, busy, error }: StepProps) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  if (!open) {
    return (
      <button type="button" class="button" onClick={() => setOpen(true)} data-testid="case-cancel">
        {told('cancel')}
      </button>
    );
  }
  return (
    <Form title={told('cancel')} send={told('cancel.sure')} id="case-cancel-sure" busy={busy} danger submit={() => act({ step: 'cancel', body: { reason } })}>
      <TextField name="reason" label={told('why')} hint={told('why.hint', { most: LINE_MAX })} value={reason} set={setReason} error={error} most={LINE_MAX} />
      <button type="button" class="button" onClick={() => setOpen(false)}>
        {told('keep')}
      </button>
    </Form>
  );
}
