import { useEffect, useState } from 'preact/hooks';
import type { Named } from '../../protocol/api.ts';
import * as wire from '../../protocol/roles.ts';
import { told as toldOfAccess } from '../../words/access.ts';
import { named, t } from '../../words/index.ts';
import { type RolesKey, told } from '../../words/roles.ts';
import { Icon } from '../icon.tsx';
import { Loading, Trouble, useLoad, whenWords } from '../parts.tsx';
import { api, key, loadMe, me } from '../store.ts';
import { accessWords, Form, type Sending, useSending } from './form.tsx';

const roleWords = (role: string): string => told(`role.${role}` as RolesKey);

function Notes({ sending, field }: { sending: Sending; field: string }) {
  return (
    <>
      {(sending.notes[field] ?? []).map((text) => (
        <p key={text} class="sentence bad" role="alert" data-testid={`roles-note-${field}`}>
          <Icon name="alert" /> <span>{text}</span>
        </p>
      ))}
    </>
  );
}

interface Choice {
  value: string;
  text: string;
}

/** A list to choose from, with what is wrong with the choice. */
function Choose({ label, id, value, from, set, sending, field }: {
  label: RolesKey;
  id: string;
  value: string;
  from: Choice[];
  set: (value: string) => void;
  sending?: Sending;
  field?: string;
}) {
  const wrong = sending && field ? (sending.notes[field]?.length ?? 0) > 0 : false;
  return (
    <label class="field">
      <span>{told(label)}</span>
      <select value={value} aria-invalid={wrong ? true : undefined} onChange={(event) => set(event.currentTarget.value)} data-testid={id}>
        <option value="">{told('choose')}</option>
        {from.map((one) => (
          <option key={one.value} value={one.value}>
            {one.text}
          </option>
        ))}
      </select>
    </label>
  );
}

function scopeWords({ scope, scopeNames }: wire.Assignment): string {
  if (scopeNames) return named({ names: scopeNames });
  return scope.kind === 'area' || scope.kind === 'site' ? scope.id : told(`scope.${scope.kind}` as RolesKey);
}

