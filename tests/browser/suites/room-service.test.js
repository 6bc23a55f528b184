// LiveKit's server SDK governs a room that a native client is in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DisconnectReason, RoomEvent } from '@livekit/rtc-node';
import { DataPacket_Kind, ParticipantInfo_State, RoomServiceClient } from 'livekit-server-sdk';
import { dispose, Native } from '../lib/native.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

let server, service;

before(async () => {
  server = await Server.start('room-service');
  service = new RoomServiceClient(server.url, server.key.name, server.key.secret);
});
after(async () => {
  await server?.close();
  await dispose();
});

/** The event's arguments, once it comes. */
const told = (native, event) => new Promise((done) => native.room.once(event, (...what) => done(what)));

test('a server makes, lists, describes and deletes a room', async () => {
  const made = await service.createRoom({ name: 'governed', emptyTimeout: 60, maxParticipants: 3, metadata: 'm' });
  assert.deepEqual([made.name, made.emptyTimeout, made.maxParticipants, made.metadata], ['governed', 60, 3, 'm']);
  const native = await Native.join(server, server.token('governed', 'one'));
  const [room] = await service.listRooms(['governed']);
  assert.deepEqual([room.sid, room.numParticipants], [made.sid, 1]);

  const changed = told(native, RoomEvent.RoomMetadataChanged);
  assert.equal((await service.updateRoomMetadata('governed', 'n')).metadata, 'n');
  assert.equal((await changed)[0], 'n');

  const gone = told(native, RoomEvent.Disconnected);
  await service.deleteRoom('governed');
  assert.equal((await gone)[0], DisconnectReason.ROOM_DELETED);
  assert.deepEqual(await service.listRooms(['governed']), []);
  await assert.rejects(service.deleteRoom('governed'), { status: 404, code: 'not_found' });
  await native.leave();
});

test('a server lists, describes, mutes, addresses and removes people', async () => {
  const [one, other] = await Promise.all(['one', 'other'].map((it) => Native.join(server, server.token('people', it))));
  await one.publishVoice('doctor');
  await until('the other hears speech', () => other.received.loudest > 2000);
  const people = await service.listParticipants('people');
  assert.deepEqual(people.map((it) => it.identity).sort(), ['one', 'other']);

  const { tracks } = await service.getParticipant('people', 'one');
  const muted = told(other, RoomEvent.TrackMuted);
  const track = await service.mutePublishedTrack('people', 'one', tracks[0].sid, true);
  assert.equal(track.muted, true);
  assert.equal((await muted)[1].identity, 'one');
  await assert.rejects(service.mutePublishedTrack('people', 'one', tracks[0].sid, false), { code: 'failed_precondition' });

  const named = told(other, RoomEvent.ParticipantNameChanged);
  const info = await service.updateParticipant('people', 'one', { name: '王医生', attributes: { seat: '3' } });
  assert.deepEqual([info.name, info.attributes.seat], ['王医生', '3']);
  await named;

  // Its sound comes before its channel for messages stands; from then on it is active.
  await until('the other can be told', async () => (await service.getParticipant('people', 'other')).state === ParticipantInfo_State.ACTIVE);
  const data = new TextEncoder().encode('你好');
  await service.sendData('people', data, DataPacket_Kind.RELIABLE, { topic: 'chat', destinationIdentities: ['other'] });
  const got = await until('data arrives', () => other.received.data[0]);
  assert.deepEqual([got.topic, got.text], ['chat', '你好']);
  assert.deepEqual(one.received.data, [], 'it was not for all');

  const gone = told(one, RoomEvent.Disconnected);
  await service.removeParticipant('people', 'one');
  assert.equal((await gone)[0], DisconnectReason.PARTICIPANT_REMOVED);
  await until('the other is alone', () => other.room.remoteParticipants.size === 0);
  await Promise.all([one.leave(), other.leave()]);
});

test('the room hears who speaks', async () => {
  const [one, other] = await Promise.all(['one', 'other'].map((it) => Native.join(server, server.token('speech', it))));
  let speakers = [];
  other.room.on(RoomEvent.ActiveSpeakersChanged, (now) => {
    speakers = now.map((it) => it.identity);
  });
  await one.publishVoice('doctor');
  await until('one is heard to speak', () => speakers.includes('one'));
  const [voice] = (await service.getParticipant('speech', 'one')).tracks;
  await service.mutePublishedTrack('speech', 'one', voice.sid, true);
  await until('muted is silent', () => !speakers.includes('one'));
  await Promise.all([one.leave(), other.leave()]);
});

test('a key that is not ours governs nothing', async () => {
  const stranger = new RoomServiceClient(server.url, server.key.name, 'x'.repeat(44));
  await assert.rejects(stranger.listRooms(), { status: 401, code: 'unauthenticated' });
});
