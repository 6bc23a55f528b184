import { useEffect, useRef, useState } from 'preact/hooks';
import { type Agreement, type AgreementForm, agreements, type AgreementStep, draft, step } from '../../protocol/agreements.ts';
import { type Directory, Problem } from '../../protocol/api.ts';
import { moment } from '../../protocol/when.ts';
import { type AgreementsKey, has, told } from '../../words/agreements.ts';
import { language, named, t } from '../../words/index.ts';
import { Icon } from '../icon.tsx';
import { Empty, Loading, Trouble, useLoad } from '../parts.tsx';
import { api, explain, key, loadMe, me, serverNow } from '../store.ts';

function Sentence({ text, id }: { text: string; id: string }) {
  return (
    <p class="sentence bad" role="alert" data-testid={id}>
      <Icon name="alert" /> <span>{text}</span>
    </p>
  );
}

function reasonOf(error: unknown): string {
  const word = error instanceof Problem ? `problem.${error.type.split('/').pop() ?? ''}` : '';
  return has(word) ? told(word) : explain(error);
}

/** What is wrong with one field of the form. */
function Notes({ error, field }: { error: unknown; field: string }) {
  const faults = error instanceof Problem ? (error.more.faults ?? []) : [];
  const texts = faults.filter((fault) => fault.field === field).map((fault) => {
    const word = `fault.${fault.code}`;
    return has(word) ? told(word, fault.params) : fault.detail;
  });
  return (
    <>
      {texts.map((text) => (
        <Sentence key={text} text={text} id={`agreement-note-${field}`} />
      ))}
    </>
  );
}

function One({ of, changed, again }: { of: Agreement; changed: (of: Agreement) => void; again: () => void }) {
  const [busy, setBusy] = useState(false);
  const [sure, setSure] = useState(false);
  const [trouble, setTrouble] = useState<unknown>(null);
  const act = (word: AgreementStep): void => {
    setBusy(true);
    setTrouble(null);
    step(api(), of, word)
      .then(changed, (why: unknown) => {
        setTrouble(why);
        // Somebody else was faster: what they made of it comes with the sentence.
        if (why instanceof Problem && why.status === 412) again();
      })
      .then(() => (setBusy(false), setSure(false)));
  };
  const inviting = of.invitingNames ? named({ names: of.invitingNames }) : told('county');
  const may = me.value?.can.administer ? of.steps.filter((word) => word !== 'end') : [];
  return (
    <li class={of.state === 'ended' ? 'card faded' : 'card'} data-testid="agreement" data-id={of.id} data-state={of.state}>
      <b>
        <bdi>{told('between', { inviting, invited: named({ names: of.invitedNames }) })}</bdi>
      </b>{' '}
      <span class={of.state === 'signed' ? 'tag on' : 'tag'}>{told(`state.${of.state}` as AgreementsKey)}</span>
      <span class="quiet block">
        {told('days', { from: of.from, until: of.until })} · <bdi>{of.paper}</bdi>
      </span>
      <span class="block" data-testid="agreement-used">
        {of.monthMax === null ? told('promised.any') : told('promised', { most: of.monthMax })} ·{' '}
        {told('used', { booked: of.booked, delivered: of.delivered })}
      </span>
      {trouble ? <Sentence text={reasonOf(trouble)} id="agreement-trouble" /> : null}
      <div class="pair">
        {may.map((word) => (
          <button key={word} type="button" class="button small" disabled={busy} onClick={() => act(word)} data-testid={`agreement-${word}`}>
            {told(`step.${word}` as AgreementsKey)}
          </button>
        ))}
        {me.value?.can.administer && of.steps.includes('end') && !sure ? (
          <button key="end" type="button" class="button small" disabled={busy} onClick={() => setSure(true)} data-testid="agreement-end">
            {told('step.end')}
          </button>
        ) : null}
        {sure ? (
          <>
            <button key="keep" type="button" class="button small" onClick={() => setSure(false)}>
              {told('keep')}
            </button>
            <button key="end-sure" type="button" class="button small danger" disabled={busy} onClick={() => act('end')} data-testid="agreement-end-sure">
              {told('step.end.sure')}
            </button>
          </>
        ) : null}
      </div>
    </li>
  );
}

