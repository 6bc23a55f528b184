import type { ParticipantInfo } from '../../protocol/wire.ts';
import { named } from '../../words/index.ts';

export const nameOf = (one: ParticipantInfo): string => named(one) || one.identity;
/** A screen that watches with somebody's token: listed among the people, without a picture of its own. */
export const isScreen = (one: ParticipantInfo): boolean => !!one.attributes['screenOf'];
export const roleOf = (one: ParticipantInfo): string => (isScreen(one) ? 'screen' : (one.attributes['role'] ?? ''));
/** Those of whom there may be something to see. */
export const faces = (all: readonly ParticipantInfo[]): ParticipantInfo[] => all.filter((one) => !isScreen(one));
