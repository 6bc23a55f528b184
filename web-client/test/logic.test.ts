import assert from 'node:assert/strict';
import test from 'node:test';
import type { Session } from '../src/protocol/api.ts';
import { backoff } from '../src/protocol/backoff.ts';
import { finish, fitting, moved, usual } from '../src/protocol/draft.ts';
import { rate, twoSteps, verdict } from '../src/protocol/line.ts';
import { forecast, lesser, MODES, readReception } from '../src/protocol/mode.ts';
import { askingAgain, inFrames, inStereo, sending } from '../src/protocol/sections.ts';
import { rtcUrl } from '../src/protocol/signalling.ts';
import { linked, readStops, withStop } from '../src/protocol/places.ts';
import { chapters, megabytes, said, slideAt } from '../src/protocol/timeline.ts';
import { countdown, minutesLeft, pickNext } from '../src/protocol/today.ts';
import { readTopic, type Streamed, withheld } from '../src/protocol/topics.ts';
import { clock, dayAfter, instant, moment, nextTen, offsetWords, setZone } from '../src/protocol/when.ts';
import { ownLanguage } from '../src/words/index.ts';

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test('the wait between tries grows from 0.1 s to 5 s and stays there, and spreads', () => {
  assert.equal(backoff(0, 0.5), 100);
  assert.equal(backoff(2, 0.5), 225);
  assert.equal(backoff(50, 0.5), 5000);
  assert.deepEqual([backoff(0, 0), backoff(0, 1)], [50, 150]);
  assert.deepEqual([backoff(50, 0), backoff(50, 1)], [2500, 7500]);
});

const sdp = [
  'v=0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:0',
  'a=sendonly',
  'a=msid:PA_1 TR_a',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=mid:1',
  'a=inactive',
  'a=msid:PA_1 TR_v',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=mid:2',
  'a=sendonly',
  'a=msid:PA_2|TR_x some-track',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'a=mid:3',
  'm=video 0 UDP/TLS/RTP/SAVPF 96',
  'a=mid:4',
  'a=sendonly',
  'a=msid:PA_3 TR_z',
].join('\r\n');

test('only open sections with a sender are tracks', () => {
  assert.deepEqual(sending(sdp), [
    { mid: '0', participantSid: 'PA_1', trackSid: 'TR_a' },
    { mid: '2', participantSid: 'PA_2', trackSid: 'TR_x' },
  ]);
  assert.deepEqual(sending(''), []);
});

test('sound is asked for in long frames, once, and nothing else changes', () => {
  const [head, picture] = ['v=0\r\n', 'm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n'];
  const voice = 'm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n';
  const asked = inFrames(head + voice + picture, 60);
  assert.equal(asked, `${head}${voice}a=ptime:60\r\n${picture}`);
  assert.equal(inFrames(asked, 60), asked);
  assert.equal(inFrames('', 60), '');
});

test('two channels are asked for where two are sent, and nowhere else', () => {
  const lines = (...all: string[]): string => `${all.join('\r\n')}\r\n`;
  const part = (mid: string, ...more: string[]): string =>
    lines('m=audio 9 UDP/TLS/RTP/SAVPF 63 111', `a=mid:${mid}`, 'a=rtpmap:63 red/48000/2', 'a=rtpmap:111 opus/48000/2', 'a=fmtp:63 111/111', ...more);
  const head = lines('v=0', 's=-');
  const plain = 'a=fmtp:111 minptime=10;useinbandfec=1';
  const offer = head + part('1', plain) + part('2', `${plain};stereo=1;sprop-stereo=1`) + part('3', 'a=fmtp:111 stereo=1; sprop-stereo=1');
  const answer = head + part('1', plain) + part('2', plain) + part('3');
  assert.equal(inStereo(answer, offer), head + part('1', plain) + part('2', `${plain};stereo=1`) + part('3').replace('opus/48000/2', 'opus/48000/2\r\na=fmtp:111 stereo=1'));
  const again = inStereo(answer, offer);
  assert.equal(inStereo(again, offer), again, 'once');
  assert.equal(inStereo(answer, answer), answer);
  assert.equal(inStereo('', offer), '');
});

