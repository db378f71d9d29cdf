import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { handler } from '../../../lambdas/witness.ts';

/** The deployed handler of a witness behind HTTP, in a thread whose environment is its own. See `witnesses.ts`. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', async () => {
    const { statusCode, headers, body } = await handler({
      httpMethod: request.method,
      resource: request.url,
      body: Buffer.concat(chunks).toString('base64'),
      isBase64Encoded: true,
    } as APIGatewayProxyEvent);
    response.writeHead(statusCode, headers as Record<string, string>).end(body);
  });
});
server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port));

/** Another memory, or another list of logs. */
parentPort?.on('message', (environment: Record<string, string>) => {
  Object.assign(process.env, environment);
  parentPort?.postMessage('changed');
});
