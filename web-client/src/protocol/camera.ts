/** Getting the microphone and the camera, and the encodings they are sent with. */

export const WIDTH = 640;
export const HEIGHT = 360;

/** Bits per second; the upper layer, the lower layer. */
export const PICTURE = 450_000;
export const SMALL_PICTURE = 120_000;
/** Bits per second of the voice: wideband speech, in frames of 60 ms: headers of 20 ms frames would be more than the voice itself. */
export const VOICE = 12_000;
export const FRAME_MS = 60;

export type Want = 'full' | 'sound' | 'watch';

/** Why there is no device: words are chosen by the page. */
export type Missing = 'unsupported' | 'insecure' | 'refused' | 'absent' | 'busy';

/** Sorts the errors of getUserMedia by what a person can do about them. */
export function missing(error: unknown): Missing {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'absent';
  if (name !== 'TypeError') return 'busy';
  // On plain http every browser hides its devices; the browser is not to blame.
  return globalThis.isSecureContext === false ? 'insecure' : 'unsupported';
}

/** One device, the usual or a certain one; rejects as getUserMedia does, with TypeError where the browser has none. */
export async function open(kind: 'audio' | 'video', deviceId?: string): Promise<MediaStreamTrack> {
  // Old WebViews, and every browser on plain http, have no mediaDevices at all.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices?.getUserMedia) throw new TypeError('no getUserMedia');
  const which = deviceId ? { deviceId: { exact: deviceId } } : {};
  const stream = await devices.getUserMedia(
    kind === 'audio'
      ? { audio: { ...which, echoCancellation: true, noiseSuppression: true, autoGainControl: true } }
      : { video: { ...which, width: { ideal: WIDTH }, height: { ideal: HEIGHT }, frameRate: { ideal: 20, max: 20 } } },
  );
  const track = stream.getTracks()[0];
  if (!track) throw new TypeError('no track');
  return track;
}

/** The voice goes before any picture. */
export const voice: RTCRtpEncodingParameters = { maxBitrate: VOICE, priority: 'high', networkPriority: 'high' };

/** Two layers, the small one first, as `rid` q and h; browsers without simulcast send the one picture. */
export const layers: RTCRtpEncodingParameters[] = [
  { rid: 'q', scaleResolutionDownBy: 2, maxBitrate: SMALL_PICTURE, active: true },
  { rid: 'h', scaleResolutionDownBy: 1, maxBitrate: PICTURE, active: true },
];

/** VP8 before the others: every browser and device decodes it. */
export function preferVp8(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpSender.getCapabilities?.('video')?.codecs;
  if (!codecs || !transceiver.setCodecPreferences) return;
  const vp8 = (codec: RTCRtpCodec): boolean => codec.mimeType.toLowerCase() === 'video/vp8';
  transceiver.setCodecPreferences([...codecs.filter(vp8), ...codecs.filter((codec) => !vp8(codec))]);
}
