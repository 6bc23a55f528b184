import { computed, signal } from '@preact/signals';
import type { Api, Kind, Problem } from '../../protocol/api.ts';
import { type Closing, readClosing } from '../../protocol/closing.ts';
import { deviceJoin } from '../../protocol/device.ts';
import { comeBack } from '../../protocol/guests.ts';
import { hasPictures, type Mode } from '../../protocol/mode.ts';
import type { Packet } from '../../protocol/packet.ts';
import type { Incoming } from '../../protocol/peers.ts';
import { RoomClient, type RoomListener, type State } from '../../protocol/room.ts';
import { NOBODY, type Side } from '../../protocol/side.ts';
import { type Deck, openSlides, SLIDES_OPEN } from '../../protocol/slides.ts';
import { type Alert, Source } from '../../protocol/source.ts';
import { readState, ROOM_STATE, type Slides } from '../../protocol/state.ts';
import { readTopic, type Streamed, withheld } from '../../protocol/topics.ts';
import type { JoinResponse, Leave, ParticipantInfo, Quality, RoomInfo, Speaker } from '../../protocol/wire.ts';
import { type Manner, take } from '../devices.ts';
import { api, kept, recall } from '../store.ts';
import { Company } from './company.ts';
import { Messages } from './messages.ts';
import { Modes } from './modes.ts';
import { Stills } from './stills.ts';
import { Table } from './table.ts';
import { Usage } from './usage.ts';

export type Device = 'camera' | 'microphone';

/** The state of one room page; the views read its signals and call its verbs. */
export class RoomModel implements RoomListener {
  readonly connection = signal<State>('joining');
  readonly waitingSince = signal(0);
  readonly tries = signal(0);
  readonly title = signal('');
  readonly kind = signal<Kind | null>(null);
  readonly myRole = signal('');
  readonly myself = signal<ParticipantInfo | null>(null);
  readonly others = signal<ParticipantInfo[]>([]);
  readonly tracks = signal<Incoming[]>([]);
  /** What comes smaller than we ask for, or not at all, and why. */
  readonly withheld = signal<Streamed[]>([]);
  /** Whose line is weak. */
  readonly side = signal<Side>(NOBODY);
  readonly speaking = signal<string[]>([]);
  readonly recording = signal(false);
  readonly muted = signal(false);
  readonly hasMicrophone = signal(false);
  readonly camera = signal<MediaStreamTrack | null>(null);
  readonly alerts = signal<Partial<Record<Device, Alert>>>({});
  readonly problem = signal<Problem | null>(null);
  readonly dismissal = signal<string>('');
  readonly closing = signal<Closing | null>(null);
  /** Nothing may be sent yet: it is not noted who the patient is, or that the patient consents. */
  readonly waits = signal(false);
  /** What it waits for is being noted, or was just now. */
  readonly noting = signal(false);
  /** The case for which the session is booked, for who cares for its patient. */
  caseId = '';
  /** Pictures of slides can be fetched. */
  readonly slidesOpen = signal(false);
  /** The browser wants a touch before it plays sound. */
  readonly silent = signal(false);
  readonly messages: Messages;
  readonly table: Table;
  readonly usage = new Usage();
  readonly company = new Company();
  readonly modes = new Modes((mode) => this.client.choose(mode));
  readonly stills = new Stills(
    () => this.client.publishing.camera,
    (piece) => this.client.sendBytes('still', piece),
  );
  /** Pictures are not wanted. */
  readonly saver = computed(() => !hasPictures(this.modes.chosen.value));
  readonly sources: Record<Device, Source>;
  private readonly client: RoomClient;
  private readonly timers: number[] = [];
  private cameraBefore = false;
  private unwatch = (): void => undefined;
  /** The picture that is shown large; empty without one. */
  private large = '';
  /** Without a login: by a ticket, or as the device of a terminal. */
  private readonly invited: boolean;
  private readonly terminal: boolean;

