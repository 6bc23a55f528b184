/**
 * The JSON form of LiveKit's signalling messages (protobuf-JSON), as far as this client uses them.
 * Names arrive in camelCase or snake_case, enums as names or numbers, 64-bit numbers as strings:
 * `tidy` makes one form of them before anything else looks.
 */
import type { Names } from './api.ts';

export interface SessionDescription {
  type: RTCSdpType;
  sdp: string;
  id?: number;
}

export interface TrackInfo {
  sid: string;
  type: 'AUDIO' | 'VIDEO' | 'DATA';
  source: 'UNKNOWN' | 'CAMERA' | 'MICROPHONE' | 'SCREEN_SHARE' | 'SCREEN_SHARE_AUDIO';
  muted: boolean;
}

export interface ParticipantInfo {
  sid: string;
  identity: string;
  name: string;
  /** The name, and those in other languages from the metadata that the scheduler wrote into the token. */
  names: Names;
  state: 'JOINING' | 'JOINED' | 'ACTIVE' | 'DISCONNECTED';
  /** Milliseconds since 1970, the server's clock. */
  joinedAtMs: number;
  /** Why somebody who is DISCONNECTED has gone. */
  disconnectReason: string;
  attributes: Record<string, string>;
  tracks: TrackInfo[];
}

export interface RoomInfo {
  name: string;
  /** JSON text `{title, kind}`. */
  metadata: string;
  activeRecording: boolean;
}

export interface JoinResponse {
  room: RoomInfo;
  participant: ParticipantInfo;
  otherParticipants: ParticipantInfo[];
  iceServers: RTCIceServer[];
  /** Seconds. */
  pingInterval: number;
  /** Seconds. */
  pingTimeout: number;
}

export interface Leave {
  action: 'DISCONNECT' | 'RESUME' | 'RECONNECT';
  reason: string;
}

export interface Speaker {
  sid: string;
  active: boolean;
  level: number;
}

/** How good somebody's line is, by the worse way. */
export interface Quality {
  sid: string;
  word: 'POOR' | 'GOOD' | 'EXCELLENT' | 'LOST';
}

/** What the server may say; anything else is dropped. */
export type Heard =
  | { kind: 'join'; join: JoinResponse }
  /** The server still knows us; everything goes on. */
  | { kind: 'resumed' }
  | { kind: 'offer' | 'answer'; description: SessionDescription }
  | { kind: 'trickle'; candidate: RTCIceCandidateInit | null; target: 'PUBLISHER' | 'SUBSCRIBER' }
  | { kind: 'update'; participants: ParticipantInfo[] }
  | { kind: 'trackPublished'; cid: string; track: TrackInfo }
  /** How many sizes of our picture, from the smallest up, anybody uses. */
  | { kind: 'layersUsed'; sid: string; used: number }
  | { kind: 'mute'; sid: string; muted: boolean }
  | { kind: 'speakers'; speakers: Speaker[] }
  | { kind: 'qualities'; qualities: Quality[] }
  | { kind: 'room'; room: RoomInfo }
  /** What became of a request of ours, by its number. */
  | { kind: 'response'; request: number; done: boolean }
  | { kind: 'token'; token: string }
  | { kind: 'pong'; lastPingMs: number }
  | { kind: 'leave'; leave: Leave };

export type Loose = Record<string, unknown>;

const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_all, c: string) => c.toUpperCase());

/** Free-form maps: their keys belong to people, not to the protocol. */
const maps = ['attributes', 'midToTrackId'];

/** The same value with every message field named in camelCase. */
export function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (value === null || typeof value !== 'object') return value;
  const out: Loose = {};
  for (const [name, inner] of Object.entries(value)) {
    const key = camel(name);
    out[key] = maps.includes(key) ? inner : tidy(inner);
  }
  return out;
}

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const object = (value: unknown): Loose =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Loose) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const truth = (value: unknown): boolean => value === true;

/** A number that may have come as a decimal string, else `otherwise`. */
export function number(value: unknown, otherwise = 0): number {
  const n = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof n === 'number' && Number.isFinite(n) ? n : otherwise;
}

/** An enum that may have come as its name or its number. */
function named<T extends string>(value: unknown, names: readonly T[], otherwise: T): T {
  if (typeof value === 'number') return names[value] ?? otherwise;
  const name = text(value) as T;
  return names.includes(name) ? name : otherwise;
}

