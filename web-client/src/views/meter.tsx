import { useEffect, useState } from 'preact/hooks';
import { t } from '../words/index.ts';

/** A level (0 to 1) above this is a voice and not the room. */
const VOICE = 0.12;

/** Loudness of a microphone, ten times a second; tells once when a voice was heard. */
export function Meter({ track, heard }: { track: MediaStreamTrack; heard: () => void }) {
  const [level, setLevel] = useState(0);
  useEffect(() => {
    const Context = window.AudioContext ?? (window as { webkitAudioContext?: typeof AudioContext }).webkitAudioContext;
    if (!Context) return undefined;
    const context = new Context();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Uint8Array(analyser.fftSize);
    const timer = window.setInterval(() => {
      analyser.getByteTimeDomainData(samples);
      const power = samples.reduce((sum, s) => sum + (s - 128) ** 2, 0) / samples.length;
      const now = Math.min(1, Math.sqrt(power) / 24);
      setLevel(now);
      if (now > VOICE) heard();
    }, 100);
    // Without a gesture the context may start asleep; the first touch anywhere wakes it.
    const wake = (): void => void context.resume();
    window.addEventListener('pointerdown', wake);
    return () => {
      window.clearInterval(timer);
      window.removeEventListener('pointerdown', wake);
      void context.close();
    };
  }, [track]);
  return (
    <div
      class="meter"
      role="meter"
      aria-label={t('join.microphone.level')}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(level * 100)}
      data-testid="join-meter"
    >
      <span style={{ transform: `scaleX(${level})` }} />
    </div>
  );
}
