import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import { type Entry, page } from '../../protocol/register.ts';
import { told } from '../../words/device.ts';
import { language, named, t } from '../../words/index.ts';
import { Empty, Loading, Name, Trouble, useLoad } from '../parts.tsx';
import { api } from '../store.ts';

interface Found {
  entries: Entry[];
  next: string | null;
}

/** The terminals that a scheduler brings devices into: those of the places for which this one books. */
export function Screens() {
  const first = async () => {
    const [list, { rooms }] = await Promise.all([page(api(), 'terminal', ''), api().directory()]);
    return { list, rooms };
  };
  const { value, error, again } = useLoad(first, '');
  const [later, setLater] = useState<Found | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  useEffect(() => {
    document.title = `${told('screens')} · ${t('app.name')}`;
  }, [language.value]);
  if (error instanceof Problem && error.status === 403) return <Empty title={told('screens')} hint={told('screens.forbidden')} />;
  if (error ?? trouble) return <Trouble error={error ?? trouble} retry={() => (setTrouble(null), again())} />;
  if (!value) return <Loading />;
  const { entries, next } = later ?? value.list;
  const standing = entries.filter((entry) => !entry.retired);
  const more = (): void => {
    page(api(), 'terminal', next ?? '').then((part) => setLater({ entries: [...entries, ...part.entries], next: part.next }), setTrouble);
  };
  return (
    <div class="page" data-testid="screens">
      <h1>{told('screens')}</h1>
      <p class="quiet">{told('screens.hint')}</p>
      {standing.length === 0 && next === null ? <p class="quiet">{told('screens.none')}</p> : null}
      <ul class="sessions">
        {standing.map((entry) => {
          const room = value.rooms.find(({ id }) => id === entry.roomId);
          return (
            <li key={entry.id} class="session" data-testid="screens-entry" data-id={entry.id}>
              <span class="what">
                <b>
                  <Name of={entry} />
                </b>
                {room ? <span class="quiet block">{named(room)}</span> : null}
              </span>
              <a class="button small" href={`#/book/hours?of=terminal:${entry.id}`} aria-label={`${told('screens.hours')} ${named(entry)}`} data-testid="screens-hours">
                {told('screens.hours')}
              </a>
              <a class="button small" href={`#/devices/${entry.id}`} aria-label={`${told('screens.devices')} ${named(entry)}`} data-testid="screens-devices">
                {told('screens.devices')}
              </a>
            </li>
          );
        })}
      </ul>
      {next === null ? null : (
        <button type="button" class="button" onClick={more} data-testid="screens-more">
          {told('screens.more')}
        </button>
      )}
      <p>
        <a class="button" href="#/book">
          {told('screens.back')}
        </a>
      </p>
    </div>
  );
}
