import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import * as wire from '../../protocol/webhooks.ts';
import { language, t } from '../../words/index.ts';
import { has, told, type WebhooksKey } from '../../words/webhooks.ts';
import { useCopy } from '../copying.ts';
import { Icon } from '../icon.tsx';
import { Empty, Loading, Trouble, whenWords } from '../parts.tsx';
import { api, explain, loadMe, me } from '../store.ts';

const at = (time: string): string => whenWords(Date.parse(time));

function why({ failure, status }: wire.WebhookTry): string {
  return told(`why.${failure ?? 'status'}` as WebhooksKey, { status: status ?? '' });
}

/** What is wrong with one field of the form. */
function notes(error: unknown, field: string): string[] {
  const faults = error instanceof Problem ? (error.more.faults ?? []) : [];
  return faults.filter((fault) => fault.field === field).map((fault) => {
    const key = `fault.${fault.code}`;
    return has(key) ? told(key, fault.params) : fault.detail;
  });
}

const words = (error: unknown): string =>
  error instanceof Problem && error.type === '/problems/too-many-webhooks' ? told('problem.too-many-webhooks') : explain(error);

function Sentence({ good, text, id }: { good: boolean; text: string; id: string }) {
  return (
    <span class={good ? 'sentence good' : 'sentence bad'} role={good ? 'status' : 'alert'} data-testid={id}>
      <Icon name={good ? 'check' : 'alert'} /> <span>{text}</span>
    </span>
  );
}

/** The secret, which is never shown again. */
function Secret({ of, close }: { of: wire.WebhookSecret; close: () => void }) {
  const until = of.webhook.oldSecretUntil;
  const { copied, copy } = useCopy(of.secret);
  return (
    <section class="card" role="status" data-testid="webhook-secret">
      <h2>
        {told('secret')} · <bdi>{of.webhook.name}</bdi>
      </h2>
      <p>
        <code dir="ltr" data-testid="webhook-secret-text">
          {of.secret}
        </code>
      </p>
      <p class="quiet">
        {told('secret.hint')} {until ? told('secret.both', { when: at(until) }) : null}
      </p>
      <div class="pair">
        <button type="button" class="button small" onClick={copy}>
          {told(copied ? 'secret.copied' : 'secret.copy')}
        </button>
        <button type="button" class="button small" onClick={close} data-testid="webhook-secret-done">
          {told('secret.done')}
        </button>
      </div>
    </section>
  );
}

function State({ of }: { of: wire.Webhook }) {
  const { paused, waiting: n, failedTries: tries, nextTryAt, takenAt, lastFailure } = of;
  const good = !paused && tries === 0;
  const key = paused ? `state.${paused}` : nextTryAt ? 'state.again' : n > 0 ? 'state.waiting' : 'state.good';
  return (
    <>
      <Sentence good={good} id="webhook-state" text={told(key as WebhooksKey, { n, tries, when: nextTryAt ? at(nextTryAt) : '' })} />
      {takenAt ? <span class="quiet block">{told('taken', { when: at(takenAt) })}</span> : null}
      {lastFailure ? (
        <span class="quiet block" data-testid="webhook-failure">
          {told('failed', { when: at(lastFailure.at), why: why(lastFailure) })}
        </span>
      ) : null}
    </>
  );
}

interface Shown {
  of: wire.Webhook;
  changed: (of: wire.Webhook) => void;
  left: (list: wire.Webhook[]) => void;
  secret: (of: wire.WebhookSecret) => void;
  again: () => void;
}

function One({ of, changed, left, secret, again }: Shown) {
  const [busy, setBusy] = useState(false);
  const [sure, setSure] = useState(false);
  const [tried, setTried] = useState<wire.WebhookTry | null>(null);
  const [trouble, setTrouble] = useState('');
  const act = <Done,>(asked: Promise<Done>, done: (it: Done) => void): void => {
    setBusy(true);
    setTrouble('');
    asked.then(done, (error: unknown) => setTrouble(explain(error))).then(() => setBusy(false));
  };
  const test = (): void => {
    setTried(null);
    act(wire.test(api(), of.id), (it) => {
      setTried(it);
      again();
    });
  };
  const kinds = of.kinds.map((kind) => told(`kind.${kind}` as WebhooksKey));
  return (
    <li class="card" data-testid="webhook" data-id={of.id}>
      <b>
        <bdi>{of.name}</bdi>
      </b>
      <span class="quiet block">
        <bdi dir="ltr">{of.url}</bdi>
      </span>
      <span class="quiet block">{kinds.length > 0 ? kinds.join(t('list.comma')) : told('kinds.all')}</span>
      <State of={of} />
      {tried ? (
        <Sentence
          good={tried.failure === null}
          id="webhook-tested"
          text={tried.failure === null ? told('test.good', { status: tried.status ?? '', ms: tried.ms }) : told('test.bad', { why: why(tried) })}
        />
      ) : null}
      {trouble ? <Sentence good={false} id="webhook-trouble" text={trouble} /> : null}
      {sure ? (
        <div class="pair">
          <button type="button" class="button small danger" disabled={busy} onClick={() => act(wire.remove(api(), of.id), (it) => left(it.webhooks))} data-testid="webhook-delete-sure">
            {told('delete.sure')}
          </button>
          <button type="button" class="button small" onClick={() => setSure(false)}>
            {told('keep')}
          </button>
        </div>
      ) : (
        <div class="pair">
          <button type="button" class="button small" disabled={busy} onClick={test} data-testid="webhook-test">
            {told('test')}
          </button>
          <button type="button" class="button small" disabled={busy} onClick={() => act(wire.change(api(), of.id, { paused: !of.paused }), changed)} data-testid="webhook-pause">
            {told(of.paused ? 'resume' : 'pause')}
          </button>
          <button type="button" class="button small" disabled={busy} onClick={() => act(wire.renew(api(), of.id), (it) => {
            changed(it.webhook);
            secret(it);
          })} data-testid="webhook-renew">
            {told('renew')}
          </button>
          <button type="button" class="button small" onClick={() => setSure(true)} data-testid="webhook-delete">
            {told('delete')}
          </button>
        </div>
      )}
    </li>
  );
}

