import type { Want } from '../protocol/camera.ts';

/** Devices opened on the join page go to the room as they are: asking twice would blink the camera light. */
export interface Opened {
  session: string;
  microphone: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
}

let held: Opened | null = null;

export function hand(opened: Opened): void {
  held = opened;
}

/** The devices left for this session, once; those for another one are closed. */
export function take(session: string): Opened | null {
  const found = held;
  held = null;
  if (!found || found.session === session) return found;
  found.microphone?.stop();
  found.camera?.stop();
  return null;
}

/** How a person takes part; kept so that a reload comes back the same way. */
export interface Manner {
  want: Want;
  muted: boolean;
}
