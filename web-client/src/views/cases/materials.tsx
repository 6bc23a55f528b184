import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import type { Case } from '../../protocol/cases.ts';
import { fetchFile, type Kind, kinds, type Material, MATERIALS_MAX, materials, type Part, pathOf, takeOut } from '../../protocol/materials.ts';
import { offered, prepare, Unfit } from '../../protocol/shrink.ts';
import { named } from '../../words/index.ts';
import { has, told } from '../../words/materials.ts';
import { Loading, Trouble, useLoad, whenWords } from '../parts.tsx';
import { insertStyle } from '../sheet.ts';
import { api, explain, me } from '../store.ts';
import { Sentence } from './fields.tsx';
import { arrived, away, isDraft, leave, put, recallWaiting, refused, run, sent, type Waiting, waitingOf } from './uploads.ts';

insertStyle(
  '.materials{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:.8rem;padding:0;list-style:none}' +
    '.materials>li>img{display:block;width:100%;height:9rem;object-fit:cover;border-radius:12px;background:#e4ebe8}' +
    '.whole{max-width:100vw;max-height:100vh;width:100%;height:100%;padding:.5rem;border:0;background:#000;color:#fff;overflow:auto}' +
    '.materials>li>.button{margin:.3rem .5rem 0 0}.whole img{display:block;max-width:100%;height:auto}.whole .large img{max-width:none}.whole .picture{display:block;padding:0;border:0;background:none}' +
    'label.button:focus-within{outline:4px solid #ffb000;outline-offset:2px}',
);

