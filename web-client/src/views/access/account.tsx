import { useState } from 'preact/hooks';
import { changePassword, connectProvider, disconnectProvider, logOut, type MyProvider, myProvider } from '../../protocol/access.ts';
import type { Me } from '../../protocol/api.ts';
import { told } from '../../words/access.ts';
import { named } from '../../words/index.ts';
import { Loading, Trouble, useLoad } from '../parts.tsx';
import { go, here } from '../router.ts';
import { api, loadMe, me } from '../store.ts';
import { accessWords, Form, forget, Shown, Text, useSending, useTitle } from './form.tsx';
import { OwnReach } from '../calls/reach.tsx';
import { OwnMails } from './mails.tsx';

function ChangePassword() {
  const [old, setOld] = useState('');
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const [changed, setChanged] = useState(false);
  const sending = useSending();
  const done = (): void => {
    setOld('');
    setPassword('');
    setChanged(true);
  };
  const submit = (): void => {
    setChanged(false);
    sending.send(() => changePassword(api(), old, password), done);
  };
  return (
    <Form sending={sending} submit={submit} word="account.change" id="change">
      <h2>{told('account.change')}</h2>
      <p class="quiet">{told('account.change.hint')}</p>
      <Text name="oldPassword" label="field.password.old" value={old} set={setOld} sending={sending} complete="current-password" secret shown={shown} />
      <Text name="password" label="field.password.new" hint="field.password.hint" value={password} set={setPassword} sending={sending} complete="new-password" secret shown={shown} />
      <Shown shown={shown} set={setShown} />
      <p role="status" data-testid="change-done">
        {changed ? told('account.changed') : ''}
      </p>
    </Form>
  );
}

function Leave() {
  const [trouble, setTrouble] = useState('');
  const leave = (everywhere: boolean): void => {
    logOut(everywhere).then(
      () => {
        forget();
        go('#/home');
      },
      (error: unknown) => setTrouble(accessWords(error)),
    );
  };
  return (
    <section class="card">
      <p class="quiet">{told('account.leave.hint')}</p>
      {trouble ? <p role="alert">{trouble}</p> : null}
      <button type="button" class="button" onClick={() => leave(false)} data-testid="account-leave">
        {told('account.leave')}
      </button>{' '}
      <button type="button" class="button" onClick={() => leave(true)} data-testid="account-leave-everywhere">
        {told('account.leave.everywhere')}
      </button>
    </section>
  );
}

/** The pages of those who keep the county. */
function Links({ can }: { can: Me['can'] }) {
  const links = [
    { to: 'accounts', id: 'others', word: 'account.others', open: can.keepAccess },
    { to: 'roles', id: 'roles', word: 'account.roles', open: can.keepAccess },
    { to: 'book/register', id: 'register', word: 'account.register', open: can.administer },
    { to: 'audit', id: 'audit', word: 'account.audit', open: can.audit },
  ] as const;
  return (
    <>
      {links.map(({ to, id, word, open }) =>
        open ? (
          <p key={to}>
            <a class="button" href={`#/${to}`} data-testid={`account-${id}`}>
              {told(word)}
            </a>
          </p>
        ) : null,
      )}
    </>
  );
}

function Connection({ provider, again }: { provider: MyProvider; again: () => void }) {
  const [trouble, setTrouble] = useState('');
  const { name, connected } = provider;
  const said = here.value.query.get('provider');
  const failed = (error: unknown): void => setTrouble(accessWords(error));
  const connect = (): void => {
    connectProvider(api()).then(({ url }) => location.assign(url), failed);
  };
  const remove = (): void => {
    disconnectProvider(api()).then(() => {
      go('#/account');
      again();
    }, failed);
  };
  return (
    <section class="card" data-testid="account-provider">
      <h2>{told('account.provider', { name })}</h2>
      {said === 'taken' ? (
        <p class="bad" role="alert" data-testid="provider-taken">
          {told('account.provider.taken')}
        </p>
      ) : null}
      <p role="status" class={connected ? undefined : 'quiet'} data-testid="provider-state">
        {connected ? told(said === 'connected' ? 'account.provider.connected' : 'account.provider.is', { name }) : told('account.provider.hint', { name })}
      </p>
      {trouble ? <p role="alert">{trouble}</p> : null}
      <button type="button" class="button" onClick={connected ? remove : connect} data-testid={connected ? 'provider-remove' : 'provider-connect'}>
        {connected ? told('account.provider.remove') : told('account.provider.connect', { name })}
      </button>
    </section>
  );
}

/** One's own account: the password, single sign-on, and the way out. */
export function Account() {
  useTitle('account.title');
  const { error, again } = useLoad(loadMe, '');
  const provider = useLoad(() => myProvider(api()), '');
  if (error) return <Trouble error={error} retry={again} />;
  const found = me.value;
  if (!found) return <Loading />;
  return (
    <div class="page">
      <h1>{told('account.title')}</h1>
      <p>
        <bdi>{named(found.person)}</bdi>
      </p>
      <Links can={found.can} />
      {provider.value ? <Connection provider={provider.value} again={provider.again} /> : null}
      <OwnMails />
      <OwnReach />
      <Leave />
      <ChangePassword />
    </div>
  );
}
