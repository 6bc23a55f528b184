import { useState } from 'preact/hooks';
import { type Code, pair } from '../../protocol/device.ts';
import { told } from '../../words/device.ts';
import { DigitsField } from '../digits.tsx';
import { Icon } from '../icon.tsx';
import { Insecure } from '../parts.tsx';
import { deviceWords } from './words.ts';

/** Makes this browser a device: by the secret of the link that led here, or by six digits. */
export function Pairing({ once, paired }: { once: string; paired: () => void }) {
  const [link, setLink] = useState(once);
  const [digits, setDigits] = useState('');
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setTrouble('');
    const code: Code = link ? { once: link } : { digits };
    pair(code).then(paired, (error: unknown) => {
      setTrouble(deviceWords(error));
      // A link that opens nothing leaves room for the digits.
      setLink('');
      setBusy(false);
    });
  };
  if (globalThis.isSecureContext === false) return <Insecure />;
  return (
    <form class="card book" noValidate onSubmit={submit} data-testid="device-pairing">
      {link ? (
        <p>{told('pair.link')}</p>
      ) : (
        <DigitsField label={told('pair.digits')} typed={digits} type={setDigits} wrong={trouble !== ''} id="device-digits" />
      )}
      <p class="quiet">{told('pair.hint')}</p>
      {trouble ? (
        <p class="sentence bad" role="alert" data-testid="device-trouble">
          <Icon name="alert" /> <span>{trouble}</span>
        </p>
      ) : null}
      <button type="submit" class="button main" disabled={busy} data-testid="device-pair">
        {told(busy ? 'pair.busy' : 'pair.go')}
      </button>
    </form>
  );
}
