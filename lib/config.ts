import * as z from 'zod';

/** The functions of the system; each is the file of its name under `lambdas/`. */
export const FUNCTIONS = [
  'authorize',
  'record',
  'query',
  'trace',
  'site',
  'sequence',
  'sweep',
  'project',
] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** The retention times that CloudWatch Logs knows, in days. */
const LOG_RETENTION_DAYS = [7, 14, 30, 60, 90, 120, 180, 365, 400, 545, 731, 1096, 1827, 3653] as const;

const HttpsUrl = z.url({ protocol: /^https$/ });

/**
 * What one deployment of the system may choose. A file of `lib/stages` holds these, and this schema refuses what
 * does not fit before anything is synthesized.
 */
export const StageConfig = z.strictObject({
  /** Part of every stack name, so that stages can share an account. */
  stage: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,15}$/, 'must be at most 16 lower-case letters, digits and dashes'),
  /** Where it is deployed; left out, wherever the credentials of `cdk deploy` point. */
  account: z
    .string()
    .regex(/^\d{12}$/, 'must be 12 digits')
    .optional(),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as eu-central-1')
    .optional(),
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
    /** The claim, an array of strings, that holds `agency:<id>`, `auditor`, `steward` and `operator`. */
    rolesClaim: z.string().min(1).max(200).default('roles'),
    /** Left out, it is `/.well-known/jwks.json` of the issuer. */
    jwksUri: HttpsUrl.optional(),
    /** How long API Gateway goes on trusting an answer of `authorize`: a revoked token lives on at most so long. */
    cacheSeconds: z.int().min(0).max(3600).default(60),
  }),

  /** Of the whole API. */
  throttling: z.strictObject({
    requestsPerSecond: z.int().min(1).max(10_000),
    burst: z.int().min(1).max(5_000),
  }),
  /** The most requests in five minutes of one bearer token, and of one address. */
  firewall: z.strictObject({
    requestsPerToken: z.int().min(10).max(2_000_000_000),
    requestsPerAddress: z.int().min(10).max(2_000_000_000),
  }),

  logRetentionDays: z.literal(LOG_RETENTION_DAYS),
  /** Concurrency kept for, and the most given to, a function. A new account has none to spare, so none is set. */
  reservedConcurrency: z.partialRecord(z.enum(FUNCTIONS), z.int().min(1).max(1000)).default({}),
  /** Who is told of alarms. */
  alarmEmail: z.email().optional(),
  /**
   * What becomes of that which can be made anew (views, logs, queues) when its stack is deleted. The ledger and its
   * key are retained whatever stands here.
   */
  removal: z.enum(['retain', 'destroy']),
  /** Whether CloudFormation refuses to delete the stacks. */
  terminationProtection: z.boolean(),
});
export type StageConfig = z.infer<typeof StageConfig>;
/** As a stage file writes it, defaults left out. */
export type StageInput = z.input<typeof StageConfig>;

/** @throws Error that names every fault, for whoever edits a stage file */
export function parseStage(input: unknown): StageConfig {
  const parsed = StageConfig.safeParse(input);
  if (!parsed.success) throw new Error(`the stage configuration is wrong\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
