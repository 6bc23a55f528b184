import { useEffect, useState } from 'preact/hooks';
import { type CaseQueue, type Cases as Listed, cases, queue, type Urgency } from '../../protocol/cases.ts';
import { type CasesKey, told } from '../../words/cases.ts';
import { language, named, t } from '../../words/index.ts';
import { Empty, Loading, Name, Trouble, useLoad, whenWords } from '../parts.tsx';
import { api, key, loadMe, me } from '../store.ts';
import { Card } from './card.tsx';
import { Request } from './request.tsx';
import { attempt, way } from './sending.ts';

type One = Listed['cases'][number];

const RANK: Record<Urgency, number> = { urgent: 0, soon: 1, routine: 2 };
const OVER = ['closed', 'cancelled'];

/** What one can do oneself first, the urgent ones of them first. */
function order(one: One, other: One): number {
  const always: string[] = ['add', 'remove', 'cancel'];
  const own = (it: One): number => (it.case.steps.some((step) => !always.includes(step)) ? 0 : 1);
  return own(one) - own(other) || RANK[one.case.urgency] - RANK[other.case.urgency];
}

function Row({ of: { case: it, patientName }, turns }: { of: One; turns?: number }) {
  const { urgency, specialty, state } = it;
  return (
    <li class={OVER.includes(state) ? 'session faded' : 'session'} data-testid="case" data-id={it.id} data-state={state}>
      <span class="what">
        <span class={urgency === 'urgent' ? 'tag on' : 'tag'}>{told(`urgency.${urgency}` as CasesKey)}</span>{' '}
        <b>{patientName ? <bdi>{patientName}</bdi> : told(`specialty.${specialty}` as CasesKey)}</b>
        <span class="block">{told(`state.${state}` as CasesKey)}</span>
        <span class="quiet block">
          {patientName ? <>{told(`specialty.${specialty}` as CasesKey)} · </> : null}
          <Name of={it.inviting} /> · {whenWords(Date.parse(it.requestedAt))}
        </span>
        {turns === undefined ? null : <span class="quiet block">{told('queue.turns', { turns })}</span>}
      </span>
      <a class="button small" href={`#/cases/${it.id}`} data-testid="case-open" aria-label={`${t('home.open')} ${patientName ?? named(it.inviting)}`}>
        {t('home.open')}
      </a>
    </li>
  );
}

/** Whose case is next: places take turns, so that who asks little does not wait behind who asks much. */
function Queue({ of }: { of: CaseQueue }) {
  return (
    <section data-testid="case-queue">
      <h2>{told('queue', { waiting: of.waiting })}</h2>
      <p class="quiet">{told('queue.hint')}</p>
      <ol class="sessions">
        {of.cases.map((one) => (
          <Row key={one.case.id} of={{ case: one.case, patientName: null }} turns={one.turns} />
        ))}
      </ol>
    </section>
  );
}

function List() {
  const [shown, setShown] = useState<Listed | null>(null);
  const [open, setOpen] = useState(true);
  const [error, setError] = useState<unknown>(null);
  const load = (before: string | null): void => {
    setError(null);
    cases(api(), open, before).then(
      (page) => setShown((had) => (before && had ? { cases: [...had.cases, ...page.cases], next: page.next } : page)),
      setError,
    );
  };
  // What was sent meanwhile belongs in the list as well.
  const sent = way.value.state === 'sent';
  useEffect(() => load(null), [open, sent, key.value]);
  const books = me.value?.can.book ?? false;
  const line = useLoad(() => (books ? queue(api()) : Promise.resolve(null)), `${key.value} ${books}`).value;
  const may = me.value?.person.roles.includes('village_doctor') ?? false;
  if (error && !shown) return <Trouble error={error} retry={() => load(null)} />;
  if (!shown) return <Loading />;
  // Whose turn it is stands above, once.
  const others = shown.cases.filter((one) => !line?.cases.some((other) => other.case.id === one.case.id));
  return (
    <div class="page">
      <h1>{told('title')}</h1>
      {way.value.state === 'waiting' || way.value.state === 'refused' ? (
        <section class="notice" role="status" data-testid="case-waiting">
          <p>{told('waiting')}</p>
          <a class="button small" href="#/cases/new">
            {told('waiting.open')}
          </a>
        </section>
      ) : null}
      {may ? (
        <a class="button main" href="#/cases/new" data-testid="case-new">
          {told('new')}
        </a>
      ) : null}
      {line?.waiting ? <Queue of={line} /> : null}
      {shown.cases.length === 0 ? <Empty title={told('none')} hint={told('none.hint')} /> : null}
      <ul class="sessions">
        {others.sort(order).map((one) => (
          <Row key={one.case.id} of={one} />
        ))}
      </ul>
      {error ? <Trouble error={error} retry={() => load(shown.next)} /> : null}
      <div class="pair">
        {shown.next ? (
          <button type="button" class="button" onClick={() => load(shown.next)} data-testid="case-more">
            {told('more')}
          </button>
        ) : null}
        {books ? (
          <a class="button" href="#/book/agreements" data-testid="case-agreements">
            {told('agreements')}
          </a>
        ) : null}
        {open ? (
          <button type="button" class="button" onClick={() => setOpen(false)} data-testid="case-all">
            {told('all')}
          </button>
        ) : null}
      </div>
    </div>
  );
}

/** `#/cases` lists cases, `#/cases/new` requests one, `#/cases/ID` shows one. */
export function Cases({ id }: { id: string }) {
  useEffect(() => {
    if (!me.value) loadMe().catch(() => undefined);
    attempt();
  }, []);
  useEffect(() => {
    const title = told(id === 'new' ? 'title.new' : id ? 'title.one' : 'title');
    document.title = `${title} · ${t('app.name')}`;
  }, [id, language.value]);
  if (!id) return <List />;
  // Another person's page is another one, whatever stood on this one.
  return id === 'new' ? <Request key={key.value} /> : <Card key={`${id} ${key.value}`} id={id} />;
}
