import { describe, expect, it } from 'vitest';
import { type Beneath, Descent, type Node } from '../../../core/lifecycle/downstream.ts';
import type { AgencyId } from '../../../core/model/scalars.ts';
import { aTransferId } from '../../support/transfers.ts';

const [MINE, THEIRS] = ['mine', 'theirs'] as AgencyId[];
const ROOT = aTransferId('root');

/** A transfer by name that came of others by name. */
const node = (name: string, origins: readonly string[], more: Partial<Node> = {}): Node => ({
  id: aTransferId(name),
  origins: origins.map(aTransferId),
  supersededBy: undefined,
  open: true,
  parties: [THEIRS as AgencyId],
  ...more,
});
const destroyed = { open: false };

interface Found extends Beneath {
  /** How many levels were read. */
  readonly reads: number;
}
/** What is found beneath the root, where everything is known that is beneath anything. */
function found(nodes: readonly Node[], told: { most?: number; agency?: AgencyId } = {}): Found {
  const descent = new Descent(ROOT, { most: 9, ...told });
  let reads = 0;
  for (; descent.level.length > 0; reads++)
    descent.take(
      new Map(
        descent.level.map((id) => [
          id,
          nodes.filter(({ origins, supersededBy }) => origins.includes(id) || supersededBy === id),
        ]),
      ),
    );
  return { ...descent.answer, reads };
}
const NOTHING = { open: [], more: false };

describe('what is open beneath a transfer', () => {
  it('is whatever came of it and is not destroyed, also beneath what is', () => {
    expect(found([])).toMatchObject(NOTHING);
    expect(found([node('a', ['root'], destroyed)])).toMatchObject(NOTHING);
    expect(found([node('a', ['root'], destroyed), node('b', ['a'])]).open).toEqual([aTransferId('b')]);
    expect(found([node('a', ['elsewhere'])])).toMatchObject(NOTHING);
  });

  it('is told once, though there are several ways to it or it leads back', () => {
    const around = [node('a', ['root', 'c']), node('b', ['root']), node('c', ['a', 'b'])];
    expect(found(around).open).toEqual(['a', 'b', 'c'].map(aTransferId).sort());
  });

  it('stands under what took the place of a record, and not under what that record named', () => {
    const replaced = node('a', ['root'], { supersededBy: aTransferId('b'), open: false });
    const beneath = node('c', ['a']);
    expect(found([replaced, node('b', ['elsewhere']), beneath])).toMatchObject(NOTHING);
    expect(found([replaced, node('b', ['root'], destroyed), beneath]).open).toEqual([aTransferId('c')]);
  });

  it('is told by id to those who are party to it, and to others that there is more', () => {
    const family = [node('a', ['root'], { parties: [MINE as AgencyId] }), node('b', ['root'])];
    expect(found(family, { agency: MINE as AgencyId })).toMatchObject({
      open: [aTransferId('a')],
      more: true,
    });
    expect(found(family)).toMatchObject({ more: false });
  });

  it('is not read further than the answer takes', () => {
    const chain = [node('a', ['root']), node('b', ['a']), node('c', ['b'])];
    expect(found(chain, { most: 0 })).toEqual({ open: [], more: true, reads: 1 });
    expect(found(chain, { most: 1 })).toMatchObject({ open: { length: 1 }, more: true, reads: 2 });
    expect(found(chain, { most: 3 })).toMatchObject({ open: { length: 3 }, more: false });
    const many = Array.from({ length: 5_001 }, (_, n) => node(`n${n}`, ['root'], destroyed));
    expect(found([...many, node('b', ['n0'])])).toEqual({ open: [], more: true, reads: 1 });
  });
});
