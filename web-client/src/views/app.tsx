import { type ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from '../protocol/api.ts';
import { type Key, language, speak, t } from '../words/index.ts';
import { Home } from './home.tsx';
import { Empty, Loading, Trouble } from './parts.tsx';
import { here } from './router.ts';
import { kept, key, loadMe, me, refusal, takeKey, zone } from './store.ts';

type Page = ComponentType<{ id: string }>;

/** Home is in the first file; every other page comes when it is wanted. */
const pages: Record<string, () => Promise<Page>> = {
  join: () => import('./join.tsx').then((file) => file.Join),
  room: () => import('./room/room.tsx').then((file) => file.Room),
  book: () => import('./book/book.tsx').then((file) => file.Book),
  day: () => import('./day/day.tsx').then((file) => file.SiteDay),
  calls: () => import('./calls/calls.tsx').then((file) => file.Calls),
  mails: () => import('./mails.tsx').then((file) => file.Mails),
  replay: () => import('./replay/replay.tsx').then((file) => file.Replay),
  receipts: () => import('./receipts.tsx').then((file) => file.Receipts),
  attendance: () => import('./attendance/attendance.tsx').then((file) => file.Attendance),
  login: () => import('./access/login.tsx').then((file) => file.Login),
  setup: () => import('./access/setup.tsx').then((file) => file.Setup),
  password: () => import('./access/password.tsx').then((file) => file.Password),
  account: () => import('./access/account.tsx').then((file) => file.Account),
  t: () => import('./guests/come.tsx').then((file) => file.Come),
  guests: () => import('./guests/invite.tsx').then((file) => file.Invite),
  device: () => import('./terminal/device.tsx').then((file) => file.Device),
  devices: () => import('./terminal/keeping.tsx').then((file) => file.Keeping),
  accounts: () => import('./access/accounts.tsx').then((file) => file.Accounts),
  county: () => import('./county/county.tsx').then((file) => file.County),
  register: () => import('./register/register.tsx').then((file) => file.Register),
  cases: () => import('./cases/cases.tsx').then((file) => file.Cases),
  roles: () => import('./access/roles.tsx').then((file) => file.Roles),
  audit: () => import('./access/audit.tsx').then((file) => file.Audit),
};

// A request for a consultation that waits for the line goes on whatever page is opened.
if (kept.read('case.sending')) void import('./cases/cases.tsx');

/** Under this the page is kept whose file did not come and which was loaded anew for it. */
const RELOADED = 'reloaded';

function Lazy({ name, id }: { name: string; id: string }) {
  const [page, setPage] = useState<{ name: string; View: Page } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const away = (): void => setError(new Problem(0, '', 'offline'));
  useEffect(() => {
    setError(null);
    pages[name]?.().then(
      (View) => {
        kept.write(RELOADED, null);
        setPage({ name, View });
      },
      // A file that does not come though the page was loaded anew is no want of a server: then the person decides.
      () => (kept.read(RELOADED) === name ? setError(new Error(name)) : away()),
    );
  }, [name]);
  // Browsers remember that a file did not come, so it is asked for by a new page, once the server is there.
  const again = (): void => {
    const reload = (): void => {
      kept.write(RELOADED, name);
      location.reload();
    };
    fetch('/healthz', { cache: 'no-store' }).then((answer) => (answer.ok ? reload() : away()), away);
  };
  if (error) return <Trouble error={error} retry={again} />;
  return page?.name === name ? <page.View key={id} id={id} /> : <Loading />;
}

/** What the tab is called, page by page; the pages that are not named here name it themselves. */
const titles: Record<string, Key> = {
  home: 'nav.home',
  join: 'title.join',
  room: 'title.room',
  book: 'book.title',
  replay: 'replay.title',
  receipts: 'received.title',
};

/** A page that follows another takes the focus, so that a keyboard or a screen reader goes on there, and names the tab. */
function useTurn(page: string, id: string): void {
  const first = useRef(true);
  const title = titles[page] ?? (pages[page] ? null : 'error.page');
  useEffect(() => {
    if (title) document.title = `${t(title)} · ${t('app.name')}`;
  }, [title, language.value]);
  useEffect(() => {
    if (!first.current) document.getElementById('main')?.focus({ preventScroll: true });
    first.current = false;
  }, [page, id]);
}

function Body() {
  const { page, id, query } = here.value;
  // Whose zone it is, is known from the first answer on: the times are then drawn anew.
  zone.value;
  // A minted room token opens its room without a person's link, and so does a ticket.
  const guest = query.has('token') || kept.read(`guest.${id}`) !== null;
  useEffect(() => {
    // The other pages ask for themselves.
    if (page === 'room' && !guest && !me.value) loadMe().catch(() => undefined);
  }, [key.value, page]);
  if (refusal.value) return <Lazy name="login" id="" />;
  if (page === 'home') return <Home />;
  if (pages[page]) return <Lazy name={page} id={id} />;
  return (
    <Empty title={t('error.page')} hint={t('error.page.hint')}>
      <a class="button main" href="#/home">
        {t('action.home')}
      </a>
    </Empty>
  );
}

function Header() {
  const page = here.value.page;
  const link = (to: string, text: string) => (
    <a href={`#/${to}`} aria-current={page === to ? 'page' : undefined} data-testid={`nav-${to}`}>
      {text}
    </a>
  );
  return (
    <header class="top">
      <a class="brand" href="#/home">
        <img src="./icon.svg" alt="" width="36" height="36" />
        <span>{t('app.name')}</span>
      </a>
      {(key.value || me.value) && !refusal.value ? (
        <nav>
          {link('home', t('nav.home'))}
          {me.value?.can.book ? link('book', t('nav.book')) : null}
          {link('replay', t('nav.replay'))}
        </nav>
      ) : null}
      <button
        type="button"
        class="language"
        data-testid="lang-switch"
        lang={language.value === 'zh' ? 'en' : 'zh-CN'}
        title={t('lang.label')}
        onClick={() => void speak(language.value === 'zh' ? 'en' : 'zh')}
      >
        {t('lang.switch')}
      </button>
    </header>
  );
}

export function App() {
  const { page, id } = here.value;
  useEffect(() => {
    takeKey();
    refusal.value = null;
  }, [here.value]);
  useTurn(page, id);
  return (
    <div class={page === 'room' ? 'app in-room' : 'app'}>
      <a class="skip" href="#main" onClick={skip}>
        {t('app.skip')}
      </a>
      <Header />
      <main id="main" tabIndex={-1}>
        <Body />
      </main>
    </div>
  );
}

/** The hash is our route, so the skip link moves the focus itself. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
