// The table.
import { links } from './links.js';

const columns = [
  ['line', (it) => it.link],
  ['behind', (it) => it.behind],
  ['server', (it) => it.target],
  ['client', (it) => it.client],
  ['fps', (it) => it.fps],
  ['width', (it) => it.width],
  ['frozen %', (it) => it.frozen_pct],
  ['paused %', (it) => it.paused_pct],
  ['concealed %', (it) => it.concealed_pct],
  ['sound/s', (it) => `${it.sound_per_s} of ${it.published.sound_per_s}`],
  ['delay p50/p95 ms', (it) => `${it.delay.p50 ?? '-'}/${it.delay.p95 ?? '-'}`],
  ['video, sound kbit/s', (it) => `${it.video_kbit}, ${it.sound_kbit}`],
  ['on the line kbit/s', (it) => (it.behind === 'none' ? null : `${it.line_kbit.thin} (back ${it.line_kbit.back})`)],
  ['asked', (it) => it.asked],
  ['slides s', (it) => (it.slides_ms ?? []).map((ms) => (ms === null ? 'never' : (ms / 1000).toFixed(1))).join(', ') || null],
  ['back ms: sound, picture', (it) => (it.back ? `${it.back.sound_ms ?? 'never'}, ${it.back.picture_ms ?? 'never'}` : null)],
  ['clean: fps', (it) => it.clean?.fps],
  ['width', (it) => it.clean?.width],
  ['frozen %', (it) => it.clean?.frozen_pct],
  ['bytes', (it) => it.more],
  ['busy %, relay late ms at most', (it) => `${it.busy_pct}${it.late_ms == null ? '' : `, ${it.late_ms}`}`],
];

/** What the clean listener's bytes are, as a share of those without anybody on a bad line. */
function against(results, it) {
  const alone = results.find((one) => one.behind === 'none' && one.target === it.target);
  if (!it.clean || !alone || it === alone) return null;
  const share = (100 * it.clean.wire_kbit) / alone.clean.wire_kbit - 100;
  return `${share < 0 ? '' : '+'}${share.toFixed(1)} %`;
}

/** A table in Markdown of what `figures` gave. */
export function table(results) {
  const order = ['none', ...Object.keys(links)];
  const place = (it) => (it.behind === 'pub' ? 100 : 0) + order.indexOf(it.link);
  const sorted = [...results].sort((a, b) => place(a) - place(b) || b.target.localeCompare(a.target) || a.client.localeCompare(b.client));
  const rows = sorted.map((it) => columns.map(([, cell]) => cell(it.error ? it : { ...it, more: against(results, it) }) ?? '-'));
  const lines = [columns.map(([name]) => name), columns.map(() => '---'), ...rows];
  return lines.map((row) => `| ${row.join(' | ')} |`).join('\n');
}
