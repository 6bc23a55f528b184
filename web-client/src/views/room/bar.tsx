import type { ComponentChildren } from 'preact';
import { clock } from '../../protocol/when.ts';
import { type Key, language, speak, t } from '../../words/index.ts';
import { Icon, type IconName } from '../icon.tsx';
import { useFile, useTick } from '../parts.tsx';
import { ClosingBanner } from './closing.tsx';
import type { Device, RoomModel } from './model.ts';
import { ModeBanner, Used } from './modes.tsx';
import { WeakSide } from './side.tsx';

/** Above this many tries without media the likely cause is told. */
const HINT_AFTER = 3;

/** Title, recording sign, line and megabytes. */
export function Bar({ model }: { model: RoomModel }) {
  const rtt = model.usage.rttMs.value;
  const state = model.connection.value;
  return (
    <div class="bar">
      <h1>
        <bdi>{model.title.value}</bdi>
      </h1>
      {model.recording.value ? (
        <span class="rec" data-testid="room-recording" role="status">
          {t('room.recording')}
        </span>
      ) : null}
      <span class={`connection ${state}`} data-testid="connection-state" data-state={state}>
        {state === 'connected' && rtt !== null ? t('room.line', { rtt }) : t(barWords[state] ?? 'room.connection.joining')}
      </span>
      <Used model={model} />
      {model.caseId ? (
        <a class="tongue" href={`#/cases/${model.caseId}`} target="_blank" rel="noopener" data-testid="room-case">
          {t('room.case')}
        </a>
      ) : null}
      <button
        type="button"
        class="tongue"
        lang={language.value === 'zh' ? 'en' : 'zh-CN'}
        title={t('lang.label')}
        onClick={() => void speak(language.value === 'zh' ? 'en' : 'zh')}
        data-testid="room-lang-switch"
      >
        {t('lang.switch')}
      </button>
    </div>
  );
}

const barWords: Record<string, Key> = {
  joining: 'room.connection.joining',
  connected: 'room.connection.connected',
  waiting: 'room.connection.joining',
  left: 'room.left',
};

function Waiting({ model }: { model: RoomModel }) {
  useTick(500);
  return (
    <div class="banner warn" role="status" data-testid="room-waiting">
      {t('room.connection.waiting', { time: clock(Date.now() - model.waitingSince.value) })}
      {model.tries.value > HINT_AFTER ? <span class="block">{t('room.connection.hint')}</span> : null}
    </div>
  );
}

/** What has become of a microphone or camera, and the way on. */
function DeviceAlert({ model, device }: { model: RoomModel; device: Device }) {
  const alert = model.alerts.value[device];
  if (!alert) return null;
  const label = 'label' in alert ? alert.label : '';
  const ours = ['gone', 'silenced', 'switched', 'taken', 'plugged'].includes(alert.why);
  const key = (ours ? `device.${alert.why}` : `join.missing.${alert.why}`) as Key;
  return (
    <div class="banner warn" role="alert" data-testid="device-alert" data-device={device} data-why={alert.why}>
      {t(key, { device: t(`join.${device}`), label })}{' '}
      {alert.why === 'plugged' ? (
        <button
          type="button"
          class="button small"
          onClick={() => void model.sources[device].open(alert.deviceId)}
          data-testid="device-use"
        >
          {t('device.use')}
        </button>
      ) : null}
    </div>
  );
}

/** Why nothing is heard and seen yet; for the patient's doctor what there is to do about it, which comes when it is needed. */
function Waits({ model }: { model: RoomModel }) {
  const file = useFile(() => import('../cases/before_talk.tsx'));
  const waits = model.waits.value;
  return (
    <>
      {waits ? (
        <div class="banner warn" role="status" data-testid="room-waits">
          {t('room.waits')}
        </div>
      ) : null}
      {file ? <file.InRoom model={model} /> : null}
    </>
  );
}

/** What the person has to know now; every line in words, none needs an answer. */
export function Banners({ model }: { model: RoomModel }) {
  return (
    <>
      {model.connection.value === 'waiting' ? <Waiting model={model} /> : null}
      {model.connection.value === 'connected' ? <WeakSide model={model} /> : null}
      {model.noting.value ? <Waits model={model} /> : null}
      <ClosingBanner closing={model.closing.value} />
      {model.silent.value ? (
        <button type="button" class="button main" onClick={() => unblock(model)} data-testid="room-unblock">
          {t('room.unblock')}
        </button>
      ) : null}
      {model.table.called.value ? (
        <div class="banner call" role="alert" data-testid="hand-called">
          <Icon name="mic" /> {t('class.called')}
        </div>
      ) : null}
      <DeviceAlert model={model} device="microphone" />
      <DeviceAlert model={model} device="camera" />
      <ModeBanner model={model} />
    </>
  );
}

function unblock(model: RoomModel): void {
  model.silent.value = false;
  document.querySelectorAll('audio').forEach((audio) => void audio.play());
}

interface ControlProps {
  icon: IconName;
  text: string;
  testid: string;
  act: () => void;
  pressed?: boolean;
  look?: 'off' | 'leave' | 'call' | undefined;
}

export function Control({ icon, text, testid, act, pressed, look }: ControlProps) {
  return (
    <button type="button" class={`control ${look ?? ''}`} onClick={act} aria-pressed={pressed} data-testid={testid}>
      <Icon name={icon} />
      <span>{text}</span>
    </button>
  );
}

/** The buttons of everybody; `children` are those of one kind of page. */
export function Controls({ model, children }: { model: RoomModel; children?: ComponentChildren }) {
  const off = model.muted.value || !model.hasMicrophone.value;
  const camera = model.camera.value !== null;
  const saver = model.saver.value;
  const lead = useFile(() => import('./lead.tsx'), model.leads);
  return (
    <div class="controls" role="toolbar">
      <Control
        icon={off ? 'micOff' : 'mic'}
        text={t(off ? 'room.unmute' : 'room.mute')}
        testid="room-mute"
        pressed={off}
        look={model.table.called.value ? 'call' : off ? 'off' : undefined}
        act={() => void model.toggleMicrophone()}
      />
      {model.modes.pictures.value ? (
        <Control
          icon={camera ? 'camera' : 'cameraOff'}
          text={t(camera ? 'room.camera.off' : 'room.camera.on')}
          testid="room-camera"
          pressed={!camera}
          look={camera ? undefined : 'off'}
          act={() => void model.toggleCamera()}
        />
      ) : null}
      {children}
      <Control
        icon="leaf"
        text={t(saver ? 'room.saver.off' : 'room.saver.on')}
        testid="room-saver"
        pressed={saver}
        look={saver ? 'off' : undefined}
        act={() => model.toggleSaver()}
      />
      <Control icon="leave" text={t('room.leave')} testid="room-leave" look="leave" act={() => model.leave()} />
      {lead ? <lead.Lead model={model} /> : null}
    </div>
  );
}