function Add({ directory, added }: { directory: Directory; added: (of: Agreement) => void }) {
  const today = moment(serverNow()).day;
  const year = `${Number(today.slice(0, 4)) + 1}${today.slice(4)}`;
  const blank = { inviting: '', invited: '', from: today, until: year, monthMax: '', paper: '' };
  const [said, setSaid] = useState(blank);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const set = (name: keyof typeof blank) => (event: { currentTarget: { value: string } }) => setSaid({ ...said, [name]: event.currentTarget.value });
  const submit = (event: Event): void => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    const inviting: AgreementForm['inviting'] = said.inviting ? { kind: 'site', id: said.inviting } : { kind: 'county', id: '' };
    const most = said.monthMax.trim();
    const body: AgreementForm = { inviting, invitedId: said.invited, from: said.from, until: said.until, paper: said.paper, ...(most ? { monthMax: Math.trunc(Number(most)) || 0 } : {}) };
    draft(api(), body)
      .then((it) => (setSaid(blank), added(it)), setError)
      .then(() => setBusy(false));
  };
  const sites = directory.organizations.map((site) => (
    <option key={site.id} value={site.id}>
      {named(site)}
    </option>
  ));
  const field = (name: 'from' | 'until' | 'paper' | 'monthMax', more: object) => (
    <>
      <label class="field">
        <span>{told(name === 'paper' ? 'paper' : `field.${name}`)}</span>
        <input value={said[name]} onInput={set(name)} data-testid={`agreement-${name}`} {...more} />
      </label>
      <Notes error={error} field={name} />
    </>
  );
  return (
    <form class="card book" noValidate onSubmit={submit}>
      <h2>{told('add')}</h2>
      <label class="field">
        <span>{told('field.inviting')}</span>
        <select value={said.inviting} onChange={set('inviting')} data-testid="agreement-inviting">
          <option value="">{told('county')}</option>
          {sites}
        </select>
      </label>
      <Notes error={error} field="inviting" />
      <label class="field">
        <span>{told('field.invited')}</span>
        <select value={said.invited} onChange={set('invited')} data-testid="agreement-invited">
          <option value="">{told('choose')}</option>
          {sites}
        </select>
      </label>
      <Notes error={error} field="invitedId" />
      {field('from', { type: 'date' })}
      {field('until', { type: 'date' })}
      {field('monthMax', { type: 'text', inputMode: 'numeric', maxLength: 5 })}
      <p class="quiet small">{told('field.monthMax.hint')}</p>
      {field('paper', { type: 'text', maxLength: 60 })}
      {error && !(error instanceof Problem && error.more.faults) ? <Sentence text={reasonOf(error)} id="agreement-trouble" /> : null}
      <button type="submit" class="button main" disabled={busy} data-testid="agreement-add">
        {told('add.send')}
      </button>
    </form>
  );
}

/** `#/book/agreements`: who may consult whom, and what came of what was promised. */
export function AgreementsPage() {
  const [month, setMonth] = useState(moment(serverNow()).day.slice(0, 7));
  const [list, setList] = useState<{ all: Agreement[]; next: string | null } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const directory = useLoad(() => api().directory(), key.value);
  // Answers may come in another order than they were asked for: only that to the last question counts.
  const asked = useRef(0);
  const load = (after: string | null): void => {
    setError(null);
    asked.current += 1;
    const mine = asked.current;
    const last = (then: () => void): void => (mine === asked.current ? then() : undefined);
    agreements(api(), month, after).then(
      (page) => last(() => setList((had) => ({ all: after && had ? [...had.all, ...page.agreements] : page.agreements, next: page.next }))),
      (why: unknown) => last(() => setError(why)),
    );
  };
  useEffect(() => {
    // Counts of one month never stand under another one.
    setList(null);
    load(null);
  }, [month, key.value]);
  useEffect(() => {
    document.title = `${told('title')} · ${t('app.name')}`;
  }, [language.value]);
  useEffect(() => {
    if (!me.value) loadMe().catch(() => undefined);
  }, []);
  if (error instanceof Problem && error.status === 403) return <Empty title={told('title')} hint={told('forbidden')} />;
  if (error && !list) return <Trouble error={error} retry={() => load(null)} />;
  // The answer to a step counts the consultations of this month, and not of the one that is shown.
  const now = (of: Agreement, was: Agreement): Agreement => ({ ...of, booked: was.booked, delivered: was.delivered });
  const changed = (of: Agreement): void => setList((had) => had && { ...had, all: had.all.map((one) => (one.id === of.id ? now(of, one) : one)) });
  const added = (of: Agreement): void => setList((had) => had && { ...had, all: [of, ...had.all] });
  return (
    <div class="page">
      <h1>{told('title')}</h1>
      <p class="quiet">{told('hint')}</p>
      <label class="field">
        <span>{told('month')}</span>
        <input type="month" value={month} onChange={(event) => event.currentTarget.value && setMonth(event.currentTarget.value)} data-testid="agreement-month" />
      </label>
      {list ? null : <Loading />}
      {list?.all.length === 0 ? <Empty title={told('none')} hint="" /> : null}
      <ul class="sessions">
        {list?.all.map((of) => (
          <One key={`${of.id} ${of.version}`} of={of} changed={changed} again={() => load(null)} />
        ))}
      </ul>
      {error && list ? <Trouble error={error} retry={() => load(list.next)} /> : null}
      {list?.next ? (
        <button type="button" class="button" onClick={() => load(list.next)} data-testid="agreement-more">
          {told('more')}
        </button>
      ) : null}
      {me.value?.can.administer && directory.value ? <Add directory={directory.value} added={added} /> : null}
    </div>
  );
}