const kinds = ['AUDIO', 'VIDEO', 'DATA'] as const;
const sources = ['UNKNOWN', 'CAMERA', 'MICROPHONE', 'SCREEN_SHARE', 'SCREEN_SHARE_AUDIO'] as const;
const states = ['JOINING', 'JOINED', 'ACTIVE', 'DISCONNECTED'] as const;
const targets = ['PUBLISHER', 'SUBSCRIBER'] as const;
const actions = ['DISCONNECT', 'RESUME', 'RECONNECT'] as const;
const reasons = [
  'UNKNOWN_REASON',
  'CLIENT_INITIATED',
  'DUPLICATE_IDENTITY',
  'SERVER_SHUTDOWN',
  'PARTICIPANT_REMOVED',
  'ROOM_DELETED',
  'STATE_MISMATCH',
  'JOIN_FAILURE',
  'MIGRATION',
  'SIGNAL_CLOSE',
  'ROOM_CLOSED',
  'USER_UNAVAILABLE',
  'USER_REJECTED',
  'SIP_TRUNK_FAILURE',
  'CONNECTION_TIMEOUT',
  'MEDIA_FAILURE',
] as const;
const words = ['POOR', 'GOOD', 'EXCELLENT', 'LOST'] as const;

function track(value: unknown): TrackInfo {
  const t = object(value);
  return {
    sid: text(t['sid']),
    type: named(t['type'], kinds, 'AUDIO'),
    source: named(t['source'], sources, 'UNKNOWN'),
    muted: truth(t['muted']),
  };
}

const texts = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(object(value)).map(([key, inner]) => [key, text(inner)]));

function participant(value: unknown): ParticipantInfo {
  const p = object(value);
  return {
    sid: text(p['sid']),
    identity: text(p['identity']),
    name: text(p['name']),
    names: { ...texts(object(parse(text(p['metadata'])))['names']), zh: text(p['name']) },
    state: named(p['state'], states, 'JOINING'),
    joinedAtMs: number(p['joinedAtMs']),
    disconnectReason: named(p['disconnectReason'], reasons, 'UNKNOWN_REASON'),
    attributes: texts(p['attributes']),
    tracks: list(p['tracks']).map(track),
  };
}

function room(value: unknown): RoomInfo {
  const r = object(value);
  return { name: text(r['name']), metadata: text(r['metadata']), activeRecording: truth(r['activeRecording']) };
}

function iceServer(value: unknown): RTCIceServer {
  const s = object(value);
  const out: RTCIceServer = { urls: list(s['urls']).map(text) };
  if (text(s['username'])) out.username = text(s['username']);
  if (text(s['credential'])) out.credential = text(s['credential']);
  return out;
}

function join(value: Loose): JoinResponse {
  return {
    room: room(value['room']),
    participant: participant(value['participant']),
    otherParticipants: list(value['otherParticipants']).map(participant),
    iceServers: list(value['iceServers']).map(iceServer).filter((s) => s.urls.length > 0),
    pingInterval: number(value['pingInterval'], 10) || 10,
    pingTimeout: number(value['pingTimeout'], 20) || 20,
  };
}

function description(value: Loose): SessionDescription {
  return { type: text(value['type']) as RTCSdpType, sdp: text(value['sdp']), id: number(value['id']) };
}

function trickle(value: Loose): Heard | null {
  const target = named(value['target'], targets, 'PUBLISHER');
  const raw = text(value['candidateInit']);
  if (raw === '') return truth(value['final']) ? { kind: 'trickle', candidate: null, target } : null;
  const candidate = object(parse(raw)) as RTCIceCandidateInit;
  return { kind: 'trickle', candidate, target };
}

function leave(value: Loose): Leave {
  const reason = named(value['reason'], reasons, 'UNKNOWN_REASON');
  const action = named(value['action'], actions, 'DISCONNECT');
  const comeBack = truth(value['canReconnect']) || reason === 'SERVER_SHUTDOWN' || reason === 'MIGRATION';
  return { reason, action: action === 'DISCONNECT' && comeBack ? 'RECONNECT' : action };
}

export function parse(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return null;
  }
}

