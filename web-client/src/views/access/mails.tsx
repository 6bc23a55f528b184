import { useState } from 'preact/hooks';
import { type MyMails, myMails, putMyMails } from '../../protocol/mails.ts';
import { told } from '../../words/mails.ts';
import { useLoad } from '../parts.tsx';
import { api } from '../store.ts';
import { accessWords } from './form.tsx';

function Wish({ mails }: { mails: MyMails }) {
  const [wanted, setWanted] = useState(mails.wanted);
  const [language, setLanguage] = useState(mails.language);
  const [said, setSaid] = useState<{ good: boolean; words: string }>();
  const save = (event: Event): void => {
    event.preventDefault();
    putMyMails(api(), { wanted, language }).then(
      () => setSaid({ good: true, words: told('own.saved') }),
      (error: unknown) => setSaid({ good: false, words: accessWords(error) }),
    );
  };
  return (
    <form onSubmit={save}>
      <p>{told('own.to', { address: mails.address ?? '' })}</p>
      <label class={wanted ? 'choice chosen' : 'choice'}>
        <input type="checkbox" checked={wanted} onChange={() => setWanted(!wanted)} data-testid="mails-wanted" />
        {told('own.wanted')}
      </label>
      <label class="field">
        <span>{told('own.language')}</span>
        <select value={language} onChange={(event) => setLanguage(event.currentTarget.value === 'en' ? 'en' : 'zh')} data-testid="mails-language">
          <option value="zh">{told('own.zh')}</option>
          <option value="en">{told('own.en')}</option>
        </select>
      </label>
      <p role={said && !said.good ? 'alert' : 'status'} data-testid="mails-said">
        {said?.words}
      </p>
      <button type="submit" class="button" data-testid="mails-save">
        {told('own.save')}
      </button>
    </form>
  );
}

/** What one wants of invitations by mail, as a part of one's account. */
export function OwnMails() {
  const { value } = useLoad(() => myMails(api()), '');
  if (!value) return null;
  return (
    <section class="card" data-testid="account-mails">
      <h2>{told('title')}</h2>
      {!value.sending ? (
        <p class="quiet">{told('own.off')}</p>
      ) : value.address ? (
        <Wish mails={value} />
      ) : (
        <p class="quiet">{told('own.none')}</p>
      )}
    </section>
  );
}
