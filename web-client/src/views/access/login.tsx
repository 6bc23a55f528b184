import { useState } from 'preact/hooks';
import * as access from '../../protocol/access.ts';
import { type AccessKey, told } from '../../words/access.ts';
import { named } from '../../words/index.ts';
import { Icon } from '../icon.tsx';
import { useLoad } from '../parts.tsx';
import { here } from '../router.ts';
import { refusal } from '../store.ts';
import { comeIn, Form, Shown, Text, useSending, useTitle } from './form.tsx';

/** Why who asks was not known: what the person can do differs. */
function why(reason: string | undefined): 'missing' | 'ended' | 'disabled' | 'over' | 'foreign' | 'early' | 'broken' {
  if (reason === undefined || reason === 'missing') return 'missing';
  if (reason === 'login-over') return 'ended';
  if (reason === 'account-disabled') return 'disabled';
  if (reason === 'expired') return 'over';
  if (reason === 'unknown-key' || reason === 'unknown-person') return 'foreign';
  return reason === 'not-yet' ? 'early' : 'broken';
}

const FAILED = ['unknown', 'disabled', 'denied', 'over', 'refused', 'unreachable', 'busy'] as const;

/** Why nobody came in by single sign-on, if the provider's way back says so. */
function Failed({ name }: { name: string }) {
  const said = here.value.query.get('provider');
  const failed = FAILED.find((word) => word === said);
  if (!failed) return null;
  return (
    <section class="card trouble" role="alert" data-testid="provider-failed" data-reason={failed}>
      <h2>
        <Icon name="alert" /> {told(`provider.${failed}`, { name })}
      </h2>
      <p>{told(`provider.${failed}.hint`, { name })}</p>
    </section>
  );
}

/** Where a person logs in, and learns why a link or an earlier login does not open the page that was asked for. */
export function Login() {
  useTitle('login.title');
  const [loginName, setLoginName] = useState('');
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const sending = useSending();
  const county = useLoad(access.county, '').value;
  const reason = why(refusal.value?.more.reason);
  const { page } = here.value;
  const to = page === 'login' ? '#/home' : location.hash;
  const submit = (): void => sending.send(() => access.logIn(loginName, password), () => comeIn(to));
  return (
    <div class="page login">
      {reason === 'missing' ? null : (
        <section class="card trouble" role="alert" data-testid="problem">
          <h2>
            <Icon name="alert" /> {told(`refused.${reason}` as AccessKey)}
          </h2>
          <p>{told(`refused.${reason}.hint` as AccessKey)}</p>
        </section>
      )}
      {county?.provider ? <Failed name={county.provider} /> : null}
      {county?.names ? (
        <p class="date">
          <bdi>{named({ names: county.names })}</bdi>
        </p>
      ) : null}
      <h1>{told('login.title')}</h1>
      {county && !county.setUp ? (
        <p class="notice" data-testid="login-unset">
          {told('login.unset')}
        </p>
      ) : null}
      <Form sending={sending} submit={submit} word="login.enter" id="login">
        <Text name="loginName" label="field.loginName" value={loginName} set={setLoginName} sending={sending} complete="username" />
        <Text name="password" label="field.password" value={password} set={setPassword} sending={sending} complete="current-password" secret shown={shown} />
        <Shown shown={shown} set={setShown} />
      </Form>
      {county?.provider ? (
        <a class="button" href={access.PROVIDER_LOGIN} data-testid="login-provider">
          {told('login.provider', { name: county.provider })}
        </a>
      ) : null}
      <p class="quiet">{told('login.hint')}</p>
      <p class="quiet">{told('login.forgotten')}</p>
    </div>
  );
}
