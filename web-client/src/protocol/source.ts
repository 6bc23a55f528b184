import { missing, type Missing, open } from './camera.ts';

/** What a person has to know of their microphone or camera. */
export type Alert =
  /** It cannot be opened. */
  | { why: Missing }
  /** It came off and there is no other: it is taken again when it is back. */
  | { why: 'gone' }
  /** The system or a switch on the device keeps it silent or dark. */
  | { why: 'silenced' }
  /** Another one is in use now, after the old one came off or because there was none. */
  | { why: 'switched' | 'taken'; label: string }
  /** Another one was plugged in; the person may prefer it. */
  | { why: 'plugged'; label: string; deviceId: string };

export interface SourceListener {
  /** The track that is in use from now on, or none. */
  track(track: MediaStreamTrack | null): void;
  silenced(silenced: boolean): void;
  alert(alert: Alert | null): void;
}

/** The system may mute a track for a moment, as when another one begins; longer is told, milliseconds. */
const MOMENT = 1000;

/** One microphone or camera in use: looks after its track, and goes on with the next device when it ends. */
export class Source {
  track: MediaStreamTrack | null = null;
  /** The person wants it, whether or not there is one at present. */
  wanted = false;
  private known: string[] = [];
  private timer = 0;
  private permission: PermissionStatus | null = null;
  private readonly changed = (): void => void this.change();

  constructor(
    private readonly kind: 'audio' | 'video',
    private readonly listener: SourceListener,
  ) {}

  /** Looks after what is plugged in and out and what is permitted, until `close`. */
  watch(): void {
    (navigator.mediaDevices as MediaDevices | undefined)?.addEventListener?.('devicechange', this.changed);
    const name = (this.kind === 'audio' ? 'microphone' : 'camera') as PermissionName;
    const asked = (navigator.permissions as Permissions | undefined)?.query({ name });
    asked?.then(
      (status) => {
        this.permission = status;
        status.onchange = () => void this.permitted(status.state);
      },
      // Firefox and old browsers do not know these names.
      () => undefined,
    );
  }

  /** A track that is open already. */
  take(track: MediaStreamTrack): void {
    this.wanted = true;
    this.use(track);
    void this.devices().then((list) => (this.known = list.map((one) => one.deviceId)));
  }

  /** Opens the usual device, or a certain one. */
  async open(deviceId?: string): Promise<void> {
    this.wanted = true;
    this.listener.alert(null);
    await this.try(deviceId, null);
  }

  /** The person wants none any more. */
  close(): void {
    this.wanted = false;
    this.listener.alert(null);
    this.use(null);
  }

  /** The page goes. */
  stop(): void {
    this.close();
    (navigator.mediaDevices as MediaDevices | undefined)?.removeEventListener?.('devicechange', this.changed);
    if (this.permission) this.permission.onchange = null;
  }

  private async try(deviceId: string | undefined, told: 'switched' | 'taken' | null): Promise<void> {
    try {
      const track = await open(this.kind, deviceId);
      if (!this.wanted) return track.stop();
      this.take(track);
      if (told) this.listener.alert({ why: told, label: track.label });
    } catch (error) {
      const why = missing(error);
      if (this.wanted) this.listener.alert(told === 'switched' && why === 'absent' ? { why: 'gone' } : { why });
    }
  }

  private use(track: MediaStreamTrack | null): void {
    const old = this.track;
    if (old) {
      old.onended = old.onmute = old.onunmute = null;
      if (old !== track) old.stop();
    }
    this.track = track;
    this.silence(false);
    this.listener.track(track);
    if (!track) return;
    track.onended = () => void this.ended(track);
    track.onmute = () => {
      this.timer = window.setTimeout(() => {
        this.silence(true);
        this.listener.alert({ why: 'silenced' });
      }, MOMENT);
    };
    track.onunmute = () => {
      this.silence(false);
      this.listener.alert(null);
    };
    if (track.muted) track.onmute(new Event('mute'));
  }

  private silence(silenced: boolean): void {
    window.clearTimeout(this.timer);
    this.listener.silenced(silenced);
  }

  /** It was pulled out, or the system took it away: the next one is taken, if there is one. */
  private async ended(track: MediaStreamTrack): Promise<void> {
    const { deviceId, groupId } = track.getSettings();
    this.use(null);
    const others = (await this.devices()).filter((one) => one.deviceId !== deviceId);
    // `default` is one of the others under a second name.
    const next = others.find((one) => one.groupId !== groupId) ?? others.find((one) => one.deviceId !== 'default');
    if (this.wanted && !this.track) await this.try(next?.deviceId, 'switched');
  }

  private async change(): Promise<void> {
    const before = this.known;
    const list = await this.devices();
    this.known = list.map((one) => one.deviceId);
    if (!this.wanted) return;
    if (!this.track) return list.length > 0 ? this.try(undefined, 'taken') : undefined;
    const fresh = list.find(({ deviceId }) => !before.includes(deviceId) && deviceId !== 'default' && deviceId !== 'communications');
    if (fresh && before.length > 0) this.listener.alert({ why: 'plugged', label: fresh.label, deviceId: fresh.deviceId });
  }

  private async permitted(state: PermissionState): Promise<void> {
    if (!this.wanted) return;
    if (state === 'denied') {
      this.use(null);
      this.listener.alert({ why: 'refused' });
    } else if (state === 'granted' && !this.track) await this.try(undefined, 'taken');
  }

  private async devices(): Promise<MediaDeviceInfo[]> {
    const all = await (navigator.mediaDevices as MediaDevices | undefined)?.enumerateDevices?.().catch(() => []);
    return (all ?? []).filter((one) => one.kind === `${this.kind}input` && one.deviceId !== '');
  }
}
