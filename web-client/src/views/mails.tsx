import { useEffect } from 'preact/hooks';
import type { Session } from '../protocol/api.ts';
import { mailsOf, type MailOfPerson, type SessionMails } from '../protocol/mails.ts';
import { moment } from '../protocol/when.ts';
import { language, t } from '../words/index.ts';
import { told } from '../words/mails.ts';
import { dateWords, Loading, Name, Range, Trouble, useLoad } from './parts.tsx';
import { api } from './store.ts';

function Person({ of }: { of: MailOfPerson }) {
  const bad = of.fate === 'refused' || of.fate === 'given_up';
  return (
    <li class="session" data-testid="mail-of-person" data-id={of.personId} data-fate={of.fate}>
      <span class="what">
        <b>
          <Name of={of} />
        </b>
        <span class={bad ? 'block bad' : 'block'}>{told(`fate.${of.fate}`)}</span>
        {bad && of.reply ? <span class="quiet block">{told('reply', { reply: of.reply })}</span> : null}
      </span>
    </li>
  );
}

function Found({ session, mails }: { session: Session; mails: SessionMails }) {
  const at = Date.parse(session.startsAt);
  return (
    <div class="page">
      <p class="date">
        {dateWords(at)} <Range from={session.startsAt} to={session.endsAt} day={moment(at).day} />
      </p>
      <h1>
        <bdi>{session.title}</bdi>
      </h1>
      <h2>{told('title')}</h2>
      {mails.sending ? (
        <>
          <p class="quiet">{told('page.hint')}</p>
          <ul class="sessions">
            {mails.people.map((of) => (
              <Person key={of.personId} of={of} />
            ))}
          </ul>
        </>
      ) : (
        <p data-testid="mails-off">{told('page.off')}</p>
      )}
      <a class="button" href="#/home">
        {t('action.home')}
      </a>
    </div>
  );
}

/** How the people of a session were told by mail, for who books it. */
export function Mails({ id }: { id: string }) {
  const load = async () => ({ session: await api().session(id), mails: await mailsOf(api(), id) });
  const { value, error, again } = useLoad(load, id);
  useEffect(() => {
    document.title = `${told('title')} · ${t('app.name')}`;
  }, [language.value]);
  if (error) return <Trouble error={error} retry={again} />;
  return value ? <Found {...value} /> : <Loading />;
}
