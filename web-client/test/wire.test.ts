import assert from 'node:assert/strict';
import test from 'node:test';
import { SignalRequest, SignalResponse, VideoQuality } from '@livekit/protocol';
import { number, read, type Said, tidy, wish } from '../src/protocol/wire.ts';

const response = (message: object): string => JSON.stringify(SignalResponse.fromJson(message as never).toJson());

test('a join is read in camelCase as the protocol package writes it', () => {
  const heard = read(
    response({
      join: {
        room: { name: 'r', metadata: '{"title":"T","kind":"class"}', activeRecording: true },
        participant: { sid: 'PA_1', identity: 'me', name: '王', metadata: '{"names":{"zh":"汪","en":"Dr Wang"}}', attributes: { role: 'classroom', some_key: 'kept' } },
        otherParticipants: [
          { sid: 'PA_2', identity: 'you', state: 'ACTIVE', joinedAt: '1700000000', tracks: [{ sid: 'TR_1', type: 'VIDEO', source: 'CAMERA', muted: true }] },
        ],
        iceServers: [{ urls: ['stun:127.0.0.1:7882'] }],
        pingInterval: 5,
        pingTimeout: 15,
      },
    }),
  );
  assert.ok(heard?.kind === 'join');
  assert.equal(heard.join.room.activeRecording, true);
  assert.deepEqual(heard.join.participant.attributes, { role: 'classroom', some_key: 'kept' });
  assert.deepEqual(heard.join.otherParticipants[0]?.tracks[0], { sid: 'TR_1', type: 'VIDEO', source: 'CAMERA', muted: true });
  assert.deepEqual(heard.join.participant.names, { en: 'Dr Wang', zh: '王' }, 'the name that the room knows is the Chinese one');
  assert.equal(heard.join.pingInterval, 5);
});

test('snake_case names, numeric enums and decimal strings read the same', () => {
  const heard = read(
    JSON.stringify({
      join: {
        room: { name: 'r', active_recording: true },
        participant: { sid: 'PA_1', identity: 'me' },
        other_participants: [{ sid: 'PA_2', identity: 'you', state: 2, joined_at_ms: '17', tracks: [{ sid: 'TR_1', type: 1, source: 1 }] }],
        ping_interval: '7',
      },
    }),
  );
  assert.ok(heard?.kind === 'join');
  assert.equal(heard.join.room.activeRecording, true);
  assert.equal(heard.join.otherParticipants[0]?.state, 'ACTIVE');
  assert.equal(heard.join.otherParticipants[0]?.tracks[0]?.type, 'VIDEO');
  assert.equal(heard.join.pingInterval, 7);
  assert.equal(heard.join.pingTimeout, 20);
});

test('a leave says whether to come back', () => {
  const action = (message: object): string | undefined => {
    const heard = read(response({ leave: message }));
    return heard?.kind === 'leave' ? `${heard.leave.action} ${heard.leave.reason}` : undefined;
  };
  assert.equal(action({ reason: 'DUPLICATE_IDENTITY' }), 'DISCONNECT DUPLICATE_IDENTITY');
  assert.equal(action({ reason: 'SERVER_SHUTDOWN' }), 'RECONNECT SERVER_SHUTDOWN');
  assert.equal(action({ canReconnect: true }), 'RECONNECT UNKNOWN_REASON');
  assert.equal(action({ action: 'RESUME' }), 'RESUME UNKNOWN_REASON');
});

test('lines, and why somebody has gone', () => {
  const updates = [{ participantSid: 'PA_1', quality: 'LOST' }, { participantSid: 'PA_2', quality: 'POOR' }];
  assert.deepEqual(read(response({ connectionQuality: { updates } })), {
    kind: 'qualities',
    qualities: [{ sid: 'PA_1', word: 'LOST' }, { sid: 'PA_2', word: 'POOR' }],
  });
  const participants = [{ sid: 'PA_1', identity: 'li', state: 'DISCONNECTED', disconnectReason: 'CONNECTION_TIMEOUT' }];
  const heard = read(response({ update: { participants } }));
  assert.ok(heard?.kind === 'update' && heard.participants[0]?.disconnectReason === 'CONNECTION_TIMEOUT');
});

test('candidates, their end, pongs, tokens and room news', () => {
  const candidate = { candidate: 'candidate:1 1 UDP 1 127.0.0.1 7882 typ host', sdpMid: '0', sdpMLineIndex: 0 };
  const trickle = read(response({ trickle: { candidateInit: JSON.stringify(candidate), target: 'SUBSCRIBER' } }));
  assert.deepEqual(trickle, { kind: 'trickle', candidate, target: 'SUBSCRIBER' });
  assert.deepEqual(read(response({ trickle: { final: true } })), { kind: 'trickle', candidate: null, target: 'PUBLISHER' });
  assert.deepEqual(read(response({ pongResp: { lastPingTimestamp: '1700000000123' } })), { kind: 'pong', lastPingMs: 1700000000123 });
  assert.deepEqual(read(response({ refreshToken: 't' })), { kind: 'token', token: 't' });
  const room = read(response({ roomUpdate: { room: { name: 'r', activeRecording: true } } }));
  assert.ok(room?.kind === 'room' && room.room.activeRecording);
});

test('nonsense is nothing', () => {
  for (const frame of ['', '{', 'null', '[]', '7', '{"unknown":{}}', '{"join":null}', '{"trickle":{}}', '{"trickle":{"candidateInit":""}}']) {
    assert.equal(read(frame), null, frame);
  }
  assert.doesNotThrow(() => read('{"join":{"participant":[],"other_participants":{"a":1},"ice_servers":7}}'));
  assert.equal(number('x', 3), 3);
  assert.deepEqual(tidy({ a_b: [{ c_d: 1 }] }), { aB: [{ cD: 1 }] });
});

test('what we say is what the protocol package takes', () => {
  const said: Said[] = [
    { offer: { type: 'offer', sdp: 'v=0', id: 3 } },
    { answer: { type: 'answer', sdp: 'v=0', id: 3 } },
    { trickle: { candidateInit: '{}', target: 'SUBSCRIBER', final: false } },
    { addTrack: { cid: 'c', name: 'camera', type: 'VIDEO', source: 'CAMERA', muted: false, width: 640, height: 360, layers: [{ quality: 'LOW', width: 320, height: 180, bitrate: 120_000 }] } },
    { mute: { sid: 'TR_1', muted: true } },
    wish(['TR_1'], false),
    { pingReq: { timestamp: '1700000000123', rtt: '40' } },
    { leave: { reason: 'CLIENT_INITIATED' } },
  ];
  for (const message of said) {
    const name = Object.keys(message)[0];
    assert.equal(SignalRequest.fromJson(message as never).message.case, name);
  }
});

test('the picture that is shown large comes first', () => {
  for (const [first, priority] of [[true, 1], [false, 0]] as const) {
    const { message } = SignalRequest.fromJson(wish(['TR_1'], true, first) as never);
    assert.ok(message.case === 'trackSetting');
    assert.equal(message.value.priority, priority);
  }
});

test('a picture is asked for at its best, before and after saving data', () => {
  for (const on of [true, false]) {
    const { message } = SignalRequest.fromJson(wish(['TR_1', 'TR_2'], on) as never);
    assert.ok(message.case === 'trackSetting');
    const { trackSids, disabled, quality, width } = message.value;
    assert.deepEqual([trackSids, disabled, quality, width], [['TR_1', 'TR_2'], !on, VideoQuality.HIGH, 0]);
  }
});
