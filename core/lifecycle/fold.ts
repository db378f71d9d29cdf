import type { Entry } from '../model/entry.ts';

/** Folds a history, oldest first; `undefined` for an empty one. */
export const fold = <State>(
  history: readonly { readonly entry: Entry }[],
  evolve: (state: State | undefined, entry: Entry) => State,
): State | undefined =>
  history.reduce<State | undefined>((state, { entry }) => evolve(state, entry), undefined);
