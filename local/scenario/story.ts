import type { RequestOf } from '../../core/api/client.ts';
import { partiesFor } from '../../core/api/permissions.ts';
import type { Operation } from '../../core/api/routes.ts';
import type { RequestId, TransferId } from '../../core/model/scalars.ts';
import { AGENCIES } from './agencies.ts';
import { AGREEMENTS } from './agreements.ts';
import { DECLARATIONS } from './declarations.ts';
import { REQUESTS, type ScenarioRequest } from './requests.ts';
import { KEY_REGISTRATION, SIGNER } from './signing.ts';
import { TRANSFERS } from './transfers/all.ts';
import type { ScenarioEvent, ScenarioTransfer, TransferEventInput } from './transfers/shapes.ts';

/** Who speaks in a step: an agency, or a member of the ledger's staff. */
export type Speaker = { readonly agency: string } | { readonly roles: readonly ['steward' | 'auditor'] };

/** One append of the scenario. Its key is fixed, so that doing it again records nothing twice. */
export type Step = StepOf<
  | 'registerAgency'
  | 'recordAgencyEvent'
  | 'registerAgreement'
  | 'recordAgreementEvent'
  | 'recordDataRequest'
  | 'recordDataRequestEvent'
  | 'recordTransfer'
  | 'recordTransferEvent'
  | 'declareCoverage'
>;
type StepOf<O extends Operation> = O extends O
  ? {
      readonly operation: O;
      readonly as: Speaker;
      /** What it is about: the name of a transfer or request, the id of an agency or agreement. */
      readonly about: string;
      /** Transfers and requests that it names are known by the ids that they got in earlier steps. */
      readonly request: (idOf: IdOf) => RequestOf<O> & { readonly idempotencyKey: string };
    }
  : never;
/** The id of a transfer or request by the scenario's name for it. */
export type IdOf = <Id extends TransferId | RequestId = TransferId>(name: string) => Id;

const STEWARD: Speaker = { roles: ['steward'] };
/** A change of what is recorded needs new keys: a key stands for one body for good. */
export const keyOf = (...parts: (string | number)[]) => ['scenario-1', ...parts].join('/');

/** The whole story, in the order in which it is recorded. */
export function storySteps(): Step[] {
  return [
    ...AGENCIES.map(registerAgency),
    registerKey,
    ...AGREEMENTS.flatMap(agreementSteps),
    ...REQUESTS.flatMap(requestSteps),
    ...TRANSFERS.map(recordTransfer),
    ...eventSteps(),
    ...DECLARATIONS.map(declareCoverage),
  ];
}

const registerAgency = (body: (typeof AGENCIES)[number]): Step => ({
  operation: 'registerAgency',
  as: STEWARD,
  about: body.agencyId,
  request: () => ({ idempotencyKey: keyOf('agency', body.agencyId), body }),
});

/** By a steward: the agency signs with it from then on. */
const registerKey: Step = {
  operation: 'recordAgencyEvent',
  as: STEWARD,
  about: SIGNER,
  request: () => ({
    idempotencyKey: keyOf('agency', SIGNER, 'key'),
    params: { agencyId: SIGNER },
    body: KEY_REGISTRATION,
  }),
};

function agreementSteps({ terms, events }: (typeof AGREEMENTS)[number]): Step[] {
  const { agreementId } = terms;
  return [
    {
      operation: 'registerAgreement',
      as: STEWARD,
      about: agreementId,
      request: () => ({ idempotencyKey: keyOf('agreement', agreementId), body: terms }),
    },
    ...events.map(
      (body, i): Step => ({
        operation: 'recordAgreementEvent',
        as: STEWARD,
        about: agreementId,
        request: () => ({
          idempotencyKey: keyOf('agreement', agreementId, i + 1),
          params: { agreementId },
          body,
        }),
      }),
    ),
  ];
}

const requestSteps = ({ name, request, events }: ScenarioRequest): Step[] => [
  {
    operation: 'recordDataRequest',
    as: { agency: request.recipient },
    about: name,
    request: () => ({ idempotencyKey: keyOf('request', name), body: request }),
  },
  ...events.map(
    (body, i): Step => ({
      operation: 'recordDataRequestEvent',
      as: { agency: request.provider },
      about: name,
      request: (idOf) => ({
        idempotencyKey: keyOf('request', name, i + 1),
        params: { requestId: idOf(name) },
        body,
      }),
    }),
  ),
];

const recordTransfer = ({ name, recordedBy, answers, origins, record }: ScenarioTransfer): Step => ({
  operation: 'recordTransfer',
  as: recordedBy === 'steward' ? STEWARD : { agency: record[recordedBy ?? 'provider'].agencyId },
  about: name,
  request: (idOf) => ({
    idempotencyKey: keyOf('transfer', name),
    body: {
      ...record,
      ...(answers && { requestId: idOf<RequestId>(answers) }),
      ...(origins && { originTransferIds: origins.map((origin) => idOf(origin)) }),
    },
  }),
});

/** The events of all transfers in the order in which they took place. */
const eventSteps = (): Step[] =>
  TRANSFERS.flatMap((transfer) =>
    (transfer.events ?? []).map((event, i) => ({
      occurredOn: event.body.occurredOn,
      step: eventStep(transfer, event, i + 1),
    })),
  )
    .sort((a, b) => a.occurredOn.localeCompare(b.occurredOn))
    .map(({ step }) => step);

function eventStep({ name, record }: ScenarioTransfer, event: ScenarioEvent, number: number): Step {
  const party = event.party ?? partiesFor(event.kind)[0] ?? 'provider';
  return {
    operation: 'recordTransferEvent',
    as: { agency: record[party].agencyId },
    about: name,
    request: (idOf) => ({
      idempotencyKey: keyOf('transfer', name, number),
      params: { transferId: idOf(name) },
      body: eventBody(event, idOf),
    }),
  };
}

function eventBody({ party: _party, ...event }: ScenarioEvent, idOf: IdOf): TransferEventInput {
  if (event.kind !== 'record-superseded') return event;
  const { byName, ...body } = event.body;
  return { kind: event.kind, body: { ...body, by: idOf(byName) } };
}

const declareCoverage = (body: (typeof DECLARATIONS)[number]): Step => ({
  operation: 'declareCoverage',
  as: { agency: body.provider },
  about: body.provider,
  request: () => ({ idempotencyKey: keyOf('coverage', body.provider, body.from), body }),
});
