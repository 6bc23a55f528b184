import { useEffect, useRef, useState } from 'preact/hooks';
import { slideUrl, uploadSlides } from '../../protocol/slides.ts';
import { t } from '../../words/index.ts';
import { Icon } from '../icon.tsx';
import { explain } from '../store.ts';
import { Bar, Banners, Controls } from './bar.tsx';
import { Chat } from './chat.tsx';
import { faces, nameOf } from './faces.ts';
import type { RoomModel } from './model.ts';
import { Own, People, Tile, Voices } from './people.tsx';
import { Slide } from './slide.tsx';
import { AbsentTile, Announcer } from './standing.tsx';

/** Choosing a PDF and watching it go up. */
function Upload({ model }: { model: RoomModel }) {
  const [share, setShare] = useState<number | null>(null);
  const [problem, setProblem] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const send = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    if (file.type !== 'application/pdf' && !/\.pdf$/i.test(file.name)) return setProblem(t('class.upload.type'));
    setProblem('');
    setShare(0);
    try {
      model.present(await uploadSlides(model.id, model.token, file, setShare));
    } catch (error) {
      setProblem(`${t('class.upload.failed')} ${explain(error)}`);
    }
    setShare(null);
    if (input.current) input.current.value = '';
  };
  return (
    <div class="upload">
      <label class={share === null ? 'button' : 'button busy'}>
        <Icon name="upload" /> {t('class.upload')}
        <input
          ref={input}
          type="file"
          accept="application/pdf,.pdf"
          disabled={share !== null}
          onChange={(event) => void send(event.currentTarget.files?.[0])}
          data-testid="slide-upload"
        />
      </label>
      {share === null ? null : (
        <p role="status">
          {share < 1 ? t('class.uploading', { percent: Math.round(share * 100) }) : t('class.converting')}
          <progress max={1} value={share < 1 ? share : undefined} />
        </p>
      )}
      {problem ? (
        <p class="sentence bad" role="alert" data-testid="slide-problem">
          <Icon name="alert" /> <span>{problem}</span>
        </p>
      ) : null}
    </div>
  );
}

/** Back, page number, on; and the neighbours as small pictures. */
function Turn({ model }: { model: RoomModel }) {
  const slides = model.table.slides.value;
  if (!slides) return null;
  const near = [-1, 0, 1, 2].map((d) => slides.page + d).filter((page) => page >= 1 && page <= slides.pages);
  return (
    <div class="turn">
        <button
          type="button"
          class="button"
          disabled={slides.page <= 1}
          onClick={() => model.turn(-1)}
          data-testid="slide-previous"
        >
          <Icon name="previous" /> {t('class.previous')}
        </button>
      <div class="thumbs">
        {near.map((page) => (
          <button
            type="button"
            key={page}
            class={page === slides.page ? 'thumb now' : 'thumb'}
            aria-label={t('class.goto', { page })}
            aria-current={page === slides.page}
            onClick={() => model.turn({ ...slides, page })}
            data-testid="slide-thumb"
            data-page={page}
          >
            {model.slidesOpen.value ? <img src={slideUrl(model.id, slides.deck, page)} alt="" loading="lazy" /> : null}
            <span>{page}</span>
          </button>
        ))}
      </div>
        <button
          type="button"
          class="button strong"
          disabled={slides.page >= slides.pages}
          onClick={() => model.turn(1)}
          data-testid="slide-next"
        >
          {t('class.next')} <Icon name="next" />
        </button>
    </div>
  );
}

function Hands({ model }: { model: RoomModel }) {
  const raised = model.table.hands.value;
  const nameFor = (identity: string): string => {
    const one = model.others.value.find((other) => other.identity === identity);
    return one ? nameOf(one) : identity;
  };
  return (
    <section class="hands" aria-label={t('class.hands')}>
      <h2>
        <Icon name="hand" /> {t('class.hands')}
      </h2>
      {raised.length === 0 ? <p class="quiet">{t('class.hands.none')}</p> : null}
      <ol aria-live="polite">
        {raised.map((hand) => (
          <li key={hand.of} data-testid="hand-item" data-identity={hand.of}>
            <bdi>{nameFor(hand.of)}</bdi>
            <button
              type="button"
              class="button small strong"
              onClick={() => model.table.call(hand)}
              data-testid="hand-take"
              data-identity={hand.of}
            >
              {t('class.take')}
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Where the side lies below everything else: a hand there would be out of sight. */
const NARROW = '(max-width: 820px), (max-aspect-ratio: 1/1)';

function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(() => window.matchMedia(NARROW).matches);
  useEffect(() => {
    const look = (): void => setNarrow(window.matchMedia(NARROW).matches);
    window.addEventListener('resize', look);
    return () => window.removeEventListener('resize', look);
  }, []);
  return narrow;
}

/** The lead teacher's desk: slides and their pages, classrooms, hands, chat. */
export function Teacher({ model }: { model: RoomModel }) {
  const slides = model.table.slides.value;
  const others = faces(model.others.value);
  const [standing, setStanding] = useState(false);
  const onTop = useNarrow() && model.table.hands.value.length > 0;
  useEffect(() => {
    const keys: Record<string, number> = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 };
    const press = (event: KeyboardEvent): void => {
      const step = keys[event.key];
      // In a text field the arrows move the caret.
      if (!step || (event.target as HTMLElement | null)?.closest('input, textarea, select, .log')) return;
      event.preventDefault();
      model.turn(step);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [model]);
  return (
    <div class={`room class teacher with-slides ${standing ? 'standing' : ''}`}>
      <Bar model={model} />
      {onTop ? <Hands model={model} /> : null}
      <div class="middle">
        <Banners model={model} />
        {slides ? (
          <Slide model={model} slides={slides} standing={setStanding} />
        ) : (
          <div class="slide none">
            <p>{t('class.upload.hint')}</p>
            <Upload model={model} />
          </div>
        )}
        <Turn model={model} />
        <h2 class="rooms-head">{t('class.rooms', { n: others.length })}</h2>
        <div class="strip">
          <Own model={model} />
          {others.length === 0 ? <p class="quiet">{t('class.rooms.none')}</p> : null}
          {others.map((one) => (
            <Tile key={one.sid} model={model} one={one} />
          ))}
          {model.company.lost().map((one) => (
            <AbsentTile key={one.info.identity} one={one} />
          ))}
        </div>
      </div>
      <aside class="side">
        {onTop ? null : <Hands model={model} />}
        {slides ? <Upload model={model} /> : null}
        <Chat model={model} />
        <People model={model} />
      </aside>
      <Controls model={model} />
      <Voices model={model} />
      <Announcer model={model} />
    </div>
  );
}
