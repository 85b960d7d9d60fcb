/** `GET /health/live` and `GET /health/ready`. */
import type { Hono } from 'hono';
import type { Readiness } from './readiness.ts';

/** Asked for each answer. */
export interface HealthParts {
  readonly readiness: () => Promise<Readiness>;
}

/** Adds the routes. */
export function mountHealth(web: Hono, { readiness }: HealthParts): void {
  web.get('/health/live', (context) => context.json({ status: 'live' }));
  web.get('/health/ready', async (context) => {
    const ready = await readiness();
    context.header('cache-control', 'no-store');
    return context.json(ready, ready.status === 'unavailable' ? 503 : 200);
  });
}
