/** The devices of terminals, as who keeps the register sees them. */
import type { Api } from './api.ts';
import type { Described } from './described.ts';

export type TerminalDevices = Described['TerminalDevices'];
export type TerminalDevice = Described['TerminalDevice'];
export type PairingCode = Described['PairingCode'];

export const devices = (by: Api, id: string): Promise<TerminalDevices> =>
  by.call('get', '/api/v1/terminals/{id}/devices', { path: { id } });

/** A code for one more device; the terminal's code before it works no more. */
export const makeCode = (by: Api, id: string, name: string): Promise<PairingCode> =>
  by.call('post', '/api/v1/terminals/{id}/pairing', { path: { id }, body: { name } });

export const revoke = (by: Api, id: string, device: string): Promise<TerminalDevices> =>
  by.call('delete', '/api/v1/terminals/{id}/devices/{device}', { path: { id, device } });
