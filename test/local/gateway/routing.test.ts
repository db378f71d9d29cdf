import { describe, expect, it } from 'vitest';
import { Routing } from '../../../local/gateway/routing.ts';

const method = (httpMethod: string, path: string) => ({
  httpMethod,
  path,
  functionArn: 'f',
  timeoutMs: 1,
  requiredParameters: [],
});
const routing = new Routing([
  method('GET', '/'),
  method('GET', '/v1/things'),
  method('POST', '/v1/things'),
  method('GET', '/v1/things/{id}'),
  method('GET', '/v1/things/special'),
  method('GET', '/v1/things/{id}/parts/{part}'),
  method('ANY', '/files/{path+}'),
]);

describe('routing', () => {
  it.each([
    ['GET', '/', '/', {}],
    ['GET', '/v1/things', '/v1/things', {}],
    ['POST', '/v1/things/', '/v1/things', {}],
    ['GET', '/v1/things/special', '/v1/things/special', {}],
    ['GET', '/v1/things/special/parts/1', '/v1/things/{id}/parts/{part}', { id: 'special', part: '1' }],
    ['GET', '/v1/things/a%2Fb', '/v1/things/{id}', { id: 'a%2Fb' }],
    ['GET', '/v1/things/__proto__', '/v1/things/{id}', { id: '__proto__' }],
    ['DELETE', '/files/a/b/c', '/files/{path+}', { path: 'a/b/c' }],
  ])('%s %s fits %s', (httpMethod, path, fits, pathParameters) => {
    const match = routing.find(httpMethod, path);
    expect(match?.method.path).toBe(fits);
    expect(match?.pathParameters).toEqual(pathParameters);
  });

  it.each([
    ['DELETE', '/v1/things'],
    ['GET', '/v1'],
    ['GET', '/v1//things'],
    ['GET', '//v1/things'],
    ['GET', '/v1/things//parts/1'],
    ['GET', '/v1/things/1/parts'],
    ['GET', '/V1/things'],
    ['GET', '/files'],
    ['GET', '/constructor'],
  ])('%s %s fits nothing', (httpMethod, path) => {
    expect(routing.find(httpMethod, path)).toBeUndefined();
  });
});
