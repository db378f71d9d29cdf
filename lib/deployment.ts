import * as z from 'zod';

/** The retention times that CloudWatch Logs knows, in days. */
const LOG_RETENTION_DAYS = [7, 14, 30, 60, 90, 120, 180, 365, 400, 545, 731, 1096, 1827, 3653] as const;

/** What any deployment chooses, be it of the system or of a witness. */
export const DEPLOYMENT = {
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
  /** Of the whole API. */
  throttling: z.strictObject({
    requestsPerSecond: z.int().min(1).max(10_000),
    burst: z.int().min(1).max(5_000),
  }),
  logRetentionDays: z.literal(LOG_RETENTION_DAYS),
  /** Who is told of alarms. */
  alarmEmail: z.email().optional(),
  /**
   * What becomes of that which can be made anew (views, logs, queues) when its stack is deleted. What cannot, and the
   * keys of that, are retained whatever stands here.
   */
  removal: z.enum(['retain', 'destroy']),
  /** Whether CloudFormation refuses to delete the stacks. */
  terminationProtection: z.boolean(),
} as const;

const Deployment = z.strictObject(DEPLOYMENT);
export type Deployment = z.infer<typeof Deployment>;

/** @throws Error that names every fault, for whoever edits a stage file */
export function parseDeployment<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new Error(`the stage configuration is wrong\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** What the stage of that name chooses. @throws Error when there is none; `folder` says where to add it */
export function stageNamed<T>(stages: Readonly<Record<string, T>>, name: string, folder: string): T {
  const input = Object.hasOwn(stages, name) ? stages[name] : undefined;
  if (input === undefined)
    throw new Error(
      `unknown stage "${name}": choose one with -c stage=NAME of ${Object.keys(stages).join(', ')}, or add ${folder}/${name}.ts and name it in ${folder}/index.ts`,
    );
  return input;
}
