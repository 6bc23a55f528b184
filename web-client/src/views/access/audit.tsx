import { useEffect, useState } from 'preact/hooks';
import * as wire from '../../protocol/roles.ts';
import { named, t } from '../../words/index.ts';
import { type RolesKey, told } from '../../words/roles.ts';
import { Icon } from '../icon.tsx';
import { Loading, Trouble, useLoad, whenWords } from '../parts.tsx';
import { api, key } from '../store.ts';

interface Read {
  entries: wire.AuditEntry[];
  next: string | null;
  chain: wire.Chain;
}

async function first(): Promise<Read> {
  const chain = await wire.chain(api());
  return { ...(await wire.audit(api(), '')), chain };
}

function Entry({ entry }: { entry: wire.AuditEntry }) {
  const { names, personId } = entry;
  return (
    <li class="session" data-testid="audit-entry" data-act={entry.act}>
      <span class="what">
        <b>
          <bdi>{names ? named({ names }) : personId}</bdi>
        </b>{' '}
        {told(`act.${entry.act}` as RolesKey)}
        <span class="quiet block">
          {whenWords(Date.parse(entry.at))} <bdi dir="ltr">{entry.address}</bdi>
        </span>
        {entry.object ? (
          <span class="quiet block">
            <bdi dir="ltr">{entry.object}</bdi>
          </span>
        ) : null}
        {entry.reason ? <span class="block">{told('audit.reason', { reason: entry.reason })}</span> : null}
      </span>
    </li>
  );
}

function ChainWords({ chain }: { chain: wire.Chain }) {
  const whole = chain.brokenAt === null;
  return (
    <p class={whole ? 'sentence good' : 'sentence bad'} role={whole ? 'status' : 'alert'} data-testid="audit-chain">
      <Icon name={whole ? 'check' : 'alert'} />{' '}
      <span>
        {chain.brokenAt === null
          ? told('audit.chain.whole', { first: chain.first, latest: chain.latest })
          : told('audit.chain.broken', { n: chain.brokenAt })}
      </span>
    </p>
  );
}

/** Who read what of patients; for auditors. */
export function Audit() {
  const { value, error, again } = useLoad(first, key.value);
  const [more, setMore] = useState<wire.AuditEntry[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  useEffect(() => {
    document.title = `${told('audit.title')} · ${t('app.name')}`;
  }, []);
  useEffect(() => setNext(value?.next ?? null), [value]);
  if (error) return <Trouble error={error} retry={again} />;
  if (!value) return <Loading />;
  const read = (): void => {
    setTrouble(null);
    wire.audit(api(), next ?? '').then((part) => {
      setMore([...more, ...part.entries]);
      setNext(part.next);
    }, setTrouble);
  };
  const entries = [...value.entries, ...more];
  return (
    <div class="page">
      <h1>{told('audit.title')}</h1>
      <p class="quiet">{told('audit.hint')}</p>
      <ChainWords chain={value.chain} />
      {entries.length === 0 ? <p class="quiet">{told('audit.none')}</p> : null}
      <ul class="sessions">
        {entries.map((entry) => (
          <Entry key={entry.number} entry={entry} />
        ))}
      </ul>
      {trouble ? <Trouble error={trouble} retry={read} /> : null}
      {next === null || trouble ? null : (
        <button type="button" class="button" onClick={read} data-testid="audit-more">
          {told('audit.more')}
        </button>
      )}
    </div>
  );
}
