import { Problem } from './api.ts';
import { backoff } from './backoff.ts';
import type { Mode } from './mode.ts';
import { decode, encode, type Packet } from './packet.ts';
import { type Incoming, Peers } from './peers.ts';
import { Publishing } from './publishing.ts';
import { type Beat, rtcUrl, Signalling } from './signalling.ts';
import { sampled, Uplink, UPLINK_WHOLE } from './uplink.ts';
import { validate } from './validate.ts';
import { type Heard, type JoinResponse, type Leave, type ParticipantInfo, type Quality, type RoomInfo, type Said, type Speaker, wish } from './wire.ts';

export type State = 'joining' | 'connected' | 'waiting' | 'left' | 'refused';

/** What the room tells its page. */
export interface RoomListener {
  state(state: State): void;
  /** A fresh join: everything known before is replaced. */
  joined(join: JoinResponse): void;
  people(participants: ParticipantInfo[]): void;
  incoming(tracks: Incoming[]): void;
  packet(packet: Packet): void;
  speakers(speakers: Speaker[]): void;
  qualities(qualities: Quality[]): void;
  room(room: RoomInfo): void;
  /** What became of a write of ours, by its number. */
  answered(request: number, done: boolean): void;
  /** The server muted or unmuted us. */
  mutedBy(what: 'microphone' | 'camera', muted: boolean): void;
  /** The channel for messages is open; what waits may go. */
  ready(): void;
  /** The server sent us away for good. */
  dismissed(leave: Leave): void;
  refused(problem: Problem): void;
}

/** Gives a room token; `fresh` asks for a new one because the last was refused. */
export type Tokens = (fresh: boolean) => Promise<string>;

/** A join that carries no media after this is tried again, milliseconds. */
const CONNECTING = 15_000;
/** A connection that is not whole so long after we asked for a new path is joined anew, milliseconds. */
const SHAKY = 4000;

type Network = EventTarget & { type?: string };
const network = (): Network | undefined => (navigator as { connection?: Network }).connection;
/** Wi-Fi, cellular and so on, where the browser tells. */
const networkType = (): string => network()?.type ?? '';

/** One person's presence in one room, over as many connections as the line needs. */
export class RoomClient {
  state: State = 'joining';
  /** Tries since the last good connection. */
  attempt = 0;
  readonly publishing = new Publishing((message) => this.say(message));
  private readonly uplink = new Uplink();
  /** What the gateway knows of it. */
  private toldUplink = UPLINK_WHOLE;
  private signalling: Signalling | null = null;
  private peers: Peers | null = null;
  private timer = 0;
  private token = '';
  private stale = false;
  /** Our participant id and the beat at the server that we joined; empty when we must join anew. */
  private sid = '';
  private beat: Beat | null = null;
  /** The connections belong to the present socket; news of older ones is not listened to. */
  private live = false;
  private asked = 0;
  private readonly online = (): void => this.hurry();
  private network = networkType();
  private readonly changed = (): void => {
    if (networkType() === this.network) return;
    this.network = networkType();
    this.hurry();
  };

  constructor(
    private readonly origin: string,
    private readonly tokens: Tokens,
    private readonly listener: RoomListener,
    /** When the person chose this page, if it comes back by itself; 0: they have just pressed. */
    public chosenMs = 0,
  ) {}

  start(): void {
    window.addEventListener('online', this.online);
    network()?.addEventListener('change', this.changed);
    void this.dial();
  }

  /** Says goodbye and frees everything, the devices too. */
  leave(): void {
    this.say({ leave: { reason: 'CLIENT_INITIATED' } });
    this.finish('left');
  }

  /** Closes without a goodbye: the page goes away but may come back (reload). */
  abandon(): void {
    this.unlisten();
    this.drop();
    this.publishing.stop();
  }

  /** Sends a message to everybody; false when it has to wait. */
  send(topic: string, body: unknown): boolean {
    return this.sendBytes(topic, new TextEncoder().encode(JSON.stringify(body)));
  }

  /** The same for what is no text. */
  sendBytes(topic: string, body: Uint8Array): boolean {
    // A channel looks open for seconds after its line is dead.
    if (!this.live || this.state !== 'connected') return false;
    const bytes = encode(topic, body, true);
    return bytes !== null && this.peers !== null && this.peers.send(bytes);
  }

