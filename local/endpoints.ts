import { join } from 'node:path';
import type { Cleanups } from './cleanups.ts';
import { keepEvents, type OnEvent } from './events/bus.ts';
import { startEvents } from './events/server.ts';
import { type KeyStore, loadOrMakeKeyStore } from './kms/keys.ts';
import { startKms } from './kms/server.ts';
import { type FindFunction, startLambdaApi } from './lambda-api.ts';
import type { Loopback } from './loopback.ts';
import { Buckets } from './objects/buckets.ts';
import { startS3 } from './objects/server.ts';
import { LOCAL_CREDENTIALS } from './tables.ts';
import type { Deployment } from './template/deployment.ts';

/** The services of AWS that functions call by themselves, and what they find them by. */
export interface Endpoints {
  /** Of Lambda. */
  readonly lambda: string;
  /** What KMS holds. */
  readonly keys: KeyStore;
  /** As the AWS SDKs read it. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface EndpointsOptions {
  readonly dataFolder: string;
  readonly deployment: Pick<Deployment, 'keys' | 'buckets' | 'buses' | 'rules'>;
  /** Of the local DynamoDB. */
  readonly engine: string;
  /** Not called before a function or a command invokes another. */
  readonly find: FindFunction;
  readonly report: (line: string) => void;
  /** Told of what is put on an event bus. */
  readonly onEvent: OnEvent;
  /** Puts something between the functions and a service, of which it is told the address. */
  readonly between?: (service: Service, url: string) => Promise<Loopback>;
}

/** Services that hold or sign something. */
export type Service = 'DYNAMODB' | 'KMS' | 'S3';

/** Starts all of them but DynamoDB, each on a port of its own. */
export async function startEndpoints(
  { dataFolder, deployment, engine, find, report, onEvent, between }: EndpointsOptions,
  cleanups: Cleanups,
): Promise<Endpoints> {
  const keys = await loadOrMakeKeyStore(dataFolder, deployment.keys);
  const buckets = await Buckets.open(join(dataFolder, 'objects'), deployment.buckets);
  const kms = await startKms(keys);
  cleanups.add(() => kms.stop());
  const s3 = await startS3(buckets, LOCAL_CREDENTIALS);
  cleanups.add(() => s3.stop());
  const events = await startEvents({ ...deployment, take: keepEvents(dataFolder, onEvent) });
  cleanups.add(() => events.stop());
  const lambda = await startLambdaApi(find, report);
  cleanups.add(() => lambda.stop());
  const found = async (service: Service, url: string): Promise<string> => {
    if (!between) return url;
    const standing = await between(service, url);
    cleanups.add(() => standing.stop());
    return standing.url;
  };
  return {
    lambda: lambda.url,
    keys,
    variables: {
      AWS_ENDPOINT_URL_DYNAMODB: await found('DYNAMODB', engine),
      AWS_ENDPOINT_URL_KMS: await found('KMS', kms.url),
      AWS_ENDPOINT_URL_S3: await found('S3', s3.url),
      AWS_ENDPOINT_URL_LAMBDA: lambda.url,
      AWS_ENDPOINT_URL_EVENTBRIDGE: events.url,
      AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  };
}
