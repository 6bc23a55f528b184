import { useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import type { Entry } from '../../protocol/library.ts';
import { told } from '../../words/replay.ts';
import { Icon } from '../icon.tsx';
import { go } from '../router.ts';
import { explain, kept } from '../store.ts';
import { library } from './library.ts';

/** Deleting for good: a question first, then the list without it. */
export function Delete({ recording }: { recording: Entry }) {
  const [asked, ask] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const remove = async (): Promise<void> => {
    setBusy(true);
    setProblem('');
    try {
      await library().delete(recording.id);
      kept.write('deleted', recording.title);
      go('/replay');
    } catch (error) {
      setProblem(error instanceof Problem && error.type === '/problems/still-kept' ? told('problem.still-kept') : explain(error));
      setBusy(false);
    }
  };
  if (!asked) {
    return (
      <p>
        <button type="button" class="button small" onClick={() => ask(true)} data-testid="replay-delete">
          {told('delete')}
        </button>
      </p>
    );
  }
  return (
    <section class="card trouble" role="alert">
      <p>{told('delete.ask', { title: recording.title })}</p>
      {problem ? (
        <p class="sentence bad" data-testid="replay-delete-problem">
          <Icon name="alert" /> <span>{problem}</span>
        </p>
      ) : null}
      <button type="button" class="button" onClick={() => ask(false)} disabled={busy} data-testid="replay-delete-keep">
        {told('delete.no')}
      </button>{' '}
      <button type="button" class="button" onClick={() => void remove()} disabled={busy} data-testid="replay-delete-confirm">
        {told('delete.yes')}
      </button>
    </section>
  );
}