function Held({ person, held, changed }: { person: string; held: wire.Assignment; changed: (list: wire.Assignment[]) => void }) {
  const [asking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState('');
  const take = (): void => {
    setAsking(false);
    wire.take(api(), person, held).then((it) => changed(it.assignments), (error: unknown) => setTrouble(accessWords(error)));
  };
  return (
    <li class="session" data-testid="roles-held" data-role={held.role}>
      <span class="what">
        <b>{roleWords(held.role)}</b> · <bdi>{scopeWords(held)}</bdi>
        {Date.parse(held.givenAt) > 0 ? <span class="quiet block">{told('given', { when: whenWords(Date.parse(held.givenAt)) })}</span> : null}
        {trouble ? (
          <span class="block bad" role="alert" data-testid="roles-trouble">
            {trouble}
          </span>
        ) : null}
      </span>
      {asking ? (
        <span class="pair">
          <button type="button" class="button small danger" onClick={take} data-testid="roles-take-sure">
            {told('take.sure')}
          </button>
          <button type="button" class="button small" onClick={() => setAsking(false)}>
            {told('keep')}
          </button>
        </span>
      ) : (
        <button type="button" class="button small" aria-label={`${told('take')} ${roleWords(held.role)}`} onClick={() => setAsking(true)} data-testid="roles-take">
          {told('take')}
        </button>
      )}
    </li>
  );
}

/** Looks for an area by a word, and chooses one of those that were found. */
function AreaChoice({ value, set, sending }: { value: string; set: (code: string) => void; sending: Sending }) {
  const [word, setWord] = useState('');
  const [found, setFound] = useState<wire.FoundArea[]>([]);
  useEffect(() => {
    let current = true;
    if (!word.trim()) setFound([]);
    else wire.areas(api(), word.trim()).then((it) => current && setFound(it.areas), () => undefined);
    return () => {
      current = false;
    };
  }, [word]);
  const from = found.map((area) => ({ value: area.code, text: [...area.within, area.name].join(' ') }));
  // Who knows the code needs no list.
  const typed = /^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$/.test(word.trim()) ? word.trim() : '';
  return (
    <>
      <label class="field">
        <span>{told('field.area')}</span>
        <input
          type="text"
          value={word}
          autocomplete="off"
          onInput={(event) => {
            const next = event.currentTarget.value;
            setWord(next);
            set(/^\d+$/.test(next.trim()) ? next.trim() : '');
          }}
          data-testid="roles-area"
        />
      </label>
      {from.length > 0 ? <Choose label="field.found" id="roles-found" value={value || typed} from={from} set={set} sending={sending} field="scope" /> : null}
    </>
  );
}

function Give({ person, sites, given }: { person: string; sites: Named[]; given: (list: wire.Assignment[]) => void }) {
  const [role, setRole] = useState('');
  const [kind, setKind] = useState<wire.ScopeKind>('county');
  const [id, setId] = useState('');
  const [reason, setReason] = useState('');
  const sending = useSending();
  const ask = async (): Promise<void> => given((await wire.give(api(), person, { role, scope: { kind, id }, reason })).assignments);
  const done = (): void => {
    setRole('');
    setReason('');
  };
  return (
    <Form sending={sending} submit={() => sending.send(ask, done)} word="roles.give" id="roles">
      <h2>{told('give')}</h2>
      <Choose label="field.role" id="roles-role" value={role} from={wire.roles.map((it) => ({ value: it, text: roleWords(it) }))} set={setRole} sending={sending} field="role" />
      <Notes sending={sending} field="role" />
      <fieldset class="group">
        <legend>{told('field.scope')}</legend>
        <div class="choices">
          {wire.scopeKinds.map((one) => (
            <label key={one} class={one === kind ? 'choice chosen' : 'choice'}>
              <input
                type="radio"
                name="scope"
                checked={one === kind}
                onChange={() => {
                  setKind(one);
                  setId('');
                }}
                data-testid={`roles-scope-${one}`}
              />
              {told(`scope.${one}` as RolesKey)}
            </label>
          ))}
        </div>
      </fieldset>
      {kind === 'site' ? (
        <Choose label="field.site" id="roles-site" value={id} from={sites.map((it) => ({ value: it.id, text: named(it) }))} set={setId} sending={sending} field="scope" />
      ) : null}
      {kind === 'area' ? <AreaChoice value={id} set={setId} sending={sending} /> : null}
      <Notes sending={sending} field="scope" />
      <label class="field">
        <span>{told('field.reason')}</span>
        <input type="text" value={reason} maxLength={200} onInput={(event) => setReason(event.currentTarget.value)} data-testid="roles-reason" />
      </label>
      <Notes sending={sending} field="reason" />
    </Form>
  );
}

function MinorForm({ person, people }: { person: string; people: Named[] }) {
  const [said, setSaid] = useState<wire.Minor>({ bornOn: '', guardianIds: [] });
  const [saved, setSaved] = useState(false);
  const sending = useSending();
  useEffect(() => {
    let current = true;
    // Of most people nothing is said.
    wire.minor(api(), person).then((it) => current && setSaid(it), () => undefined);
    return () => {
      current = false;
    };
  }, [person]);
  const change = (part: Partial<wire.Minor>): void => {
    setSaved(false);
    setSaid((before) => ({ ...before, ...part }));
  };
  const guardians = people.filter((it) => said.guardianIds.includes(it.id));
  const others = people.filter((it) => it.id !== person && !said.guardianIds.includes(it.id));
  return (
    <Form sending={sending} submit={() => sending.send(() => wire.putMinor(api(), person, said), () => setSaved(true))} word="roles.save" id="minor">
      <h2>{told('minor')}</h2>
      <p class="quiet">{told('minor.hint')}</p>
      <label class="field">
        <span>{told('minor.born')}</span>
        <input
          type="date"
          value={said.bornOn}
          aria-invalid={sending.notes['bornOn'] ? true : undefined}
          onInput={(event) => change({ bornOn: event.currentTarget.value })}
          data-testid="minor-born"
        />
      </label>
      <Notes sending={sending} field="bornOn" />
      <p>{told('minor.guardians')}</p>
      {guardians.length === 0 ? <p class="quiet">{told('minor.none')}</p> : null}
      {guardians.map((it) => (
        <p key={it.id}>
          <button type="button" class="button small" onClick={() => change({ guardianIds: said.guardianIds.filter((id) => id !== it.id) })}>
            {told('minor.remove', { name: named(it) })}
          </button>
        </p>
      ))}
      <Choose
        label="minor.add"
        id="minor-guardian"
        value=""
        from={others.map((it) => ({ value: it.id, text: named(it) }))}
        set={(id) => id && change({ guardianIds: [...said.guardianIds, id] })}
        sending={sending}
        field="guardianIds"
      />
      <Notes sending={sending} field="guardianIds" />
      <p role="status" data-testid="minor-saved">
        {saved ? told('minor.saved') : ''}
      </p>
    </Form>
  );
}

function OfPerson({ person, people, sites }: { person: string; people: Named[]; sites: Named[] }) {
  const [list, setList] = useState<wire.Assignment[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const load = (): void => {
    setError(null);
    wire.assignments(api(), person).then((it) => setList(it.assignments), setError);
  };
  useEffect(load, [person]);
  if (error) return <Trouble error={error} retry={load} />;
  if (!list) return <Loading />;
  return (
    <>
      <h2>{told('held')}</h2>
      {list.length === 0 ? <p class="quiet">{told('none')}</p> : null}
      <ul class="sessions">
        {list.map((held) => (
          <Held key={`${held.role} ${held.scope.kind} ${held.scope.id}`} person={person} held={held} changed={setList} />
        ))}
      </ul>
      <Give person={person} sites={sites} given={setList} />
      {me.value?.can.administer ? <MinorForm person={person} people={people} /> : null}
    </>
  );
}

/** Who is what and where; for those who give roles. */
export function Roles() {
  const [person, setPerson] = useState('');
  const { value, error, again } = useLoad(() => api().directory(), key.value);
  useEffect(() => {
    document.title = `${told('title')} · ${t('app.name')}`;
    if (!me.value) loadMe().catch(() => undefined);
  }, []);
  if (error) return <Trouble error={error} retry={again} />;
  if (!value) return <Loading />;
  return (
    <div class="page">
      <h1>{told('title')}</h1>
      <p class="quiet">{told('hint')}</p>
      <Choose label="person" id="roles-person" value={person} from={value.people.map((it) => ({ value: it.id, text: named(it) }))} set={setPerson} />
      {person ? <OfPerson key={person} person={person} people={value.people} sites={value.organizations} /> : null}
      <p>
        <a class="button" href="#/accounts">
          {toldOfAccess('account.others')}
        </a>
      </p>
    </div>
  );
}
