import { generate } from 'lean-qr';
import { toSvgPath } from 'lean-qr/extras/svg';
import { useMemo } from 'preact/hooks';

/** White around the code, in its own squares (ISO/IEC 18004). */
const QUIET = 4;

/** A square code (QR) of a text. */
export function SquareCode({ text, label }: { text: string; label: string }) {
  const { path, side } = useMemo(() => {
    const code = generate(text);
    return { path: toSvgPath(code), side: code.size + 2 * QUIET };
  }, [text]);
  return (
    <svg viewBox={`${-QUIET} ${-QUIET} ${side} ${side}`} role="img" aria-label={label} data-testid="slip-code">
      <path d={path} fill="#000" />
    </svg>
  );
}
