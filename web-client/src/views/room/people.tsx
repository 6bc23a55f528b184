import type { ParticipantInfo } from '../../protocol/wire.ts';
import { named, t } from '../../words/index.ts';
import { told } from '../../words/line.ts';
import { Icon } from '../icon.tsx';
import { roleName } from '../parts.tsx';
import { nameOf, roleOf } from './faces.ts';
import { Picture, Voice } from './media.tsx';
import type { RoomModel } from './model.ts';
import { StillPicture } from './side.tsx';
import { Brief, Sign } from './standing.tsx';
import { Withheld } from './withheld.tsx';

/** The track of this person's picture: the screen before the camera; empty without one. */
export function pictureSid(one: ParticipantInfo | undefined): string {
  const info = one?.tracks.filter((track) => track.type === 'VIDEO' && !track.muted) ?? [];
  return (info.find((track) => track.source === 'SCREEN_SHARE') ?? info[0])?.sid ?? '';
}

/** The picture that reaches us from this person; null without one, with the camera off, or in a mode without pictures. */
export function pictureOf(model: RoomModel, one: ParticipantInfo): MediaStreamTrack | null {
  const sid = pictureSid(one);
  const screen = one.tracks.some((track) => track.sid === sid && track.source === 'SCREEN_SHARE');
  if (!model.modes.pictures.value && !(screen && model.modes.present.value === 'slides')) return null;
  return model.tracks.value.find((track) => track.trackSid === sid)?.track ?? null;
}

const silent = (one: ParticipantInfo): boolean => !one.tracks.some((track) => track.type === 'AUDIO' && !track.muted);

/** Every voice of the room, played out of sight. */
export function Voices({ model }: { model: RoomModel }) {
  const voices = model.tracks.value.filter((one) => one.track.kind === 'audio');
  return (
    <div hidden>
      {voices.map(({ track, trackSid, participantSid }) => {
        const person = model.others.value.find((one) => one.sid === participantSid);
        return (
          <Voice
            key={trackSid}
            track={track}
            identity={person?.identity ?? ''}
            blocked={() => {
              model.silent.value = true;
            }}
          />
        );
      })}
    </div>
  );
}

function Label({ model, one, mine }: { model: RoomModel; one: ParticipantInfo; mine?: boolean }) {
  const mute = mine ? model.muted.value || !model.hasMicrophone.value : silent(one);
  const speaks = !mute && model.speaking.value.includes(one.sid);
  return (
    <span class="label">
      <bdi>{mine ? t('room.me', { name: nameOf(one) }) : nameOf(one)}</bdi>
      {roleOf(one) ? <span class="role"> · {roleName(roleOf(one))}</span> : null}
      {mute ? (
        <span class="state muted">
          {' '}
          <Icon name="micOff" /> <span>{t('room.muted')}</span>
        </span>
      ) : null}
      {speaks ? <span class="state speaking"> · {t('room.speaking')}</span> : null}
    </span>
  );
}

/** Somebody else, with a picture or with their name on a plain ground. */
export function Tile({ model, one, onPick }: { model: RoomModel; one: ParticipantInfo; onPick?: () => void }) {
  const picture = pictureOf(model, one);
  const speaks = model.speaking.value.includes(one.sid);
  void model.company.turn.value;
  const standing = model.company.presence.of(one.identity, Date.now());
  const paused = picture && model.withheld.value.some(({ track, state }) => state === 'paused' && track === pictureSid(one));
  const none = (
    <span class="nopicture">
      <span class="initial" aria-hidden="true">
        {[...nameOf(one)][0]}
      </span>
      <span>{model.modes.present.value === 'stills' ? told('still.none') : t('room.nopicture')}</span>
    </span>
  );
  const inside = (
    <>
      {picture ? (
        <Picture track={picture} testid="remote-video" identity={one.identity} />
      ) : (
        <StillPicture model={model} one={one} otherwise={none} />
      )}
      {paused ? <StillPicture model={model} one={one} otherwise={null} /> : null}
      <Sign name={nameOf(one)} identity={one.identity} standing={standing} />
      {picture ? <Withheld model={model} trackSid={pictureSid(one)} name={nameOf(one)} /> : null}
      <Label model={model} one={one} />
    </>
  );
  const name = speaks ? 'tile speaks' : 'tile';
  if (!onPick) return <div class={name}>{inside}</div>;
  return (
    <button type="button" class={name} onClick={onPick} aria-label={t('room.stage', { name: nameOf(one) })}>
      {inside}
    </button>
  );
}

/** Our own picture, as in a mirror. */
export function Own({ model }: { model: RoomModel }) {
  const mine = model.myself.value;
  const camera = model.camera.value;
  return (
    <div class="tile own" data-testid="own-tile">
      {camera ? (
        <Picture track={camera} testid="own-video" mirror />
      ) : (
        <span class="nopicture">
          <Icon name="cameraOff" />
        </span>
      )}
      {mine ? <Label model={model} one={mine} mine /> : <span class="label">{t('role.me')}</span>}
    </div>
  );
}

export function People({ model }: { model: RoomModel }) {
  const mine = model.myself.value;
  const all = mine ? [mine, ...model.others.value] : model.others.value;
  const missed = model.company.missed();
  const never = model.company.never(model.others.value, mine?.identity ?? '');
  const how = (one: ParticipantInfo) => model.company.presence.of(one.identity, Date.now())?.how;
  return (
    <section class="people" aria-label={t('room.people', { n: all.length })}>
      <h2>{t('room.people', { n: all.length })}</h2>
      <ul>
        {all.map((one) => (
          <li key={one.sid} data-testid="room-person" data-identity={one.identity}>
            <bdi>{one === mine ? t('room.me', { name: nameOf(one) }) : nameOf(one)}</bdi>
            <span class="quiet">
              <Brief how={one === mine ? undefined : how(one)} />{' '}
              {roleName(roleOf(one) || (one === mine ? model.myRole.value : ''))}
            </span>
          </li>
        ))}
        {missed.map((one) => (
          <li key={one.info.identity} data-testid="absent-person" data-identity={one.info.identity} data-how={one.how}>
            <bdi>{nameOf(one.info)}</bdi>
            <span class="quiet">
              <Brief how={one.how} />
            </span>
          </li>
        ))}
        {never.map((one) => (
          <li key={one.personId} data-testid="absent-person" data-identity={one.personId} data-how="never">
            <bdi>{named(one)}</bdi>
            <span class="quiet">
              <Brief how="never" />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