  constructor(
    readonly id: string,
    private readonly guest: string | null,
  ) {
    const comes = kept.read(`guest.${id}`);
    [this.invited, this.terminal] = [comes !== null, comes === 'device'];
    this.messages = new Messages(id);
    this.table = new Table({
      identity: () => this.myself.value?.identity ?? '',
      speaks: () => !this.muted.value && this.hasMicrophone.value,
      send: (write) => this.client.send(ROOM_STATE, write),
      read: (name) => kept.read(`${name}.${id}`),
      keep: (name, value) => kept.write(`${name}.${id}`, value),
    });
    this.client = new RoomClient(location.origin, (fresh) => this.tokens(fresh), this, Number(kept.read(`chosen.${id}`)));
    this.sources = { camera: this.source('camera'), microphone: this.source('microphone') };
  }

  start(): void {
    const manner = recall<Manner>(`manner.${this.id}`) ?? { want: this.guest ? 'watch' : 'sound', muted: false };
    this.mute(manner.muted, true);
    const opened = take(this.id);
    // Who was quicker than the browser's question on the join page is asked here.
    const { microphone, camera } = this.sources;
    if (opened?.microphone) microphone.take(opened.microphone);
    else if (manner.want !== 'watch') void microphone.open();
    if (opened?.camera) camera.take(opened.camera);
    else if (manner.want === 'full') void camera.open();
    for (const source of [microphone, camera]) source.watch();
    this.unwatch = this.modes.present.subscribe((mode) => this.follow(mode));
    this.client.start();
    void this.expect();
    this.timers.push(
      window.setInterval(() => void this.usage.measure(this.client.connections()), 4000),
      window.setInterval(() => void this.client.heedUplink(), 1500),
      window.setInterval(() => void this.openSlides(), SLIDES_OPEN),
    );
  }

  leave(): void {
    this.choose();
    this.client.leave();
  }

  /** Whether the person leads the session, and the scheduler knows who it is. */
  get leads(): boolean {
    return !this.guest && !this.invited && /specialist|lead_teacher/.test(this.myRole.value);
  }

  /** What is asked of the scheduler by who is logged in. */
  get scheduler(): Api {
    return api();
  }

  /** The room token in use, for slides. */
  get token(): string {
    return this.client.roomToken;
  }

  /** The page goes: with a goodbye, unless it left already. */
  stop(): void {
    for (const timer of this.timers) window.clearInterval(timer);
    this.company.stop();
    this.table.stop();
    this.unwatch();
    if (this.client.state !== 'left' && this.client.state !== 'refused') this.client.leave();
  }

  /** From here on coming in is what the person chooses, and not what the page does by itself. */
  choose(): void {
    kept.write(`chosen.${this.id}`, null);
  }

  // -- what the person does

  mute(muted: boolean, quiet = false): void {
    this.muted.value = muted;
    if (!muted) this.table.answer();
    this.client.publishing.mute(muted);
    if (!quiet) this.keepManner();
  }

  async toggleMicrophone(): Promise<void> {
    if (this.hasMicrophone.value) return this.mute(!this.muted.value);
    this.mute(false);
    await this.sources.microphone.open();
    return this.keepManner();
  }

  async toggleCamera(): Promise<void> {
    if (this.camera.value) this.sources.camera.close();
    else await this.sources.camera.open();
    this.keepManner();
  }

  /** Sound only, both ways, or everything again. */
  toggleSaver(): void {
    this.modes.choose(this.saver.value ? 'full' : 'voice');
  }

  /** What a mode does not have is not sent either. */
  private follow(mode: Mode): void {
    const { camera } = this.sources;
    if (mode === 'stills' && !this.muted.value) this.mute(true);
    if (hasPictures(mode)) {
      if (this.cameraBefore) void camera.open();
      this.cameraBefore = false;
    } else if (camera.wanted) {
      this.cameraBefore = true;
      camera.close();
    }
  }

  /** This picture is shown large: on a thin line it comes before the others. */
  look(trackSid: string): void {
    const small = this.large === trackSid ? '' : this.large;
    this.large = trackSid;
    if (small && this.pictureSids().includes(small)) this.client.receive([small], true);
    if (trackSid) this.client.receive([trackSid], true, true);
  }

  say(): void {
    const mine = this.myself.value;
    if (this.messages.compose(mine?.identity ?? '', mine?.name ?? '')) this.sendMessages();
  }

  present(deck: Deck): void {
    this.turn({ deck: deck.deck, page: 1, pages: deck.pages, title: deck.title });
  }

