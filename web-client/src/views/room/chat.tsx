import { useEffect, useRef } from 'preact/hooks';
import { LONGEST_TEXT } from '../../protocol/topics.ts';
import { moment } from '../../protocol/when.ts';
import { t } from '../../words/index.ts';
import { Icon } from '../icon.tsx';
import type { RoomModel } from './model.ts';

export function Chat({ model }: { model: RoomModel }) {
  const end = useRef<HTMLOListElement>(null);
  const list = model.messages.list.value;
  useEffect(() => {
    if (end.current) end.current.scrollTop = end.current.scrollHeight;
  }, [list.length]);
  const send = (event: Event): void => {
    event.preventDefault();
    model.say();
  };
  return (
    <section class="chat" aria-label={t('chat.title')}>
      <h2>{t('chat.title')}</h2>
      <ol ref={end} class="log" aria-live="polite" tabIndex={0} aria-label={t('chat.title')}>
        {list.length === 0 ? <li class="quiet">{t('chat.empty')}</li> : null}
        {list.map((one) => (
          <li key={one.identity + one.id} class={one.mine ? 'mine' : ''} data-testid="chat-message" data-identity={one.identity}>
            <span class="who">
              <bdi>{one.mine ? t('role.me') : one.name}</bdi> <bdi dir="ltr">{moment(one.at).time}</bdi>
              {one.waiting ? ` · ${t('chat.waiting')}` : ''}
            </span>
            <span class="said" dir="auto">
              {one.text}
            </span>
          </li>
        ))}
      </ol>
      <form onSubmit={send}>
        <input
          type="text"
          value={model.messages.draft.value}
          maxLength={LONGEST_TEXT}
          aria-label={t('chat.input')}
          placeholder={t('chat.input')}
          onInput={(event) => model.messages.type(event.currentTarget.value)}
          data-testid="chat-input"
          dir="auto"
        />
        <button type="submit" class="button" data-testid="chat-send">
          <Icon name="send" /> {t('chat.send')}
        </button>
      </form>
    </section>
  );
}