  setMicrophone(track: MediaStreamTrack | null): void {
    if (this.publishing.setMicrophone(this.peers, track)) void this.peers?.negotiate();
  }

  setCamera(track: MediaStreamTrack | null): void {
    if (this.publishing.setCamera(this.peers, track)) void this.peers?.negotiate();
  }

  /** Whether what is there may be sent now; a pass of before says another thing. */
  allow(open: boolean): void {
    if (this.publishing.open !== open) this.stale = true;
    if (this.publishing.allow(this.peers, open)) void this.peers?.negotiate();
  }

  /**
   * Asks the server to stop sending these tracks, or to send the best picture that the line carries; where it does not
   * carry all, those that were asked for as the `first` come before the others.
   */
  receive(trackSids: string[], on: boolean, first = false): void {
    if (trackSids.length > 0) this.say(wish(trackSids, on, first));
  }

  /** How much of the session we want to be sent. */
  choose(mode: Mode): void {
    this.say({ updateMetadata: { attributes: { mode } } });
  }

  /** Sends what the way up carries, by what the browser counts; to be called every second or two. */
  async heedUplink(): Promise<void> {
    const { peers } = this;
    const sample = peers && (await sampled(peers.publisher));
    if (!sample || peers !== this.peers) return;
    this.uplink.note(sample);
    peers.carryCopies(this.uplink.copies);
    this.publishing.fit(this.uplink.picture);
    this.tellUplink();
  }

  /** The gateway tells the others what our line does to what we send. */
  private tellUplink(): void {
    const word = this.uplink.word(this.publishing.camera !== null);
    if (word === this.toldUplink) return;
    if (this.sendBytes('uplink', new TextEncoder().encode(word))) this.toldUplink = word;
  }

  /** Both connections, for reading their counters. */
  connections(): RTCPeerConnection[] {
    return this.peers ? [this.peers.publisher, this.peers.subscriber] : [];
  }

  /** The room token in use; the gateway renews it. */
  get roomToken(): string {
    return this.token;
  }

  /** The round trip of the signalling, milliseconds. */
  get rtt(): number {
    return this.signalling?.rtt ?? 0;
  }

  private say(message: Said): void {
    this.signalling?.send(message);
  }

  private become(state: State): void {
    if (this.state === state) return;
    this.state = state;
    this.listener.state(state);
  }

  private async dial(fresh = false): Promise<void> {
    this.drop(true);
    const asked = (this.asked += 1);
    try {
      this.token = fresh || this.stale || this.token === '' ? await this.tokens(fresh) : this.token;
    } catch (error) {
      if (asked !== this.asked) return;
      this.noToken(error instanceof Problem ? error : new Problem(0, '', 'offline'));
      return;
    }
    if (asked !== this.asked) return;
    this.stale = false;
    // What was under way when the line broke is lost; then it is simpler to begin anew.
    const whole = this.peers?.settled && this.publishing.settled;
    this.signalling = new Signalling(
      rtcUrl(this.origin, this.token, whole ? this.sid : '', this.chosenMs),
      {
        heard: (message) => this.heard(message),
        lost: (opened) => void this.lost(opened),
      },
      this.beat,
    );
  }

  /** Without an answer we go on trying; with a refusal the person has to know. */
  private noToken(problem: Problem): void {
    if (problem.status === 0 || problem.status >= 500 || problem.status === 429) this.retry();
    else this.refuse(problem);
  }

  private refuse(problem: Problem): void {
    this.finish('refused');
    this.listener.refused(problem);
  }

  /**
   * The socket is gone: a server that was there is looked for at once; else a refused token is told from a bad line by
   * asking over HTTP.
   */
  private async lost(opened: boolean): Promise<void> {
    const asked = this.asked;
    if (opened) return this.retry();
    this.become('waiting');
    this.drop(true);
    const why = await validate(this.token);
    if (asked !== this.asked || this.state !== 'waiting') return;
    if (why && [401, 403].includes(why.status)) {
      if (this.attempt >= 2) this.refuse(why);
      else this.retry(true);
      return;
    }
    this.retry();
  }

