import { useEffect, useState } from 'preact/hooks';
import { type Directory, Problem } from '../../protocol/api.ts';
import type { Draft } from '../../protocol/draft.ts';
import { type Mode, modeNamed } from '../../protocol/mode.ts';
import { asked, askQuote, fitting, type Misfit, type ModeQuote, type Quote, type SiteQuote, wanted, yuan } from '../../protocol/quote.ts';
import { named, t } from '../../words/index.ts';
import { told } from '../../words/quote.ts';
import { Icon } from '../icon.tsx';
import { whenWords } from '../parts.tsx';
import { api } from '../store.ts';
import { LineForm } from './line.tsx';

/** How long a form rests before it is asked for, milliseconds: somebody who writes a date makes no request with each digit. */
const REST = 300;

/** What a draft would take, asked anew when it changes or when one of `turns` does; the last answer stays until the next one is there. */
function useQuote(draft: Draft, directory: Directory, turns: unknown[]): { quote: Quote | null; away: boolean } {
  const [quote, setQuote] = useState<Quote | null>(null);
  const [away, setAway] = useState(false);
  const wish = asked(draft, directory.people);
  const body = wish && JSON.stringify(wish);
  useEffect(() => {
    if (!wish) {
      setQuote(null);
      setAway(false);
      return;
    }
    let current = true;
    const ask = (): void => {
      const done = (found: Quote | null, failed: boolean): void => {
        if (!current) return;
        setQuote(found);
        setAway(failed);
      };
      // What is wrong with the form is said by the form, once it is sent.
      const faulty = (error: unknown): boolean => error instanceof Problem && error.status === 422;
      askQuote(api(), wish).then((found) => done(found, false), (error: unknown) => done(null, !faulty(error)));
    };
    const timer = window.setTimeout(ask, REST);
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [body, ...turns]);
  return { quote, away };
}

/** `最多 218 MB，0.66 元` */
function takes({ megabytes: mb, fen }: ModeQuote): string {
  if (fen === null) return told('takes', { mb });
  return told('takes.price', { mb, price: fen === 0 ? told('free') : told('yuan', { yuan: yuan(fen) }) });
}

/** Why the mode of a site does not fit. */
function shortage(site: SiteQuote, misfit: Misfit): string {
  if (misfit.reason === 'month') return told('short.month', { left: site.monthLeftMb ?? 0 });
  const over = [
    misfit.overDownKbps > 0 ? told('over.down', { kbps: misfit.overDownKbps }) : '',
    misfit.overUpKbps > 0 ? told('over.up', { kbps: misfit.overUpKbps }) : '',
  ];
  const at = (time: string | null): string => (time ? whenWords(Date.parse(time)) : '');
  const values = { from: at(misfit.from), until: at(misfit.until), over: over.filter(Boolean).join(t('list.comma')) };
  return told('short.line', values);
}

interface Props {
  site: SiteQuote;
  choose: (mode: Mode) => void;
  /** Asks for everything anew. */
  again: () => void;
}

/** What is known of the line of a site, shown and changed when it is asked for. */
function AboutLine({ site, again }: Pick<Props, 'site' | 'again'>) {
  const [open, setOpen] = useState(false);
  const saved = (): void => {
    setOpen(false);
    again();
  };
  return (
    <>
      <button
        type="button"
        class="button small"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        data-testid={`quote-line-${site.organizationId}`}
      >
        {told('line.open')}
      </button>
      {open ? <LineForm organizationId={site.organizationId} saved={saved} /> : null}
    </>
  );
}

/** The press that makes a session fit, or that nothing does. */
function WayOut({ site, choose }: Pick<Props, 'site' | 'choose'>) {
  const best = fitting(site);
  if (!best) return <p>{told('none')}</p>;
  return (
    <button type="button" class="button strong" onClick={() => choose(best.mode)} data-testid={`quote-take-${site.organizationId}`}>
      {told('take', { mode: t(`mode.${best.mode}`), takes: takes(best) })}
    </button>
  );
}

/** What one site takes, with its modes. */
function Site({ site, choose, again }: Props) {
  const now = wanted(site);
  if (!now) return null;
  const option = (it: ModeQuote): string =>
    told(`mode.${it.misfit ? 'no' : 'yes'}`, { mode: t(`mode.${it.mode}`), takes: takes(it) });
  const pick = (word: string): void => {
    const mode = modeNamed(word);
    if (mode) choose(mode);
  };
  return (
    <li class="quote" data-testid="quote-site" data-id={site.organizationId} data-fits={String(now.misfit === null)}>
      <p>
        <strong>
          <bdi>{named(site)}</bdi>
        </strong>{' '}
        <span class="quiet">{told('people', { n: site.people })}</span>
        <span class="block" data-testid="quote-takes">
          {takes(now)}
        </span>
        {site.monthMb === null ? null : (
          <span class="quiet block">{told('left', { left: site.monthLeftMb ?? 0, all: site.monthMb })}</span>
        )}
      </p>
      <select
        value={site.mode}
        aria-label={told('mode', { name: named(site) })}
        onChange={(event) => pick(event.currentTarget.value)}
        data-testid={`quote-mode-${site.organizationId}`}
      >
        {site.modes.map((it) => (
          <option key={it.mode} value={it.mode}>
            {option(it)}
          </option>
        ))}
      </select>
      {now.misfit ? (
        <div role="alert" data-testid="quote-short">
          <p class="sentence bad">
            <Icon name="alert" /> <span>{shortage(site, now.misfit)}</span>
          </p>
          <WayOut site={site} choose={choose} />
        </div>
      ) : null}
      <AboutLine site={site} again={again} />
    </li>
  );
}

interface Whole {
  directory: Directory;
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  /** What came of the last press of the button: after it everything is asked for anew. */
  turn: unknown;
  /** Takes another start, RFC 3339. */
  take: (at: string) => void;
}

/** What the session takes of the line of each site, before it is booked. */
export function Quotes({ directory, draft, change, turn, take }: Whole) {
  const [asks, setAsks] = useState(0);
  const { quote, away } = useQuote(draft, directory, [turn, asks]);
  if (away) {
    return (
      <p class="quiet" role="status" data-testid="quote-away">
        {told('away')}
      </p>
    );
  }
  if (!quote) return null;
  const later = quote.nextFit;
  return (
    <fieldset class="group" data-testid="quote">
      <legend>{told('title')}</legend>
      <p class="quiet">{told('hint')}</p>
      <ul>
        {quote.sites.map((site) => (
          <Site
            key={site.organizationId}
            site={site}
            again={() => setAsks(asks + 1)}
            choose={(mode) => change({ modes: { ...draft.modes, [site.organizationId]: mode } })}
          />
        ))}
      </ul>
      {later ? (
        <p class="later">
          {told('later', { time: whenWords(Date.parse(later)) })}{' '}
          <button type="button" class="button small" onClick={() => take(later)} data-testid="quote-later">
            {told('later.take')}
          </button>
        </p>
      ) : null}
    </fieldset>
  );
}
