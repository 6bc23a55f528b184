// Everything that the stock npm livekit-client can do in a room, over two peer connections and over one.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AccessToken, RoomServiceClient } from 'livekit-server-sdk';
import { launch, seesAndHears } from '../lib/chromium.js';
import { Server } from '../lib/server.js';
import { host, stock } from '../lib/stock.js';
import { until } from '../lib/wait.js';

let server, browser, pages, service;

before(async () => {
  [server, browser, pages] = await Promise.all([Server.start('client-features'), launch('doctor'), host()]);
  service = new RoomServiceClient(server.url, server.key.name, server.key.secret);
});
after(async () => {
  await browser?.close();
  await pages?.close();
  await server?.close();
});

/** A stock client that may do everything. */
async function enter(name, identity, room, more = {}) {
  const token = new AccessToken(server.key.name, server.key.secret, { identity, name: identity });
  token.addGrant({ roomJoin: true, room: name, canUpdateOwnMetadata: true });
  return stock(browser, pages.url, server, await token.toJwt(), { room, ...more });
}

/** Waits until the page was told `event`, `count` times and more. */
const told = (page, event, count = 1) =>
  until(`${event} is told`, () =>
    page.evaluate(([name, least]) => {
      const heard = told.events[name] ?? [];
      return heard.length >= least && heard;
    }, [event, count]),
  );

/** Waits until so many changes of `one`'s own rights were told; the page hears of other people's as well. */
const rights = (page, count) =>
  until('rights change', () =>
    page.evaluate((least) => {
      const own = (told.events.participantPermissionsChanged ?? []).filter((it) => it[1] === 'one');
      return own.length >= least && own;
    }, count),
  );

/** Waits until `look` is true in the page. */
const holds = (page, what, look, given) => until(what, () => page.evaluate(look, given));

/** Faults that a client orders for itself, and that it survives. */
const DRILLS = [
  'signal-reconnect',
  'migration',
  'disconnect-signal-on-resume',
  'disconnect-signal-on-resume-no-messages',
  'resume-reconnect',
  'full-reconnect',
  'node-failure',
  'leave-full-reconnect',
];

