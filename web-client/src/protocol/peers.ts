import { FRAME_MS } from './camera.ts';
import { askingAgain, inFrames, inStereo, sending, withCopies } from './sections.ts';
import type { Said, SessionDescription } from './wire.ts';

/** One track that reaches us. */
export interface Incoming {
  trackSid: string;
  participantSid: string;
  track: MediaStreamTrack;
}

/** What the two connections tell their owner. */
export interface PeersListener {
  say(message: Said): void;
  /** The whole list of tracks that the server sends now. */
  incoming(tracks: Incoming[]): void;
  packet(bytes: Uint8Array): void;
  /** The reliable channel is open. */
  channelOpen(): void;
  /** The browser has taken an answer: it sends every size of a picture again. */
  agreed(): void;
  connection(state: 'connected' | 'shaky' | 'failed'): void;
}

const stateOf = (pc: RTCPeerConnection): string => pc.connectionState ?? pc.iceConnectionState;

/** Bound of candidates kept until a description arrives. */
const MOST_CANDIDATES = 64;

/**
 * The two peer connections of LiveKit's protocol: `publisher`, where we offer (our tracks and both data channels),
 * and `subscriber`, where the server offers.
 */
export class Peers {
  readonly publisher: RTCPeerConnection;
  readonly subscriber: RTCPeerConnection;
  private readonly reliable: RTCDataChannel;
  private readonly early: Record<'PUBLISHER' | 'SUBSCRIBER', RTCIceCandidateInit[]> = { PUBLISHER: [], SUBSCRIBER: [] };
  private offerId = 0;
  /** The server's last answer, as it came. */
  private answer: SessionDescription | null = null;
  /** The voice goes with copies of itself. */
  private copies = false;
  private waiting = false;
  private again = false;
  private queue: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(iceServers: RTCIceServer[], private readonly listener: PeersListener) {
    // Chromium 72 still has to be asked for the plan that all others speak; they ignore the name.
    const config = { iceServers, bundlePolicy: 'max-bundle' as const, sdpSemantics: 'unified-plan' };
    this.publisher = this.connection(config, 'PUBLISHER');
    this.subscriber = this.connection(config, 'SUBSCRIBER');
    this.reliable = this.publisher.createDataChannel('_reliable', { ordered: true });
    const lossy = this.publisher.createDataChannel('_lossy', { ordered: false, maxRetransmits: 0 });
    for (const channel of [this.reliable, lossy]) this.listen(channel);
    this.reliable.onopen = () => this.listener.channelOpen();
    this.subscriber.ondatachannel = (event) => this.listen(event.channel);
  }

  /** No offer of ours waits for its answer. */
  get settled(): boolean {
    return !this.waiting;
  }

  /** Whether both paths look whole. */
  get connected(): boolean {
    return [this.publisher, this.subscriber].every((pc) => ['connected', 'completed'].includes(stateOf(pc)));
  }

  /**
   * Offers what the publisher has now; a call while an offer is out makes one more offer after its answer. `anew` looks
   * for a new path (ICE restart): the server does so for the subscriber.
   */
  async negotiate(anew = false): Promise<void> {
    if (this.closed) return;
    if (this.waiting) {
      this.again = true;
      return;
    }
    this.waiting = true;
    try {
      const offer = await this.publisher.createOffer(anew ? { iceRestart: true } : {});
      await this.publisher.setLocalDescription(offer);
      this.offerId += 1;
      this.listener.say({ offer: { type: 'offer', sdp: offer.sdp ?? '', id: this.offerId } });
    } catch {
      this.fail();
    }
  }

  /** The server's answer to our offer. */
  answered(description: SessionDescription): void {
    // An answer to an older offer would not fit the tracks of the present one.
    if (description.id && description.id !== this.offerId) return;
    this.answer = description;
    this.enqueue(() => this.accept(description));
  }

  private async accept(answer: SessionDescription): Promise<void> {
    const sdp = withCopies(inFrames(answer.sdp, FRAME_MS), this.copies);
    await this.publisher.setRemoteDescription({ ...answer, sdp });
    await this.flush(this.publisher, 'PUBLISHER');
    this.waiting = false;
    this.listener.agreed();
    if (this.again) {
      this.again = false;
      await this.negotiate();
    }
  }

