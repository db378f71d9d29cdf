import { describe, expect, it } from 'vitest';
import { filterOf } from '../../../local/streams/filter.ts';
import type { Json, JsonObject } from '../../../local/template/resolve.ts';

const record = (more: JsonObject = {}): Json => ({
  eventName: 'INSERT',
  dynamodb: { Keys: { pk: { S: 'LOG' }, sk: { S: 'BATCH#1' } }, SizeBytes: 7, tags: ['a', 'b'] },
  ...more,
});
const sk = (...S: Json[]) => ({ dynamodb: { Keys: { sk: { S } } } });

describe('a filter', () => {
  it.each<[string, JsonObject, boolean]>([
    ['the value', sk('BATCH#1'), true],
    ['another value', sk('ENTRY'), false],
    ['one of the values', sk('ENTRY', 'BATCH#1'), true],
    ['every key', { eventName: ['INSERT'], ...sk('BATCH#1') }, true],
    ['a key that differs', { eventName: ['MODIFY'], ...sk('BATCH#1') }, false],
    ['a prefix', sk({ prefix: 'BATCH#' }), true],
    ['another prefix', sk({ prefix: 'batch' }), false],
    ['a suffix', sk({ suffix: '#1' }), true],
    ['whatever case', sk({ 'equals-ignore-case': 'batch#1' }), true],
    ['anything but', sk({ 'anything-but': ['ENTRY'] }), true],
    ['anything but that', sk({ 'anything-but': ['ENTRY', 'BATCH#1'] }), false],
    ['anything but a prefix', sk({ 'anything-but': { prefix: 'BATCH' } }), false],
    ['anything but, of nothing', { nothing: [{ 'anything-but': ['x'] }] }, false],
    ['existence', sk({ exists: true }), true],
    ['absence', { dynamodb: { OldImage: [{ exists: false }] } }, true],
    ['absence of what is there', sk({ exists: false }), false],
    ['a number', { dynamodb: { SizeBytes: [{ numeric: ['>', 6, '<=', 7] }] } }, true],
    ['another number', { dynamodb: { SizeBytes: [{ numeric: ['>', 7] }] } }, false],
    ['a number, not its text', { dynamodb: { SizeBytes: ['7'] } }, false],
    ['an item of a list', { dynamodb: { tags: ['b'] } }, true],
    ['either of two', { $or: [{ eventName: ['MODIFY'] }, sk('BATCH#1')] }, true],
    ['neither of two', { $or: [{ eventName: ['MODIFY'] }, sk('ENTRY')] }, false],
    ['something below a text', { eventName: { deeper: ['x'] } }, false],
    ['an inherited property', { toString: [{ exists: true }] }, false],
  ])('by %s', (_, pattern, expected) => {
    expect(filterOf([pattern])(record())).toBe(expected);
  });

  it('lets all through without patterns, and with several what fits any', () => {
    expect(filterOf([])(record())).toBe(true);
    expect(filterOf([sk('ENTRY'), { eventName: ['INSERT'] }])(record())).toBe(true);
    expect(filterOf([sk('ENTRY'), { eventName: ['MODIFY'] }])(record())).toBe(false);
  });

  it.each<[string, JsonObject]>([
    ['an unknown operator', sk({ wildcard: '*' })],
    ['two operators at once', sk({ prefix: 'a', suffix: 'b' })],
    ['a comparison without a number', sk({ numeric: ['>'] })],
    ['an unknown comparison', sk({ numeric: ['!', 1] })],
    ['a value that is not in a list', { eventName: 'INSERT' }],
  ])('refuses %s', (_, pattern) => {
    expect(() => filterOf([pattern])).toThrow(TypeError);
  });
});
