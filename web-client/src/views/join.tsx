import { useEffect, useRef, useState } from 'preact/hooks';
import type { Role, Session } from '../protocol/api.ts';
import { type Missing, missing, open, type Want } from '../protocol/camera.ts';
import { checkLine, type Line, verdict } from '../protocol/line.ts';
import { forecast, lesser, lesserWant, type Mode, MODES, modeNamed, sends } from '../protocol/mode.ts';
import { minutesLeft } from '../protocol/today.ts';
import { moment } from '../protocol/when.ts';
import { type Key, t } from '../words/index.ts';
import { hand } from './devices.ts';
import { Icon } from './icon.tsx';
import { Meter } from './meter.tsx';
import { Insecure, Loading, Range, Trouble, useLoad, useTick, With } from './parts.tsx';
import { go } from './router.ts';
import { api, device, kept, loadMe, me, serverNow } from './store.ts';

/** The door opens so long before the start and shuts so long after the end, milliseconds. */
const EARLY = 15 * 60_000;
const LATE = 15 * 60_000;

/** After this the line is measured again by itself where no server answered, milliseconds. */
const LOOK_AGAIN = 5_000;

/** Roles beside whom patients and pupils sit. */
const asksGuests: Role[] = ['village_doctor', 'lead_teacher', 'classroom'];

interface Device {
  track: MediaStreamTrack | null;
  why: Missing | null;
  again: () => void;
}

/** Opens one device while it is wanted; what is not handed on to the room is closed. */
function useDevice(kind: 'audio' | 'video', wanted: boolean, keep: { current: boolean }): Device {
  const [track, setTrack] = useState<MediaStreamTrack | null>(null);
  const [why, setWhy] = useState<Missing | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    setWhy(null);
    if (!wanted) return undefined;
    let current = true;
    let opened: MediaStreamTrack | null = null;
    open(kind).then(
      (found) => {
        opened = found;
        if (!current) return found.stop();
        found.onended = () => setWhy('absent');
        return setTrack(found);
      },
      (error: unknown) => current && setWhy(missing(error)),
    );
    return () => {
      current = false;
      if (!keep.current) opened?.stop();
      setTrack(null);
    };
  }, [kind, wanted, turn]);
  return { track, why, again: () => setTurn((n) => n + 1) };
}

function Sentence({ good, bad, children }: { good?: boolean; bad?: boolean; children: preact.ComponentChildren }) {
  return (
    <p class={bad ? 'sentence bad' : good ? 'sentence good' : 'sentence'} role="status">
      {good || bad ? <Icon name={good ? 'check' : 'alert'} /> : null}
      <span>{children}</span>
    </p>
  );
}

function Repair({ device, name }: { device: Device; name: string }) {
  if (!device.why) return null;
  return (
    <>
      <Sentence bad>{t(`join.missing.${device.why}` as Key, { device: name })}</Sentence>
      <button type="button" class="button small" onClick={device.again}>
        {t('action.retry')}
      </button>
    </>
  );
}

function CameraCheck({ device, wanted }: { device: Device; wanted: boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = device.track ? new MediaStream([device.track]) : null;
  }, [device.track]);
  return (
    <section class="card check" data-testid="join-camera" data-ok={String(device.track !== null && !device.why)}>
      <h2>
        <Icon name="camera" /> {t('join.camera')}
      </h2>
      <div class="frame preview">
        <video ref={video} autoplay muted playsInline class="mirror" />
        {device.track ? null : <p class="over">{t(wanted && !device.why ? 'join.camera.wait' : 'join.camera.off')}</p>}
      </div>
      {device.track && !device.why ? <Sentence good>{t('join.camera.ok')}</Sentence> : null}
      <Repair device={device} name={t('join.camera')} />
    </section>
  );
}

function MicrophoneCheck({ device, wanted }: { device: Device; wanted: boolean }) {
  const [heard, setHeard] = useState(false);
  return (
    <section class="card check" data-testid="join-microphone" data-ok={String(heard)}>
      <h2>
        <Icon name="mic" /> {t('join.microphone')}
      </h2>
      {device.track ? (
        <>
          <Meter track={device.track} heard={() => setHeard(true)} />
          <Sentence good={heard}>{t(heard ? 'join.microphone.ok' : 'join.microphone.say')}</Sentence>
        </>
      ) : device.why ? null : (
        <Sentence>{t(wanted ? 'join.microphone.wait' : 'join.microphone.off')}</Sentence>
      )}
      <Repair device={device} name={t('join.microphone')} />
    </section>
  );
}

