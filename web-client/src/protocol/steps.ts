/** How far the county is set up, as the scheduler counts it. */
import type { Api } from './api.ts';

export type Step = 'areas' | 'sites' | 'rooms' | 'terminals' | 'people' | 'logins' | 'lines' | 'sessions';

export interface StepState {
  step: Step;
  count: number;
  /** How many lack it. */
  without: number;
  state: 'done' | 'todo' | 'optional';
}

export const countySteps = async (api: Api): Promise<StepState[]> =>
  (await api.ask<{ steps: StepState[] }>('/api/v1/county/steps', {})).steps;

/** The step to do next: the first that is needed and not done; none if the county is ready. */
export const nextStep = (steps: StepState[]): Step | null => steps.find((it) => it.state === 'todo')?.step ?? null;
