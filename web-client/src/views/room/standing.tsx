import type { Absent, Standing } from '../../protocol/presence.ts';
import { clock } from '../../protocol/when.ts';
import { named, t } from '../../words/index.ts';
import { Icon } from '../icon.tsx';
import { nameOf, roleOf } from './faces.ts';
import { roleName, useTick } from '../parts.tsx';
import type { RoomModel } from './model.ts';

/** How somebody's line is, in a sentence that names them; empty when all is well. */
export function sentence(name: string, standing: Standing | null): string {
  if (!standing) return '';
  if (standing.how !== 'lost') return t(`line.${standing.how}`, { name });
  return t('line.lost', { name, time: clock(Math.max(0, Date.now() - standing.sinceMs)) });
}

/** The sentence of one person, over their picture, with the seconds that they are lost. */
export function Sign({ name, identity, standing }: { name: string; identity: string; standing: Standing | null }) {
  useTick(1000);
  if (!standing) return null;
  return (
    <span class={`sign ${standing.how}`} data-testid="person-line" data-identity={identity} data-how={standing.how}>
      <Icon name={standing.how === 'back' ? 'check' : 'alert'} /> <span>{sentence(name, standing)}</span>
    </span>
  );
}

/** Somebody whose line broke: their last picture, and how long we wait. */
export function AbsentTile({ one }: { one: Absent }) {
  const name = nameOf(one.info);
  const role = roleOf(one.info);
  return (
    <div class="tile absent" data-testid="absent-tile" data-identity={one.info.identity}>
      {one.still ? (
        <img src={one.still} alt="" data-testid="last-picture" />
      ) : (
        <span class="nopicture">
          <span class="initial" aria-hidden="true">
            {[...name][0]}
          </span>
        </span>
      )}
      <Sign name={name} identity={one.info.identity} standing={one} />
      <span class="label">
        <bdi>{name}</bdi>
        {role ? <span class="role"> · {roleName(role)}</span> : null}
      </span>
    </div>
  );
}

/** Nobody else is here: who left, and who has not come yet. */
export function Alone({ model }: { model: RoomModel }) {
  useTick(1000);
  const left = model.company.missed().filter((one) => one.how === 'left');
  const never = model.company.never(model.others.value, model.myself.value?.identity ?? '');
  return (
    <div class="wait" role="status">
      {left.map((one) => (
        <p key={one.info.identity} data-testid="person-line" data-identity={one.info.identity} data-how="left">
          {sentence(nameOf(one.info), one)}
        </p>
      ))}
      {never.map((one) => (
        <p key={one.personId} data-testid="person-line" data-identity={one.personId} data-how="never">
          {t('line.never', { name: named(one) })}
        </p>
      ))}
      {left.length + never.length === 0 ? <p>{t('room.alone')}</p> : null}
    </div>
  );
}

/** The same in a few words for the list of people; empty when all is well. */
export function Brief({ how }: { how: Standing['how'] | 'never' | undefined }) {
  return how ? <span class={`brief ${how}`}>{t(`line.brief.${how}`)}</span> : null;
}

const brief = (name: string, { how }: Standing): string => `${name} ${t(`line.brief.${how}`)}`;

/** For those who do not see the tiles: each sentence once, without the seconds. */
export function Announcer({ model }: { model: RoomModel }) {
  useTick(1000);
  const now = Date.now();
  const said = model.others.value.flatMap((one) => {
    const standing = model.company.presence.of(one.identity, now);
    return standing ? [brief(nameOf(one), standing)] : [];
  });
  const missed = model.company.missed().map((one) => brief(nameOf(one.info), one));
  return (
    <p class="sr" role="status">
      {[...said, ...missed].join(t('list.comma'))}
    </p>
  );
}
