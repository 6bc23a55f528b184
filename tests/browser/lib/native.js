// A native client: libwebrtc without a browser.
import { readFileSync } from 'node:fs';
import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  LocalVideoTrack,
  Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoFrame,
  VideoSource,
  VideoStream,
  dispose as end,
} from '@livekit/rtc-node';
import { made } from './places.js';
import { pause } from './wait.js';

/** Who has not left yet. */
const there = new Set();

/** Ends the library; whoever is there still, as after a failed assertion, leaves first, or node would not end. */
export async function dispose() {
  await Promise.all([...there].map((native) => native.leave()));
  await end();
}

const RATE = 48_000;
const CHUNK = RATE / 50;
const [WIDTH, HEIGHT, FPS] = [320, 180, 15];

const onlySound = (publication) => publication.setSubscribed(publication.kind === TrackKind.KIND_AUDIO);

/** A participant that speaks a person's speech, shows a moving bar, and counts what it receives. */
export class Native {
  /** Without `pictures` it takes the sound and counts nothing: one of many listeners. */
  static async join(server, token, { autoSubscribe = true, pictures = true } = {}) {
    const native = new Native();
    if (pictures) native.listen();
    else native.room.on(RoomEvent.TrackPublished, (publication) => onlySound(publication));
    const options = { autoSubscribe: autoSubscribe && pictures, dynacast: false };
    await native.room.connect(`ws://${server.http}`, token, options);
    const others = pictures ? [] : [...native.room.remoteParticipants.values()];
    others.flatMap((it) => [...it.trackPublications.values()]).forEach(onlySound);
    return native;
  }

  constructor() {
    there.add(this);
    this.room = new Room();
    this.live = true;
    this.tasks = [];
    this.received = { frames: 0, loudest: 0, data: [] };
    /** Samples of speech given to the library so far. */
    this.spoken = 0;
  }

  listen() {
    this.room.on(RoomEvent.TrackSubscribed, (track) => {
      this.tasks.push(track.kind === TrackKind.KIND_VIDEO ? this.watch(track) : this.hear(track));
    });
    this.room.on(RoomEvent.DataReceived, (payload, from, _kind, topic) => {
      this.received.data.push({ topic, text: new TextDecoder().decode(payload), from: from?.identity });
    });
  }

  async watch(track) {
    for await (const { frame } of new VideoStream(track)) {
      if (frame.width > 0) this.received.frames += 1;
    }
  }

  async hear(track) {
    for await (const frame of new AudioStream(track, RATE, 1)) {
      for (let i = 0; i < frame.data.length; i += 16) {
        this.received.loudest = Math.max(this.received.loudest, Math.abs(frame.data[i]));
      }
    }
  }

  async publish(person) {
    await this.publishVoice(person);
    await this.publishPicture();
  }

  async publishVoice(person) {
    const wav = readFileSync(`${made}/${person}.wav`);
    const speech = new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length - (wav.length % 2)));
    const source = new AudioSource(RATE, 1, 200);
    this.source = source;
    const track = LocalAudioTrack.createAudioTrack('voice', source);
    await this.room.localParticipant.publishTrack(track, new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE }));
    this.tasks.push(this.speak(source, speech));
  }

  async speak(source, speech) {
    while (this.live) {
      const from = this.spoken % (speech.length - CHUNK);
      await source.captureFrame(new AudioFrame(speech.slice(from, from + CHUNK), RATE, 1, CHUNK));
      this.spoken += CHUNK;
    }
  }

  async publishPicture() {
    const source = new VideoSource(WIDTH, HEIGHT);
    const track = LocalVideoTrack.createVideoTrack('camera', source);
    const options = new TrackPublishOptions({ source: TrackSource.SOURCE_CAMERA, simulcast: false });
    await this.room.localParticipant.publishTrack(track, options);
    this.tasks.push(this.show(source));
  }

  async show(source) {
    const pixels = new Uint8Array((WIDTH * HEIGHT * 3) / 2).fill(128);
    for (let number = 0; this.live; number += 1) {
      for (let y = 0; y < HEIGHT; y += 1) {
        for (let x = 0; x < WIDTH; x += 1) pixels[y * WIDTH + x] = (x + y + number * 4) & 0xff;
      }
      source.captureFrame(new VideoFrame(pixels, WIDTH, HEIGHT, VideoBufferType.I420));
      await pause(1000 / FPS);
    }
  }

  /** Milliseconds of speech that have left the library's queue. */
  spokenMs() {
    return (this.spoken * 1000) / RATE - (this.source?.queuedDuration ?? 0);
  }

  async say(topic, body) {
    const payload = new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
    await this.room.localParticipant.publishData(payload, { reliable: true, topic });
  }

  async leave() {
    there.delete(this);
    this.live = false;
    await this.room.disconnect();
  }
}
