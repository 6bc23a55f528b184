import { useEffect, useMemo, useState } from 'preact/hooks';
import classes from '../../style/class.css?inline';
import phone from '../../style/phone.css?inline';
import walls from '../../style/room.css?inline';
import { type Key, t } from '../../words/index.ts';
import { Loading, Trouble } from '../parts.tsx';
import { here } from '../router.ts';
import { insertStyle } from '../sheet.ts';
import { kept } from '../store.ts';
import { byItself, useTurn } from '../terminal/turn.ts';
import { Classroom } from './classroom.tsx';
import { closedWords } from './closing.tsx';
import { Consultation } from './consultation.tsx';
import { RoomModel } from './model.ts';
import { Teacher } from './teacher.tsx';

// The room's own style comes with its script: nobody else needs it, and a file of its own would cost a round trip.
insertStyle(walls + classes + phone);

/** Where one goes from here: a guest and a device have no home page. */
const back = (id: string): string => (byItself(id) ? '#/device' : kept.read(`guest.${id}`) ? '#/t' : '#/home');

const goodbyes: Record<string, Key> = {
  PARTICIPANT_REMOVED: 'room.left.removed',
};

function Left({ model, again }: { model: RoomModel; again: () => void }) {
  if (model.dismissal.value === 'DUPLICATE_IDENTITY') {
    return (
      <section class="card empty left" data-testid="room-elsewhere">
        <p class="sr" data-testid="connection-state" data-state="left" />
        <h1>{t('room.elsewhere')}</h1>
        <p>{t('room.elsewhere.hint')}</p>
        <button type="button" class="button main" onClick={again} data-testid="room-take-over">
          {t('room.takeover')}
        </button>
        <a class="button" href={back(model.id)} data-testid="room-home">
          {t('action.home')}
        </a>
      </section>
    );
  }
  const closed = closedWords(model.dismissal.value, model.closing.value);
  const why = closed ?? goodbyes[model.dismissal.value];
  return (
    <section class="card empty left" data-testid="room-left">
      <p class="sr" data-testid="connection-state" data-state="left" />
      <h1>{t(closed ? 'room.closed' : 'room.left')}</h1>
      {why ? <p>{t(why)}</p> : null}
      <a class="button main" href={back(model.id)} data-testid="room-home">
        {t('action.home')}
      </a>
      {closed ? null : (
        <button type="button" class="button" onClick={again} data-testid="room-again">
          {t('room.again')}
        </button>
      )}
    </section>
  );
}

/** One session's page from the first connection to the goodbye. */
export function Room({ id }: { id: string }) {
  const [turn, setTurn] = useState(0);
  const guest = useMemo(() => here.value.query.get('token'), [id]);
  const model = useMemo(() => new RoomModel(id, guest), [id, turn]);
  useEffect(() => {
    model.start();
    return () => model.stop();
  }, [model]);
  const again = (): void => {
    model.choose();
    setTurn((n) => n + 1);
  };
  const state = model.connection.value;
  const out = state === 'left' || state === 'refused';
  useTurn(id, out);
  if (out && byItself(id)) return <Loading />;
  if (state === 'refused') {
    return (
      <div class="page">
        <p class="sr" data-testid="connection-state" data-state="refused" />
        <Trouble error={model.problem.value} retry={again} />
        <a class="button" href={back(id)}>
          {t('action.home')}
        </a>
      </div>
    );
  }
  if (state === 'left') return <Left model={model} again={again} />;
  if (!model.kind.value) {
    return (
      <>
        <p class="sr" data-testid="connection-state" data-state={state} />
        <Loading />
      </>
    );
  }
  if (model.kind.value === 'consultation') return <Consultation model={model} />;
  return model.myRole.value === 'lead_teacher' ? <Teacher model={model} /> : <Classroom model={model} />;
}
