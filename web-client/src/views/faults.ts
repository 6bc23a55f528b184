import type { Fault } from '../protocol/api.ts';
import { type FaultKey, faults, told } from '../words/faults.ts';
import { type Key, language, t } from '../words/index.ts';

/** Who or what an id of a fault means; the id itself where the page does not know it. */
export type NameOf = (id: string) => string;

/** What is wrong with one member of a request, in the language of the page. */
export function faultText(fault: Fault, nameOf: NameOf = (id) => id): string {
  const params = { ...fault.params };
  const { kind, role, id } = fault.params;
  if (kind) params['kind'] = t(`kind.${kind}` as Key);
  if (role) params['role'] = t(`role.${role}` as Key);
  if (typeof id === 'string') params['id'] = nameOf(id);
  if (`fault.${fault.code}` in faults.zh) return told(`fault.${fault.code}` as FaultKey, params);
  return language.value === 'en' ? fault.detail : t('problem.invalid');
}
