/** Programs of others that are told of events, over the scheduler's HTTP interface. */
import type { Api } from './api.ts';
import type { Described } from './described.ts';

export type Webhook = Described['Webhook'];
export type Webhooks = Described['Webhooks'];
export type WebhookSecret = Described['WebhookSecret'];
export type WebhookTry = Described['WebhookTry'];
export type NewWebhook = Described['NewWebhook'];
export type WebhookChange = Described['WebhookChange'];

const ONE = '/api/v1/webhooks/{id}';

export const webhooks = (by: Api): Promise<Webhooks> => by.call('get', '/api/v1/webhooks', {});
export const make = (by: Api, body: NewWebhook): Promise<WebhookSecret> => by.call('post', '/api/v1/webhooks', { body });
export const change = (by: Api, id: string, body: WebhookChange): Promise<Webhook> => by.call('patch', ONE, { path: { id }, body });
export const remove = (by: Api, id: string): Promise<Webhooks> => by.call('delete', ONE, { path: { id } });
export const test = (by: Api, id: string): Promise<WebhookTry> => by.call('post', `${ONE}/test`, { path: { id } });
export const renew = (by: Api, id: string): Promise<WebhookSecret> => by.call('post', `${ONE}/secret`, { path: { id }, body: {} });
