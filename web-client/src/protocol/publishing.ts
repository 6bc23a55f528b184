import { HEIGHT, layers, PICTURE, preferVp8, SMALL_PICTURE, voice, WIDTH } from './camera.ts';
import type { Peers } from './peers.ts';
import type { AddTrack, Layer, Said } from './wire.ts';

/** What this page sends: kept over reconnections, handed to each new pair of connections. */
export class Publishing {
  microphone: MediaStreamTrack | null = null;
  camera: MediaStreamTrack | null = null;
  muted = false;
  /** Whether anything may be sent: in the session of a case not before its patient has consented. */
  open = true;
  /** What the system keeps silent or dark. */
  private readonly silenced = new Set<'audio' | 'video'>();
  private readonly sids = new Map<'audio' | 'video', string>();
  private readonly cids = new Map<string, 'audio' | 'video'>();
  private cameraSender: RTCRtpSender | null = null;
  private microphoneSender: RTCRtpSender | null = null;
  /** How many sizes of the picture, from the smallest up, somebody has a use for. */
  private used = layers.length;
  /** The line carries a picture beside the voice. */
  private fits = true;

  constructor(private readonly say: (message: Said) => void) {}

  /** Announces and adds every present track to fresh connections; the caller negotiates. */
  start(peers: Peers): void {
    this.sids.clear();
    this.cids.clear();
    this.cameraSender = null;
    this.microphoneSender = null;
    this.used = layers.length;
    if (!this.open) return;
    if (this.microphone) this.addMicrophone(peers, this.microphone);
    if (this.camera) this.addCamera(peers, this.camera);
  }

  /** Begins to send what is there, or ends it, which the server has done on its side; true when a new offer is needed. */
  allow(peers: Peers | null, open: boolean): boolean {
    if (this.open === open) return false;
    this.open = open;
    if (!peers) return false;
    for (const sender of [this.microphoneSender, this.cameraSender]) if (sender) peers.publisher.removeTrack(sender);
    this.start(peers);
    return true;
  }

  /** Adds or swaps the microphone; true when a new offer is needed. */
  setMicrophone(peers: Peers | null, track: MediaStreamTrack | null): boolean {
    this.microphone = track;
    if (track) track.enabled = !this.muted;
    if (!peers || !this.open) return false;
    if (this.microphoneSender) void this.microphoneSender.replaceTrack(track);
    else if (track) this.addMicrophone(peers, track);
    else return false;
    this.tellMute('audio');
    return this.sids.get('audio') === undefined;
  }

  /** Adds, swaps or (null) stops the camera; true when a new offer is needed. */
  setCamera(peers: Peers | null, track: MediaStreamTrack | null): boolean {
    if (this.camera && this.camera !== track) this.camera.stop();
    this.camera = track;
    if (!peers || !this.open) return false;
    if (this.cameraSender) {
      void this.cameraSender.replaceTrack(track);
      this.tellMute('video');
      return false;
    }
    if (!track) return false;
    this.addCamera(peers, track);
    return true;
  }

  mute(muted: boolean): void {
    this.muted = muted;
    if (this.microphone) this.microphone.enabled = !muted;
    this.tellMute('audio');
  }

  /** The system mutes a track, or lets it go: the others are told. */
  silence(kind: 'audio' | 'video', silenced: boolean): void {
    if (this.silenced.has(kind) === silenced) return;
    if (silenced) this.silenced.add(kind);
    else this.silenced.delete(kind);
    this.tellMute(kind);
  }

  /** The server says how many sizes of a picture, from the smallest up, anybody uses. */
  layersUsed(sid: string, used: number): void {
    if (!this.isCamera(sid)) return;
    this.used = used;
    this.steer();
  }

  /** The line carries a picture, or the voice alone: then the others are told that there is none. */
  fit(picture: boolean): void {
    if (this.fits === picture) return;
    this.fits = picture;
    this.steer();
    this.tellMute('video');
  }

