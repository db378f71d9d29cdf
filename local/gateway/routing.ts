import type { MethodSpec } from '../template/api.ts';

/** A method of the API that a request fits, with what its path says for each `{parameter}`, as it was sent. */
export interface Match {
  readonly method: MethodSpec;
  readonly pathParameters: Readonly<Record<string, string>>;
}

interface Node {
  readonly literals: Map<string, Node>;
  readonly methods: Map<string, MethodSpec>;
  parameter?: { readonly name: string; readonly node: Node };
  greedy?: { readonly name: string; readonly node: Node };
}

const newNode = (): Node => ({ literals: new Map(), methods: new Map() });

/** Finds the method for a request as API Gateway does: a literal segment before `{one}`, that before `{rest+}`. */
export class Routing {
  readonly #root = newNode();

  constructor(methods: readonly MethodSpec[]) {
    for (const method of methods) this.#add(method);
  }

  /** @param path as sent, percent-encoded, without its query; a slash at its end does not matter. */
  find(httpMethod: string, path: string): Match | undefined {
    const segments = path.slice(1).split('/');
    if (segments.at(-1) === '') segments.pop();
    return find(this.#root, segments, 0, httpMethod, {});
  }

  #add(method: MethodSpec): void {
    let node = this.#root;
    for (const segment of method.path.split('/').filter((part) => part !== '')) {
      const parameter = /^\{(.+?)(\+?)\}$/.exec(segment);
      if (parameter === null) {
        const next = node.literals.get(segment) ?? newNode();
        node.literals.set(segment, next);
        node = next;
      } else {
        const place = parameter[2] === '+' ? 'greedy' : 'parameter';
        node[place] ??= { name: parameter[1] ?? '', node: newNode() };
        node = node[place].node;
      }
    }
    node.methods.set(method.httpMethod, method);
  }
}

function find(
  node: Node,
  segments: readonly string[],
  at: number,
  httpMethod: string,
  pathParameters: Readonly<Record<string, string>>,
): Match | undefined {
  const segment = segments[at];
  if (segment === undefined) {
    const method = node.methods.get(httpMethod) ?? node.methods.get('ANY');
    return method && { method, pathParameters };
  }
  const literal = node.literals.get(segment);
  const byLiteral = literal && find(literal, segments, at + 1, httpMethod, pathParameters);
  if (byLiteral !== undefined) return byLiteral;
  const { parameter, greedy } = node;
  if (parameter !== undefined && segment !== '') {
    const more = { ...pathParameters, [parameter.name]: segment };
    const byParameter = find(parameter.node, segments, at + 1, httpMethod, more);
    if (byParameter !== undefined) return byParameter;
  }
  if (greedy === undefined) return undefined;
  const rest = { ...pathParameters, [greedy.name]: segments.slice(at).join('/') };
  return find(greedy.node, segments, segments.length, httpMethod, rest);
}
