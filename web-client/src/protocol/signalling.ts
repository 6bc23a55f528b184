import { type Heard, read, type Said } from './wire.ts';

/** What a signalling socket tells its owner. */
export interface Listener {
  heard(message: Heard): void;
  /** The socket is gone, for whatever reason; said once. `opened`: the server had spoken on it. */
  lost(opened: boolean): void;
}

/** How long a socket may take to open and answer `join`, milliseconds. */
const OPENING = 10_000;

/** How often to ping and how long silence may last, seconds. */
export interface Beat {
  pingInterval: number;
  pingTimeout: number;
}

/** One WebSocket to `/rtc`: text frames in, text frames out, pings in between. */
export class Signalling {
  /** Last measured round trip of a ping, milliseconds; 0 before the first. */
  rtt = 0;
  private readonly socket: WebSocket;
  private pinger = 0;
  private deadline = 0;
  private over = false;
  private opened = false;

  /** `beat` is what the server said when it was joined, if this goes on with that. */
  constructor(
    url: string,
    private readonly listener: Listener,
    private readonly beat: Beat | null,
  ) {
    this.socket = new WebSocket(url);
    this.deadline = window.setTimeout(() => this.end(), OPENING);
    this.socket.onclose = () => this.end();
    this.socket.onerror = () => this.end();
    this.socket.onmessage = (event) => this.take(event.data);
  }

  send(message: Said): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** Closes without telling the listener. */
  close(): void {
    this.over = true;
    this.stop();
  }

  private take(data: unknown): void {
    if (this.over || typeof data !== 'string') return;
    const message = read(data);
    if (!message) return;
    this.opened = true;
    const beat = message.kind === 'join' ? message.join : message.kind === 'resumed' ? this.beat : null;
    if (beat) this.keepAlive(beat.pingInterval, beat.pingTimeout);
    if (message.kind === 'pong' && message.lastPingMs > 0) this.rtt = Math.max(0, Date.now() - message.lastPingMs);
    this.listener.heard(message);
  }

  /** Any frame proves life; silence for `timeout` seconds ends the socket. */
  private keepAlive(interval: number, timeout: number): void {
    const alive = (): void => {
      window.clearTimeout(this.deadline);
      this.deadline = window.setTimeout(() => this.end(), timeout * 1000);
    };
    alive();
    this.socket.addEventListener('message', alive);
    this.pinger = window.setInterval(() => {
      this.send({ pingReq: { timestamp: String(Date.now()), rtt: String(this.rtt) } });
    }, interval * 1000);
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    this.stop();
    this.listener.lost(this.opened);
  }

  private stop(): void {
    window.clearTimeout(this.deadline);
    window.clearInterval(this.pinger);
    this.socket.onclose = null;
    this.socket.onerror = null;
    this.socket.onmessage = null;
    this.socket.close();
  }
}

/**
 * The address of `/rtc` for this page's server (or another, for tests). With the participant id that we had, it asks to
 * go on as that participant, and to join if the server knows none of that name: it is another one, or has restarted.
 * A page that comes by itself says when its person chose it (`chosenMs`, the server's clock): it gives way to a device
 * that was chosen later.
 */
export function rtcUrl(origin: string, token: string, sid = '', chosenMs = 0): string {
  const base = origin.replace(/^http/, 'ws').replace(/\/$/, '');
  const query = `access_token=${encodeURIComponent(token)}&protocol=15&auto_subscribe=1&sdk=js&version=2.0.0&frames=json`;
  const again = sid ? `&reconnect=1&or_join=1&sid=${encodeURIComponent(sid)}` : '';
  const chosen = chosenMs > 0 ? `&chosen=${chosenMs}` : '';
  return `${base}/rtc?${query}${again}${chosen}`;
}
