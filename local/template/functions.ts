import { join } from 'node:path';
import { numberOr, object, stringValues, text, textOr } from './read.ts';
import type { App, JsonObject, Stack } from './resolve.ts';

/** A Lambda function as its template has it. */
export interface FunctionSpec {
  readonly name: string;
  /** For people, and for files: its id without what CDK puts behind it. */
  readonly label: string;
  readonly arn: string;
  /** The folder that holds the bundle, as it would be uploaded. */
  readonly codeFolder: string;
  /** `file.export` */
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The Node functions of an app. Functions of CDK's own making in other runtimes, or with code inline, are left out:
 * they serve a deployment, which there is none of here.
 * @param assets the folders of the app's assets by the hash that a template names them by
 */
export function functionsOf(app: App, assets: ReadonlyMap<string, string>): FunctionSpec[] {
  return app.resources('AWS::Lambda::Function').flatMap(({ id, stack, properties }) => {
    if (!textOr(properties, 'Runtime', '').startsWith('nodejs')) return [];
    const codeFolder = assets.get(assetHash(object(properties, 'Code')));
    return codeFolder === undefined ? [] : [functionSpec(id, stack, properties, codeFolder)];
  });
}

function functionSpec(id: string, stack: Stack, properties: JsonObject, codeFolder: string): FunctionSpec {
  return {
    name: String(stack.resolve({ Ref: id })),
    label: textOr(properties, 'FunctionName', id)
      .replace(/(?:Function)?[0-9A-F]{8}$/, '')
      .toLowerCase(),
    arn: String(stack.resolve({ 'Fn::GetAtt': [id, 'Arn'] })),
    codeFolder,
    handler: text(properties, 'Handler'),
    timeoutMs: 1000 * numberOr(properties, 'Timeout', 3),
    memoryMb: numberOr(properties, 'MemorySize', 128),
    environment: stringValues(object(object(properties, 'Environment'), 'Variables')),
  };
}

/** An asset's object in the bucket is named by its hash. */
const assetHash = (code: JsonObject): string =>
  textOr(code, 'S3Key', '').replace(/^.*\//, '').replace(/\..*$/, '');

/** The file assets of a cloud assembly's manifest (`*.assets.json`): hash → folder. */
export function assetsOf(manifest: JsonObject, folder: string): [hash: string, folder: string][] {
  return Object.entries(object(manifest, 'files')).flatMap(([hash, file]) => {
    const source = object(file as JsonObject, 'source');
    return source['packaging'] === 'zip' ? [[hash, join(folder, text(source, 'path'))]] : [];
  });
}
