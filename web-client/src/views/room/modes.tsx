import { useState } from 'preact/hooks';
import { type Mode, MODES } from '../../protocol/mode.ts';
import { t } from '../../words/index.ts';
import { megabytes } from '../../protocol/timeline.ts';
import type { RoomModel } from './model.ts';

/** What was used so far, and what is left where there is a budget. */
function used(model: RoomModel): string {
  const told = model.modes.told.value;
  if (!told || told.budgetBytes === null) return t('room.used', { mb: megabytes(model.usage.bytes.value) });
  const left = Math.max(0, told.budgetBytes - told.usedBytes);
  return t('room.used.left', { mb: megabytes(told.usedBytes), left: megabytes(left) });
}

/** The megabytes; pressed, it offers the modes, each chosen with one touch. */
export function Used({ model }: { model: RoomModel }) {
  const [open, setOpen] = useState(false);
  const most = model.modes.told.value?.most ?? 'full';
  const choose = (mode: Mode): void => {
    model.modes.choose(mode);
    setOpen(false);
  };
  return (
    <>
      <button
        type="button"
        class="used tongue"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        data-testid="room-used"
        data-mode={model.modes.present.value}
      >
        {used(model)}
      </button>
      {open ? (
        <div class="modes" role="radiogroup" aria-label={t('mode.choose')} data-testid="room-modes">
          {MODES.map((mode) => (
            <button
              key={mode}
              type="button"
              role="radio"
              class="button small"
              aria-checked={model.modes.chosen.value === mode}
              disabled={MODES.indexOf(mode) < MODES.indexOf(most)}
              onClick={() => choose(mode)}
              data-testid={`room-mode-${mode}`}
            >
              {t(`mode.${mode}`)}
            </button>
          ))}
        </div>
      ) : null}
    </>
  );
}

/** What comes now, where that is not everything, and who decided it. */
export function ModeBanner({ model }: { model: RoomModel }) {
  const mode = model.modes.present.value;
  const short = model.modes.told.value?.reason === 'budget';
  if (short) {
    return (
      <div class="banner warn" role="status" data-testid="room-budget" data-mode={mode}>
        {t(mode === 'stills' ? 'mode.out' : 'mode.short', { mode: t(`mode.${mode}`) })}
      </div>
    );
  }
  if (mode === 'full' || mode === 'small') return null;
  return (
    <div class="banner" data-testid="room-mode-note" data-mode={mode}>
      {t('mode.note', { mode: t(`mode.${mode}`) })}
    </div>
  );
}
