/** When people, rooms, terminals and sites can be used, as their page shows it. */
import type { Api } from './api.ts';
import type { Described } from './described.ts';

export type Availability = Described['Availability'];
type Overlay = Described['Overlay'];
type Weekday = Described['DayOfWeek'];

/** Monday first. */
export const weekdays: readonly Weekday[] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** Kinds of whom and what hours are kept. */
export const keepers = ['organization', 'room', 'terminal', 'person'] as const;
export type Keeper = (typeof keepers)[number];

/** Hours of some weekdays as a form has them: HH:MM, and `00:00` as an end is midnight. */
export interface WeekRow {
  days: Weekday[];
  from: string;
  to: string;
}

/** Days in a row on which it is closed. */
export interface DaysRow {
  name: string;
  from: string;
  to: string;
}

/** Hours of each week in which it is closed. */
export type PowerRow = WeekRow & { name: string };

/** The form of an availability. What it cannot show stays as it is. */
export interface HoursForm {
  /** Null: day and night. */
  weekly: WeekRow[] | null;
  closed: DaysRow[];
  power: PowerRow[];
  holidays: boolean;
  /** All that stays as it is. */
  rest: Availability;
}

const shown = ({ days, from, to }: WeekRow): WeekRow => ({ days, from, to: to === '24:00' ? '00:00' : to });
const sent = ({ days, from, to }: WeekRow): WeekRow => ({ days, from, to: to === '00:00' ? '24:00' : to });

/** Days or hours in which it is closed, if that is all that the overlay says. */
const daysOf = ({ effect, days }: Overlay) => (effect === 'closed' && days?.length === 1 ? days[0] : undefined);
const powerOf = ({ effect, hours }: Overlay) => (effect === 'closed' && hours?.length === 1 ? hours[0] : undefined);

/** The form of what is said so far. */
export function formOf(said: Availability): HoursForm {
  const closed: DaysRow[] = [];
  const power: PowerRow[] = [];
  const overlays: Overlay[] = [];
  for (const overlay of said.overlays) {
    const [days, hours] = [daysOf(overlay), powerOf(overlay)];
    if (days) closed.push({ name: overlay.name, ...days });
    else if (hours) power.push({ name: overlay.name, ...shown(hours) });
    else overlays.push(overlay);
  }
  return { weekly: said.weekly?.map(shown) ?? null, closed, power, holidays: said.keepsHolidays, rest: { ...said, overlays } };
}

/** What is to be said instead. */
export function availabilityOf({ weekly, closed, power, holidays, rest }: HoursForm): Availability {
  const days = closed.map(({ name, from, to }): Overlay => ({ name, effect: 'closed', days: [{ from, to }] }));
  const hours = power.map(({ name, ...row }): Overlay => ({ name, effect: 'closed', hours: [sent(row)] }));
  return { ...rest, weekly: weekly?.map(sent) ?? null, keepsHolidays: holidays, overlays: [...days, ...hours, ...rest.overlays] };
}

/** How many rules the form does not show. */
export const unseen = ({ rest }: HoursForm): number => rest.exceptions.length + rest.workdays.length + rest.overlays.length;

/** The row that a fault is about, such as `weekly 0`, `closed 1` or `power 0`; empty if it is about none. */
export function rowOf(field: string, { closed, power }: HoursForm): string {
  const [, list = '', at = ''] = /^(weekly|overlays)\[(\d+)\]/.exec(field) ?? [];
  const place = Number(at);
  if (list === 'weekly') return `weekly ${place}`;
  if (list !== 'overlays' || place >= closed.length + power.length) return '';
  return place < closed.length ? `closed ${place}` : `power ${place - closed.length}`;
}

export const readHours = (api: Api, kind: Keeper, id: string): Promise<Availability> =>
  api.call('get', '/api/v1/availability/{kind}/{id}', { path: { kind, id } });

export const putHours = (api: Api, kind: Keeper, id: string, body: Availability): Promise<Availability> =>
  api.call('put', '/api/v1/availability/{kind}/{id}', { path: { kind, id }, body });
