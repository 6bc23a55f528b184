import { type ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { look, type OpenLink } from '../../protocol/access.ts';
import { Problem } from '../../protocol/api.ts';
import { told } from '../../words/access.ts';
import { Icon } from '../icon.tsx';
import { Loading, Trouble, useLoad } from '../parts.tsx';
import { here } from '../router.ts';
import { kept } from '../store.ts';
import { accessWords } from './form.tsx';

/** The secret of the link that led here; it leaves the address, and stays in this tab for a reload. */
function useOnce(): string {
  const [once] = useState(() => here.value.query.get('once') ?? kept.read('once') ?? '');
  useEffect(() => {
    kept.write('once', once);
    history.replaceState(null, '', `#/${here.value.page}`);
  }, []);
  return once;
}

/** A page behind a link that works once; if it does not work, what to do. */
export function Once({ children }: { children: (once: string, link: OpenLink) => ComponentChildren }) {
  const once = useOnce();
  const { value, error, again } = useLoad(() => look(once), once);
  if (error instanceof Problem && error.status === 410) {
    return (
      <section class="card trouble" role="alert" data-testid="link-over" data-reason={error.more.reason}>
        <h2>
          <Icon name="alert" /> {told('problem.link-over')}
        </h2>
        <p>{accessWords(error)}</p>
        <a class="button" href="#/home">
          {told('link.login')}
        </a>
      </section>
    );
  }
  if (error) return <Trouble error={error} retry={again} />;
  return value ? <>{children(once, value)}</> : <Loading />;
}