const size = (bytes: number): string => (bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1_000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`);

/** A blob as an address for as long as this is shown. */
function useAddress(blob: Blob | null): string {
  const [address, setAddress] = useState('');
  useEffect(() => {
    if (!blob) return;
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return blob ? address : '';
}

/** What went wrong, in our own words where there are some. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Problem)) return explain(error);
  const [fault] = error.more.faults ?? [];
  const key = fault ? `fault.${fault.code}` : `problem.${error.type.split('/').pop() ?? ''}`;
  return has(key) ? told(key) : explain(error);
}

const isPicture = (type: string): boolean => type.startsWith('image/');

/** One that waits to be sent. */
function Outgoing({ of }: { of: Waiting }) {
  const address = useAddress(of.preview);
  const why = refused.value[of.id];
  const done = sent.value[of.id];
  return (
    <li data-testid="material-waiting" data-kind={of.kind}>
      {address ? <img src={address} alt={told(`kind.${of.kind}`)} /> : null}
      <b class="block">{of.title || told(`kind.${of.kind}`)}</b>
      <span class="quiet block">
        {isDraft(of.of) ? told('with-request') : done === undefined ? told('waiting') : told('sending', { sent: size(done), of: size(of.original.size) })}
      </span>
      {why ? <Sentence good={false} id="material-refused" text={reasonOf(why)} /> : null}
      <button type="button" class="button small" onClick={() => void leave(of)} data-testid="material-leave">
        {told('remove')}
      </button>
    </li>
  );
}

/** A file that is fetched for as long as this is shown. */
function useFile(caseId: string, of: Material, part: Part, turn: string): { file: Blob | null; error: unknown; done: number; again: () => void } {
  const [file, setFile] = useState<Blob | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [done, setDone] = useState(0);
  const [tries, setTries] = useState(0);
  const wanted = of[part];
  const whole = wanted && wanted.received === wanted.bytes ? wanted : null;
  useEffect(() => {
    if (!whole || file) return;
    const stop = new AbortController();
    setError(null);
    fetchFile(api(), pathOf(caseId, of.id, part), whole, stop.signal, setDone).then(setFile, (why: unknown) => stop.signal.aborted || setError(why));
    return () => stop.abort();
  }, [of.id, whole !== null, turn, tries]);
  return { file, error, done, again: () => setTries(tries + 1) };
}

/** The whole file, when it is asked for. */
function Whole({ of, caseId, close }: { of: Material; caseId: string; close: () => void }) {
  const [large, setLarge] = useState(false);
  const frame = useRef<HTMLDialogElement>(null);
  const { file, error, done, again } = useFile(caseId, of, 'original', '');
  const address = useAddress(file);
  useEffect(() => frame.current?.showModal(), []);
  const name = of.title || told(`kind.${of.kind}`);
  return (
    <dialog class="whole" ref={frame} onClose={close} aria-label={name} data-testid="material-whole">
      <button type="button" class="button" onClick={close} data-testid="material-close">
        {told('close')}
      </button>
      {error ? <Trouble error={error} retry={again} /> : null}
      {!file && !error ? <p role="status">{told('loading', { done: size(done), of: size(of.original.bytes) })}</p> : null}
      {address && isPicture(of.original.mediaType) ? (
        <button type="button" class={large ? 'picture large' : 'picture'} aria-pressed={large} aria-label={told('large')} onClick={() => setLarge(!large)}>
          <img src={address} alt={name} data-testid="material-picture" />
        </button>
      ) : null}
      {address ? (
        <a class="button" href={address} download={`${name}.${of.original.mediaType.split('/')[1] ?? ''}`} data-testid="material-save">
          {told('save')}
        </a>
      ) : null}
    </dialog>
  );
}

/** One that is in the case: the small picture at once, the whole one at a press. */
function One({ of, caseId, may, turn, changed }: { of: Material; caseId: string; may: boolean; turn: string; changed: () => void }) {
  const [whole, setWhole] = useState(false);
  const [trouble, setTrouble] = useState<unknown>(null);
  const address = useAddress(useFile(caseId, of, 'preview', turn).file);
  const { received, bytes } = of.original;
  const by = { name: named({ names: of.addedByNames }), when: whenWords(Date.parse(of.addedAt)) };
  const kind = told(`kind.${of.kind}`);
  return (
    <li data-testid="material" data-kind={of.kind} data-id={of.id}>
      {address ? <img src={address} alt={told('picture', { kind: of.title || kind, ...by })} data-testid="material-preview" /> : null}
      <b class="block">
        <bdi>{of.title || kind}</bdi>
      </b>
      <span class="quiet block">{told('by', by)}</span>
      {received === bytes ? (
        <button type="button" class="button small" onClick={() => setWhole(true)} data-testid="material-open">
          {told(isPicture(of.original.mediaType) ? 'open' : 'save')} · {size(bytes)}
        </button>
      ) : (
        <span class="quiet block">{told('coming', { done: size(received), of: size(bytes) })}</span>
      )}
      {may ? (
        <button
          type="button"
          class="button small"
          onClick={() => takeOut(api(), caseId, of.id).then(changed, setTrouble)}
          data-testid="material-remove"
          aria-label={`${told('remove')} ${of.title || kind}`}
        >
          {told('remove')}
        </button>
      ) : null}
      {trouble ? <Sentence good={false} id="material-trouble" text={reasonOf(trouble)} /> : null}
      {whole ? <Whole of={of} caseId={caseId} close={() => setWhole(false)} /> : null}
    </li>
  );
}

/** Takes photos or chooses files; `of` is the case, empty of a request that is being written. */
export function Add({ of, there }: { of: string; there: number }) {
  const [kind, setKind] = useState<Kind>('photo');
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  const chosen = async (input: HTMLInputElement): Promise<void> => {
    const files = [...(input.files ?? [])];
    input.value = '';
    setFault('');
    if (!window.crypto?.subtle) return setFault(told('fault.no-hash'));
    setBusy(true);
    for (const file of files) {
      if (there + waitingOf(of).length >= MATERIALS_MAX) {
        setFault(told('fault.too-many', { most: MATERIALS_MAX }));
        break;
      }
      try {
        // A camera calls its files by numbers; who names a document says what it is.
        const title = kind === 'document' ? file.name.replace(/\.\w+$/, '').slice(0, 60) : '';
        await put({ of, kind, title, ...(await prepare(file, kind)) });
      } catch (error) {
        setFault(told(`fault.${error instanceof Unfit ? error.why : 'unreadable'}`));
      }
    }
    setBusy(false);
  };
  const input = (id: string, more: object) => (
    <input type="file" class="sr" disabled={busy} onChange={(event) => void chosen(event.currentTarget)} data-testid={id} {...more} />
  );
  return (
    <>
      <label class="field">
        <span>{told('kind')}</span>
        <select value={kind} onChange={(event) => setKind(event.currentTarget.value as Kind)} data-testid="material-kind">
          {kinds.map((one) => (
            <option key={one} value={one}>
              {told(`kind.${one}`)}
            </option>
          ))}
        </select>
      </label>
      <div class="pair">
        <label class="button">
          {told('camera')}
          {input('material-camera', { accept: 'image/*', capture: 'environment' })}
        </label>
        <label class="button">
          {told('choose')}
          {input('material-choose', { accept: offered(kind), multiple: true })}
        </label>
      </div>
      <p class="quiet small" role="status">
        {told(busy ? 'preparing' : 'hint')}
      </p>
      {fault ? <Sentence good={false} id="material-fault" text={fault} /> : null}
    </>
  );
}

/** What waits to be sent to a case, or with the request that is being written. */
export function Outbox({ of }: { of: string }) {
  const own = waitingOf(of);
  const failed = own.some((it) => it.id in refused.value);
  return (
    <>
      {own.length > 0 ? (
        <ul class="materials">
          {own.map((it) => (
            <Outgoing key={it.id} of={it} />
          ))}
        </ul>
      ) : null}
      {!isDraft(of) && own.length > 0 && away.value ? (
        <p class="notice" role="status" data-testid="material-away">
          {told('away')}
        </p>
      ) : null}
      {failed ? (
        <button
          type="button"
          class="button small"
          onClick={() => {
            refused.value = {};
            void run();
          }}
          data-testid="material-again"
        >
          {told('again')}
        </button>
      ) : null}
    </>
  );
}

/** Photos and documents with a request that is being written. */
export function WithRequest({ files }: { files: string }) {
  useEffect(() => void recallWaiting(), [me.value?.person.id]);
  return (
    <section data-testid="materials">
      <h2>{told('title')}</h2>
      <Outbox of={files} />
      <Add of={files} there={0} />
    </section>
  );
}

/**
 * The materials of a case, and what is on its way to it. They are read again with `turn`; `changed` is called when the case is
 * another one by what has come.
 */
export function Materials({ of, turn, changed }: { of: Case; turn: string; changed: () => void }) {
  const { value, error, again } = useLoad(() => materials(api(), of.id), `${of.id} ${of.version} ${turn}`);
  useEffect(() => void recallWaiting(), [me.value?.person.id]);
  const came = arrived.value;
  const [seen] = useState(came);
  useEffect(() => {
    if (came > seen) changed();
  }, [came]);
  const may = (step: 'add' | 'remove'): boolean => of.steps.includes(step);
  const mine = me.value?.person.id;
  const removes = (it: Material): boolean =>
    (it.addedById === mine || of.inviting.personId === mine) && may(it.original.received === it.original.bytes ? 'remove' : 'add');
  const own = waitingOf(of.id);
  if (error && !value) return <Trouble error={error} retry={again} />;
  if (!value) return <Loading />;
  // What this page sends is shown once, as it goes.
  const others = value.filter((it) => !own.some(({ material }) => material === it.id));
  if (others.length === 0 && own.length === 0 && !may('add')) return null;
  return (
    <section class="card" data-testid="materials">
      <h2>{told('title')}</h2>
      {others.length === 0 && own.length === 0 ? <p class="quiet">{told('none')}</p> : null}
      <ul class="materials">
        {others.map((it) => (
          <One key={it.id} of={it} caseId={of.id} may={removes(it)} turn={turn} changed={changed} />
        ))}
      </ul>
      <Outbox of={of.id} />
      {may('add') ? <Add of={of.id} there={others.length} /> : null}
    </section>
  );
}
