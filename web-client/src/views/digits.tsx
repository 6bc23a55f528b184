/** The field for six digits that were given to somebody. */
export function DigitsField({ label, typed, type, wrong, id }: {
  label: string;
  typed: string;
  type: (text: string) => void;
  wrong: boolean;
  id: string;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        class="digits"
        type="text"
        inputMode="numeric"
        autocomplete="one-time-code"
        maxLength={16}
        dir="ltr"
        value={typed}
        aria-invalid={wrong ? true : undefined}
        onInput={(event) => type(event.currentTarget.value)}
        data-testid={id}
      />
    </label>
  );
}
