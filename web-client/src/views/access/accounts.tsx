import { useState } from 'preact/hooks';
import * as access from '../../protocol/access.ts';
import type { Person } from '../../protocol/api.ts';
import { told } from '../../words/access.ts';
import { named, t } from '../../words/index.ts';
import { useCopy } from '../copying.ts';
import { Loading, Name, Trouble, useLoad, whenWords } from '../parts.tsx';
import { api, key } from '../store.ts';
import { accessWords, Form, Text, useSending, useTitle } from './form.tsx';

/** A link that is shown once, to be handed over. */
function Handed({ link, name }: { link: access.PasswordLink; name: string }) {
  const address = `${location.origin}/#/password?once=${link.once}`;
  const { copied, copy } = useCopy(address);
  return (
    <section class="card next" role="status" data-testid="handed">
      <p>{told('others.link', { name, login: link.loginName, when: whenWords(Date.parse(link.endsAt)) })}</p>
      <p>
        <bdi dir="ltr" data-testid="handed-address">
          {address}
        </bdi>
      </p>
      <button type="button" class="button small" onClick={copy}>
        {told(copied ? 'others.copied' : 'others.copy')}
      </button>
    </section>
  );
}

function NewAccount({ people, made }: { people: Person[]; made: (link: access.PasswordLink) => void }) {
  const [personId, setPersonId] = useState('');
  const [loginName, setLoginName] = useState('');
  const sending = useSending();
  const ask = async (): Promise<void> => made(await access.makeAccount(api(), personId, loginName));
  const done = (): void => {
    setPersonId('');
    setLoginName('');
  };
  return (
    <Form sending={sending} submit={() => sending.send(ask, done)} word="others.make" id="account">
      <label class="field">
        <span>{told('others.new')}</span>
        <select
          value={personId}
          aria-invalid={sending.notes['personId'] ? true : undefined}
          onChange={(event) => setPersonId(event.currentTarget.value)}
          data-testid="account-person"
        >
          <option value="">{told('others.choose')}</option>
          {people.map((person) => (
            <option key={person.id} value={person.id}>
              {named(person)}
            </option>
          ))}
        </select>
      </label>
      {(sending.notes['personId'] ?? []).map((text) => (
        <p key={text} class="sentence bad" role="alert">
          {text}
        </p>
      ))}
      <Text name="loginName" label="field.loginName" hint="field.loginName.hint" value={loginName} set={setLoginName} sending={sending} />
    </Form>
  );
}

function Row({ account, changed, made }: { account: access.Account; changed: () => void; made: (link: access.PasswordLink) => void }) {
  const [trouble, setTrouble] = useState('');
  const attempt = (asked: Promise<unknown>): void => {
    setTrouble('');
    asked.then(changed, (error: unknown) => setTrouble(accessWords(error)));
  };
  const reset = (): void => attempt(access.passwordLink(api(), account.personId).then(made));
  return (
    <li class={account.enabled ? 'session' : 'session faded'} data-testid="account-row" data-id={account.personId}>
      <span class="what">
        <b>
          <Name of={account} />
        </b>{' '}
        <span class="quiet">
          <bdi dir="ltr">{account.loginName}</bdi>
        </span>
        {account.enabled ? null : (
          <>
            {' '}
            <span class="tag">{told('others.disabled')}</span>
          </>
        )}
        {account.hasPassword ? null : <span class="quiet block">{told('others.pending')}</span>}
        {trouble ? (
          <span class="block bad" role="alert">
            {trouble}
          </span>
        ) : null}
      </span>
      <button type="button" class="button small" onClick={reset} data-testid="account-reset">
        {told('others.reset')}
      </button>{' '}
      <button
        type="button"
        class="button small"
        onClick={() => attempt(access.switchAccount(api(), account.personId, !account.enabled))}
        data-testid="account-switch"
      >
        {told(account.enabled ? 'others.disable' : 'others.enable')}
      </button>
    </li>
  );
}

/** All accounts up to so many answers of the server. */
async function read(answers: number): Promise<{ list: access.Account[]; more: boolean; people: Person[] }> {
  const list: access.Account[] = [];
  let next: string | null = null;
  for (let nth = 0; nth < answers; nth += 1) {
    const part: Awaited<ReturnType<typeof access.accounts>> = await access.accounts(api(), next);
    list.push(...part.accounts);
    next = part.next;
    if (!next) break;
  }
  // Who may not read the directory still resets and disables.
  const people = await api().directory().then((it) => it.people, () => []);
  const without = people.filter((person) => !list.some((it) => it.personId === person.id));
  return { list, more: next !== null, people: without };
}

/** Who comes in by login name, for administrators. */
export function Accounts() {
  useTitle('others.title');
  const [answers, setAnswers] = useState(1);
  const [handed, setHanded] = useState<access.PasswordLink | null>(null);
  const { value, error, again } = useLoad(() => read(answers), `${key.value} ${answers}`);
  if (error) return <Trouble error={error} retry={again} />;
  if (!value) return <Loading />;
  const made = (link: access.PasswordLink): void => {
    setHanded(link);
    again();
  };
  const whose = value.list.find((it) => it.personId === handed?.personId);
  return (
    <div class="page">
      <h1>{told('others.title')}</h1>
      <p class="quiet">{told('others.hint')}</p>
      <a class="button" href="#/county">
        {t('nav.county')}
      </a>
      {handed ? <Handed key={handed.once} link={handed} name={whose ? named(whose) : handed.loginName} /> : null}
      <ul class="sessions">
        {value.list.map((account) => (
          <Row key={account.personId} account={account} changed={again} made={made} />
        ))}
      </ul>
      {value.more ? (
        <button type="button" class="button" onClick={() => setAnswers(answers + 1)}>
          {told('others.more')}
        </button>
      ) : null}
      {value.people.length > 0 ? <NewAccount people={value.people} made={made} /> : null}
    </div>
  );
}