test('lost sound is asked for where it is sent again, once', () => {
  const voice = (mid: string, more = ''): string =>
    `m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\na=mid:${mid}\r\na=rtpmap:63 red/48000/2\r\na=rtpmap:111 opus/48000/2\r\n${more}`;
  const picture = 'm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:9\r\na=rtcp-fb:96 nack\r\n';
  const again = 'a=rtcp-fb:111 nack\r\n';
  const answer = `v=0\r\n${voice('0')}${picture}${voice('1')}`;
  const asked = askingAgain(answer, `v=0\r\n${voice('0', again)}${picture}${voice('1')}`);
  assert.equal(asked, `v=0\r\n${voice('0', again)}${picture}${voice('1')}`);
  assert.equal(askingAgain(asked, asked), asked);
  assert.equal(askingAgain(answer, answer), answer);
});

test('the address of the signalling carries the token safely', () => {
  const url = new URL(rtcUrl('https://h.example:8443/', 'a b&c'));
  assert.equal(url.protocol, 'wss:');
  assert.equal(url.pathname, '/rtc');
  assert.equal(url.searchParams.get('access_token'), 'a b&c');
  assert.equal(url.searchParams.get('auto_subscribe'), '1');
  assert.equal(url.searchParams.get('reconnect'), null);
  assert.equal(url.searchParams.get('chosen'), null, 'by a press');
  assert.equal(new URL(rtcUrl('https://h', 't', '', 1700)).searchParams.get('chosen'), '1700');
  const again = new URL(rtcUrl('https://h.example', 't', 'PA_1')).searchParams;
  assert.deepEqual(['reconnect', 'or_join', 'sid'].map((it) => again.get(it)), ['1', '1', 'PA_1']);
});

test('payloads of topics are read with distrust', () => {
  assert.equal(readTopic('chat', json({ text: '' })), null);
  const long = readTopic('chat', json({ id: 'i', text: 'x'.repeat(9000), at: 5 }));
  assert.ok(long?.topic === 'chat' && long.chat.text.length === 2000);
  assert.equal(readTopic('chat', new TextEncoder().encode('{')), null);
  const old = { id: 'a', identity: 'li', name: '李', at: 5, text: '好' };
  const log = readTopic('chat-log', json({ messages: [old, null, { text: 7 }, { text: 'x' }] }));
  assert.deepEqual(log, { topic: 'chat-log', messages: [old, { id: '', identity: '', name: '', at: 0, text: 'x' }] });
  const many = readTopic('chat-log', json({ messages: Array.from({ length: 999 }, () => old) }));
  assert.ok(many?.topic === 'chat-log' && many.messages.length === 200);
  assert.equal(readTopic('unknown', json({})), null);
});

test('what the gateway says of a line is read with distrust', () => {
  const paused: Streamed = { track: 'TR_1', state: 'paused', reason: 'line', side: 'yours' };
  const smaller: Streamed = { track: 'TR_2', state: 'smaller', reason: 'budget', side: 'theirs' };
  const odd = { track: 'TR_3', state: 'gone', reason: 7, side: null };
  const read = readTopic('line', json({ streams: [paused, smaller, odd, null, 'x', { state: 'paused' }] }));
  const whole: Streamed = { track: 'TR_3', state: 'whole', reason: 'line', side: 'yours' };
  assert.deepEqual(read, { topic: 'line', streams: [paused, smaller, whole] });
  assert.deepEqual(readTopic('line', json({ streams: 'all' })), { topic: 'line', streams: [] });
  const many = readTopic('line', json({ streams: Array.from({ length: 999 }, () => paused) }));
  assert.equal(many?.topic === 'line' && many.streams.length, 256);
});

test('a track that comes whole again is not withheld', () => {
  const said = (track: string, state: Streamed['state']): Streamed => ({ track, state, reason: 'line', side: 'yours' });
  const first = withheld([], [said('a', 'paused'), said('b', 'smaller'), said('c', 'whole')]);
  assert.deepEqual(first, [said('a', 'paused'), said('b', 'smaller')]);
  assert.deepEqual(withheld(first, [said('a', 'whole')]), [said('b', 'smaller')]);
  assert.deepEqual(withheld(first, [said('b', 'paused')]), [said('a', 'paused'), said('b', 'paused')]);
});

