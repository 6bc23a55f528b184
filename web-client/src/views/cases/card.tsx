import { useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import { type Act, breakGlass, type Case, type CaseCard, card, events, LINE_MAX, opinion, type Stated, stated, take } from '../../protocol/cases.ts';
import { type CasesKey, told } from '../../words/cases.ts';
import { named } from '../../words/index.ts';
import { Loading, Name, Trouble, useFile, useLoad, whenWords } from '../parts.tsx';
import { api, me } from '../store.ts';
import { Sentence, TextField, words } from './fields.tsx';
import { Cancel, Close, Decide, Invitation, Schedule, Sign, Triage } from './steps.tsx';

type Clinical = NonNullable<CaseCard['clinical']>;

function Told({ label, text, id }: { label: string; text: string; id: string }) {
  return (
    <>
      <h3 class="label">{label}</h3>
      <p class="told" data-testid={id}>
        <bdi>{text}</bdi>
      </p>
    </>
  );
}

function Patient({ of }: { of: Clinical }) {
  const { name, sex, born, cardEnds } = of.patient;
  return (
    <section class="card">
      <h2>
        <bdi data-testid="case-patient">{name}</bdi>
      </h2>
      <p class="quiet">{told('patient.told', { sex: told(`sex.${sex}` as CasesKey), born: String(born), card: cardEnds })}</p>
      <Told label={told('reason')} text={of.reason} id="case-told-reason" />
      <Told label={told('purpose')} text={of.purpose} id="case-told-purpose" />
      <Told label={told('summary')} text={of.summary} id="case-told-summary" />
      {of.lastReason ? <Told label={told('lastReason')} text={of.lastReason} id="case-last-reason" /> : null}
    </section>
  );
}

const minutes = (seconds: number): number => Math.round(seconds / 60);

interface Said {
  stated: Stated;
  algorithm: string;
  keyId: string;
}

/** What is signed: said, by whom, having received what. */
function Signed({ said }: { said: Said }) {
  const { stated: it, algorithm, keyId } = said;
  // As they are signed: a name that was changed since is not what was signed.
  const { name, organizationName: site } = it.signer;
  const own = it.attendance.find(({ person }) => person === it.signer.person);
  return (
    <section class="card" data-testid="case-opinion-told">
      <h2>{told('opinion')}</h2>
      <p class="told">
        <bdi data-testid="case-opinion-text">{it.opinion}</bdi>
      </p>
      <p class="quiet">{told('opinion.by', { name, site, when: whenWords(Date.parse(it.signedAt)), version: it.version })}</p>
      <p class="quiet" data-testid="case-received">
        {own ? told('opinion.received', { name, sound: minutes(own.soundS), picture: minutes(own.pictureS) }) : told('opinion.none')}
      </p>
      <p class="quiet small">{told('opinion.key', { algorithm, key: keyId })}</p>
    </section>
  );
}

/** Where the case is, for everybody who may see it. */
function Where({ of }: { of: Case }) {
  return (
    <section class="card" data-testid="case-where" data-state={of.state}>
      <p class="eyebrow">
        <span class={of.urgency === 'urgent' ? 'tag on' : 'tag'}>{told(`urgency.${of.urgency}` as CasesKey)}</span>
        <span>{told(`specialty.${of.specialty}` as CasesKey)}</span>
      </p>
      <h2>{told(`state.${of.state}` as CasesKey)}</h2>
      <p class="quiet">
        {told('from', { name: named(of.inviting), site: named({ names: of.inviting.organizationNames }) })}
        {' · '}
        {whenWords(Date.parse(of.requestedAt))}
      </p>
      <p class="quiet">
        {told('wanted', { rank: told(`rank.${of.title}` as CasesKey), when: whenWords(Date.parse(of.wishedAt)) })}
      </p>
      {of.invited.length > 0 ? (
        <>
          <h3 class="label">{told('invited')}</h3>
          <ul>
            {of.invited.map(({ doctor, invitation }) => (
              <li key={doctor.personId} data-testid="case-invited" data-invitation={invitation}>
                <Name of={doctor} /> <span class="quiet">{told(`invitation.${invitation}` as CasesKey)}</span>
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {of.decision && of.decision.opinion === of.opinions ? (
        <p data-testid="case-decided">{told('decision.was', { verdict: told(`verdict.${of.decision.verdict}` as CasesKey) })}</p>
      ) : null}
      {of.sessionId && of.state === 'scheduled' ? (
        <a class="button" href={`#/join/${of.sessionId}`} data-testid="case-join">
          {told('session')}
        </a>
      ) : null}
    </section>
  );
}

/** What happened, by whom and why; who has broken the glass stands here as well. */
function History({ id }: { id: string }) {
  const { value, error, again } = useLoad(() => events(api(), id), id);
  if (error) return <Trouble error={error} retry={again} />;
  if (!value) return <Loading />;
  return (
    <ol class="card" data-testid="case-history">
      {value.events.map(({ number, kind, at, byId, byNames, reason }) => (
        <li key={number} data-kind={kind}>
          <span class="quiet">{whenWords(Date.parse(at))}</span> <Name of={{ names: byNames ?? { zh: byId } }} />{' '}
          {told(`event.${kind}` as CasesKey)}
          {reason ? <bdi class="block">{reason}</bdi> : null}
        </li>
      ))}
    </ol>
  );
}

/** For a doctor who does not care for the patient: the case with a reason, read once, and nothing to do with it. */
function Glass({ id }: { id: string }) {
  const [reason, setReason] = useState('');
  const [found, setFound] = useState<CaseCard | null>(null);
  const [error, setError] = useState<unknown>(null);
  if (found?.clinical) {
    return (
      <div class="page">
        <h1>{told('title.one')}</h1>
        <Where of={found.case} />
        <Patient of={found.clinical} />
      </div>
    );
  }
  return (
    <div class="page">
      <h1>{told('glass')}</h1>
      <form
        class="card book"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setError(null);
          breakGlass(api(), id, reason).then(setFound, setError);
        }}
      >
        <p>{told('glass.hint')}</p>
        <TextField name="reason" label={told('why')} hint={told('why.hint', { most: LINE_MAX })} value={reason} set={setReason} error={error} most={LINE_MAX} />
        {error && !(error instanceof Problem && error.more.faults) ? <Sentence good={false} id="case-trouble" text={words(error)} /> : null}
        <button type="submit" class="button danger" data-testid="case-glass">
          {told('glass.send')}
        </button>
      </form>
    </div>
  );
}

const treats = (): boolean => /doctor|specialist/.test(me.value?.person.roles.join() ?? '');

async function said(id: string, version?: number): Promise<Said | null> {
  const signed = await opinion(api(), id, version);
  const it = stated(signed);
  return it && { stated: it, algorithm: signed.algorithm, keyId: signed.keyId };
}

async function load(id: string) {
  const found = await card(api(), id);
  return { card: found, said: found.clinical && found.case.opinions > 0 ? await said(id) : null };
}

/** Opinions before the latest, each at a press: several doctors of a case sign one after the other. */
function Earlier({ of }: { of: Case }) {
  const [version, setVersion] = useState(0);
  const { value, error, again } = useLoad(() => (version ? said(of.id, version) : Promise.resolve(null)), `${version}`);
  if (of.opinions < 2) return null;
  return (
    <>
      <div class="pair">
        {Array.from({ length: of.opinions - 1 }, (_, at) => at + 1).map((one) => (
          <button key={one} type="button" class="button small" aria-pressed={one === version} onClick={() => setVersion(one)} data-testid={`case-version-${one}`}>
            {told('opinion.version', { version: one })}
          </button>
        ))}
      </div>
      {error ? <Trouble error={error} retry={again} /> : null}
      {value ? <Signed said={value} /> : null}
    </>
  );
}

/** One case: where it is, what it says, and what the one who looks can do next. */
export function Card({ id }: { id: string }) {
  const { value, error, again } = useLoad(() => load(id), id);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<unknown>(null);
  const [history, showHistory] = useState(false);
  const [looked, setLooked] = useState(0);
  const materials = useFile(() => import('./materials.tsx'));
  const lazy = useFile(() => import('./before_talk.tsx'));
  // Who has declined has no part in the case any more: what is on the page goes as well.
  if (error instanceof Problem && error.status === 403 && treats()) return <Glass id={id} />;
  if (error && !value) return <Trouble error={error} retry={again} />;
  if (!value) return <Loading />;
  const { case: it, clinical } = value.card;
  const act = (step: Act, done?: () => void): void => {
    setBusy(true);
    setTrouble(null);
    take(api(), it, step)
      .then(() => {
        done?.();
        again();
      })
      .catch((why: unknown) => {
        setTrouble(why);
        if (why instanceof Problem && (why.status === 412 || why.status === 409)) again();
      })
      .then(() => setBusy(false));
  };
  const may = (...steps: Case['steps']): boolean => steps.some((step) => it.steps.includes(step));
  const props = { of: it, act, busy, error: trouble, latest: value.said?.stated ?? null };
  const meanwhile = trouble instanceof Problem && trouble.status === 412;
  const atField = trouble instanceof Problem && (trouble.more.faults?.length ?? 0) > 0;
  return (
    <div class="page">
      <h1>{told('title.one')}</h1>
      {error ? <Trouble error={error} retry={again} /> : null}
      {trouble && !atField ? <Sentence good={false} id="case-trouble" text={meanwhile ? told('meanwhile') : words(trouble)} /> : null}
      <Where of={it} />
      {clinical ? <Patient of={clinical} /> : <p class="quiet">{told('hidden')}</p>}
      {clinical && materials ? <materials.Materials of={it} turn={`${looked}`} changed={again} /> : null}
      {value.said ? <Signed said={value.said} /> : null}
      {clinical ? <Earlier key={it.version} of={it} /> : null}
      {clinical && lazy && (it.consents.length > 0 || may('consent', 'check-in')) ? <lazy.BeforeTalk of={it} changed={again} /> : null}
      {may('accept') ? <Invitation {...props} /> : null}
      {may('triage') ? <Triage key={it.version} {...props} /> : null}
      {may('schedule') ? <Schedule {...props} /> : null}
      {may('sign') ? <Sign {...props} /> : null}
      {may('decide') ? <Decide {...props} /> : null}
      {may('close') ? <Close {...props} /> : null}
      {may('cancel') ? <Cancel {...props} /> : null}
      {history ? <History key={`${it.version} ${looked}`} id={id} /> : null}
      <div class="pair">
        {history ? null : (
          <button type="button" class="button" onClick={() => showHistory(true)} data-testid="case-history-show">
            {told('history')}
          </button>
        )}
        <button type="button" class="button" onClick={() => (setLooked(looked + 1), again())} data-testid="case-refresh">
          {told('refresh')}
        </button>
        <a class="button" href="#/cases" data-testid="case-list">
          {told('list')}
        </a>
      </div>
    </div>
  );
}
