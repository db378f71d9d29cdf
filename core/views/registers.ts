import type * as z from 'zod';
import type { Agency, Agreement, CoverageAnswer, Frame } from '../api/answers.ts';
import { fold } from '../lifecycle/fold.ts';
import { evolveAgency, evolveAgreement } from '../lifecycle/registry.ts';
import { type Entry, frameIdOf } from '../model/entry.ts';
import type { FrameRecord } from '../model/frame.ts';
import type { CoverageDeclaration } from '../model/registry.ts';

/** Oldest first. */
type History = readonly { readonly entry: Entry }[];

export type AgencyView = z.infer<typeof Agency>;
export type AgreementView = z.infer<typeof Agreement>;
export type FrameView = z.infer<typeof Frame>;
export type DeclarationView = CoverageAnswer['declarations'][number];

/** An agency as it is now; `undefined` for an empty history, here and below. */
export function agencyOf(history: History): AgencyView | undefined {
  const state = fold(history, evolveAgency);
  if (!state) return undefined;
  const { nextVersion: _next, ...agency } = state;
  return { ...agency, ...openedBy(history) };
}

export function agreementOf(history: History): AgreementView | undefined {
  const state = fold(history, evolveAgreement);
  if (!state) return undefined;
  const { nextVersion: _next, versions, ...agreement } = state;
  return { ...agreement, versions: [...versions], ...openedBy(history) };
}

/** A declaration has no events. */
export function declarationOf(history: History): DeclarationView | undefined {
  const [first] = history;
  return first && { ...(first.entry.body as CoverageDeclaration), ...openedBy(history) };
}

export function frameOf(history: History): FrameView | undefined {
  const [first] = history;
  if (!first) return undefined;
  const { entryId } = openedBy(history);
  return { ...(first.entry.body as FrameRecord), ...openedBy(history), frameId: frameIdOf(entryId) };
}

function openedBy([first]: History): Pick<Entry, 'entryId' | 'recordedAt'> {
  if (!first) throw new TypeError('an empty history opened nothing');
  const { entryId, recordedAt } = first.entry;
  return { entryId, recordedAt };
}