function Field({ name, label, hint, value, set, error }: {
  name: 'name' | 'url';
  label: WebhooksKey;
  hint?: WebhooksKey;
  value: string;
  set: (value: string) => void;
  error: unknown;
}) {
  const wrong = notes(error, name);
  return (
    <>
      <label class="field">
        <span>{told(label)}</span>
        <input
          type="text"
          inputMode={name === 'url' ? 'url' : 'text'}
          name={name}
          value={value}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          aria-invalid={wrong.length > 0 ? true : undefined}
          onInput={(event) => set(event.currentTarget.value)}
          data-testid={`webhook-${name}`}
        />
      </label>
      {hint ? <p class="quiet small">{told(hint)}</p> : null}
      {wrong.map((text) => (
        <Sentence key={text} good={false} id={`webhook-note-${name}`} text={text} />
      ))}
    </>
  );
}

function Add({ kinds, made }: { kinds: wire.Webhook['kinds']; made: (of: wire.WebhookSecret) => void }) {
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [wanted, setWanted] = useState(kinds);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const send = (): void => {
    setBusy(true);
    setError(null);
    // All of them is also those to come.
    const some = wanted.length === kinds.length ? [] : wanted;
    wire
      .make(api(), { name, url, kinds: some })
      .then((it) => {
        setName('');
        setUrl('');
        made(it);
      }, setError)
      .then(() => setBusy(false));
  };
  const atFields = ['name', 'url'].some((field) => notes(error, field).length > 0);
  return (
    <form
      class="card book"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) send();
      }}
    >
      <h2>{told('add')}</h2>
      <Field name="name" label="field.name" value={name} set={setName} error={error} />
      <Field name="url" label="field.url" hint="field.url.hint" value={url} set={setUrl} error={error} />
      <fieldset class="group">
        <legend>{told('field.kinds')}</legend>
        <div class="choices">
          {kinds.map((kind) => (
            <label key={kind} class={wanted.includes(kind) ? 'choice chosen' : 'choice'}>
              <input
                type="checkbox"
                checked={wanted.includes(kind)}
                onChange={(event) => setWanted(kinds.filter((it) => (it === kind ? event.currentTarget.checked : wanted.includes(it))))}
                data-testid={`webhook-kind-${kind}`}
              />
              {told(`kind.${kind}` as WebhooksKey)}
            </label>
          ))}
        </div>
      </fieldset>
      {error && !atFields ? <Sentence good={false} id="webhook-add-trouble" text={words(error)} /> : null}
      <button type="submit" class="button main" disabled={busy || wanted.length === 0} data-testid="webhook-add">
        {told('add.send')}
      </button>
    </form>
  );
}

/** Programs of others that are told of bookings: how they are, and one more; for administrators. */
export function WebhooksPage() {
  const [all, setAll] = useState<wire.Webhooks | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [secret, setSecret] = useState<wire.WebhookSecret | null>(null);
  const load = (): void => {
    setError(null);
    wire.webhooks(api()).then(setAll, setError);
  };
  useEffect(() => {
    if (!me.value) loadMe().catch(() => undefined);
    load();
  }, []);
  useEffect(() => {
    document.title = `${told('title')} · ${t('app.name')}`;
  }, [language.value]);
  if (error instanceof Problem && error.status === 403) return <Empty title={told('title')} hint={told('forbidden')} />;
  if (error) return <Trouble error={error} retry={load} />;
  if (!all) return <Loading />;
  const put = (webhooks: wire.Webhook[]): void => setAll({ ...all, webhooks });
  const changed = (one: wire.Webhook): void => put(all.webhooks.map((it) => (it.id === one.id ? one : it)));
  return (
    <div class="page booking">
      <h1>{told('title')}</h1>
      <p class="quiet">{told('hint')}</p>
      {secret ? <Secret of={secret} close={() => setSecret(null)} /> : null}
      {all.webhooks.length === 0 ? <p class="quiet">{told('none')}</p> : null}
      <ul class="sessions">
        {all.webhooks.map((of) => (
          <One key={of.id} of={of} changed={changed} left={put} secret={setSecret} again={load} />
        ))}
      </ul>
      {all.webhooks.length < all.most ? (
        <Add
          kinds={all.kinds}
          made={(it) => {
            put([...all.webhooks, it.webhook]);
            setSecret(it);
            window.scrollTo(0, 0);
          }}
        />
      ) : (
        <p class="quiet">{told('full', { most: all.most })}</p>
      )}
    </div>
  );
}
