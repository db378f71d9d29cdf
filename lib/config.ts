import * as z from 'zod';
import { AGENCY_KINDS } from '../core/api/appends.ts';
import { LogError } from '../core/log/error.ts';
import { parseVerifierKey } from '../core/log/key.ts';
import { Witnessing } from '../core/log/witnessing.ts';
import { AgencyId } from '../core/model/scalars.ts';
import { DEPLOYMENT, parseDeployment } from './deployment.ts';

/** The functions of the system; each is the file of its name under `lambdas/`. */
export const FUNCTIONS = [
  'authorize',
  'record',
  'query',
  'trace',
  'investigate',
  'log',
  'site',
  'sequence',
  'sweep',
  'cosign',
  'archive',
  'restore',
  'project',
  'inspect',
  'remind',
  'notify',
] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

const HttpsUrl = z.url({ protocol: /^https$/ });
const AccountNumber = z.string().regex(/^\d{12}$/, 'must be 12 digits');
const BucketName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, 'must be the name of a bucket, without dots');

/**
 * What one deployment of the system may choose. A file of `lib/stages` holds these, and this schema refuses what
 * does not fit before anything is synthesized.
 */
export const StageConfig = z
  .strictObject({
    ...DEPLOYMENT,
    /**
     * The name, or a pattern of it, of the role that CloudFormation deploys with: the only principal that may change
     * the settings of the ledger table and its key. The default is that of `cdk bootstrap`.
     */
    deploymentRole: z
      .string()
      .regex(/^[\w+=,.@-]{8,}\*?$/, 'must name one role, or end in * after at least 8 characters')
      .default('cdk-hnb659fds-cfn-exec-role-*'),

    /** The OIDC issuer whose tokens are taken. */
    identity: z.strictObject({
      issuer: HttpsUrl,
      audience: z.string().min(1).max(200),
      /** The claim, an array of strings, that holds `agency:<id>`, `auditor`, `steward`, `operator` and `custodian`. */
      rolesClaim: z.string().min(1).max(200).default('roles'),
      /** Left out, it is `/.well-known/jwks.json` of the issuer. */
      jwksUri: HttpsUrl.optional(),
      /** How long API Gateway goes on trusting an answer of `authorize`: a revoked token lives on at most so long. */
      cacheSeconds: z.int().min(0).max(3600).default(60),
    }),

    /** The published log. */
    log: z.strictObject({
      /**
       * Its name for good, and that of its key: the URL prefix under which it is served, without the scheme. Changing it
       * begins another log.
       */
      origin: z
        .string()
        .max(200)
        .regex(
          /^[a-z0-9.-]+(\/[A-Za-z0-9._-]+)*$/,
          'must be a host and a path, without scheme and final slash',
        ),
      /** Which key it signs with: each number is another key in KMS, where those of before stay. Goes up by a rotation. */
      keyGeneration: z.int().min(1).max(100).default(1),
      /**
       * Verifier keys, of the same name, that it signed with before: what they signed stays its own. There are some
       * where its key was rotated, or where it was restored after its key was lost.
       */
      formerKeys: z.array(z.string().max(400)).max(8).default([]),
      witnessing: Witnessing.default({ witnesses: [], quorum: 0, holdSeconds: 0 }),
    }),

    /** The bucket under Object Lock that keeps what was published, whatever befalls the tables. */
    archive: z.strictObject({
      /** Another account, so that nobody who administers this one reaches it. */
      account: AccountNumber.optional(),
      bucketName: BucketName,
      /** How long an object can be neither deleted nor replaced. */
      lockYears: z.int().min(1).max(100),
      /** `compliance` cannot be shortened by anyone, the account's root user included; `governance` can be bypassed. */
      lockMode: z.enum(['compliance', 'governance']),
    }),

    /** Tracing by samples of a leak, and what guards it against being used to look up single persons. */
    tracing: z.strictObject({
      /** Of the fingerprints, and of what is compared with them. */
      bucketName: BucketName,
      /** A sample with fewer different values of any of its fields is refused. */
      minimumRows: z.int().min(10).max(100_000).default(50),
      /** The most traces by sample of one person in a day, and the most questions about a person. */
      tracesPerDay: z.int().min(1).max(10_000).default(20),
      subjectsPerDay: z.int().min(1).max(10_000).default(50),
      /** A trace that is expected to take longer goes on in the background. A request may take 29 seconds at the most. */
      requestSeconds: z.number().min(0).max(20).default(6),
      /** How many calls of `investigate` compare files for such a trace at once. A new account has ten for everything. */
      workers: z.int().min(1).max(100).default(4),
      /** How long the sample of a leak is kept: a second auditor must have approved it by then. */
      sampleDays: z.int().min(1).max(365).default(14),
    }),

    signatures: z
      .strictObject({
        /** What an agency appends of these kinds is taken only with its signature. */
        mandatory: z.array(z.enum(AGENCY_KINDS)).default([]),
      })
      .default({ mandatory: [] }),

    /** Who is told of obligations how; the event bus is told of all. */
    notices: z
      .strictObject({
        /** The agencies that have an SNS topic of their own, and the account, if any, that may subscribe to it. */
        topics: z
          .array(z.strictObject({ agencyId: AgencyId, account: AccountNumber.optional() }))
          .max(200)
          .refine((topics) => new Set(topics.map(({ agencyId }) => agencyId)).size === topics.length, {
            message: 'must name each agency once',
          })
          .default([]),
        /** Which key signs what goes to webhooks: each number is another key in KMS. Goes up by a rotation. */
        keyGeneration: z.int().min(1).max(100).default(1),
      })
      .default({ topics: [], keyGeneration: 1 }),

    /** What is recorded of those who read the ledger. */
    access: z
      .strictObject({
        /** Whether auditors must name the incident for which they search and read, in `Amanat-Incident`. */
        caseRequired: z.boolean().default(false),
      })
      .default({ caseRequired: false }),

    /** Of the public register, which anybody may ask: its part of what the whole API takes. */
    register: z
      .strictObject({ requestsPerSecond: z.int().min(1).max(10_000), burst: z.int().min(1).max(5_000) })
      .default({ requestsPerSecond: 20, burst: 40 }),

    /** The most requests in five minutes of one bearer token, and of one address. */
    firewall: z.strictObject({
      requestsPerToken: z.int().min(10).max(2_000_000_000),
      requestsPerAddress: z.int().min(10).max(2_000_000_000),
    }),

    /** Concurrency kept for, and the most given to, a function. A new account has none to spare, so none is set. */
    reservedConcurrency: z.partialRecord(z.enum(FUNCTIONS), z.int().min(1).max(1000)).default({}),
  })
  .refine(({ account, archive }) => !archive.account || account !== undefined, {
    path: ['archive'],
    message: 'an archive in another account needs the account of the stage',
  })
  .refine(
    ({ tracing, reservedConcurrency: { investigate } }) => !investigate || investigate >= tracing.workers,
    {
      path: ['reservedConcurrency', 'investigate'],
      message: 'must not be less than tracing.workers, or some of them would wait for the others',
    },
  )
  .refine(({ log }) => log.keyGeneration === 1 || log.formerKeys.length > 0, {
    path: ['log', 'formerKeys'],
    message: 'must name the key of before, or what it signed is nobody’s',
  })
  .refine(({ log }) => log.formerKeys.every((key) => isKeyOf(log.origin, key)), {
    path: ['log', 'formerKeys'],
    message: 'must be verifier keys (type 0x01) of the name that is the origin',
  });
export type StageConfig = z.infer<typeof StageConfig>;
/** As a stage file writes it, defaults left out. */
export type StageInput = z.input<typeof StageConfig>;

/** @throws Error that names every fault, for whoever edits a stage file */
export const parseStage = (input: unknown): StageConfig => parseDeployment(StageConfig, input);

function isKeyOf(origin: string, text: string): boolean {
  try {
    const { name, type } = parseVerifierKey(text);
    return name === origin && type === 'note';
  } catch (error) {
    if (error instanceof LogError) return false;
    throw error;
  }
}
