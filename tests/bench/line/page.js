// What runs in the pages: it counts what their connections count, and notes when the marks in the sound go by.

/** A page of slides goes as so many reliable messages of so many bytes. */
export const PIECES = 2;
export const PIECE = 10_000;

/** Runs in every page before anything else; needs the connections that `open` keeps. `window.lineRows` has a row each 250 ms. */
export function counting({ tones, every, piece }) {
  const rows = [];
  const marks = [];
  const pieces = [];
  Object.defineProperty(window, 'linePieces', { value: pieces });
  Object.defineProperty(window, 'lineRows', { value: rows });
  Object.defineProperty(window, 'lineMarks', { value: marks });
  const inbound = {
    video: {
      frames: 'framesDecoded', frozen_s: 'totalFreezesDuration', video_bytes: 'bytesReceived', video_packets: 'packetsReceived',
      video_lost: 'packetsLost', asked: 'pliCount', nacks: 'nackCount', repaired: 'retransmittedPacketsReceived',
    },
    audio: {
      sound_bytes: 'bytesReceived', sound_packets: 'packetsReceived', sound_lost: 'packetsLost', concealed: 'concealedSamples',
      samples: 'totalSamplesReceived', buffer_s: 'jitterBufferDelay', buffered: 'jitterBufferEmittedCount',
      sound_discarded: 'packetsDiscarded', sound_fec: 'fecPacketsReceived',
    },
  };
  const outbound = {
    video: { sent_frames: 'framesEncoded', sent_keyframes: 'keyFramesEncoded', sent_video_bytes: 'bytesSent', sent_again: 'retransmittedPacketsSent', nacked: 'nackCount' },
    audio: { sent_sound_packets: 'packetsSent', sent_sound_bytes: 'bytesSent' },
  };
  const transport = { bytes_in: 'bytesReceived', bytes_out: 'bytesSent' };
  const before = new Map();
  const sums = {};
  // What one counter counted is kept when its connection is closed.
  const add = (id, it, names) => {
    for (const [name, theirs] of Object.entries(names)) {
      const now = it[theirs] ?? 0;
      sums[name] = (sums[name] ?? 0) + Math.max(0, now - (before.get(`${id}.${name}`) ?? 0));
      before.set(`${id}.${name}`, now);
    }
  };
  const connections = new Map();
  async function count() {
    const row = { at: Date.now() };
    let most = 0;
    const all = (window.keptConnections ?? []).filter((it) => it.connectionState !== 'closed');
    for (const connection of all) {
      if (!connections.has(connection)) connections.set(connection, connections.size);
      for (const it of (await connection.getStats()).values()) {
        const id = `${connections.get(connection)}.${it.id}`;
        if (it.type === 'transport') add(id, it, transport);
        if (it.type === 'inbound-rtp') {
          const was = before.get(`${id}.frames`) ?? 0;
          add(id, it, inbound[it.kind]);
          if (it.kind === 'video' && it.framesDecoded - was >= most && it.frameWidth) [most, row.width] = [it.framesDecoded - was, it.frameWidth];
        }
        if (it.type === 'outbound-rtp') add(id, it, outbound[it.kind]);
        if (it.type === 'candidate-pair' && it.nominated) {
          row.rtt_ms = Math.round(1000 * (it.currentRoundTripTime ?? 0));
          if (it.availableOutgoingBitrate) row.uplink = Math.round(it.availableOutgoingBitrate);
        }
      }
    }
    rows.push({ ...row, ...sums, paused: paused() });
  }
  setInterval(() => void count().catch(() => undefined), 250);

  /** Notes the beginning of each mark in a track of sound. */
  const heard = new WeakSet();
  async function listen(track) {
    if (heard.has(track) || typeof MediaStreamTrackProcessor === 'undefined') return;
    heard.add(track);
    const last = new Map();
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const at = Date.now();
      const sound = new Float32Array(value.numberOfFrames);
      value.copyTo(sound, { planeIndex: 0, format: 'f32-planar' });
      const rate = value.sampleRate;
      value.close();
      const powers = tones.map((tone) => power(sound, tone / rate));
      const all = powers.reduce((sum, it) => sum + it, 0);
      powers.forEach((it, place) => {
        if (it < 0.0005 || it < 0.7 * all) return;
        if (at - (last.get(place) ?? 0) > every) marks.push({ place, at });
        last.set(place, at);
      });
    }
  }
  function power(sound, turns) {
    let [a, b] = [0, 0];
    for (let n = 0; n < sound.length; n += 1) {
      a += sound[n] * Math.cos(2 * Math.PI * turns * n);
      b += sound[n] * Math.sin(2 * Math.PI * turns * n);
    }
    return (a * a + b * b) / (sound.length * sound.length);
  }
  // Whether the page was told that the picture is paused: ours by a message, the stock client by the state of a stream.
  let said = 'whole';
  const paused = () => {
    if (typeof room === 'undefined' || !room.remoteParticipants) return said === 'paused';
    const tracks = [...room.remoteParticipants.values()].flatMap((it) => [...it.videoTrackPublications.values()]);
    return tracks.some((it) => it.track?.streamState === 'paused');
  };
  // Pieces of a page of slides: when each came.
  const takes = (channel) => {
    channel.addEventListener('message', ({ data }) => {
      if ((data.byteLength ?? 0) > piece / 2) pieces.push(Date.now());
      else said = /"state":"(paused|smaller|whole)"/.exec(new TextDecoder().decode(data))?.[1] ?? said;
    });
    return channel;
  };
  const Kept = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Kept {
    constructor(...given) {
      super(...given);
      this.addEventListener('datachannel', ({ channel }) => takes(channel));
    }
    createDataChannel(...given) {
      return takes(super.createDataChannel(...given));
    }
  };
  setInterval(() => {
    for (const connection of window.keptConnections ?? []) {
      if (connection.signalingState === 'closed') continue;
      for (const { track } of connection.getReceivers()) if (track.kind === 'audio') void listen(track).catch(() => undefined);
    }
  }, 250);
  const devices = navigator.mediaDevices;
  const ask = devices?.getUserMedia?.bind(devices);
  if (ask) {
    devices.getUserMedia = async (wanted) => {
      const stream = await ask(wanted);
      for (const track of stream.getAudioTracks()) void listen(track).catch(() => undefined);
      return stream;
    };
  }
}

/** For `open`: the function above as the page runs it. */
export const countingIn = (tones, every) => `(${counting})(${JSON.stringify({ tones, every, piece: PIECE })});`;
