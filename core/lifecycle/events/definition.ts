import * as z from 'zod';
import type { Entry, Flag } from '../../model/entry.ts';
import { Day, text } from '../../model/scalars.ts';
import { type Fault, Problem } from '../../problem.ts';
import type { Told, TransferState } from '../transfer.ts';
import type { Upstream } from '../upstream.ts';

/** Which side of a transfer records an event; `core/api/permissions.ts` says which may record which. */
export type Party = 'provider' | 'recipient';

/** What an event is judged by besides the transfer's own history. */
export interface Circumstances {
  /** Which side records it; neither, where a steward does. */
  readonly party: Party | undefined;
  /** What reaches the transfer from those that its data came from. Only read where an event `looksUpstream`. */
  readonly upstream: Upstream;
  /** The record that is to take the place of this one. */
  readonly replacement?: TransferState;
}

export interface TransferEvent<Shape extends z.ZodRawShape> {
  /** What it says, for the API's documents. */
  readonly summary: string;
  readonly shape: Shape;
  /** Whether it is judged by what the data came from, too. */
  readonly looksUpstream?: boolean;
  /** Whether it may change how the transfers stand that came of this one. */
  readonly spreads?: boolean;
  /**
   * Whether the event may be recorded on this state, and what is to be flagged about it.
   * @throws Problem `conflict` when the state does not allow it, `invalid-record` when the body breaks a rule
   */
  readonly decide: (
    state: TransferState,
    body: z.infer<z.ZodObject<Shape>>,
    circumstances: Circumstances,
  ) => readonly Flag[];
  readonly evolve: (state: TransferState, body: z.infer<z.ZodObject<Shape>>, entry: Entry) => TransferState;
}

interface Erased {
  readonly summary: string;
  readonly looksUpstream?: boolean;
  readonly spreads?: boolean;
  decide(state: TransferState, body: unknown, circumstances: Circumstances): readonly Flag[];
  evolve(state: TransferState, body: unknown, entry: Entry): TransferState;
}

/** A definition whose body type is known within it, and erased for whoever looks events up by name. */
export const event = <Shape extends z.ZodRawShape>(definition: TransferEvent<Shape>) =>
  definition as unknown as { shape: Shape } & Erased;

export const occurredOn = Day.describe(
  'The day on which it took place; not after the day on which it is recorded',
);
export const reason = text(500);
export const noFlags: readonly Flag[] = [];

/** What the recipient's side upstream has to allow before data may be kept longer than that from which it came. */
export const originApproval = z
  .strictObject({ approver: text(120), reference: text(200).optional() })
  .optional()
  .describe(
    'Who allowed it on the side of the origin; needed where the retention outlasts that of the origin',
  );

export const conflict = (detail: string): never => {
  throw new Problem('conflict', detail);
};
export const invalid = (pointer: string, detail: string): never => {
  const fault: Fault = { pointer, detail };
  throw new Problem('invalid-record', undefined, [fault]);
};

/** What answers an earlier event did not take place before it: on the days between, the state would make no sense. */
export const notBefore = (earlier: Told, body: { occurredOn: Day }, what: string): void => {
  if (body.occurredOn < earlier.occurredOn) invalid('/occurredOn', `must not be before ${what}`);
};
