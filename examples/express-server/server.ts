import express from 'express';
// In your own project: from 'session-backend/guard'.
import { createSessionGuard, expressGuard, type GuardedRequest } from '../../guard';

/**
 * PORT=8080 npx tsx examples/express-server/server.ts, with the environment that the session backend's construct gives a
 * guard. In a container without credentials in its environment: createSessionGuard({ credentials: … }).
 */
const app = express();

app.use(expressGuard(createSessionGuard()));
app.get('/orders', (request: GuardedRequest, response) => {
  response.json({ orders: [], of: request.caller?.userId });
});

const server = app.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`Listening on ${JSON.stringify(server.address())}`);
});
