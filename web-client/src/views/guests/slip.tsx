import type { Session } from '../../protocol/api.ts';
import type { GuestTicket } from '../../protocol/guests.ts';
import { moment } from '../../protocol/when.ts';
import slip from '../../style/slip.css?inline';
import { told } from '../../words/guests.ts';
import { SquareCode } from '../code.tsx';
import { useCopy } from '../copying.ts';
import { dateWords, Names, Range, roleName, whenWords } from '../parts.tsx';
import { insertStyle } from '../sheet.ts';

insertStyle(slip);

/** A ticket that is shown once, to be printed, shown or sent. */
export function Slip({ ticket, session }: { ticket: GuestTicket; session: Session }) {
  const address = `${location.origin}/#/t?once=${ticket.once}`;
  const { copied, copy } = useCopy(address);
  const { guest, digits } = ticket;
  const day = moment(Date.parse(session.startsAt));
  return (
    <section class="card slip" data-testid="slip" data-address={address}>
      <h2>{told('slip.title')}</h2>
      <p>
        <b>{told('slip.for', { name: guest.name, role: roleName(guest.role) })}</b>
      </p>
      <dl>
        <dt>{told('slip.when')}</dt>
        <dd>
          {dateWords(Date.parse(session.startsAt))} <Range from={session.startsAt} to={session.endsAt} day={day.day} />
        </dd>
        {session.rooms.length > 0 ? (
          <>
            <dt>{told('slip.where')}</dt>
            <dd>
              <Names of={session.rooms} />
            </dd>
          </>
        ) : null}
      </dl>
      <SquareCode text={address} label={told('slip.title')} />
      <p>{told('slip.scan', { address: `${location.host}/t` })}</p>
      <p class="digits" dir="ltr" data-testid="slip-digits">
        {digits.slice(0, 3)} {digits.slice(3)}
      </p>
      <p class="quiet">
        {told('slip.window', { from: whenWords(Date.parse(ticket.opensAt)), to: moment(Date.parse(ticket.endsAt)).time })}
      </p>
      <div class="pair">
        <button type="button" class="button small" onClick={() => window.print()} data-testid="slip-print">
          {told('slip.print')}
        </button>
        <button type="button" class="button small" onClick={copy}>
          {told(copied ? 'slip.copied' : 'slip.copy')}
        </button>
      </div>
    </section>
  );
}
