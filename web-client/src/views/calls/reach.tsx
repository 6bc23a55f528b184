import { useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import { putReach, type Reach, reachOf } from '../../protocol/calls.ts';
import { told } from '../../words/calls.ts';
import { Loading, Trouble, useLoad } from '../parts.tsx';
import { api, me } from '../store.ts';

/** What is wrong, in our words. */
const wrong = (why: unknown): string =>
  told(why instanceof Problem && why.more.faults?.some(({ field }) => field === 'phone') ? 'reach.not-a-phone' : 'failed');

function Wish({ id, reach, done }: { id: string; reach: Reach; done: () => void }) {
  const [wish, setWish] = useState(reach);
  const [said, setSaid] = useState<{ good: boolean; words: string }>();
  const save = (event: Event): void => {
    event.preventDefault();
    setSaid(undefined);
    const phone = (wish.phone ?? '').replace(/[\s-]/g, '');
    putReach(api(), id, { ...wish, phone: phone || null }).then(
      (kept) => {
        setWish(kept);
        setSaid({ good: true, words: told('reach.saved') });
        done();
      },
      (why: unknown) => setSaid({ good: false, words: wrong(why) }),
    );
  };
  const choice = (name: 'app' | 'sms' | 'voice') => (
    <label class={wish[name] ? 'choice chosen' : 'choice'}>
      <input type="checkbox" checked={wish[name]} onChange={() => setWish({ ...wish, [name]: !wish[name] })} data-testid={`reach-${name}`} />
      {told(`reach.${name}`)}
    </label>
  );
  return (
    <form onSubmit={save} noValidate data-testid="reach">
      <label class="field">
        <span>{told('reach.phone')}</span>
        <input
          type="text"
          inputMode="tel"
          dir="ltr"
          autoComplete="off"
          value={wish.phone ?? ''}
          onInput={(event) => setWish({ ...wish, phone: event.currentTarget.value })}
          data-testid="reach-phone"
        />
      </label>
      {choice('sms')}
      {choice('voice')}
      {choice('app')}
      <p role={said && !said.good ? 'alert' : 'status'} data-testid="reach-said">
        {said?.words}
      </p>
      <button type="submit" class="button small" data-testid="reach-save">
        {told('reach.save')}
      </button>
    </form>
  );
}

/** By what somebody is reminded, to be read and set. */
export function ReachForm({ id, done }: { id: string; done: () => void }) {
  const { value, error, again } = useLoad(() => reachOf(api(), id), id);
  if (error) return <Trouble error={error} retry={again} />;
  return value ? <Wish id={id} reach={value} done={done} /> : <Loading />;
}

/** The same of oneself, as a part of one's account. */
export function OwnReach() {
  const id = me.value?.person.id;
  if (!id) return null;
  return (
    <section class="card" data-testid="account-reach">
      <h2>{told('reach.title')}</h2>
      <p class="quiet">{told('reach.hint')}</p>
      <ReachForm id={id} done={() => undefined} />
    </section>
  );
}