for (const [mode, singlePeerConnection, count] of [['two connections', false, 2], ['one connection', true, 1]]) {
  describe(mode, () => {
    let one, other;

    before(async () => {
      one = await enter(mode, 'one', { singlePeerConnection, dynacast: true });
      other = await enter(mode, 'other', { singlePeerConnection, adaptiveStream: true });
    });
    after(() => Promise.all([one, other].map((page) => page?.context().close())));

    test('both see and hear each other', async () => {
      await Promise.all([seesAndHears(one, 'one'), seesAndHears(other, 'the other')]);
      assert.equal(await one.evaluate(() => lines().length), count);
      assert.equal(await other.evaluate(() => lines().length), count);
      const camera = await one.evaluate(() => room.localParticipant.getTrackPublication('camera').trackSid);
      await until('the publisher hears that its camera is seen', async () =>
        (await told(one, 'localTrackSubscribed')).some(([sid]) => sid === camera));
    });

    test('the view decides which layer comes, and what nobody sees is not sent', async () => {
      await holds(other, 'the view is large', async () => {
        element('one', 'camera').style.width = '640px';
        return (await arrived('one', 'camera')).width === 640;
      });
      await other.evaluate(() => { element('one', 'camera').style.width = '120px'; });
      await holds(other, 'the small layer comes', async () => (await arrived('one', 'camera')).width === 320);
      await holds(one, 'the large layer rests', () => layers().join() === 'true,false');
      await other.evaluate(() => { element('one', 'camera').style.display = 'none'; });
      await holds(one, 'all layers rest', () => layers().join() === 'false,false');
      const before = (await other.evaluate(() => arrived('one', 'camera'))).frames;
      await other.evaluate(() => { element('one', 'camera').style.display = ''; });
      await holds(other, 'frames come again', async (then) => (await arrived('one', 'camera')).frames > then + 20, before);
      await other.evaluate(() => { element('one', 'camera').style.width = '640px'; });
      await holds(other, 'the large layer comes again', async () => (await arrived('one', 'camera')).width === 640);
      assert.equal(await one.evaluate(() => layers().join()), 'true,true');
    });

    test('a listener leaves a track and takes it again', async () => {
      const wish = (subscribe) => other.evaluate((it) => room.remoteParticipants.get('one').getTrackPublication('camera').setSubscribed(it), subscribe);
      await wish(false);
      await told(other, 'trackUnsubscribed');
      await wish(true);
      await holds(other, 'frames come again', async () => (await arrived('one', 'camera')).frames > 20);
    });

    test('mute is seen and heard, and ends', async () => {
      await one.evaluate(() => room.localParticipant.setMicrophoneEnabled(false));
      assert.deepEqual((await told(other, 'trackMuted')).at(-1)[1], 'one');
      await one.evaluate(() => room.localParticipant.setCameraEnabled(false));
      await told(other, 'trackMuted', 2);
      const before = await other.evaluate(() => arrived('one', 'camera'));
      await one.evaluate(() => room.localParticipant.setMicrophoneEnabled(true));
      await one.evaluate(() => room.localParticipant.setCameraEnabled(true));
      await told(other, 'trackUnmuted', 2);
      await holds(other, 'frames come again', async (then) => (await arrived('one', 'camera')).frames > then + 20, before.frames);
    });

    test('a screen is shared and taken back', async () => {
      for (const _ of ['once', 'again']) {
        await one.evaluate(() => room.localParticipant.setScreenShareEnabled(true, { resolution: { width: 640, height: 400, frameRate: 5 } }));
        await holds(other, 'the screen is seen', async () => (await arrived('one', 'screen_share')).frames > 3);
        await one.evaluate(() => room.localParticipant.setScreenShareEnabled(false));
        await holds(other, 'the screen is gone', () => !track('one', 'screen_share'));
      }
    });

    test('more pictures are shown than there were sections for', async () => {
      for (const count of [4, 2]) {
        await one.evaluate(async (many) => {
          for (let number = 0; number < many; number += 1) await room.localParticipant.publishTrack(drawn(), { name: `drawn ${number}`, source: 'unknown', simulcast: false });
        }, count);
        const frames = (many) => Promise.all([...Array(many).keys()].map(async (number) => {
          const { track } = room.remoteParticipants.get('one').getTrackPublicationByName(`drawn ${number}`) ?? {};
          return track ? (await counted(track)).frames : 0;
        })).then((all) => all.every((it) => it > 5));
        await holds(other, `${count} pictures more`, frames, count);
        await one.evaluate(() => Promise.all(drawings().map((it) => room.localParticipant.unpublishTrack(it))));
        await holds(other, 'they are gone', () => ![...room.remoteParticipants.get('one').trackPublications.values()].some((it) => it.trackName.startsWith('drawn')));
      }
      await holds(other, 'the camera is seen as before', async () => (await arrived('one', 'camera')).frames > 0);
    });

    test('packets reach whom they are for, reliable and lossy', async () => {
      const third = await enter(mode, 'third', { singlePeerConnection }, { publish: false });
      // The reliable channel (kind 0): of the connection that it listens on, if it has two.
      const open = (second) => room.engine.dataChannelForKind(0, second)?.readyState === 'open';
      await holds(third, 'its channel for data is open', open, !singlePeerConnection);
      await one.evaluate(() => say('for', 'other', { destinationIdentities: ['other'] }));
      await one.evaluate(() => say('for', 'lossy', { reliable: false }));
      await one.evaluate(() => say('for', 'all'));
      for (const page of [other, third]) await holds(page, 'the packet for all', () => told.data.some((it) => it.text === 'all'));
      await holds(other, 'the lossy packet', () => told.data.some((it) => it.text === 'lossy'));
      assert.ok(await other.evaluate(() => told.data.some((it) => it.text === 'other' && it.from === 'one')));
      assert.ok(!(await third.evaluate(() => told.data.some((it) => it.text === 'other'))), 'it was not for the third');
      await third.context().close();
      await holds(other, 'the third left', () => told.left.includes('third'));
    });

    test('texts and files are streamed', async () => {
      await one.evaluate(() => room.localParticipant.sendText('病历'.repeat(30_000), { topic: 'notes', attributes: { page: '1' } }));
      await one.evaluate(async () => {
        const writer = await room.localParticipant.streamText({ topic: 'notes', destinationIdentities: ['other'] });
        for (const word of ['上', '下']) await writer.write(word);
        await writer.close();
      });
      await one.evaluate(() => room.localParticipant.sendFile(new File([bytes(300_000)], 'ecg.bin'), { topic: 'files' }));
      await one.evaluate(async () => {
        const writer = await room.localParticipant.streamBytes({ topic: 'files', name: 'live.bin' });
        await writer.write(bytes(251 * 100));
        await writer.write(bytes(1000));
        await writer.close();
      });
      await holds(other, 'all streams arrive', () => told.streams.length === 4);
      const got = await other.evaluate(() => told.streams.map(({ text, ...rest }) => ({ text: text?.length, ...rest })));
      assert.deepEqual(got.filter((it) => it.text).map((it) => it.text).sort(), [2, 60_000]);
      assert.deepEqual(got.find((it) => it.text === 60_000).with, { page: '1' });
      assert.deepEqual(got.filter((it) => it.name).map((it) => [it.from, it.name, it.size, it.good]).sort(), [
        ['one', 'ecg.bin', 300_000, true],
        ['one', 'live.bin', 26_100, true],
      ]);
    });

    test('a method is called at another place', async () => {
      const call = (payload, method = 'add') =>
        one.evaluate(
          ([destinationIdentity, name, given]) =>
            room.localParticipant.performRpc({ destinationIdentity, method: name, payload: given }).then(
              (answer) => answer,
              (error) => error.code,
            ),
          ['other', method, payload],
        );
      assert.equal(await call('[1,2,39]'), '42');
      assert.equal(await call('{}'), 400);
      assert.equal(await call('', 'unknown'), 1400);
      assert.equal(await call(JSON.stringify(Array(20_000).fill(1))), '20000', 'a payload beyond one packet');
    });

    test('name, metadata and attributes are seen', async () => {
      await one.evaluate(() => room.localParticipant.setAttributes({ hand: 'up', seat: '3' }));
      await one.evaluate(() => room.localParticipant.setAttributes({ hand: '' }));
      await one.evaluate(() => room.localParticipant.setName('王医生'));
      await one.evaluate(() => room.localParticipant.setMetadata('m'));
      const seen = () => {
        const { name, metadata, attributes } = room.remoteParticipants.get('one');
        return { name, metadata, attributes };
      };
      await told(other, 'participantMetadataChanged');
      await told(other, 'participantAttributesChanged', 2);
      assert.deepEqual(await other.evaluate(seen), { name: '王医生', metadata: 'm', attributes: { seat: '3' } });
    });

    test('the room sees who speaks and how good the lines are', async () => {
      await holds(other, 'one is heard to speak', () => (told.events.activeSpeakersChanged ?? []).some(([who]) => who.includes('one')));
      await holds(other, 'the line of one is judged', () => ['excellent', 'good', 'poor'].includes(room.remoteParticipants.get('one').connectionQuality));
    });

    test('a publisher says who may see its tracks', async () => {
      await one.evaluate(() => room.localParticipant.setTrackSubscriptionPermissions(false, []));
      await told(other, 'trackSubscriptionPermissionChanged');
      await holds(other, 'nothing comes of one', () => !track('one', 'camera') && !track('one', 'microphone'));
      await one.evaluate(() => room.localParticipant.setTrackSubscriptionPermissions(false, [{ participantIdentity: 'other', allowAll: true }]));
      await holds(other, 'all comes again', async () => (await arrived('one', 'camera')).frames > 10);
      await one.evaluate(() => room.localParticipant.setTrackSubscriptionPermissions(true));
    });

    test('a server takes a right away and gives it back', async () => {
      const permission = { canPublish: false, canSubscribe: true, canPublishData: true };
      const before = (await rights(one, 0)).length;
      await service.updateParticipant(mode, 'one', { permission });
      await rights(one, before + 1);
      await holds(other, 'nothing comes of one', () => room.remoteParticipants.get('one').trackPublications.size === 0);
      const refused = await one.evaluate(() => room.localParticipant.setMicrophoneEnabled(true).then(() => 'published', (error) => error.name));
      assert.notEqual(refused, 'published');
      await service.updateParticipant(mode, 'one', { permission: { ...permission, canPublish: true, canUpdateMetadata: true } });
      await rights(one, before + 2);
      await one.evaluate(() => room.localParticipant.setMicrophoneEnabled(true));
      await one.evaluate(() => room.localParticipant.setCameraEnabled(true));
      await seesAndHears(other, 'the other');
    });

    test('nothing went wrong in either page', async () => {
      // What a line that is too slow makes the client say is the machine's fault.
      const ours = (it) => !/timed out|closed unexpectedly|signal stream/.test(it);
      for (const page of [one, other]) assert.deepEqual(page.faults.filter(ours), []);
    });

    test('what is said while the line is taken up again arrives once and in order', async () => {
      await one.evaluate(async () => {
        await say('number', '0');
        const back = new Promise((done) => room.once(RoomEvent.Reconnected, done));
        await room.simulateScenario('signal-reconnect');
        for (let number = 1; number < 20; number += 1) await say('number', String(number));
        await back;
        await say('number', '20');
      });
      const numbers = () => told.data.filter((it) => it.topic === 'number').map((it) => Number(it.text));
      await holds(other, 'the last number arrives', `(${numbers})().includes(20)`);
      assert.deepEqual(await other.evaluate(numbers), [...Array(21).keys()]);
    });

    for (const drill of DRILLS) {
      test(`a client comes back from ${drill}`, async () => {
        const times = await one.evaluate(() => (told.events.reconnected ?? []).length);
        await one.evaluate((name) => room.simulateScenario(name), drill);
        await told(one, 'reconnected', times + 1);
        await holds(one, 'it is connected', () => room.state === 'connected');
        await seesAndHears(other, 'the other', { frames: 20 });
        await seesAndHears(one, 'one', { frames: 20 });
        assert.deepEqual(await other.evaluate(() => others()), ['one']);
      });
    }

    test('a client sees itself speak and is sent away as it asks', async () => {
      await one.evaluate(() => room.localParticipant.setMicrophoneEnabled(false));
      await holds(one, 'it is silent', () => !room.activeSpeakers.includes(room.localParticipant));
      await one.evaluate(() => room.simulateScenario('speaker'));
      await holds(one, 'it speaks', () => room.activeSpeakers.includes(room.localParticipant));
      await holds(one, 'it is silent again', () => !room.activeSpeakers.includes(room.localParticipant));
      await one.evaluate(() => room.simulateScenario('server-leave'));
      await told(one, 'disconnected');
      await holds(other, 'one left', () => others().length === 0);
    });
  });
}