  /**
   * From here on the voice goes with copies of itself, or without. What the server said before is said once more to the
   * browser; the server has no part in it, and nothing goes over the line.
   */
  carryCopies(copies: boolean): void {
    if (this.copies === copies) return;
    this.copies = copies;
    const { answer } = this;
    if (!answer || this.waiting) return;
    this.waiting = true;
    this.enqueue(async () => {
      await this.publisher.setLocalDescription(await this.publisher.createOffer());
      await this.accept(answer);
    });
  }

  /** The server's offer of what it sends us. */
  offered(description: SessionDescription): void {
    this.enqueue(async () => {
      await this.subscriber.setRemoteDescription(description);
      await this.flush(this.subscriber, 'SUBSCRIBER');
      const answer = await this.subscriber.createAnswer();
      const sdp = askingAgain(inStereo(answer.sdp ?? '', description.sdp), description.sdp);
      await this.subscriber.setLocalDescription({ type: 'answer', sdp });
      const id = description.id ? { id: description.id } : {};
      this.listener.say({ answer: { type: 'answer', sdp, ...id } });
      this.listener.incoming(this.tracks(description.sdp));
    });
  }

  trickled(candidate: RTCIceCandidateInit | null, target: 'PUBLISHER' | 'SUBSCRIBER'): void {
    if (!candidate) return;
    const pc = target === 'PUBLISHER' ? this.publisher : this.subscriber;
    if (pc.remoteDescription) pc.addIceCandidate(candidate).catch(() => undefined);
    else if (this.early[target].length < MOST_CANDIDATES) this.early[target].push(candidate);
  }

  /** False when the channel is not open. */
  send(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (this.reliable.readyState !== 'open') return false;
    this.reliable.send(bytes);
    return true;
  }

  close(): void {
    this.closed = true;
    for (const pc of [this.publisher, this.subscriber]) {
      pc.onicecandidate = null;
      pc.onconnectionstatechange = null;
      pc.oniceconnectionstatechange = null;
      pc.close();
    }
  }

  private connection(config: RTCConfiguration, target: 'PUBLISHER' | 'SUBSCRIBER'): RTCPeerConnection {
    const pc = new RTCPeerConnection(config);
    pc.onicecandidate = ({ candidate }) => {
      if (!candidate) return;
      const candidateInit = JSON.stringify(candidate.toJSON());
      this.listener.say({ trickle: { candidateInit, target, final: false } });
    };
    const changed = (): void => this.changed();
    pc.onconnectionstatechange = changed;
    pc.oniceconnectionstatechange = changed;
    return pc;
  }

  private changed(): void {
    if (this.closed) return;
    const states = [stateOf(this.publisher), stateOf(this.subscriber)];
    if (states.includes('failed')) this.listener.connection('failed');
    else if (states.includes('disconnected')) this.listener.connection('shaky');
    else if (['connected', 'completed'].includes(states[0] ?? '')) this.listener.connection('connected');
  }

  private listen(channel: RTCDataChannel): void {
    channel.binaryType = 'arraybuffer';
    channel.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) this.listener.packet(new Uint8Array(data));
    };
  }

  /** Descriptions are applied strictly one after another, each connection's rules need it. */
  private enqueue(step: () => Promise<void>): void {
    this.queue = this.queue.then(() => (this.closed ? undefined : step())).catch(() => this.fail());
  }

  private fail(): void {
    if (!this.closed) this.listener.connection('failed');
  }

  private async flush(pc: RTCPeerConnection, target: 'PUBLISHER' | 'SUBSCRIBER'): Promise<void> {
    const kept = this.early[target].splice(0);
    for (const candidate of kept) await pc.addIceCandidate(candidate).catch(() => undefined);
  }

  private tracks(sdp: string): Incoming[] {
    const transceivers = this.subscriber.getTransceivers();
    return sending(sdp).flatMap(({ mid, participantSid, trackSid }) => {
      const track = transceivers.find((transceiver) => transceiver.mid === mid)?.receiver.track;
      return track ? [{ trackSid, participantSid, track }] : [];
    });
  }
}
