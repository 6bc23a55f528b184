import { type Fault, Problem } from '../../protocol/api.ts';
import { importable, type LineFault } from '../../protocol/register.ts';
import { language, t } from '../../words/index.ts';
import { isKey, told } from '../../words/register.ts';
import { faultText } from '../faults.ts';
import { explain } from '../store.ts';

/** What is wrong with a member of a form, in words. */
export function faultWords(fault: Fault | LineFault): string {
  const key = `fault.${fault.code}`;
  const params = fault.code === 'table-unknown' ? { ...fault.params, tables: importable.map((table) => told(`table.${table}`)).join(t('list.comma')) } : fault.params;
  if (isKey(key)) return told(`fault.${fault.code}` as typeof key, params);
  return 'field' in fault ? faultText(fault) : fault.detail;
}

/** What is wrong with a line, and in which column as the file calls it. */
export function lineWords(fault: LineFault): string {
  const key = `column.${fault.column}`;
  const column = fault.header ?? (isKey(key) ? told(`column.${fault.column}` as typeof key) : fault.column);
  return language.value === 'zh' ? `${column}：${faultWords(fault)}` : `${column}: ${faultWords(fault)}`;
}

/** What went wrong as a whole, in words. */
export function problemWords(error: unknown): string {
  if (!(error instanceof Problem)) return explain(error);
  const faults = error.more.faults ?? [];
  if (faults.length > 0) return faults.map(faultWords).join(' ');
  const name = error.type.split('/').pop() ?? '';
  const key = `problem.${name}`;
  return isKey(key) ? told(`problem.${name}` as typeof key) : explain(error);
}
