import { signal } from '@preact/signals';

interface Counters {
  bytes: number;
  rttMs: number | null;
}

async function read(pc: RTCPeerConnection): Promise<Counters> {
  let bytes = 0;
  let rttMs: number | null = null;
  const report = await pc.getStats();
  report.forEach((entry: Record<string, unknown>) => {
    const count = (name: string): number => (typeof entry[name] === 'number' ? (entry[name] as number) : 0);
    if (entry['type'] !== 'candidate-pair') return;
    bytes += count('bytesSent') + count('bytesReceived');
    if (entry['nominated'] === true && count('currentRoundTripTime') > 0) rttMs = count('currentRoundTripTime') * 1000;
  });
  return { bytes, rttMs };
}

/** What the session has cost so far and how long the way is; sums over every connection it needed. */
export class Usage {
  /** Bytes sent and received. */
  readonly bytes = signal(0);
  readonly rttMs = signal<number | null>(null);
  private readonly seen = new WeakMap<RTCPeerConnection, number>();

  async measure(connections: RTCPeerConnection[]): Promise<void> {
    for (const pc of connections) {
      const found = await read(pc).catch(() => null);
      if (!found) continue;
      const before = this.seen.get(pc) ?? 0;
      this.seen.set(pc, found.bytes);
      this.bytes.value += Math.max(0, found.bytes - before);
      if (found.rttMs !== null) this.rttMs.value = Math.round(found.rttMs);
    }
  }
}