  private retry(fresh = false): void {
    this.become('waiting');
    this.drop(true);
    this.timer = window.setTimeout(() => void this.dial(fresh), backoff(this.attempt, Math.random()));
    this.attempt += 1;
  }

  /** The network came back or is another one: no need to wait for the timer, or until the old path is known to be dead. */
  private hurry(): void {
    if (this.state !== 'waiting' && this.state !== 'connected') return;
    this.attempt = 0;
    void this.dial();
  }

  private heard(message: Heard): void {
    switch (message.kind) {
      case 'join':
        return this.joined(message.join);
      case 'resumed':
        return this.resumed();
      case 'answer':
        return this.peers?.answered(message.description);
      case 'offer':
        return this.peers?.offered(message.description);
      case 'trickle':
        return this.peers?.trickled(message.candidate, message.target);
      case 'trackPublished':
        return this.publishing.published(message.cid, message.track.sid);
      case 'layersUsed':
        return this.publishing.layersUsed(message.sid, message.used);
      case 'update':
        return this.listener.people(message.participants);
      case 'speakers':
        return this.listener.speakers(message.speakers);
      case 'qualities':
        return this.listener.qualities(message.qualities);
      case 'room':
        return this.listener.room(message.room);
      case 'response':
        return this.listener.answered(message.request, message.done);
      case 'mute':
        return this.mutedByServer(message.sid, message.muted);
      case 'token':
        this.token = message.token;
        return;
      case 'leave':
        return this.sentAway(message.leave);
      default:
        return;
    }
  }

  private joined(join: JoinResponse): void {
    this.peers?.close();
    this.peers = new Peers(join.iceServers, {
      say: (message) => this.say(message),
      incoming: (tracks) => this.listener.incoming(tracks),
      packet: (bytes) => {
        const packet = decode(bytes);
        if (packet) this.listener.packet(packet);
      },
      channelOpen: () => this.listener.ready(),
      agreed: () => this.publishing.steer(),
      connection: (state) => this.connection(state),
    });
    this.live = true;
    this.sid = join.participant.sid;
    this.chosenMs ||= join.participant.joinedAtMs;
    this.beat = join;
    this.toldUplink = UPLINK_WHOLE;
    this.listener.joined(join);
    this.peers.carryCopies(this.uplink.copies);
    this.publishing.start(this.peers);
    void this.peers.negotiate();
    this.arm(CONNECTING);
  }

  /** The server is the same: media went on meanwhile, on the old path or soon on a new one. */
  private resumed(): void {
    this.live = true;
    this.arm(SHAKY);
    void this.peers?.negotiate(true);
    this.publishing.repeat();
    if (this.peers?.connected) this.connection('connected');
  }

  private connection(state: 'connected' | 'shaky' | 'failed'): void {
    if (!this.live) return;
    if (state === 'failed') return this.anew();
    if (state === 'shaky') {
      this.become('waiting');
      void this.dial();
      return;
    }
    window.clearTimeout(this.timer);
    this.attempt = 0;
    this.become('connected');
  }

  private arm(ms: number): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.anew(), ms);
  }

  private anew(): void {
    this.sid = '';
    this.retry();
  }

  private mutedByServer(sid: string, muted: boolean): void {
    if (this.publishing.isMicrophone(sid)) this.listener.mutedBy('microphone', muted);
    if (this.publishing.isCamera(sid)) this.listener.mutedBy('camera', muted);
  }

  private sentAway(leave: Leave): void {
    if (leave.action !== 'DISCONNECT') return this.anew();
    this.finish('left');
    this.listener.dismissed(leave);
  }

  private finish(state: 'left' | 'refused'): void {
    this.asked += 1;
    this.unlisten();
    this.drop();
    this.publishing.stop();
    this.become(state);
  }

  private unlisten(): void {
    window.removeEventListener('online', this.online);
    network()?.removeEventListener('change', this.changed);
  }

  /** Closes the socket; `keep` leaves the media running, so that sound goes on while only the socket is lost. */
  private drop(keep = false): void {
    this.live = false;
    window.clearTimeout(this.timer);
    this.signalling?.close();
    this.signalling = null;
    if (keep) return;
    this.peers?.close();
    this.peers = null;
  }
}
