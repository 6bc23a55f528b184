import { useState } from 'preact/hooks';
import { setPassword } from '../../protocol/access.ts';
import { told } from '../../words/access.ts';
import { comeIn, Form, Shown, Text, useSending, useTitle } from './form.tsx';
import { Once } from './once.tsx';

function PasswordForm({ once, loginName }: { once: string; loginName: string }) {
  const [password, setTyped] = useState('');
  const [shown, setShown] = useState(false);
  const sending = useSending();
  const submit = (): void => sending.send(() => setPassword(once, password), () => comeIn('#/home'));
  return (
    <div class="page">
      <h1>{told('password.title')}</h1>
      <p>{told('password.hint', { name: loginName })}</p>
      <Form sending={sending} submit={submit} word="password.submit" id="password">
        <input type="text" name="username" autocomplete="username" value={loginName} readOnly hidden />
        <Text name="password" label="field.password.new" hint="field.password.hint" value={password} set={setTyped} sending={sending} complete="new-password" secret shown={shown} />
        <Shown shown={shown} set={setShown} />
      </Form>
    </div>
  );
}

/** A person sets a password by the link of an administrator. */
export function Password() {
  useTitle('password.title');
  return <Once>{(once, link) => <PasswordForm once={once} loginName={link.loginName ?? ''} />}</Once>;
}
