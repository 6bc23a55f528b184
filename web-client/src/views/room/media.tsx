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
