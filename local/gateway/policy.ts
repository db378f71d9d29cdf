/** A statement of an IAM policy document, as an authorizer answers it. */
export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/**
 * The statements of a policy document.
 * @throws {TypeError} on a document that is none, or that says what is not known here (conditions, `NotAction`).
 */
export function statementsOf(document: unknown): Statement[] {
  const { Statement } = record(document, 'the policy document');
  return (Array.isArray(Statement) ? Statement : [Statement]).map((item: unknown) => {
    const { Effect, Action, Resource, Sid: _sid, ...others } = record(item, 'a statement');
    if (Effect !== 'Allow' && Effect !== 'Deny') throw new TypeError('a statement allows or denies nothing');
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw new TypeError(`a statement has ${unknown}, which is not known here`);
    return { Effect, Action: strings(Action), Resource: strings(Resource) };
  });
}

/** Whether the statements let a caller invoke a method: something allows it and nothing denies it. */
export function allows(statements: readonly Statement[], methodArn: string): boolean {
  const effects = statements
    .filter(
      ({ Action, Resource }) =>
        Action.some((action) => fits(action.toLowerCase(), 'execute-api:invoke')) &&
        Resource.some((resource) => fits(resource, methodArn)),
    )
    .map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}

/** Glob of IAM: `*` is any text, `/` too, and `?` one character. Linear in both, whatever a sender's path holds. */
function fits(pattern: string, value: string): boolean {
  let [p, v, star, mark] = [0, 0, -1, 0];
  while (v < value.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++;
      mark = v;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === value[v])) {
      p++;
      v++;
    } else if (star >= 0) {
      p = star + 1;
      v = ++mark;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${what} is not an object`);
  return value as Record<string, unknown>;
}

function strings(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (!list.every((item) => typeof item === 'string'))
    throw new TypeError('a statement names what is no text');
  return list;
}
