import { useEffect } from 'preact/hooks';
import { deviceDay } from '../../protocol/device.ts';
import { go } from '../router.ts';
import { kept, serverNow } from '../store.ts';

/** Under this the tab keeps which class this device left: it goes back there only when somebody presses. */
export const LEFT = 'device.left';

/** How often a device in a class looks whether the next one has begun, milliseconds. */
const LOOK = 20_000;

/** Whether this is the device of a terminal: nobody stands before it to press a button. */
export const byItself = (id: string): boolean => kept.read(`guest.${id}`) === 'device';

/** Takes a device back to its own page when it is out of a class, or when the next one of its room has begun. */
export function useTurn(id: string, out: boolean): void {
  useEffect(() => {
    if (!byItself(id)) return undefined;
    const back = (): void => {
      kept.write(LEFT, id);
      go('/device');
    };
    if (out) {
      back();
      return undefined;
    }
    const look = (): void => {
      deviceDay('', new AbortController()).then(
        ({ sessions }) => {
          const now = serverNow();
          const runs = sessions.filter((it) => it.joins && Date.parse(it.startsAt) <= now && now < Date.parse(it.endsAt));
          const own = sessions.find((it) => it.id === id);
          if (own && Date.parse(own.endsAt) <= now && runs.length > 0) back();
        },
        // Without an answer the class goes on as it is.
        () => undefined,
      );
    };
    const timer = window.setInterval(look, LOOK);
    return () => window.clearInterval(timer);
  }, [id, out]);
}
