import type { Case } from '../../protocol/cases.ts';
import { told } from '../../words/consents.ts';
import { named } from '../../words/index.ts';
import { Icon } from '../icon.tsx';
import type { RoomModel } from '../room/model.ts';

/** What a talk waits for, each with its light: who is booked, one's own microphone, the patient's identity and consent. */
export function Ready({ model, of }: { model: RoomModel; of: Case | null }) {
  const mine = model.myself.value?.identity ?? '';
  const missing = model.company.never(model.others.value, mine);
  const lost = model.company.missed().map((one) => one.info.identity);
  const others = model.company.expected.value.filter((one) => one.personId !== mine);
  const lights: [string, string, boolean][] = [
    ...others.map((one): [string, string, boolean] => [one.personId, named(one), !missing.includes(one) && !lost.includes(one.personId)]),
    ['microphone', told('ready.microphone'), model.hasMicrophone.value && !model.muted.value],
  ];
  // Who cannot note it does not read the case again and again, which is written down each time: the room says when it is done.
  if (of?.steps.includes('consent')) {
    lights.push(['attested', told('ready.attested'), of.attested], ['consent', told('ready.consent'), of.consents.includes('consultation')]);
  } else lights.push(['consent', told('ready.patient'), !model.waits.value]);
  return (
    <section class="card" data-testid="ready">
      <h2>{told(lights.every(([, , on]) => on) ? 'ready.all' : 'ready')}</h2>
      <ul class="ready">
        {lights.map(([name, text, on]) => (
          <li key={name} class={on ? 'sentence good' : 'sentence'} data-testid={`ready-${name}`} data-on={on}>
            {on ? <Icon name="check" /> : <span aria-hidden="true">○</span>} <bdi>{text}</bdi>
            <span class="sr">{told(on ? 'ready.yes' : 'ready.no')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
