import { type ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { language, speak, t } from '../words/index.ts';
import { Home } from './home.tsx';
import { Empty, Loading, Trouble } from './parts.tsx';
import { here } from './router.ts';
import { key, me, takeKey } from './store.ts';

type Page = ComponentType<{ id: string }>;

/** Home is in the first file; every other page comes when it is wanted. */
const pages: Record<string, () => Promise<Page>> = {
  join: () => import('./join.tsx').then((file) => file.Join),
  room: () => import('./room/room.tsx').then((file) => file.Room),
  book: () => import('./book/book.tsx').then((file) => file.Book),
  replay: () => import('./replay/replay.tsx').then((file) => file.Replay),
};

function Lazy({ name, id }: { name: string; id: string }) {
  const [page, setPage] = useState<{ name: string; View: Page } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const load = (): void => {
    setError(null);
    pages[name]?.().then(
      (View) => setPage({ name, View }),
      (why: unknown) => setError(why),
    );
  };
  useEffect(load, [name]);
  if (error) return <Trouble error={error} retry={() => location.reload()} />;
  return page?.name === name ? <page.View key={id} id={id} /> : <Loading />;
}

function Body() {
  const { page, id, query } = here.value;
  // A minted room token opens its room without a person's link.
  const guest = page === 'room' && query.has('token');
  if (!key.value && !guest) return <Empty title={t('login.none')} hint={t('login.none.hint')} />;
  if (page === 'home') return <Home />;
  if (pages[page]) return <Lazy name={page} id={id} />;
  return <Empty title={t('error.page')} hint="" />;
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
      {key.value ? (
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
  const { page } = here.value;
  useEffect(takeKey, [here.value]);
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
