import { useEffect, useRef, useState } from 'preact/hooks';
import { slideUrl } from '../../protocol/slides.ts';
import type { Slides } from '../../protocol/state.ts';
import { t } from '../../words/index.ts';
import type { RoomModel } from './model.ts';

/** So many pages ahead are fetched while a page is shown. */
const AHEAD = 2;

interface SlideProps {
  model: RoomModel;
  slides: Slides;
  /** Told whether the page is higher than wide. */
  standing: (standing: boolean) => void;
}

/** The page that everybody sees; the next two come in advance, so that a turn is seen at once on a thin line. */
export function Slide({ model, slides, standing }: SlideProps) {
  const url = slideUrl(model.id, slides.deck, slides.page);
  const open = model.slidesOpen.value;
  const [failed, setFailed] = useState(0);
  const kept = useRef<HTMLImageElement[]>([]);
  useEffect(() => {
    if (!open) return;
    const pages = Array.from({ length: AHEAD }, (_, i) => slides.page + 1 + i).filter((page) => page <= slides.pages);
    kept.current = pages.map((page) => {
      const image = new Image();
      image.src = slideUrl(model.id, slides.deck, page);
      return image;
    });
    setFailed(0);
  }, [url, open]);
  // A lost request is made again, at most five times, ever later.
  const again = (): void => {
    if (failed >= 5) return;
    window.setTimeout(() => void model.openSlides().then(() => setFailed((n) => n + 1)), 1000 * (failed + 1));
  };
  return (
    <figure class="slide">
      {open ? (
        <img
          key={`${url}#${failed}`}
          src={failed > 0 ? `${url}?again=${failed}` : url}
          alt={t('class.slide', { page: slides.page, pages: slides.pages })}
          onError={again}
          onLoad={({ currentTarget: page }) => standing(page.naturalHeight > page.naturalWidth)}
          data-testid="slide-image"
          data-page={slides.page}
          data-deck={slides.deck}
        />
      ) : null}
      <figcaption>
        <bdi>{slides.title}</bdi> <bdi dir="ltr">{t('class.page', { page: slides.page, pages: slides.pages })}</bdi>
      </figcaption>
    </figure>
  );
}
