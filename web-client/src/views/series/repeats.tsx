import { type Every, everies, type Repeats, TIMES_MAX } from '../../protocol/series.ts';
import { type Key, t } from '../../words/index.ts';
import { told } from '../../words/series.ts';

/** Monday first. */
export const WEEK = [1, 2, 3, 4, 5, 6, 0];

/** How often something is to be, on which days, and how many times. */
export function RepeatFields({ value, change }: { value: Repeats; change: (value: Repeats) => void }) {
  const toggle = (day: number): void => {
    const days = value.days.includes(day) ? value.days.filter((one) => one !== day) : [...value.days, day];
    change({ ...value, days });
  };
  return (
    <div class="book" data-testid="repeats">
      <div class="when-line">
        <label class="field">
          <span>{told('every')}</span>
          <select
            value={value.every}
            onChange={(event) => change({ ...value, every: event.currentTarget.value as Every })}
            data-testid="repeats-every"
          >
            {everies.map((every) => (
              <option key={every} value={every}>
                {told(`every.${every}`)}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{told('times', { most: TIMES_MAX })}</span>
          <input
            type="text"
            inputMode="numeric"
            value={value.times > 0 ? String(value.times) : ''}
            onInput={(event) => change({ ...value, times: Number(event.currentTarget.value.replace(/\D/g, '')) || 0 })}
            data-testid="repeats-times"
          />
        </label>
      </div>
      {value.every === 'week' || value.every === 'fortnight' ? (
        <fieldset class="group">
          <legend>{told('days')}</legend>
          <div class="choices">
            {WEEK.map((day) => (
              <label key={day} class={value.days.includes(day) ? 'choice chosen' : 'choice'}>
                <input
                  type="checkbox"
                  checked={value.days.includes(day)}
                  onChange={() => toggle(day)}
                  data-testid={`repeats-day-${day}`}
                />
                {t(`date.weekday.${day}` as Key)}
              </label>
            ))}
          </div>
        </fieldset>
      ) : null}
    </div>
  );
}
