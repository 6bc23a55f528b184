import { useState } from 'preact/hooks';
import { type NewCounty, setUp } from '../../protocol/access.ts';
import { told } from '../../words/access.ts';
import { comeIn, Form, Shown, Text, useSending, useTitle } from './form.tsx';
import { Once } from './once.tsx';

const NOTHING = { 'countyNames.zh': '', 'countyNames.en': '', 'names.zh': '', 'names.en': '', loginName: '', password: '' };
type Said = typeof NOTHING;

const wanted = (said: Said): NewCounty => ({
  countyNames: { zh: said['countyNames.zh'], en: said['countyNames.en'] },
  names: { zh: said['names.zh'], en: said['names.en'] },
  loginName: said.loginName,
  password: said.password,
});

function SetupForm({ once }: { once: string }) {
  const [said, setSaid] = useState(NOTHING);
  const [shown, setShown] = useState(false);
  const sending = useSending();
  const field = (name: keyof Said) => ({
    name,
    value: said[name],
    set: (value: string) => setSaid((before) => ({ ...before, [name]: value })),
    sending,
  });
  const submit = (): void => sending.send(() => setUp(once, wanted(said)), () => comeIn('#/county'));
  return (
    <div class="page setup">
      <h1>{told('setup.title')}</h1>
      <p class="quiet">{told('setup.hint')}</p>
      <Form sending={sending} submit={submit} word="setup.submit" id="setup">
        <h2>{told('setup.county')}</h2>
        <Text {...field('countyNames.zh')} label="field.countyName" />
        <Text {...field('countyNames.en')} label="field.countyNameEn" />
        <h2>{told('setup.you')}</h2>
        <Text {...field('names.zh')} label="field.name" complete="name" />
        <Text {...field('names.en')} label="field.nameEn" />
        <Text {...field('loginName')} label="field.loginName" hint="field.loginName.hint" complete="username" />
        <Text {...field('password')} label="field.password" hint="field.password.hint" complete="new-password" secret shown={shown} />
        <Shown shown={shown} set={setShown} />
      </Form>
    </div>
  );
}

/** The first start: the county gets its name and its first administrator. */
export function Setup() {
  useTitle('setup.title');
  return <Once>{(once) => <SetupForm once={once} />}</Once>;
}
