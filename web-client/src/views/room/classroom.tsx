import { useEffect, useState } from 'preact/hooks';
import { t } from '../../words/index.ts';
import { Bar, Banners, Control, Controls } from './bar.tsx';
import { Chat } from './chat.tsx';
import { faces, nameOf, roleOf } from './faces.ts';
import type { RoomModel } from './model.ts';
import { Own, People, pictureSid, Tile, Voices } from './people.tsx';
import { Slide } from './slide.tsx';
import { AbsentTile, Announcer, sentence } from './standing.tsx';

/** A classroom's page: the teacher, the slides in step, one hand to raise. */
export function Classroom({ model }: { model: RoomModel }) {
  const others = faces(model.others.value);
  const teacher = others.find((one) => roleOf(one) === 'lead_teacher') ?? others.find((one) => roleOf(one) === '');
  const large = pictureSid(teacher);
  useEffect(() => model.look(large), [large]);
  const slides = model.table.slides.value;
  const raised = model.table.myHand.value;
  const [standing, setStanding] = useState(false);
  const lost = model.company.lost();
  const away = model.company.missed().find((one) => roleOf(one.info) === 'lead_teacher');
  const absentTeacher = teacher ? undefined : away;
  const rest = (
    <>
      <Own model={model} />
      {others
        .filter((one) => one !== teacher)
        .map((one) => (
          <Tile key={one.sid} model={model} one={one} />
        ))}
      {lost
        .filter((one) => one !== absentTeacher)
        .map((one) => (
          <AbsentTile key={one.info.identity} one={one} />
        ))}
    </>
  );
  return (
    <div class={slides ? `room class with-slides ${standing ? 'standing' : ''}` : 'room class'}>
      <Bar model={model} />
      <div class="middle">
        <Banners model={model} />
        {slides ? <Slide model={model} slides={slides} standing={setStanding} /> : null}
        <div class={slides ? 'strip' : 'stage'}>
          {teacher ? (
            <Tile key={teacher.sid} model={model} one={teacher} />
          ) : absentTeacher?.how === 'lost' ? (
            <AbsentTile one={absentTeacher} />
          ) : (
            <p class="wait">
              {absentTeacher ? sentence(nameOf(absentTeacher.info), absentTeacher) : t('class.teacher.waiting')}
            </p>
          )}
          {slides ? rest : null}
        </div>
        {slides ? null : <div class="strip">{rest}</div>}
      </div>
      <aside class="side">
        {raised ? (
          <p class="banner" role="status">
            {t('class.raised')}
          </p>
        ) : null}
        <Chat model={model} />
        <People model={model} />
      </aside>
      <Controls model={model}>
        <Control
          icon="hand"
          text={t(raised ? 'class.lower' : 'class.raise')}
          testid="hand-raise"
          pressed={raised}
          look={raised ? 'call' : undefined}
          act={() => model.table.raise(!raised)}
        />
      </Controls>
      <Voices model={model} />
      <Announcer model={model} />
    </div>
  );
}
