import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { loadStage } from '../../lib/stages/index.ts';
import { buildSystem } from '../../lib/system.ts';
import { buildWitness } from '../../lib/witness/build.ts';
import { loadWitness } from '../../lib/witness/stages/index.ts';

export const PROJECT = resolve(import.meta.dirname, '../..');

/** Where the simulated deployment is; the templates themselves name no account. */
export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';

export interface Resource {
  readonly Type: string;
  readonly Properties?: Properties;
  readonly Metadata?: Properties;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}
/** What a resource is made of. Its shape is CloudFormation's: tests take it apart by name. */
export type Properties = { readonly [name: string]: Json };
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { Value: Json; Export?: { Name: string } }>>;
}

/** One resource of the system, with the template that it stands in. */
export interface Placed extends Resource {
  readonly id: string;
  readonly stack: string;
  readonly properties: Properties;
}

/** A new app with the feature flags of cdk.json, which bundles nothing. */
export function newApp(): App {
  const { context } = JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8'));
  return new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] } });
}

type Templates = ReadonlyMap<string, Template>;

/** The templates of a stage by the name of the stack. */
export function templatesOf(stage: string): Templates {
  const app = newApp();
  buildSystem(app, loadStage(stage));
  return templatesIn(app);
}

export const templatesIn = (app: App): Templates =>
  new Map(app.synth().stacks.map(({ stackName, template }) => [stackName, template]));

/** The synthesized system, whose resources are found by type and whose intrinsics are resolved. */
export class Synthesized {
  readonly templates: Templates;

  constructor(templates: Templates) {
    this.templates = templates;
  }

  all(type: string): Placed[] {
    return [...this.templates].flatMap(([stack, { Resources }]) =>
      Object.entries(Resources)
        .filter(([, resource]) => resource.Type === type)
        .map(([id, resource]) => this.place(stack, id, resource)),
    );
  }

  /** The resource of that type whose logical id begins so; there must be exactly one. */
  one(type: string, idPrefix = ''): Placed {
    const found = this.all(type).filter(({ id }) => id.startsWith(idPrefix));
    const [only] = found;
    if (only === undefined || found.length > 1)
      throw new Error(`${found.length} resources of type ${type} begin with "${idPrefix}"`);
    return only;
  }

  private place(stack: string, id: string, resource: Resource): Placed {
    return {
      ...resource,
      id,
      stack,
      properties: this.resolve(stack, resource.Properties ?? {}) as Properties,
    };
  }

  /** The Arn (or another attribute) that a deployment would give a resource. */
  attribute({ stack, id, Type, properties }: Placed, name = 'Arn'): string {
    if (name !== 'Arn' && !(name === 'StreamArn' && Type === 'AWS::DynamoDB::Table')) return `${id}.${name}`;
    switch (Type) {
      case 'AWS::DynamoDB::Table': {
        const arn = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${stack}-${id}`;
        return name === 'Arn' ? arn : `${arn}/stream/2026-01-01T00:00:00.000`;
      }
      case 'AWS::IAM::Role':
        return `arn:aws:iam::${ACCOUNT}:role${properties['Path'] ?? '/'}${stack}-${id}`;
      case 'AWS::KMS::Key':
        return `arn:aws:kms:${REGION}:${ACCOUNT}:key/${stack}-${id}`;
      case 'AWS::S3::Bucket':
        return `arn:aws:s3:::${String(properties['BucketName'])}`;
      case 'AWS::SQS::Queue':
        return `arn:aws:sqs:${REGION}:${ACCOUNT}:${stack}-${id}`;
      case 'AWS::SNS::Topic':
        return `arn:aws:sns:${REGION}:${ACCOUNT}:${stack}-${id}`;
      case 'AWS::Events::EventBus':
        return `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${stack}-${id}`;
      case 'AWS::Logs::LogGroup':
        return `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${stack}-${id}:*`;
      case 'AWS::Lambda::Function':
        return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${stack}-${id}`;
      default:
        return `arn:aws:any:${REGION}:${ACCOUNT}:${stack}-${id}`;
    }
  }

  private find(stack: string, id: string): Placed {
    const resource = this.templates.get(stack)?.Resources[id];
    if (resource === undefined) throw new Error(`${stack} has no ${id}`);
    const { Path = '/', BucketName = id } = resource.Properties ?? {};
    return this.place(stack, id, { ...resource, Properties: { Path, BucketName } });
  }

  private resolve(stack: string, value: Json | undefined): Json {
    if (Array.isArray(value)) return value.map((member) => this.resolve(stack, member));
    if (value === null || typeof value !== 'object') return value ?? null;
    const [[name, argument] = ['', null], ...more] = Object.entries(value as Properties);
    if (more.length === 0 && (name === 'Ref' || name.startsWith('Fn::')))
      return this.intrinsic(stack, name, argument);
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, this.resolve(stack, member as Json)]),
    );
  }

  private intrinsic(stack: string, name: string, argument: Json): Json {
    const resolved = name === 'Fn::GetAtt' ? argument : this.resolve(stack, argument);
    switch (name) {
      case 'Ref':
        return PSEUDO[String(resolved)] ?? this.reference(stack, String(resolved));
      case 'Fn::GetAtt': {
        const [id, attribute] = resolved as [string, string];
        return this.attribute(this.find(stack, id), attribute);
      }
      case 'Fn::ImportValue':
        return this.exported(String(resolved));
      case 'Fn::Join': {
        const [separator, parts] = resolved as [string, string[]];
        return parts.join(separator);
      }
      case 'Fn::Split': {
        const [separator, text] = resolved as [string, string];
        return text.split(separator);
      }
      case 'Fn::Select': {
        const [index, list] = resolved as [number, string[]];
        return list[index] ?? null;
      }
      case 'Fn::Sub':
        return String(resolved).replace(/\$\{([\w:]+)\}/g, (_, ref: string) => PSEUDO[ref] ?? ref);
      default:
        throw new Error(`these tests do not know the intrinsic function ${name}`);
    }
  }

  /** What `Ref` is: mostly a name, of a topic its Arn. */
  private reference(stack: string, id: string): string {
    const isTopic = this.templates.get(stack)?.Resources[id]?.Type === 'AWS::SNS::Topic';
    return isTopic ? this.attribute(this.find(stack, id)) : `${stack}-${id}`;
  }

  private exported(name: string): Json {
    for (const [stack, { Outputs = {} }] of this.templates)
      for (const { Value, Export } of Object.values(Outputs))
        if (Export?.Name === name) return this.resolve(stack, Value);
    throw new Error(`no stack exports ${name}`);
  }
}

const systems = new Map<string, Synthesized>();

/** The system of a stage; synthesized once, since that takes seconds. */
export function synthesized(stage: string): Synthesized {
  const system = systems.get(stage) ?? new Synthesized(templatesOf(stage));
  systems.set(stage, system);
  return system;
}

/** A witness of a stage, as it would be deployed. */
export function synthesizedWitness(stage: string): Synthesized {
  const app = newApp();
  buildWitness(app, loadWitness(stage));
  return new Synthesized(templatesIn(app));
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::URLSuffix': 'amazonaws.com',
};