const speed = (kbps: number | null): string => {
  if (kbps === null) return t('join.line.unknown');
  // A probe of 64 kB says nothing about more.
  if (kbps >= 20_000) return '20+ Mbit/s';
  return kbps >= 1000 ? `${(kbps / 1000).toFixed(1)} Mbit/s` : `${kbps} kbit/s`;
};

interface LineProps {
  found: Line | null;
  again: () => void;
}

function LineCheck({ found, again }: LineProps) {
  const result = found ? verdict(found) : null;
  return (
    <section class="card check" data-testid="join-line" data-verdict={result ?? 'wait'}>
      <h2>
        <Icon name="line" /> {t('join.line')}
      </h2>
      {found && result ? (
        <>
          <Sentence good={result === 'good' || result === 'thin'} bad={result !== 'good' && result !== 'thin'}>
            {t(`join.line.${result}` as Key)}
          </Sentence>
          {found.rttMs === null ? null : (
            <p class="quiet small">
              <bdi>
                {t('join.line.numbers', {
                  rtt: Math.round(found.rttMs),
                  down: speed(found.downKbps),
                  up: speed(found.upKbps),
                })}
              </bdi>
            </p>
          )}
        </>
      ) : (
        <Sentence>{t('join.line.wait')}</Sentence>
      )}
      {found ? (
        <button type="button" class="button small" onClick={again}>
          {t('join.line.again')}
        </button>
      ) : null}
    </section>
  );
}

interface ModeProps {
  mode: Mode;
  /** The most that the site may have. */
  most: Mode;
  /** Megabytes that may be used in this session; null without a bound. */
  budget: number | null;
  choose: (mode: Mode) => void;
  others: number;
  /** How long the session lasts from now on. */
  minutes: number;
}

