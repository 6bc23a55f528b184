import { useEffect, useState } from 'preact/hooks';
import { type Directory, Problem } from '../../protocol/api.ts';
import { type CallLine, type CallList, callList, latest, slipsFile, type ToldHow, toldOf } from '../../protocol/calls.ts';
import style from '../../style/calls.css?inline';
import { told } from '../../words/calls.ts';
import { language, named, t } from '../../words/index.ts';
import { Empty, Loading, Trouble, useLoad, whenWords } from '../parts.tsx';
import { go, here } from '../router.ts';
import { insertStyle } from '../sheet.ts';
import { api, key, loadMe, me, takeZone } from '../store.ts';
import { ReachForm } from './reach.tsx';

insertStyle(style);

/** How often the list is read again while it is looked at, milliseconds. */
const AGAIN = 60_000;

/** The name of a place or a person in the present language, or else in Chinese. */
const called = (names: CallLine['names']): string => named({ names });

/** How far the telling of somebody is, in words. */
function state(line: CallLine): string {
  if (line.answer) return told(`answer.${line.answer.how as 'self' | 'in_person' | 'by_phone'}`, { time: whenWords(Date.parse(line.answer.at)) });
  const step = latest(line);
  const words = step ? told(`channel.${step.channel as 'app'}`) : told('none');
  return line.unanswered ? `${words} · ${told('silent')}` : words;
}

function Line({ line, done }: { line: CallLine; done: () => void }) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const [open, setOpen] = useState(false);
  const guest = line.personId.startsWith('guest-');
  const say = (how: ToldHow): void => {
    if (busy) return;
    setBusy(true);
    setFailed(false);
    toldOf(api(), line, how)
      .then(done, () => setFailed(true))
      .then(() => setBusy(false));
  };
  return (
    <li class={line.answer ? 'session faded' : 'session'} data-testid="call" data-id={line.personId} data-session={line.sessionId} data-answer={line.answer?.how ?? ''}>
      <span class="what">
        <b>
          <bdi>{called(line.names)}</bdi>
        </b>{' '}
        {line.phone ? (
          <a href={`tel:${line.phone}`} dir="ltr">
            {line.phone}
          </a>
        ) : null}
        <span class="block">
          {whenWords(Date.parse(line.startsAt))} · <span class="tag">{t(`kind.${line.kind}`)}</span> · <bdi>{called(line.place)}</bdi>
        </span>
        <span class={line.unanswered && !line.answer ? 'block bad' : 'quiet block'} data-testid="call-state">
          {state(line)}
        </span>
        {failed ? (
          <span class="block bad" role="alert">
            {told('failed')}
          </span>
        ) : null}
        {guest ? null : (
          <button type="button" class="button small" aria-expanded={open} onClick={() => setOpen(!open)} data-testid="call-reach">
            {told(open ? 'reach.close' : 'reach.change')}
          </button>
        )}
        {open ? <ReachForm id={line.personId} done={done} /> : null}
      </span>
      {line.answer ? null : (
        <span class="pair">
          <button type="button" class="button small" disabled={busy} onClick={() => say('in_person')} data-testid="call-told">
            {told('told')}
          </button>
          {line.phone ? (
            <button type="button" class="button small" disabled={busy} onClick={() => say('by_phone')} data-testid="call-phoned">
              {told('called')}
            </button>
          ) : null}
        </span>
      )}
    </li>
  );
}

/** One strip of paper for each person who has not answered, to be cut apart; only on paper. */
function Strips({ lines }: { lines: CallLine[] }) {
  return (
    <ul class="strips" data-testid="strips">
      {lines.map((line) => (
        <li key={`${line.sessionId} ${line.personId}`}>
          <b>
            <bdi>{called(line.names)}</bdi> · {whenWords(Date.parse(line.startsAt))}
          </b>
          <br />
          {t(`kind.${line.kind}`)} · {told('slip.where', { place: called(line.place) })}
          <br />
          {told('slip.bring', { things: told(`bring.${line.kind}`) })}
        </li>
      ))}
    </ul>
  );
}

