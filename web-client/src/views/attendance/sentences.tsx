import { Problem } from '../../protocol/api.ts';
import { type AttendanceKey, has, told } from '../../words/attendance.ts';
import { Icon } from '../icon.tsx';
import { explain } from '../store.ts';

export function Sentence({ text, id }: { text: string; id: string }) {
  return (
    <p class="sentence bad" role="alert" data-testid={id}>
      <Icon name="alert" /> <span>{text}</span>
    </p>
  );
}

/** What is wrong with a member of a form, by our own words. */
export function faultsOf(error: unknown, field: string): string[] {
  const faults = error instanceof Problem ? (error.more.faults ?? []) : [];
  return faults
    .filter((fault) => fault.field === field)
    .map((fault) => {
      const code = fault.code === 'not-so-many' && field === 'pupils' ? 'not-pupils' : fault.code;
      const word = `fault.${code}`;
      return has(word) ? told(word as AttendanceKey, fault.params) : fault.detail;
    });
}

/** Why it could not be done. */
export function reasonOf(error: unknown): string {
  const word = error instanceof Problem ? `problem.${error.type.split('/').pop() ?? ''}` : '';
  return has(word) ? told(word) : explain(error);
}