const session = (id: string, start: number, end: number, part: Partial<Session> = {}): Session => ({
  id,
  kind: 'consultation',
  title: id,
  startsAt: new Date(start * 60_000).toISOString(),
  endsAt: new Date(end * 60_000).toISOString(),
  state: 'scheduled',
  endedAt: null,
  recording: false,
  rooms: [],
  terminals: [],
  organizationNames: { zh: '县医院', en: 'Hospital' },
  participants: [
    { personId: 'me', names: { zh: '我', en: 'Me' }, role: 'specialist', organizationNames: { zh: '县医院', en: 'Hospital' }, line: null },
  ],
  version: 1,
  seriesId: null,
  joinable: false,
  ...part,
});

test('the big button is for what is on, then for what comes first', () => {
  const list = [session('later', 90, 120), session('soon', 60, 80), session('on', 0, 55), session('gone', -60, -10)];
  const next = (now: number): string | undefined => pickNext(list, now * 60_000, 'me')?.id;
  assert.equal(next(30), 'on');
  assert.equal(next(58), 'soon');
  assert.equal(next(200), undefined);
  assert.equal(pickNext([session('c', 0, 9, { state: 'cancelled' })], 0, 'me'), undefined);
  assert.equal(pickNext([session('open', 0, 9, { joinable: true })], 600_000, 'me')?.id, 'open');
  assert.equal(pickNext(list, 1_800_000, 'somebody-else'), undefined, 'who only oversees has no door');
  assert.equal(minutesLeft(session('x', 10, 55), 0), 45);
  assert.equal(minutesLeft(session('x', 10, 55), 30 * 60_000), 25);
  assert.equal(minutesLeft(session('x', 10, 55), 90 * 60_000), 1);
  assert.deepEqual(countdown(session('x', 10, 20), 30_000), { phase: 'before', minutes: 10 });
  const ended = session('x', 10, 20, { endedAt: new Date(12 * 60_000).toISOString() });
  assert.equal(countdown(ended, 13 * 60_000).phase, 'over', 'what was ended for all');
});

test('times are those of the county on every device', () => {
  const ms = Date.parse('2026-11-22T17:05:00Z');
  assert.deepEqual(moment(ms), { day: '2026-11-23', time: '01:05', weekday: 1, month: 11, date: 23 });
  assert.equal(instant('2026-11-23', '23:50', 30), '2026-11-24T00:20:00+08:00');
  assert.equal(instant('', '10:00'), null);
  assert.equal(clock(3_783_000), '1:03:03');
  assert.equal(clock(7_999), '0:07');
  assert.equal(nextTen(ms).time, '01:10');
  assert.equal(dayAfter('2026-12-31', 1), '2027-01-01');
  assert.equal(dayAfter('', 1), '');
});

test('the county has the zone that the server names', (context) => {
  context.after(() => setZone('Asia/Shanghai'));
  assert.equal(setZone('Mars/Olympus'), false);
  assert.equal(setZone('Asia/Urumqi'), true);
  const late = Date.parse('2026-11-22T18:30:00Z');
  assert.deepEqual([moment(late).day, moment(late).time], ['2026-11-23', '00:30']);
  assert.equal(instant('2026-11-23', '00:30'), '2026-11-23T00:30:00+06:00');
  assert.equal(offsetWords(late), 'UTC+06:00');
  // Clock changes: an hour that is missing, and one that comes twice.
  setZone('Europe/London');
  assert.equal(instant('2026-03-29', '00:30', 60), '2026-03-29T02:30:00+01:00');
  assert.equal(instant('2026-10-25', '00:30', 120), '2026-10-25T01:30:00+00:00');
  setZone('America/St_Johns');
  assert.equal(instant('2026-01-05', '09:00'), '2026-01-05T09:00:00-03:30');
  for (const zone of ['Asia/Shanghai', 'Asia/Urumqi', 'America/St_Johns', 'Europe/London']) {
    setZone(zone);
    for (let hour = 0; hour < 8784; hour += 7) {
      const at = Date.parse('2026-01-01T00:00:00Z') + hour * 3_600_000;
      const { day, time } = moment(at);
      const back = Date.parse(instant(day, time) ?? '');
      // In the hour that comes twice either reading is right.
      assert.ok(back === at || Math.abs(back - at) === 3_600_000, `${zone} ${day} ${time}`);
    }
  }
});