  /** Turns by so many pages, or to a page of another deck. */
  turn(to: Slides | number): void {
    const now = this.table.slides.value;
    const next = typeof to === 'number' ? now && { ...now, page: now.page + to } : to;
    if (!next || next.page < 1 || next.page > next.pages) return;
    this.table.turn(next);
  }

  /** Opens the slides of this room to the page; every page does it as it comes in, so that no picture waits later. */
  async openSlides(): Promise<void> {
    if (!this.token) return;
    await openSlides(this.id, this.token).then(
      () => (this.slidesOpen.value = true),
      // The next picture that does not come tries again.
      () => undefined,
    );
  }

  // -- what the room tells

  state(state: State): void {
    this.tries.value = this.client.attempt;
    if (state === 'waiting' && this.connection.value !== 'waiting') this.waitingSince.value = Date.now();
    this.connection.value = state;
    if (state === 'connected') this.ready();
    if (state === 'left' || state === 'refused') for (const source of Object.values(this.sources)) source.stop();
  }

  joined(join: JoinResponse): void {
    kept.write(`chosen.${this.id}`, String(this.client.chosenMs));
    const before = this.others.value;
    this.tracks.value = [];
    this.withheld.value = [];
    this.side.value = NOBODY;
    this.modes.joined();
    this.speaking.value = [];
    this.myself.value = join.participant;
    if (join.participant.attributes['role']) this.myRole.value = join.participant.attributes['role'];
    this.others.value = [];
    this.people(join.otherParticipants);
    // Who was here before our line broke, or the server started again, may be on the way back.
    for (const one of before) {
      if (!this.others.value.some((other) => other.identity === one.identity)) this.company.gone(one, '');
    }
    this.about(join.room);
    this.client.publishing.open = !this.waits.value;
    this.table.joined(readState(join.room.metadata), this.myRole.value === 'lead_teacher');
    void this.openSlides();
  }

  people(participants: ParticipantInfo[]): void {
    let list = this.others.value;
    for (const one of participants) {
      const mine = one.sid === this.myself.value?.sid;
      if (mine) {
        this.myself.value = one;
        continue;
      }
      const before = list.find((other) => other.sid === one.sid);
      const here = list.some((other) => other.identity === one.identity && other !== before);
      if (one.state !== 'DISCONNECTED') this.company.came(one.identity);
      else if (!here && one.identity !== this.myself.value?.identity) {
        this.company.gone(before ?? one, one.disconnectReason);
      }
      if (one.state === 'DISCONNECTED') {
        list = list.filter((other) => other.sid !== one.sid);
      } else if (before) list = list.map((other) => (other === before ? one : other));
      // A person who came back has a new sid; the old one goes at once and not when its time is over.
      else list = [...list.filter((other) => other.identity !== one.identity), one];
    }
    this.others.value = list;
  }

  incoming(tracks: Incoming[]): void {
    this.tracks.value = tracks;
  }

  speakers(speakers: Speaker[]): void {
    const left = this.speaking.value.filter((sid) => !speakers.some((one) => one.sid === sid));
    this.speaking.value = [...left, ...speakers.filter((one) => one.active).map((one) => one.sid)];
  }

  qualities(qualities: Quality[]): void {
    for (const { sid, word } of qualities) {
      const one = this.others.value.find((other) => other.sid === sid);
      if (one) this.company.told(one.identity, word);
    }
  }

  room(room: RoomInfo): void {
    this.about(room);
    this.client.allow(!this.waits.value);
    this.table.told(readState(room.metadata));
  }

  answered(request: number, done: boolean): void {
    this.table.answered(request, done);
  }

  private about(room: RoomInfo): void {
    this.recording.value = room.activeRecording;
    this.closing.value = readClosing(room.metadata);
    try {
      const about = JSON.parse(room.metadata || '{}') as { title?: string; kind?: Kind; clearance?: { media?: boolean } };
      this.waits.value = about.clearance?.media === false;
      if (this.waits.value) {
        this.noting.value = true;
        this.stills.shown.value = {};
      }
      if (about.title) this.title.value = about.title;
      if (about.kind) this.kind.value = about.kind;
    } catch {
      // Metadata in another form belongs to somebody else's room.
    }
    if (!this.kind.value) this.kind.value = 'consultation';
  }

