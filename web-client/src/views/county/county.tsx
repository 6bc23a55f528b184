import { useEffect } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import { countySteps, nextStep, type Step, type StepState } from '../../protocol/steps.ts';
import { type CountyKey, has, told } from '../../words/county.ts';
import { language, t } from '../../words/index.ts';
import { Icon } from '../icon.tsx';
import { Empty, Loading, Trouble, useLoad } from '../parts.tsx';
import { api, key, loadMe, me } from '../store.ts';
import { Areas } from './areas.tsx';
import { Lines } from './lines.tsx';

/** Where each step is done. */
const places: Record<Step, string> = {
  areas: 'county/areas',
  sites: 'register/organization',
  rooms: 'register/room',
  terminals: 'register/terminal',
  people: 'register/person',
  logins: 'accounts',
  lines: 'county/lines',
  sessions: 'book',
};

function Row({ state, next }: { state: StepState; next: boolean }) {
  const { step, count, without } = state;
  const lacks = `lacks.${step}`;
  const parts = [
    told(`count.${step}` as CountyKey, { n: count }),
    count > 0 && without > 0 && has(lacks) ? told(lacks, { n: without }) : '',
  ];
  return (
    <li class="session" data-testid="county-step" data-step={step} data-state={state.state} aria-current={next ? 'step' : undefined}>
      <span class="what">
        <b>{told(`step.${step}` as CountyKey)}</b>{' '}
        <span class={next ? 'tag on' : 'tag'}>
          {state.state === 'done' ? <Icon name="check" /> : null}
          {next ? told('next') : told(`state.${state.state}` as CountyKey)}
        </span>
        <span class="quiet block">{told(`why.${step}` as CountyKey)}</span>
        <span class="block" data-testid="county-count">
          {parts.filter(Boolean).join(' · ')}
        </span>
      </span>
      <a class={next ? 'button small strong' : 'button small'} href={`#/${places[step]}`} data-testid={`county-go-${step}`}>
        {told(`go.${step}` as CountyKey)}
      </a>
    </li>
  );
}

/** What the county has, and what it still needs until the first session. */
function Steps() {
  const { value, error, again } = useLoad(() => countySteps(api()), key.value);
  if (error instanceof Problem && error.status === 403) return <Empty title={told('title')} hint={told('refused')} />;
  if (error) return <Trouble error={error} retry={again} />;
  if (!value) return <Loading />;
  const next = nextStep(value);
  return (
    <div class="page">
      <h1>{told('title')}</h1>
      <p class={next ? 'quiet' : 'sentence good'} data-testid="county-hint">
        {next ? null : <Icon name="check" />} <span>{told(next ? 'hint' : 'ready')}</span>
      </p>
      <ol class="sessions">
        {value.map((state) => (
          <Row key={state.step} state={state} next={state.step === next} />
        ))}
      </ol>
    </div>
  );
}

/** `#/county` is the checklist; `#/county/areas` and `#/county/lines` are two of its steps. */
export function County({ id }: { id: string }) {
  const title = id === 'areas' ? 'areas.title' : id === 'lines' ? 'lines.title' : 'title';
  useEffect(() => {
    document.title = `${told(title)} · ${t('app.name')}`;
  }, [title, language.value]);
  useEffect(() => {
    if (!me.value) loadMe().catch(() => undefined);
  }, []);
  if (id === 'areas') return <Areas />;
  if (id === 'lines') return <Lines />;
  return <Steps />;
}
