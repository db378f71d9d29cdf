/** What a template may hold: JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export interface Resource {
  readonly Type: string;
  readonly Properties?: JsonObject;
  readonly Condition?: string;
}

/** A synthesized CloudFormation template, as far as running it locally needs. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: Json }>>;
  readonly Conditions?: Readonly<Record<string, Json>>;
  readonly Mappings?: Readonly<Record<string, Record<string, JsonObject>>>;
  readonly Outputs?: Readonly<
    Record<string, { readonly Value: Json; readonly Export?: { readonly Name: Json } }>
  >;
}

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

const PSEUDO_PARAMETERS: Readonly<Record<string, Json>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackId': 'local',
  'AWS::NotificationARNs': [],
};

/** What AWS would make of a resource once it stands: `Ref` and `Fn::GetAtt` of it. */
export interface Physical {
  readonly ref: string;
  attribute(name: string): string;
}
export type PhysicalOf = (logicalId: string, resource: Resource, stack: Stack) => Physical;

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A template among the others of its app, with its intrinsic functions worked out. */
export class Stack {
  readonly name: string;
  readonly template: Template;
  readonly #app: App;

  constructor(name: string, template: Template, app: App) {
    this.name = name;
    this.template = template;
    this.#app = app;
  }

  /** The resources of a type that this stack would have, their properties resolved. */
  resources(type: string): { readonly id: string; readonly properties: JsonObject }[] {
    return Object.entries(this.template.Resources)
      .filter(([, resource]) => resource.Type === type && this.#holds(resource.Condition))
      .map(([id, resource]) => ({ id, properties: this.resolve(resource.Properties ?? {}) as JsonObject }));
  }

  /**
   * `value` without intrinsic functions.
   * @throws {TypeError} on one that is not known, or that names what is not there.
   */
  resolve(value: Json): Json {
    if (Array.isArray(value)) return value.map((item: Json) => this.resolve(item)).filter(isPresent);
    if (!isObject(value)) return value;
    const [only, ...others] = Object.keys(value);
    if (only !== undefined && others.length === 0) {
      const argument = value[only] as Json;
      if (only === 'Ref') return this.#ref(String(argument));
      if (only.startsWith('Fn::')) return this.#call(only, argument);
    }
    const entries = Object.entries(value).map(([key, item]) => [key, this.resolve(item)] as const);
    return Object.fromEntries(entries.filter(([, item]) => isPresent(item)));
  }

  #ref(name: string): Json {
    if (name === 'AWS::NoValue') return NO_VALUE;
    if (name === 'AWS::StackName') return this.name;
    const pseudo = PSEUDO_PARAMETERS[name];
    if (pseudo !== undefined) return pseudo;
    const parameter = this.template.Parameters?.[name];
    if (parameter !== undefined) return parameter.Default ?? '';
    return this.#physical(name).ref;
  }

  #call(name: string, argument: Json): Json {
    switch (name) {
      case 'Fn::GetAtt': {
        const [id, attribute] =
          typeof argument === 'string' ? splitOnce(argument, '.') : this.#list(argument);
        return this.#physical(String(id)).attribute(String(attribute));
      }
      case 'Fn::Sub':
        return this.#substitute(argument);
      case 'Fn::Join': {
        const [separator, parts] = argument as readonly Json[];
        return this.#list(parts).map(String).join(String(separator));
      }
      case 'Fn::Split': {
        const [separator, text] = this.#list(argument);
        return String(text).split(String(separator));
      }
      case 'Fn::Select': {
        const [index, list] = this.#list(argument);
        return (list as readonly Json[])[Number(index)] ?? '';
      }
      case 'Fn::ImportValue':
        return this.#app.exported(String(this.resolve(argument)));
      case 'Fn::GetStackOutput': {
        const { StackName, OutputName } = this.resolve(argument) as JsonObject;
        return this.#app.output(String(StackName), String(OutputName));
      }
      case 'Fn::If': {
        const [condition, then, otherwise] = argument as readonly Json[];
        return this.resolve((this.#holds(String(condition)) ? then : otherwise) ?? NO_VALUE);
      }
      case 'Fn::FindInMap': {
        const [map, first, second] = this.#list(argument);
        return this.template.Mappings?.[String(map)]?.[String(first)]?.[String(second)] ?? '';
      }
      case 'Fn::Base64':
        return Buffer.from(String(this.resolve(argument))).toString('base64');
      case 'Fn::GetAZs':
        return [`${REGION}a`, `${REGION}b`];
      default:
        throw new TypeError(`${this.name} uses ${name}, which is not known here`);
    }
  }

  #list(value: Json | undefined): readonly Json[] {
    const list = this.resolve(value ?? []);
    if (!Array.isArray(list))
      throw new TypeError(`${this.name} has ${JSON.stringify(value)} in place of a list`);
    return list;
  }

