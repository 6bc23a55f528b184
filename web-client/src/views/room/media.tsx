import { useEffect, useRef } from 'preact/hooks';

/** Plays one voice; `blocked` says that the browser wants a touch first. */
export function Voice({ track, identity, blocked }: { track: MediaStreamTrack; identity: string; blocked: () => void }) {
  const audio = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const element = audio.current;
    if (!element) return undefined;
    element.srcObject = new MediaStream([track]);
    element.play()?.catch((error: unknown) => {
      if (error instanceof Error && error.name === 'NotAllowedError') blocked();
    });
    return () => {
      element.srcObject = null;
    };
  }, [track]);
  return <audio ref={audio} autoplay data-testid="remote-audio" data-identity={identity} />;
}

/** The widest still that is kept, pixels. */
const STILL = 640;

/** What is shown of somebody just now, as a data URL; empty without a picture. */
export function still(identity: string): string {
  const shown = [...document.querySelectorAll<HTMLVideoElement>('video[data-identity]')];
  const video = shown.find((one) => one.dataset['identity'] === identity && one.videoWidth > 0);
  if (!video) return '';
  const part = Math.min(1, STILL / video.videoWidth);
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [video.videoWidth * part, video.videoHeight * part];
  canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/jpeg', 0.7);
}

interface PictureProps {
  track: MediaStreamTrack;
  testid: string;
  identity?: string;
  mirror?: boolean;
}

/** Shows one picture; the attributes keep old Android WebViews from taking it full screen. */
export function Picture({ track, testid, identity, mirror }: PictureProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (!element) return undefined;
    element.srcObject = new MediaStream([track]);
    element.play()?.catch(() => undefined);
    return () => {
      element.srcObject = null;
    };
  }, [track]);
  const inline = { 'webkit-playsinline': 'true', 'x5-video-player-type': 'h5-page' };
  return (
    <video
      ref={video}
      autoplay
      muted
      playsInline
      class={mirror ? 'mirror' : undefined}
      data-testid={testid}
      data-identity={identity}
      {...inline}
    />
  );
}
