import { useState } from 'preact/hooks';
import {
  changeGroup,
  type ClassAttendance,
  type GroupChange,
  groupsOf,
  type LearningGroup,
  makeGroup,
  nameGroups,
  type PlaceAttendance,
  pupilsTyped,
} from '../../protocol/attendance.ts';
import { told } from '../../words/attendance.ts';
import { named } from '../../words/index.ts';
import { Loading, Trouble, useLoad } from '../parts.tsx';
import { api, key } from '../store.ts';
import { faultsOf, reasonOf, Sentence } from './sentences.tsx';

/** A group that is new, or is changed. */
function Form({ site, of, done, keep }: { site: string; of: LearningGroup | null; done: (of: LearningGroup) => void; keep: () => void }) {
  const [said, setSaid] = useState({ name: of?.name ?? '', pupils: of ? String(of.pupils) : '', teacherId: of?.teacherId ?? '' });
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const directory = useLoad(() => api().directory(), key.value);
  const set = (name: keyof typeof said) => (event: { currentTarget: { value: string } }) => setSaid({ ...said, [name]: event.currentTarget.value });
  const send = (body: GroupChange | null): void => {
    setBusy(true);
    setError(null);
    const terms = { name: said.name, pupils: pupilsTyped(said.pupils) ?? 0, teacherId: said.teacherId };
    (of ? changeGroup(api(), of, body ?? terms) : makeGroup(api(), { siteId: site, ...terms })).then(done, setError).then(() => setBusy(false));
  };
  const teaches = (roles: string[]): boolean => roles.includes('classroom') || roles.includes('lead_teacher');
  const teachers = directory.value?.people.filter((one) => one.organizationId === site && teaches(one.roles)) ?? [];
  const notes = (field: string) => faultsOf(error, field).map((text) => <Sentence key={text} text={text} id={`attendance-note-${field}`} />);
  const submit = (event: Event): void => {
    event.preventDefault();
    send(null);
  };
  const known = ['name', 'pupils', 'teacherId'].some((field) => faultsOf(error, field).length > 0);
  return (
    <form class="card book" noValidate onSubmit={submit} data-testid="attendance-form">
      <label class="field">
        <span>{told('form.name')}</span>
        <input value={said.name} maxLength={60} onInput={set('name')} data-testid="attendance-name" />
      </label>
      {notes('name')}
      <label class="field">
        <span>{told('form.pupils')}</span>
        <input type="text" inputMode="numeric" maxLength={3} value={said.pupils} onInput={set('pupils')} data-testid="attendance-pupils" />
      </label>
      {notes('pupils')}
      <label class="field">
        <span>{told('form.teacher')}</span>
        <select value={said.teacherId} onChange={set('teacherId')} data-testid="attendance-teacher">
          <option value="">{told('form.choose')}</option>
          {teachers.map((one) => (
            <option key={one.id} value={one.id}>
              {named(one)}
            </option>
          ))}
        </select>
      </label>
      {notes('teacherId')}
      {error && !known ? <Sentence text={reasonOf(error)} id="attendance-trouble" /> : null}
      <div class="pair">
        <button type="submit" class="button small" disabled={busy} data-testid="attendance-form-send">
          {told('form.send')}
        </button>
        <button type="button" class="button small" onClick={keep}>
          {told('form.keep')}
        </button>
        {of ? (
          <button type="button" class="button small" disabled={busy} onClick={() => send({ retired: true })} data-testid="attendance-retire">
            {told('form.retire')}
          </button>
        ) : null}
      </div>
    </form>
  );
}

/** Which groups of a place attend a class, for who books for that place; and its groups themselves. */
export function Groups({ of: held, place, changed }: { of: ClassAttendance; place: PlaceAttendance; changed: (of: ClassAttendance) => void }) {
  const list = useLoad(() => groupsOf(api(), place.siteId), `${place.siteId} ${key.value}`);
  // Follows what the class has until somebody ticks something.
  const [ticked, setTicked] = useState<Set<string> | null>(null);
  const chosen = ticked ?? new Set(place.groups.map((group) => group.groupId));
  const [later, setLater] = useState(false);
  const [form, setForm] = useState<LearningGroup | 'new' | null>(null);
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(false);
  const [error, setError] = useState<unknown>(null);
  if (list.error) return <Trouble error={list.error} retry={list.again} />;
  if (!list.value) return <Loading />;
  const tick = (id: string, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setTicked(next);
    setSaved(false);
  };
  const save = (): void => {
    setBusy(true);
    setError(null);
    nameGroups(api(), held.sessionId, place.siteId, [...chosen], later)
      .then((of) => {
        setSaved(true);
        changed(of);
        setTicked(null);
      }, setError)
      .then(() => setBusy(false));
  };
  // Somebody who adds a group here wants it in this class.
  const done = (of: LearningGroup): void => {
    if (form === 'new') tick(of.id, true);
    setForm(null);
    list.again();
  };
  const shown = list.value.filter((group) => !group.retired || chosen.has(group.id));
  const faults = faultsOf(error, 'groupIds');
  return (
    <section data-testid="attendance-groups">
      <h2>{told('name')}</h2>
      {shown.length === 0 ? <p class="quiet">{told('name.none')}</p> : null}
      {shown.map((group) => (
        <div class="pair" key={group.id}>
          <label class="choice">
            <input type="checkbox" checked={chosen.has(group.id)} onChange={(event) => tick(group.id, event.currentTarget.checked)} data-testid="attendance-tick" data-id={group.id} />{' '}
            <bdi>{told('group', { name: group.name, n: group.pupils })}</bdi>
            {group.retired ? <span class="quiet"> {told('group.retired')}</span> : null}
          </label>
          <button type="button" class="button small" onClick={() => setForm(group)} data-testid="attendance-change">
            {told('form.change')}
          </button>
        </div>
      ))}
      {form ? (
        <Form key={form === 'new' ? 'new' : `${form.id} ${form.version}`} site={place.siteId} of={form === 'new' ? null : form} done={done} keep={() => setForm(null)} />
      ) : null}
      {held.seriesId ? (
        <label class="choice">
          <input type="checkbox" checked={later} onChange={(event) => setLater(event.currentTarget.checked)} data-testid="attendance-later" /> {told('name.later')}
        </label>
      ) : null}
      {faults.map((text) => (
        <Sentence key={text} text={text} id="attendance-note-groupIds" />
      ))}
      {error && faults.length === 0 ? <Sentence text={reasonOf(error)} id="attendance-trouble" /> : null}
      <div class="pair">
        <button type="button" class="button small strong" disabled={busy} onClick={save} data-testid="attendance-name-save">
          {told('name.save')}
        </button>
        {form === null ? (
          <button type="button" class="button small" onClick={() => setForm('new')} data-testid="attendance-add">
            {told('form.add')}
          </button>
        ) : null}
      </div>
      {saved ? (
        <p role="status" data-testid="attendance-named">
          {told('name.saved')}
        </p>
      ) : null}
    </section>
  );
}
