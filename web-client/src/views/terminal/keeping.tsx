import { useEffect, useState } from 'preact/hooks';
import { type PairingCode, type TerminalDevice, type TerminalDevices, devices, makeCode, revoke } from '../../protocol/devices.ts';
import { moment } from '../../protocol/when.ts';
import slip from '../../style/slip.css?inline';
import { told } from '../../words/device.ts';
import { language, named, t } from '../../words/index.ts';
import { SquareCode } from '../code.tsx';
import { useCopy } from '../copying.ts';
import { insertStyle } from '../sheet.ts';
import { Icon } from '../icon.tsx';
import { Loading, Name, Trouble, useLoad, whenWords } from '../parts.tsx';
import { api, loadMe, me } from '../store.ts';
import { deviceWords } from './words.ts';

insertStyle(slip);

/** The list is looked at again so often, milliseconds: a device is paired elsewhere. */
const LOOK = 5_000;

const when = (at: string): string => whenWords(Date.parse(at));

function Refusal({ children }: { children: string }) {
  return (
    <p class="sentence bad" role="alert" data-testid="devices-trouble">
      <Icon name="alert" /> <span>{children}</span>
    </p>
  );
}

/** A device, with a revocation that asks once more. */
function Row({ device, terminal, changed }: { device: TerminalDevice; terminal: string; changed: (list: TerminalDevices) => void }) {
  const [sure, setSure] = useState(false);
  const [trouble, setTrouble] = useState('');
  const take = (): void => {
    revoke(api(), terminal, device.id).then(changed, (why: unknown) => setTrouble(deviceWords(why)));
  };
  const by = named({ names: device.pairedByNames });
  return (
    <li class={device.revokedAt ? 'session faded' : 'session'} data-testid="devices-row" data-id={device.id} data-revoked={device.revokedAt !== null}>
      <span class="what">
        <b>
          <bdi>{device.name}</bdi>
        </b>
        <span class="quiet block">{told('keep.paired', { when: when(device.pairedAt), name: by })}</span>
        <span class="quiet block">
          {device.revokedAt ? told('keep.revoked', { when: when(device.revokedAt) }) : told('keep.seen', { when: when(device.seenAt) })}
        </span>
        {sure && !device.revokedAt ? <span class="block">{told('keep.revoke.hint')}</span> : null}
        {trouble ? <Refusal>{trouble}</Refusal> : null}
      </span>
      {device.revokedAt ? null : sure ? (
        <span class="pair">
          <button type="button" class="button small danger" onClick={take} data-testid="devices-revoke-sure">
            {told('keep.revoke.sure')}
          </button>
          <button type="button" class="button small" onClick={() => setSure(false)}>
            {told('keep.revoke.keep')}
          </button>
        </span>
      ) : (
        <button type="button" class="button small" aria-label={`${told('keep.revoke')} ${device.name}`} onClick={() => setSure(true)} data-testid="devices-revoke">
          {told('keep.revoke')}
        </button>
      )}
    </li>
  );
}

/** A code that is shown once. */
function Code({ code }: { code: PairingCode }) {
  const address = `${location.origin}/#/device?once=${code.once}`;
  const { copied, copy } = useCopy(address);
  const time = (at: string): string => moment(Date.parse(at)).time;
  return (
    <section class="card slip" data-testid="devices-code" data-address={address}>
      <h2>{told('keep.code', { name: code.name })}</h2>
      <SquareCode text={address} label={told('keep.code', { name: code.name })} />
      <p>{told('keep.scan', { address: `${location.host}/#/device` })}</p>
      <p class="digits" dir="ltr" data-testid="devices-digits">
        {code.digits.slice(0, 3)} {code.digits.slice(3)}
      </p>
      <p class="quiet">{told('keep.ends', { digits: time(code.digitsEndAt), link: when(code.linkEndsAt) })}</p>
      <button type="button" class="button small" onClick={copy}>
        {told(copied ? 'keep.copied' : 'keep.copy')}
      </button>
    </section>
  );
}

function Found({ id, first }: { id: string; first: TerminalDevices }) {
  const [found, setFound] = useState(first);
  const [code, setCode] = useState<PairingCode | null>(null);
  /** How many devices there were when the code was made: one more has used it. */
  const [had, setHad] = useState(0);
  const [name, setName] = useState('');
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  useEffect(() => {
    const look = (): void => {
      if (!document.hidden) devices(api(), id).then(setFound, () => undefined);
    };
    const timer = window.setInterval(look, LOOK);
    return () => window.clearInterval(timer);
  }, [id]);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setTrouble('');
    makeCode(api(), id, name)
      .then(
        (made) => {
          setName('');
          setHad(found.devices.length);
          setCode(made);
        },
        (why: unknown) => setTrouble(deviceWords(why)),
      )
      .then(() => setBusy(false));
  };
  return (
    <div class="page">
      <p class="eyebrow">
        <Name of={found.site} /> · <Name of={found.room} /> · <Name of={found.terminal} />
      </p>
      <h1>{told('keep.title')}</h1>
      <p class="quiet">{told('keep.hint')}</p>
      {code && found.devices.length <= had ? <Code key={code.once} code={code} /> : null}
      <form class="card book" noValidate onSubmit={submit}>
        <label class="field">
          <span>{told('keep.name')}</span>
          <input
            type="text"
            value={name}
            maxLength={100}
            autocomplete="off"
            placeholder={named(found.terminal)}
            aria-invalid={trouble ? true : undefined}
            onInput={(event) => setName(event.currentTarget.value)}
            data-testid="devices-name"
          />
        </label>
        {found.codeEndsAt && !code ? <p class="quiet">{told('keep.pending', { when: when(found.codeEndsAt) })}</p> : null}
        {trouble ? <Refusal>{trouble}</Refusal> : null}
        <button type="submit" class="button main" disabled={busy} data-testid="devices-make">
          {told('keep.make')}
        </button>
      </form>
      <h2 class="later">{told('keep.list')}</h2>
      {found.devices.length === 0 ? <p class="quiet">{told('keep.none')}</p> : null}
      <ul class="sessions">
        {found.devices.map((device) => (
          <Row key={device.id} device={device} terminal={id} changed={setFound} />
        ))}
      </ul>
      <p>
        {me.value?.can.administer ? (
          <a class="button" href="#/register/terminal">
            {told('keep.back')}
          </a>
        ) : (
          <a class="button" href="#/book/screens">
            {told('screens.back.to')}
          </a>
        )}
      </p>
    </div>
  );
}

/** The devices of one terminal: paired by a code, seen, revoked. */
export function Keeping({ id }: { id: string }) {
  const load = async (): Promise<TerminalDevices> => {
    if (!me.value) await loadMe();
    return devices(api(), id);
  };
  const { value, error, again } = useLoad(load, id);
  useEffect(() => {
    document.title = `${told('keep.title')} · ${t('app.name')}`;
  }, [language.value]);
  if (error) return <Trouble error={error} retry={again} />;
  return value ? <Found id={id} first={value} /> : <Loading />;
}