test('a browser begins in its own language where there is one', () => {
  assert.equal(ownLanguage(['en-GB', 'zh-CN']), 'en');
  assert.equal(ownLanguage(['zh-Hant-TW', 'en']), 'zh');
  assert.equal(ownLanguage(['de', 'en-US']), 'en');
  assert.equal(ownLanguage(['bo', 'ug']), 'zh');
  assert.equal(ownLanguage([]), 'zh');
});

test('a slow line is measured by its small probe alone', async () => {
  const asked: boolean[] = [];
  const line = (kbps: number) => (large: boolean) => {
    asked.push(large);
    const bytes = large ? 64 * 1024 : 8 * 1024;
    return Promise.resolve({ bytes, ms: (bytes * 8) / kbps });
  };
  assert.equal(await twoSteps(line(64)), 64);
  assert.deepEqual(asked.splice(0), [false]);
  assert.equal(await twoSteps(line(4000)), 4000);
  assert.deepEqual(asked.splice(0), [false, true]);
  assert.equal(await twoSteps(() => Promise.resolve(null)), null);
  assert.equal(await twoSteps((large) => Promise.resolve(large ? null : { bytes: 8192, ms: 1 })), rate(8192, 1));
});

const draft = { kind: 'class' as const, title: ' T ', people: usual('class'), roomIds: ['r'], day: '2026-11-23', time: '09:00', minutes: 45, recording: true };

test('a draft names what is missing, then becomes a booking', () => {
  const now = Date.parse('2026-11-23T00:00:00Z');
  const people = draft.people.map((one, i) => ({ ...one, personId: `p${i}` }));
  const need = (part: Partial<typeof draft>): unknown => {
    const result = finish({ ...draft, people, ...part }, now);
    return 'needs' in result ? result.needs : 'nothing';
  };
  assert.deepEqual(need({ title: ' ' }), [{ field: 'title', what: 'title' }]);
  assert.deepEqual(need({ time: '' }), [{ field: 'startsAt', what: 'time' }]);
  assert.deepEqual(need({ time: '07:54' }), [{ field: 'startsAt', what: 'past' }]);
  assert.equal(need({ time: '07:55' }), 'nothing');
  const unchosen = people.map((one, i) => (i === 2 ? { ...one, personId: '' } : one));
  assert.deepEqual(need({ people: unchosen }), [{ field: 'participants', what: 'person', line: 2 }], 'no line is dropped');
  const ready = finish({ ...draft, people }, now);
  assert.ok('session' in ready);
  assert.equal(ready.session.endsAt, '2026-11-23T09:45:00+08:00');
  assert.equal(ready.session.participants.length, 3);
});

test('the next free time fills the form, rounded up to the minute', () => {
  const to = moved(draft, '2026-11-23T16:29:30+08:00');
  assert.equal(`${to.day} ${to.time}`, '2026-11-23 16:30');
  assert.equal(moved(draft, 'nonsense').time, '09:00');
});

test('only people with the role are offered, or all where there is none', () => {
  const of = { names: { zh: 'A' }, organizationId: 'hospital', interprets: [] };
  const people = [{ id: 'a', roles: ['specialist'], ...of }, { id: 'b', roles: [], ...of }];
  assert.deepEqual(fitting(people, 'specialist').map((one) => one.id), ['a']);
  assert.equal(fitting(people, 'classroom').length, 2);
  assert.equal(fitting(people, 'interpreter').length, 0, 'who interprets nothing is never offered for that');
});

test('a line is judged by its weaker way', () => {
  assert.equal(verdict({ rttMs: null, downKbps: null, upKbps: null }), 'none');
  assert.equal(verdict({ rttMs: 40, downKbps: 5000, upKbps: 3000 }), 'good');
  assert.equal(verdict({ rttMs: 40, downKbps: 5000, upKbps: 400 }), 'thin');
  assert.equal(verdict({ rttMs: 40, downKbps: 100, upKbps: 4000 }), 'sound');
  assert.equal(verdict({ rttMs: 40, downKbps: 30, upKbps: null }), 'bad');
  assert.equal(rate(32_768, 1000), 262);
});