  #substitute(argument: Json): string {
    const [text, variables] = Array.isArray(argument) ? (argument as readonly Json[]) : [argument, {}];
    const own = isObject(variables) ? variables : {};
    return String(text).replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      const variable = own[name];
      if (variable !== undefined) return String(this.resolve(variable));
      return String(name.includes('.') ? this.#call('Fn::GetAtt', name) : this.#ref(name));
    });
  }

  /** Whether a condition of the template holds; no condition always does. */
  #holds(condition: string | undefined): boolean {
    return condition === undefined || this.#decide(this.template.Conditions?.[condition] ?? false);
  }

  #decide(value: Json): boolean {
    if (!isObject(value)) return value === true || value === 'true';
    const [name = '', argument = null] = Object.entries(value)[0] ?? [];
    const each = Array.isArray(argument) ? (argument as readonly Json[]) : [];
    switch (name) {
      case 'Condition':
        return this.#holds(String(argument));
      case 'Fn::Equals':
        return String(this.resolve(each[0] ?? '')) === String(this.resolve(each[1] ?? ''));
      case 'Fn::Not':
        return !this.#decide(each[0] ?? false);
      case 'Fn::And':
        return each.every((item) => this.#decide(item));
      case 'Fn::Or':
        return each.some((item) => this.#decide(item));
      default:
        throw new TypeError(`${this.name} has a condition ${name}, which is not known here`);
    }
  }

  #physical(logicalId: string): Physical {
    const resource = this.template.Resources[logicalId];
    if (resource === undefined)
      throw new TypeError(`${this.name} names ${logicalId}, which it does not have`);
    return this.#app.physicalOf(logicalId, resource, this);
  }
}

/** All stacks of a synthesized app. */
export class App {
  readonly stacks: readonly Stack[];
  readonly physicalOf: PhysicalOf;

  constructor(templates: Readonly<Record<string, Template>>, physicalOf: PhysicalOf) {
    this.physicalOf = physicalOf;
    this.stacks = Object.entries(templates).map(([name, template]) => new Stack(name, template, this));
  }

  /** The resources of a type in all stacks. */
  resources(type: string): { readonly id: string; readonly stack: Stack; readonly properties: JsonObject }[] {
    return this.stacks.flatMap((stack) => stack.resources(type).map((resource) => ({ ...resource, stack })));
  }

  exported(name: string): Json {
    for (const stack of this.stacks)
      for (const output of Object.values(stack.template.Outputs ?? {}))
        if (output.Export && stack.resolve(output.Export.Name) === name) return stack.resolve(output.Value);
    throw new TypeError(`no stack exports ${name}`);
  }

  output(stackName: string, outputName: string): Json {
    const stack = this.stacks.find(({ name }) => name === stackName);
    const output = stack?.template.Outputs?.[outputName];
    if (stack === undefined || output === undefined)
      throw new TypeError(`there is no output ${outputName} of ${stackName}`);
    return stack.resolve(output.Value);
  }
}

/** Stands for `AWS::NoValue`: the property or item goes away. No JSON equals it. */
const NO_VALUE = '\u0000AWS::NoValue';
const isPresent = (value: Json): boolean => value !== NO_VALUE;

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
