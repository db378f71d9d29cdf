import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OPERATIONS, type Operation, type Route, route } from '../../../core/api/routes.ts';
import { ANYONE, type Speaker, type World } from '../world.ts';

export interface ServedWorld {
  readonly url: string;
  close(): void;
}

/** Serves what a world answers on loopback, to whoever asks, as if `who` asked. Reads alone. */
export async function serveWorld(world: World, who: Speaker): Promise<ServedWorld> {
  const server: Server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    const found = operationAt(pathname);
    if (!found) return response.writeHead(404).end();
    const query = Object.fromEntries(
      [...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name)]),
    );
    const speaker = route(found.operation).who === 'anyone' ? ANYONE : who;
    const under = request.headers['amanat-incident'];
    const { status, bytes, headers } = await world.ask(found.operation, speaker, {
      params: found.params,
      query,
      ...(under !== undefined && { headers: { 'Amanat-Incident': String(under) } }),
    });
    return response.writeHead(status, headers).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const READS = OPERATIONS.map((operation) => ({ operation, ...route(operation) }))
  .filter(({ method }) => method === 'GET')
  // Of two that fit, the one that says more of the path.
  .sort((a, b) => b.path.length - a.path.length)
  .map(({ operation, path }) => ({ operation, pattern: patternOf(path) }));

function patternOf(path: Route['path']): RegExp {
  const source = path.replace(
    /\{(\w+)(\+?)\}/g,
    (_, name: string, greedy: string) => `(?<${name}>${greedy ? '.+' : '[^/]+'})`,
  );
  return new RegExp(`^${source}$`);
}

function operationAt(path: string): { operation: Operation; params: Record<string, string> } | undefined {
  const found = READS.find(({ pattern }) => pattern.test(path));
  return found && { operation: found.operation, params: { ...found.pattern.exec(path)?.groups } };
}
