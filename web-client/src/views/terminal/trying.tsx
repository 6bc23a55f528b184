import { useState } from 'preact/hooks';
import { open } from '../../protocol/camera.ts';
import { told } from '../../words/device.ts';
import { device } from '../store.ts';

/** Under this the device remembers that camera and microphone were given. */
const GIVEN = 'device.given';

/** One press the first time: the browser asks for camera and microphone while somebody stands there. */
export function TryDevices() {
  const [state, setState] = useState(device.read(GIVEN) ? 'known' : 'asked');
  const press = (): void => {
    Promise.all([open('audio'), open('video')]).then(
      (tracks) => {
        for (const track of tracks) track.stop();
        device.write(GIVEN, '1');
        setState('good');
      },
      () => setState('bad'),
    );
  };
  if (state === 'known') return null;
  if (state === 'good') return <p role="status">{told('try.good')}</p>;
  return (
    <section class="card">
      <p class="quiet">{told('try.hint')}</p>
      {state === 'bad' ? (
        <p class="bad" role="alert">
          {told('try.bad')}
        </p>
      ) : null}
      <button type="button" class="button" onClick={press} data-testid="device-try">
        {told('try')}
      </button>
    </section>
  );
}
