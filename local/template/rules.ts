import { object, objects, textOr } from './read.ts';
import type { App, JsonObject } from './resolve.ts';

/** A rule of an event bus of an app: what fits its pattern goes to its targets. */
export interface Rule {
  readonly busName: string;
  readonly pattern: JsonObject;
  /** ARNs of topics and queues. */
  readonly targets: readonly string[];
}

/** The enabled rules of an app that wait for events of its own, and not for the clock. */
export function rulesOf(app: App): Rule[] {
  return app.resources('AWS::Events::Rule').flatMap(({ properties }) => {
    const busName = textOr(properties, 'EventBusName', '');
    if (busName === '' || textOr(properties, 'State', 'ENABLED') === 'DISABLED') return [];
    const targets = objects(properties, 'Targets').map((target) => textOr(target, 'Arn', ''));
    return [{ busName, pattern: object(properties, 'EventPattern'), targets }];
  });
}

/** The names of an app's event buses. */
export const busesOf = (app: App): string[] =>
  app.resources('AWS::Events::EventBus').map(({ id, stack }) => String(stack.resolve({ Ref: id })));
