import { useState } from 'preact/hooks';
import { importTable, type Line, type Report } from '../../protocol/register.ts';
import { told } from '../../words/register.ts';
import { Icon } from '../icon.tsx';
import { api } from '../store.ts';
import { lineWords, problemWords } from './said.ts';

/** Most lines that are drawn; faults come first. */
const SHOWN = 200;

const columns = [
  'table',
  'id',
  'name',
  'name_en',
  'name_bo',
  'name_ug',
  'kind',
  'area',
  'organization',
  'room',
  'roles',
  'interprets',
  'down_kbps',
  'up_kbps',
  'month_mb',
  'tariff',
  'retired',
] as const;
type Column = (typeof columns)[number];

/** A township that is nowhere. */
const EXAMPLE_CODE = '990101001';

/** A table with its first line and one line of each kind, as a spreadsheet opens it: with a mark, so that it is UTF-8. */
function template(): string {
  const example = (table: 'area' | 'organization' | 'room' | 'person' | 'terminal'): string =>
    told('import.example', { name: told(`table.${table}`) });
  const [site, room] = [example('organization'), example('room')];
  const examples: Partial<Record<Column, string>>[] = [
    { table: told('table.area'), id: EXAMPLE_CODE, name: example('area') },
    { table: told('table.organization'), name: site, kind: told('kind.health'), area: EXAMPLE_CODE },
    { table: told('table.room'), name: room, organization: site },
    { table: told('table.person'), name: example('person'), organization: site, roles: told('role.village_doctor'), interprets: 'bo-zh' },
    { table: told('table.terminal'), name: example('terminal'), kind: told('kind.screen'), organization: site, room },
    { table: told('table.line'), organization: site, down_kbps: '2048', up_kbps: '512', month_mb: '30000', tariff: '00:00=0.5;08:00=2' },
  ];
  const rows = [
    columns.map((column) => told(`column.${column}`)),
    ...examples.map((cells) => columns.map((column) => cells[column] ?? '')),
  ];
  return `data:text/csv;charset=utf-8,${encodeURIComponent(`\ufeff${rows.map((row) => row.join(',')).join('\r\n')}\r\n`)}`;
}

function Row({ line }: { line: Line }) {
  return (
    <li class="session" data-testid={`import-line-${line.outcome}`} data-line={line.line}>
      <span class="what">
        <b>{told('import.line', { n: line.line })}</b> <span class="tag">{told(`outcome.${line.outcome}`)}</span>{' '}
        {line.table ? <span class="quiet">{told(`table.${line.table}`)} </span> : null}
        <bdi>{line.name ?? ''}</bdi>
        {line.faults.map((fault) => (
          <span class="sentence bad" key={fault.column + fault.code + fault.detail}>
            <Icon name="alert" /> <span>{lineWords(fault)}</span>
          </span>
        ))}
      </span>
    </li>
  );
}

function Lines({ report }: { report: Report }) {
  const telling = report.lines.filter((line) => line.outcome !== 'unchanged');
  const sorted = [...telling.filter((line) => line.outcome === 'fault'), ...telling.filter((line) => line.outcome !== 'fault')];
  return (
    <ul class="sessions">
      {sorted.slice(0, SHOWN).map((line) => (
        <Row key={line.line} line={line} />
      ))}
      {sorted.length > SHOWN ? <li class="quiet">{told('import.more', { n: sorted.length - SHOWN })}</li> : null}
    </ul>
  );
}

type State =
  | { is: 'idle' }
  | { is: 'checking' | 'doing' }
  | { is: 'failed'; error: unknown }
  | { is: 'checked' | 'moved' | 'done'; report: Report };

/** What the check found, in a sentence. */
function Verdict({ state }: { state: State }) {
  if (state.is === 'failed') {
    return (
      <p class="sentence bad" role="alert" data-testid="import-problem">
        <Icon name="alert" /> <span>{problemWords(state.error)}</span>
      </p>
    );
  }
  if (state.is === 'idle') return null;
  if (!('report' in state)) {
    return <p role="status">{state.is === 'doing' ? told('import.doing') : told('import.checking')}</p>;
  }
  const { counts, ignored } = state.report;
  const bad = counts.fault > 0;
  const good = state.is === 'done' || (!bad && state.is === 'checked');
  const nothing = counts.made + counts.changed === 0;
  return (
    <div role="status" data-testid={`import-${state.is}`}>
      {state.is === 'moved' ? <p class="sentence bad">{told('import.moved')}</p> : null}
      <p class={good ? 'sentence good' : 'sentence bad'}>
        <Icon name={good ? 'check' : 'alert'} />{' '}
        <span>
          {state.is === 'done'
            ? told('import.done', counts)
            : bad
              ? told('import.faulty')
              : nothing
                ? told('import.nothing')
                : told('import.ready')}
        </span>
      </p>
      <p>{told('import.counts', counts)}</p>
      {ignored.length > 0 ? <p class="quiet">{told('import.ignored', { names: ignored.join('、') })}</p> : null}
    </div>
  );
}

/** A CSV file: checked at once, carried out when the person says so. `imported` is told of it. */
export function Import({ imported }: { imported: () => void }) {
  const [state, setState] = useState<State>({ is: 'idle' });
  const [bytes, setBytes] = useState<ArrayBuffer | null>(null);
  const failed = (error: unknown): void => setState({ is: 'failed', error });
  const check = async (found: ArrayBuffer, is: 'checked' | 'moved'): Promise<void> => {
    setState({ is: 'checking' });
    await importTable(api(), found, true).then((report) => setState({ is, report }), failed);
  };
  const choose = async (input: HTMLInputElement): Promise<void> => {
    const file = input.files?.[0];
    if (!file) return;
    // What is imported is what was checked, even if the file changes meanwhile.
    const found = await new Response(file).arrayBuffer().catch(() => null);
    // The same file, mended, is a new choice.
    input.value = '';
    setBytes(found);
    if (found) await check(found, 'checked');
  };
  const carryOut = async (): Promise<void> => {
    if (!bytes) return;
    setState({ is: 'doing' });
    try {
      const report = await importTable(api(), bytes, false);
      setState({ is: 'done', report });
      imported();
    } catch (error) {
      if ((error as { status?: number }).status === 422) await check(bytes, 'moved');
      else failed(error);
    }
  };
  const report = 'report' in state ? state.report : null;
  const busy = state.is === 'checking' || state.is === 'doing';
  const ready = report !== null && state.is !== 'done' && report.counts.fault === 0 && report.counts.made + report.counts.changed > 0;
  return (
    <section class="card book">
      <h2>{told('import')}</h2>
      <p class="quiet">{told('import.hint')}</p>
      <div class="pair">
        <label class={busy ? 'button busy' : 'button'}>
          <Icon name="upload" /> {state.is === 'idle' ? told('import.choose') : told('import.other')}
          <input
            type="file"
            class="sr"
            accept=".csv,.txt,text/csv"
            disabled={busy}
            onChange={(event) => void choose(event.currentTarget)}
            data-testid="import-file"
          />
        </label>
        <a class="button" href={template()} download="shanqiao.csv" data-testid="import-template">
          {told('import.template')}
        </a>
      </div>
      <Verdict state={state} />
      {ready ? (
        <button type="button" class="button main" onClick={() => void carryOut()} data-testid="import-do">
          {told('import.do')}
        </button>
      ) : null}
      {report ? <Lines report={report} /> : null}
    </section>
  );
}
