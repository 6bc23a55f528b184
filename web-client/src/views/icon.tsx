/** Line drawings of 24 x 24; always beside a text, so hidden from screen readers. */
const paths = {
  mic: 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM6 11v1a6 6 0 0 0 12 0v-1M12 18v3',
  micOff: 'M9 9v3a3 3 0 0 0 4.5 2.6M15 11V6a3 3 0 0 0-5.8-1M6 11v1a6 6 0 0 0 9.3 5M18 11v1c0 .7-.1 1.3-.3 2M12 18v3M4 3l16 18',
  camera: 'M3 7h12v10H3zM15 11l6-3v8l-6-3',
  cameraOff: 'M7 7H3v10h12M11 7h4v6l6 3V8l-4 2M3 3l18 18',
  leave: 'M14 4H5v16h9M10 12h11M17 8l4 4-4 4',
  hand: 'M8 12V5.5a1.5 1.5 0 0 1 3 0V11m0-6.5a1.5 1.5 0 0 1 3 0V11m0-4.5a1.5 1.5 0 0 1 3 0V15a6 6 0 0 1-6 6c-2.5 0-4-1-5.2-3L3.6 14.5a1.5 1.5 0 0 1 2.6-1.5L8 15',
  send: 'M4 4l17 8-17 8 3-8zM7 12h14',
  upload: 'M12 16V4M7 9l5-5 5 5M4 17v3h16v-3',
  previous: 'M15 5l-7 7 7 7',
  next: 'M9 5l7 7-7 7',
  play: 'M7 4l13 8-13 8z',
  pause: 'M8 4v16M16 4v16',
  back: 'M4 5v5h5M5 10a8 8 0 1 1-1 5',
  forward: 'M20 5v5h-5M19 10a8 8 0 1 0 1 5',
  leaf: 'M5 19C5 9 10 4 20 4c0 10-5 15-13 15M5 21c1-5 4-8 9-10',
  line: 'M4 18v-3M10 18v-7M16 18V7M22 18V3',
  people: 'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-4 3-7 7-7s7 3 7 7M16 3.5a4 4 0 0 1 0 7M18 14.5c2.5 1 4 3.5 4 6.5',
  check: 'M4 12l5 6L20 6',
  alert: 'M12 3l10 18H2zM12 10v5M12 17.5v.5',
};

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
