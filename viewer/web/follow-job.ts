/** Follows a job: by Server-Sent Events, and by asking again where these do not come through. */
import type { WebJob } from '../../src/report/service.ts';
import { ask } from './ask.ts';

const POLL_MS = 3000;

/** Tells each state until the job has ended. Returns what stops it. */
export function followJob(id: string, onState: (job: WebJob) => void, onTrouble: (why: string) => void): () => void {
  const url = `/api/jobs/${encodeURIComponent(id)}`;
  let isOver = false;
  let timer = 0;
  const take = (job: WebJob) => {
    if (isOver) return;
    if (job.status === 'done' || job.status === 'failed') stop();
    onTrouble('');
    onState(job);
  };
  const events = new EventSource(`${url}/events`);
  events.addEventListener('state', ({ data }) => take(JSON.parse(String(data))));
  events.addEventListener('error', () => {
    // A browser gives up by itself on anything but a lost connection.
    if (events.readyState === EventSource.CLOSED) poll();
    else if (!isOver) onTrouble('The connection was lost; trying again.');
  });
  function poll(): void {
    if (isOver) return;
    ask<WebJob>(url).then(take, (failure: unknown) => onTrouble(failure instanceof Error ? failure.message : ''));
    timer = window.setTimeout(poll, POLL_MS);
  }
  function stop(): void {
    isOver = true;
    clearTimeout(timer);
    events.close();
  }
  return stop;
}
