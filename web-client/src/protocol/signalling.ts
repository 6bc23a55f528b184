import { type Heard, read, type Said } from './wire.ts';

/** What a signalling socket tells its owner. */
export interface Listener {
  heard(message: Heard): void;
  /** The socket is gone, for whatever reason; said once. */
  lost(): void;
}

/** How long a socket may take to open and answer `join`, milliseconds. */
const OPENING = 10_000;

/** One WebSocket to `/rtc`: text frames in, text frames out, pings in between. */
export class Signalling {
  /** Last measured round trip of a ping, milliseconds; 0 before the first. */
  rtt = 0;
  private readonly socket: WebSocket;
  private pinger = 0;
  private deadline = 0;
  private over = false;

  constructor(url: string, private readonly listener: Listener) {
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
    if (message.kind === 'join') this.keepAlive(message.join.pingInterval, message.join.pingTimeout);
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
    this.listener.lost();
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

/** The address of `/rtc` for this page's server (or another, for tests). */
export function rtcUrl(origin: string, token: string): string {
  const base = origin.replace(/^http/, 'ws').replace(/\/$/, '');
  const query = `access_token=${encodeURIComponent(token)}&protocol=15&auto_subscribe=1&sdk=js&version=2.0.0&frames=json`;
  return `${base}/rtc?${query}`;
}
