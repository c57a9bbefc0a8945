/** The baseline of the service's benchmark: the same HTTP server with nothing behind it. */
import Fastify from 'fastify';

const server = Fastify();
server.post('/service-api', async () => ({ status: 200, level: 1, msg: 'Full Capacity' }));
await server.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`Listening on ${server.listeningOrigin}\n`);