function speaker(value: unknown): Speaker {
  const s = object(value);
  return { sid: text(s['sid']), active: truth(s['active']), level: number(s['level']) };
}

function quality(value: unknown): Quality {
  const q = object(value);
  return { sid: text(q['participantSid']), word: named(q['quality'], words, 'POOR') };
}

/** Reads one text frame; null for anything that this client has no use for. */
export function read(frame: string): Heard | null {
  const all = object(tidy(parse(frame)));
  const has = (name: string): boolean => all[name] !== undefined && all[name] !== null;
  const part = (name: string): Loose => object(all[name]);
  if (has('join')) return { kind: 'join', join: join(part('join')) };
  if (has('reconnect')) return { kind: 'resumed' };
  if (has('answer')) return { kind: 'answer', description: description(part('answer')) };
  if (has('offer')) return { kind: 'offer', description: description(part('offer')) };
  if (has('trickle')) return trickle(part('trickle'));
  if (has('update')) return { kind: 'update', participants: list(part('update')['participants']).map(participant) };
  if (has('trackPublished')) {
    const published = part('trackPublished');
    return { kind: 'trackPublished', cid: text(published['cid']), track: track(published['track']) };
  }
  if (has('subscribedQualityUpdate')) {
    const update = part('subscribedQualityUpdate');
    const used = list(update['subscribedQualities']).filter((it) => truth(object(it)['enabled'])).length;
    return { kind: 'layersUsed', sid: text(update['trackSid']), used };
  }
  if (has('mute')) return { kind: 'mute', sid: text(part('mute')['sid']), muted: truth(part('mute')['muted']) };
  if (has('speakersChanged')) {
    return { kind: 'speakers', speakers: list(part('speakersChanged')['speakers']).map(speaker) };
  }
  if (has('connectionQuality')) {
    return { kind: 'qualities', qualities: list(part('connectionQuality')['updates']).map(quality) };
  }
  if (has('roomUpdate')) return { kind: 'room', room: room(part('roomUpdate')['room']) };
  if (has('requestResponse')) {
    const answer = part('requestResponse');
    const done = named(answer['reason'], ['OK'] as const, 'OTHER' as 'OK' | 'OTHER') === 'OK';
    return { kind: 'response', request: number(answer['requestId']), done };
  }
  if (has('refreshToken')) return { kind: 'token', token: text(all['refreshToken']) };
  if (has('pongResp')) return { kind: 'pong', lastPingMs: number(part('pongResp')['lastPingTimestamp']) };
  if (has('pong')) return { kind: 'pong', lastPingMs: 0 };
  if (has('leave')) return { kind: 'leave', leave: leave(part('leave')) };
  return null;
}

/** One simulcast layer as `addTrack` names it. */
export interface Layer {
  quality: 'LOW' | 'MEDIUM' | 'HIGH';
  width: number;
  height: number;
  /** Bits per second. */
  bitrate: number;
  rid?: string;
}

export interface AddTrack {
  cid: string;
  name: string;
  type: 'AUDIO' | 'VIDEO';
  source: 'CAMERA' | 'MICROPHONE';
  muted: boolean;
  width?: number;
  height?: number;
  layers?: Layer[];
}

/** What this client says; one field a message, as the protobuf `oneof` wants. */
export type Said =
  | { offer: SessionDescription }
  | { answer: SessionDescription }
  | { trickle: { candidateInit: string; target: 'PUBLISHER' | 'SUBSCRIBER'; final: boolean } }
  | { addTrack: AddTrack }
  | { mute: { sid: string; muted: boolean } }
  /** Without a quality it would ask for the smallest picture: LOW is 0, and 0 is what protobuf leaves out. */
  | { trackSetting: { trackSids: string[]; disabled: boolean; quality: 'LOW' | 'MEDIUM' | 'HIGH'; priority?: number } }
  | { updateMetadata: { attributes: Record<string, string> } }
  | { pingReq: { timestamp: string; rtt: string } }
  | { leave: { reason: 'CLIENT_INITIATED' } };

/** What we want of these tracks: nothing, or the best picture there is; and whether they come before all others. */
export const wish = (trackSids: string[], on: boolean, first = false): Said => ({
  trackSetting: { trackSids, disabled: !on, quality: 'HIGH', ...(first ? { priority: 1 } : {}) },
});
