import { useState } from 'preact/hooks';
import { type Entry, everyOne } from '../../protocol/register.ts';
import { told } from '../../words/county.ts';
import { named } from '../../words/index.ts';
import { LineForm } from '../book/line.tsx';
import { Icon } from '../icon.tsx';
import { Loading, Name, Trouble, useLoad } from '../parts.tsx';
import { api, key } from '../store.ts';

function Row({ site }: { site: Entry }) {
  const [open, setOpen] = useState(false);
  const [saved, setSaved] = useState(false);
  const turn = (): void => {
    setSaved(false);
    setOpen(!open);
  };
  const done = (): void => {
    setSaved(true);
    setOpen(false);
  };
  return (
    <li class="session" data-testid="lines-site" data-id={site.id}>
      <span class="what">
        <b>
          <Name of={site} />
        </b>
        {saved ? (
          <span class="sentence good" role="status" data-testid="lines-saved">
            <Icon name="check" /> <span>{told('lines.saved')}</span>
          </span>
        ) : null}
      </span>
      <button
        type="button"
        class="button small"
        aria-expanded={open}
        aria-label={`${told(open ? 'lines.close' : 'lines.open')} ${named(site)}`}
        onClick={turn}
        data-testid="lines-open"
      >
        {told(open ? 'lines.close' : 'lines.open')}
      </button>
      {open ? <LineForm organizationId={site.id} saved={done} /> : null}
    </li>
  );
}

/** What the line of each site carries and costs. */
export function Lines() {
  const { value, error, again } = useLoad(() => everyOne(api(), 'organization'), key.value);
  if (error) return <Trouble error={error} retry={again} />;
  if (!value) return <Loading />;
  const sites = value.entries.filter((site) => !site.retired);
  return (
    <div class="page">
      <h1>{told('lines.title')}</h1>
      <p class="quiet">{told('lines.hint')}</p>
      <a class="button" href="#/county" data-testid="county-back">
        {told('back')}
      </a>
      {sites.length === 0 ? <p>{told('lines.none')}</p> : null}
      <ul class="sessions">
        {sites.map((site) => (
          <Row key={site.id} site={site} />
        ))}
      </ul>
    </div>
  );
}