test('forecasts are in megabytes and sound alone is far cheaper', () => {
  const costs = MODES.map((mode) => forecast(mode, 40, 1));
  assert.deepEqual(costs, [...costs].sort((one, other) => other - one), 'each mode takes less than the one before it');
  // Measured both ways: 20 MB of voice, 366 MB of everything.
  assert.ok((costs[0] ?? 0) > 300 && (costs[3] ?? 99) < 25, `${costs}`);
  assert.equal(forecast('small', 40, 9) - forecast('voice', 40, 9), forecast('small', 40, 1) - forecast('voice', 40, 1));
  assert.equal(megabytes(201_605), '0.2');
  assert.equal(megabytes(25_150_600), '25');
});

test('the slide in step is the last one turned to', () => {
  const slides = [0, 1000, 5000].map((atMs, i) => ({ atMs, deck: 'd', page: i + 1 }));
  assert.deepEqual([-1, 0, 999, 1000, 9999].map((ms) => slideAt(slides, ms)), [-1, 0, 0, 1, 2]);
});

test('a chapter is a page that stayed, and there are not too many', () => {
  const turns = (every: number, n: number) => Array.from({ length: n }, (_, i) => ({ atMs: i * every, deck: 'd', page: i + 1 }));
  assert.deepEqual(chapters(turns(200, 400), 400 * 200), [], 'fast turns are none');
  const slow = [...turns(200, 400), { atMs: 80_000, deck: 'd', page: 7 }, { atMs: 140_000, deck: 'd', page: 8 }];
  assert.deepEqual(chapters(slow, 150_000).map((one) => one.page), [7, 8]);
  assert.equal(chapters(turns(6000, 500), 500 * 6000).length, 100);
  const mixed = [...turns(6000, 300), ...turns(60_000, 50).map((one) => ({ ...one, atMs: one.atMs + 1_800_000 }))];
  assert.equal(chapters(mixed, 4_800_000).filter((one) => one.atMs >= 1_800_000).length, 50, 'the longest stay');
  assert.deepEqual(chapters([], 1000), []);
});

test('chat is there from its moment on', () => {
  const lines = [{ atMs: 0 }, { atMs: 5000 }];
  assert.deepEqual([0, 4999, 5000].map((ms) => said(lines, ms).length), [1, 1, 2]);
});

test('the places of the last fifty recordings are kept', () => {
  let stops = {};
  for (let i = 0; i < 60; i += 1) stops = withStop(stops, `r${i}`, { at: i, form: 'light', kept: i });
  stops = withStop(stops, 'r20', { at: 99, form: 'full', kept: 100 });
  assert.equal(Object.keys(stops).length, 50);
  assert.deepEqual(readStops(JSON.stringify(stops))['r20'], { at: 99, form: 'full', kept: 100 });
  assert.equal(readStops(JSON.stringify(stops))['r1'], undefined);
  for (const text of [null, '', '{', '[]', 'null', '{"a":null}', '{"a":{"at":"x","form":"light","kept":1}}']) {
    assert.deepEqual(readStops(text), {});
  }
});

test('an address may name a place and a form', () => {
  const of = (text: string) => linked(new URLSearchParams(text));
  assert.deepEqual(of('t=754&form=light'), { at: 754, form: 'light' });
  assert.deepEqual(of('t=-1&form=other'), { at: null, form: null });
  assert.deepEqual(of(''), { at: null, form: null });
});

test('the word of the gateway about the mode is read with distrust', () => {
  const good = { mode: 'voice', chosen: 'full', most: 'full', reason: 'budget', usedBytes: 960_000, budgetBytes: 1_000_000 };
  assert.deepEqual(readReception(good), good);
  assert.equal(readReception({ ...good, mode: 'hd' }), null);
  const odd = readReception({ ...good, usedBytes: -1, budgetBytes: null, reason: 'x' });
  assert.deepEqual([odd?.usedBytes, odd?.budgetBytes, odd?.reason], [0, null, null]);
  assert.equal(lesser('small', 'voice'), 'voice');
});
