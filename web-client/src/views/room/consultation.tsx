import { useEffect, useState } from 'preact/hooks';
import { Bar, Banners, Controls } from './bar.tsx';
import { Chat } from './chat.tsx';
import { faces, nameOf } from './faces.ts';
import type { RoomModel } from './model.ts';
import { Own, People, pictureOf, pictureSid, Tile, Voices } from './people.tsx';
import { AbsentTile, Alone, Announcer } from './standing.tsx';

/** A consultation: one person large, the rest small, chat beside. */
export function Consultation({ model }: { model: RoomModel }) {
  const [picked, pick] = useState('');
  const others = faces(model.others.value);
  // Who was picked; else who has a picture; else whoever is here.
  const stage =
    others.find((one) => one.identity === picked) ?? others.find((one) => pictureOf(model, one)) ?? others[0];
  const large = pictureSid(stage);
  useEffect(() => model.look(large), [large]);
  const lost = model.company.lost();
  const first = stage ? undefined : lost[0];
  return (
    <div class="room consultation">
      <Bar model={model} />
      <div class="middle">
        <Banners model={model} />
        <div class="stage" data-testid="room-stage">
          {stage ? <Tile key={stage.sid} model={model} one={stage} /> : first ? <AbsentTile one={first} /> : <Alone model={model} />}
        </div>
        <div class="strip">
          <Own model={model} />
          {others
            .filter((one) => one !== stage)
            .map((one) => (
              <Tile key={one.sid} model={model} one={one} onPick={() => pick(one.identity)} />
            ))}
          {lost.filter((one) => one !== first).map((one) => (
            <AbsentTile key={one.info.identity} one={one} />
          ))}
        </div>
      </div>
      <aside class="side">
        <People model={model} />
        <Chat model={model} />
      </aside>
      <Controls model={model} />
      <Voices model={model} />
      <Announcer model={model} />
      <p class="sr" role="status">
        {model.others.value.map(nameOf).join(', ')}
      </p>
    </div>
  );
}