  packet(packet: Packet): void {
    if (packet.topic === 'still') {
      // The gateway asks for one of ours, and passes those of others.
      if (packet.identity === '') void this.stills.asked();
      else this.stills.heard(packet.identity, packet.payload);
      return;
    }
    const said = readTopic(packet.topic, packet.payload);
    if (!said) return;
    const sender = this.others.value.find((one) => one.identity === packet.identity);
    // What the gateway says itself comes from nobody.
    if (said.topic === 'line' && packet.identity === '') this.withheld.value = withheld(this.withheld.value, said.streams);
    if (said.topic === 'side' && packet.identity === '') this.side.value = said.side;
    if (said.topic === 'mode' && packet.identity === '') this.modes.heard(said.reception);
    if (said.topic === 'chat') this.messages.heard(said.chat, packet.identity, sender?.name || packet.identity);
    if (said.topic === 'chat-log' && packet.identity === '') {
      this.messages.before(said.messages, this.myself.value?.identity ?? '');
    }
  }

  mutedBy(what: 'microphone' | 'camera', muted: boolean): void {
    if (what === 'microphone' && muted) this.mute(true);
    if (what === 'camera' && muted) this.sources.camera.close();
  }

  ready(): void {
    this.client.receive(this.pictureSids(), true);
    this.look(this.large);
    this.sendMessages();
    this.table.ready();
  }

  dismissed(leave: Leave): void {
    this.dismissal.value = leave.reason;
  }

  refused(problem: Problem): void {
    this.problem.value = problem;
  }

  // -- inside

  private async tokens(fresh: boolean): Promise<string> {
    if (this.guest) return this.guest;
    const last = fresh ? null : kept.read(`token.${this.id}`);
    const ask = this.terminal ? deviceJoin(this.id) : this.invited ? comeBack(this.id) : api().join(this.id);
    const ticket = await ask.catch((error: unknown) => {
      // After a reload without a network the last token still opens the door.
      if (last && (error as Problem).status === 0) return null;
      throw error;
    });
    if (!ticket) return last ?? '';
    this.title.value = ticket.title;
    this.kind.value = ticket.kind;
    this.myRole.value = ticket.role;
    this.caseId = ticket.caseId ?? '';
    kept.write(`token.${this.id}`, ticket.token);
    return ticket.token;
  }

  /** Who is booked; without an answer nobody is named who has not come. */
  private async expect(): Promise<void> {
    if (this.guest || this.invited) return;
    const session = await api().session(this.id).catch(() => null);
    this.company.expected.value = session?.participants ?? [];
  }

  /** A microphone or camera that tells us what becomes of it. */
  private source(device: Device): Source {
    const kind = device === 'microphone' ? 'audio' : 'video';
    return new Source(kind, {
      track: (track) => (device === 'microphone' ? this.useMicrophone(track) : this.useCamera(track)),
      silenced: (silenced) => {
        this.client.publishing.silence(kind, silenced);
        if (device === 'microphone') this.hasMicrophone.value = !silenced && this.sources.microphone.track !== null;
      },
      alert: (alert) => {
        this.alerts.value = { ...this.alerts.value, [device]: alert ?? undefined };
      },
    });
  }

  private useMicrophone(track: MediaStreamTrack | null): void {
    this.hasMicrophone.value = track !== null;
    this.client.setMicrophone(track);
  }

  private useCamera(track: MediaStreamTrack | null): void {
    this.camera.value = track;
    this.client.setCamera(track);
  }

  private keepManner(): void {
    const { camera, microphone } = this.sources;
    const want = camera.wanted || this.cameraBefore ? 'full' : microphone.wanted ? 'sound' : 'watch';
    kept.write(`manner.${this.id}`, JSON.stringify({ want, muted: this.muted.value } satisfies Manner));
  }

  private pictureSids(): string[] {
    return this.others.value.flatMap((one) => one.tracks.filter((t) => t.type === 'VIDEO').map((t) => t.sid));
  }

  private sendMessages(): void {
    this.messages.flush((chat) => this.client.send('chat', chat));
  }
}