/** Gives the person a file, under a name. */
function give(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function Found({ found, again }: { found: CallList; again: () => void }) {
  const [failed, setFailed] = useState(false);
  const open = found.lines.filter((line) => !line.answer);
  const fetchFile = (): void => {
    setFailed(false);
    slipsFile(api(), found.siteId).then(
      (file) => give(file, 'slips.bin'),
      () => setFailed(true),
    );
  };
  return (
    <>
      {found.lines.length === 0 ? <p class="quiet">{told('empty')}</p> : <p class="quiet">{told('hint')}</p>}
      <ul class="sessions" data-testid="calls">
        {found.lines.map((line) => (
          <Line key={`${line.sessionId} ${line.personId}`} line={line} done={again} />
        ))}
      </ul>
      {found.complete ? null : <p class="notice">{told('rest')}</p>}
      {open.length > 0 ? (
        <div class="pair">
          <button type="button" class="button" onClick={() => window.print()} data-testid="calls-print">
            {told('print')}
          </button>
          <button type="button" class="button" onClick={fetchFile} data-testid="calls-file">
            {told('file')}
          </button>
        </div>
      ) : null}
      {failed ? (
        <p class="bad" role="alert">
          {told('file.failed')}
        </p>
      ) : null}
      <Strips lines={open} />
    </>
  );
}

/** Whoever books keeps the lists of other sites as well. */
function Sites({ site, directory }: { site: string; directory: Directory }) {
  return (
    <label class="field">
      <span>{told('site')}</span>
      <select value={site} onChange={(event) => go(`#/calls/${encodeURIComponent(event.currentTarget.value)}`)} data-testid="calls-site">
        {directory.organizations.map((one) => (
          <option key={one.id} value={one.id}>
            {named(one)}
          </option>
        ))}
      </select>
    </label>
  );
}

function List({ site }: { site: string }) {
  const { value: found, error, again } = useLoad(() => callList(api(), site), site);
  useEffect(() => {
    const timer = window.setInterval(() => document.hidden || again(), AGAIN);
    return () => window.clearInterval(timer);
  }, [site]);
  useEffect(() => takeZone(found?.timeZone ?? null), [found]);
  if (error instanceof Problem && error.status === 403) return <p class="notice">{told('forbidden')}</p>;
  if (error) return <Trouble error={error} retry={again} />;
  return found ? <Found found={found} again={again} /> : <Loading />;
}

/** Who of a site is to be told today and tomorrow: `#/calls` is one's own site, `#/calls/ID` any that one keeps. */
export function Calls({ id }: { id: string }) {
  const [error, setError] = useState<unknown>(null);
  const [directory, setDirectory] = useState<Directory | null>(null);
  useEffect(() => {
    if (!me.value) loadMe().catch(setError);
  }, [me.value, key.value]);
  useEffect(() => {
    document.title = `${told('title')} · ${t('app.name')}`;
  }, [language.value]);
  const books = me.value?.can.book;
  useEffect(() => {
    if (books) api().directory().then(setDirectory, setError);
  }, [books]);
  if (error) return <Trouble error={error} retry={() => location.reload()} />;
  if (!me.value) return <Loading />;
  const own = me.value.person.organization;
  const site = id || here.value.id || own?.id || '';
  if (!site) return <Empty title={told('title')} hint={told('forbidden')} />;
  const name = directory?.organizations.find((one) => one.id === site) ?? (own?.id === site ? own : null);
  return (
    <div class="page calls">
      <h1>
        {told('title')}
        {name ? <bdi> · {named(name)}</bdi> : null}
      </h1>
      {directory ? <Sites site={site} directory={directory} /> : null}
      <List key={site} site={site} />
    </div>
  );
}