/** How much is sent and received, and what each choice takes. */
function Cost({ mode, most, budget, choose, others, minutes }: ModeProps) {
  const takes = forecast(mode, minutes, others);
  return (
    <fieldset class="how modes">
      <legend data-testid="join-cost">{t('join.cost', { minutes, mb: takes })}</legend>
      {budget === null ? null : (
        <p class="sentence wide" data-testid="join-budget">
          {t(takes > budget ? 'join.budget.short' : 'join.budget', { mb: budget })}
        </p>
      )}
      {MODES.filter((one) => lesser(one, most) === one).map((one) => (
        <label key={one} class={mode === one ? 'choice chosen' : 'choice'}>
          <input type="radio" name="mode" checked={mode === one} onChange={() => choose(one)} data-testid={`join-mode-${one}`} />
          <span>
            {t(`mode.${one}`)} <bdi class="quiet small">{t('mode.takes', { mb: forecast(one, minutes, others) })}</bdi>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function How({ want, choose, advised }: { want: Want; choose: (want: Want) => void; advised: boolean }) {
  return (
    <fieldset class="how">
      <legend>{t('join.how')}</legend>
      {advised ? (
        <p class="sentence wide" role="status" data-testid="join-advised">
          {t('join.advised')}
        </p>
      ) : null}
      {(['full', 'sound', 'watch'] as const).map((one) => (
        <label key={one} class={want === one ? 'choice chosen' : 'choice'}>
          <input
            type="radio"
            name="how"
            checked={want === one}
            onChange={() => choose(one)}
            data-testid={`join-${one}`}
          />
          {t(`join.${one}`)}
        </label>
      ))}
    </fieldset>
  );
}

function Checks({ session }: { session: Session }) {
  useTick(10_000);
  // Null until the person has chosen: a line that is too slow for pictures then chooses sound.
  const [chosen, choose] = useState<Want | null>(null);
  const keep = useRef(false);
  const [line, setLine] = useState<Line | null>(null);
  const result = line ? verdict(line) : null;
  const advised = chosen === null && (result === 'sound' || result === 'bad');
  const served = me.value?.reception;
  const most = served?.modeMost ?? 'full';
  const [mode, setMode] = useState<Mode>(lesser(modeNamed(device.read('mode')) ?? served?.mode ?? 'full', most));
  const amounts = [served?.sessionMb, served?.monthMb].filter((mb): mb is number => typeof mb === 'number');
  const budget = amounts.length > 0 ? Math.min(...amounts) : null;
  const want = lesserWant(chosen ?? (advised ? 'sound' : 'full'), sends(mode));
  const chooseMode = (one: Mode): void => {
    device.write('mode', one);
    setMode(one);
  };
  const chooseWant = (one: Want): void => {
    // Who wants to show itself wants a mode that has pictures.
    if (lesserWant(one, sends(mode)) !== one) chooseMode(most);
    choose(one);
  };
  const camera = useDevice('video', want === 'full', keep);
  const microphone = useDevice('audio', want !== 'watch', keep);
  const measure = (): void => {
    setLine(null);
    void checkLine().then(setLine);
  };
  useEffect(measure, []);
  useEffect(() => {
    // The server is away: it is looked for again until it is there.
    const timer = result === 'none' ? window.setTimeout(measure, LOOK_AGAIN) : 0;
    return () => window.clearTimeout(timer);
  }, [line]);
  const person = me.value?.person.id ?? '';
  const others = Math.max(1, session.participants.filter((p) => p.personId !== person).length);
  const opens = Date.parse(session.startsAt) - EARLY;
  const early = serverNow() < opens && !session.joinable;
  const over = session.endedAt !== null || serverNow() > Date.parse(session.endsAt) + LATE;
  const minutes = minutesLeft(session, serverNow());
  const role = session.participants.find((p) => p.personId === person)?.role;
  const enter = (): void => {
    keep.current = true;
    hand({ session: session.id, microphone: microphone.track, camera: camera.track });
    // A classroom comes in muted: thirty children are louder than their teacher.
    kept.write(`chosen.${session.id}`, null);
    kept.write(`guest.${session.id}`, null);
    kept.write(`manner.${session.id}`, JSON.stringify({ want, muted: role === 'classroom' }));
    go(`/room/${session.id}`);
  };
  return (
    <div class="page join">
      <p class="eyebrow">
        <span class="tag">{t(`kind.${session.kind}`)}</span> <Range from={session.startsAt} to={session.endsAt} day={moment(serverNow()).day} />
      </p>
      <h1>
        <bdi>{session.title}</bdi>
      </h1>
      <With session={session} except={person} />
      {session.recording ? <p class="recorded">{t('join.records')}</p> : null}
      {role && asksGuests.includes(role) && !over ? (
        <a class="button small" href={`#/guests/${session.id}`} data-testid="join-guests">
          {t('join.guests')}
        </a>
      ) : null}
      <How want={want} choose={chooseWant} advised={advised} />
      <Cost mode={mode} most={most} budget={budget} choose={chooseMode} others={others} minutes={minutes} />
      <h2 class="later">{t('join.title')}</h2>
      {globalThis.isSecureContext === false ? <Insecure /> : null}
      <div class="checks">
        <CameraCheck device={camera} wanted={want === 'full'} />
        <MicrophoneCheck device={microphone} wanted={want !== 'watch'} />
        <LineCheck found={line} again={measure} />
      </div>
      <div class="dock">
        <button type="button" class="button main" disabled={early || over} onClick={enter} data-testid="join-enter">
          {t('join.enter')}
        </button>
        {early ? <p class="hint">{t('join.early', { time: moment(opens).time })}</p> : null}
        {over ? <p class="hint">{t('join.over')}</p> : null}
      </div>
    </div>
  );
}

/** Camera, microphone and line, looked at before entering. */
export function Join({ id }: { id: string }) {
  // Who we are decides who the others are, and whether we come in muted.
  const load = async (): Promise<Session> => {
    if (!me.value) await loadMe();
    return api().session(id);
  };
  const { value, error, again } = useLoad(load, id);
  if (error) return <Trouble error={error} retry={again} />;
  return value ? <Checks session={value} /> : <Loading />;
}
