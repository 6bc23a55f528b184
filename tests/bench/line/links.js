// The bad lines, in the words of tests/line: what is thin (`thin`), and the other way of the same line (`back`).
// Where the listener is behind the line, the way to it is the thin one; where the publisher is, the way from it.

/** A queue is 400 ms deep, as long as that is some packets. */
export const links = {
  '600k': { says: '5 %, 150 ms, 600 kbit/s', thin: 'rate=600k,delay=75ms,loss=5%,queue=400ms', back: 'delay=75ms' },
  '300k': { says: '10 %, 300 ms, 300 kbit/s', thin: 'rate=300k,delay=150ms,loss=10%,queue=400ms', back: 'delay=150ms' },
  '150k': { says: '20 %, 600 ms, 150 kbit/s', thin: 'rate=150k,delay=300ms,loss=20%,queue=400ms', back: 'delay=300ms' },
  '64k': { says: '5 %, 300 ms, 64 kbit/s', thin: 'rate=64k,delay=150ms,loss=5%,queue=1s', back: 'delay=150ms' },
  outage: { says: '3 s outage, 150 ms, 600 kbit/s', thin: 'rate=600k,delay=75ms,queue=400ms', back: 'delay=75ms', outage: 3 },
};

/** Before a line turns bad it is like this. */
export const GOOD = 'delay=5ms';

/** The two ways of a link for who is behind it; an outage comes `after_s` from now and takes both. */
export function ways(link, behind, after_s) {
  const outage = link.outage ? `,outage=${after_s}s+${link.outage}s` : '';
  const [thin, back] = [link.thin + outage, link.back + outage];
  return behind === 'pub' ? { up: thin, down: back } : { down: thin, up: back };
}