  /** Only what is of use, and what the line carries, is encoded. */
  steer(): void {
    const sender = this.cameraSender;
    if (!sender) return;
    const parameters = sender.getParameters();
    const count = this.fits ? this.used : 0;
    (parameters.encodings ?? []).forEach((encoding, place) => {
      encoding.active = place < count;
    });
    // A browser that cannot sends all of it, as before.
    sender.setParameters(parameters).catch(() => undefined);
  }

  /** The server has a name for everything that was announced. */
  get settled(): boolean {
    return [...this.cids.values()].every((kind) => this.sids.has(kind));
  }

  /** Says again what may have been said to a dead line. */
  repeat(): void {
    this.tellMute('audio');
    this.tellMute('video');
  }

  /** The server gave our track its name; a mute pressed meanwhile is told now. */
  published(cid: string, sid: string): void {
    const kind = this.cids.get(cid);
    if (!kind) return;
    this.sids.set(kind, sid);
    if (this.nothing(kind)) this.tellMute(kind);
  }

  /** True when the server's `mute` names our microphone. */
  isMicrophone(sid: string): boolean {
    return this.sids.get('audio') === sid;
  }

  isCamera(sid: string): boolean {
    return this.sids.get('video') === sid;
  }

  stop(): void {
    this.microphone?.stop();
    this.camera?.stop();
    this.microphone = null;
    this.camera = null;
  }

  private tellMute(kind: 'audio' | 'video'): void {
    const sid = this.sids.get(kind);
    if (sid) this.say({ mute: { sid, muted: this.nothing(kind) } });
  }

  /** There is nothing to hear or to see. */
  private nothing(kind: 'audio' | 'video'): boolean {
    if (this.silenced.has(kind) || (kind === 'video' && !this.fits)) return true;
    return kind === 'audio' ? this.muted || !this.microphone : !this.camera;
  }

  private announce(track: AddTrack, kind: 'audio' | 'video'): void {
    this.cids.set(track.cid, kind);
    this.say({ addTrack: track });
  }

  private addMicrophone(peers: Peers, track: MediaStreamTrack): void {
    track.enabled = !this.muted;
    this.announce(
      { cid: track.id, name: 'microphone', type: 'AUDIO', source: 'MICROPHONE', muted: this.muted },
      'audio',
    );
    const init: RTCRtpTransceiverInit = { direction: 'sendonly', sendEncodings: [voice] };
    this.microphoneSender = peers.publisher.addTransceiver(track, init).sender;
  }

  private addCamera(peers: Peers, track: MediaStreamTrack): void {
    const { transceiver, layered } = sendPicture(peers.publisher, track);
    const small: Layer = { quality: 'LOW', width: WIDTH / 2, height: HEIGHT / 2, bitrate: SMALL_PICTURE };
    const large: Layer = { quality: layered ? 'MEDIUM' : 'HIGH', width: WIDTH, height: HEIGHT, bitrate: PICTURE };
    this.announce(
      {
        cid: track.id,
        name: 'camera',
        type: 'VIDEO',
        source: 'CAMERA',
        muted: false,
        width: WIDTH,
        height: HEIGHT,
        layers: layered ? [small, large] : [large],
      },
      'video',
    );
    this.cameraSender = transceiver.sender;
    if (!this.fits) this.steer();
  }
}

/** Two layers where the browser can, one where it cannot (Chromium 72). */
function sendPicture(pc: RTCPeerConnection, track: MediaStreamTrack): { transceiver: RTCRtpTransceiver; layered: boolean } {
  const direction = 'sendonly';
  let layered = true;
  let transceiver: RTCRtpTransceiver;
  try {
    transceiver = pc.addTransceiver(track, { direction, sendEncodings: layers });
  } catch {
    layered = false;
    transceiver = pc.addTransceiver(track, { direction, sendEncodings: [{ maxBitrate: PICTURE }] });
  }
  preferVp8(transceiver);
  return { transceiver, layered };
}
