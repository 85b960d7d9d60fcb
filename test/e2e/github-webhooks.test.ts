/** The door for webhooks: who is let in, how fast it answers, and what happens to what came while it was closed. */
import { createHmac, randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { post, startApp, startBoth, until } from './github-app.ts';
import { model, POLICY } from './models.ts';

vi.setConfig({ testTimeout: 90_000 });

let both: Awaited<ReturnType<typeof startBoth>>;

beforeAll(async () => {
  both = await startBoth();
  both.app.install('octo');
});

afterAll(async () => {
  await both[Symbol.asyncDispose]();
});

describe('webhooks', () => {
  it('100 in a burst: all answered within a second each, none lost', async () => {
    const repository = await both.github.repository('octo/burst', { files: { 'readme.md': 'x' } });
    await repository.commit('art', { 'notes.md': 'x' });
    const pull = await repository.openPull({ head: 'art' });
    await until('the check', () => pull.checkRuns().some(({ status }) => status === 'completed'));
    const template = both.github.deliveries('pull_request').at(-1)?.payload as Record<string, unknown>;
    const lasted: number[] = [];
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const about = { ...(template.pull_request as object), number: 5000 + index };
        const payload = JSON.stringify({ ...template, action: 'opened', number: 5000 + index, pull_request: about });
        const signature = createHmac('sha256', both.app.webhookSecret).update(payload).digest('hex');
        const startedMs = performance.now();
        const status = await post(both.running().url, payload, {
          event: 'pull_request',
          delivery: randomUUID(),
          signature,
        });
        lasted.push(performance.now() - startedMs);
        return status;
      }),
    );
    expect(answers.filter((status) => status !== 202)).toEqual([]);
    expect(Math.max(...lasted)).toBeLessThan(1000);
    const accepted = () =>
      both
        .running()
        .log()
        .match(/webhook accepted/g)?.length ?? 0;
    await until('all in the ledger', () => accepted() >= 100);
  });

  it.each([
    ['with a wrong signature', { signature: 'a'.repeat(64) }, 401],
    ['signed with Probot’s default secret', { secret: 'development' }, 401],
    ['without a delivery id', { delivery: '' }, 400],
  ])('refuses one %s', async (_sentence, change, status) => {
    const payload = '{"action":"opened"}';
    const secret = 'secret' in change ? change.secret : both.app.webhookSecret;
    const signature = createHmac('sha256', secret).update(payload).digest('hex');
    const given = { event: 'pull_request', delivery: randomUUID(), signature, ...change };
    expect(await post(both.running().url, payload, given)).toBe(status);
  });

  it('refuses a body larger than GitHub sends, before it is all here', async () => {
    const payload = 'x'.repeat(27 * 1024 * 1024);
    expect(
      await post(both.running().url, payload, { event: 'push', delivery: randomUUID(), signature: 'a'.repeat(64) }),
    ).toBe(413);
  });

  it('refuses one that does not say how large it is, too, and says so', async () => {
    const chunks = new ReadableStream({
      start(controller) {
        for (let megabyte = 0; megabyte < 27; megabyte++) controller.enqueue(new Uint8Array(1024 * 1024));
        controller.close();
      },
    });
    const answer = await fetch(`${both.running().url}/api/github/webhooks`, {
      method: 'POST',
      headers: {
        'x-github-event': 'push',
        'x-github-delivery': randomUUID(),
        'x-hub-signature-256': `sha256=${'a'.repeat(64)}`,
      },
      body: chunks,
      duplex: 'half',
    } as RequestInit);
    expect(answer.status).toBe(413);
  });

  it('does not start with a secret that can be guessed', async () => {
    const started = startApp(both.github, { ...both.app, webhookSecret: 'development' }, `${both.dataDir}/weak`);
    await expect(started).rejects.toThrow(/webhook secret can be guessed/);
  });
});

describe('a webhook that failed', () => {
  it('while the App was down is asked for again when it starts', async () => {
    const repository = await both.github.repository('octo/missed', { files: { '.github/glb-optimizer.yml': POLICY } });
    await both.running().stop();
    await repository.commit('art', { 'a.glb': model(200) });
    const pull = await repository.openPull({ head: 'art' });
    await both.github.settled();
    expect(pull.comments()).toHaveLength(0);
    await both.restart();
    await until('the comment', () => pull.comments().length === 1);
    expect((await repository.log('art'))[0]?.message).toContain('Optimize 1 GLB file');
  });
});

describe('a webhook that GitHub never sent', () => {
  it('is made up for by a look at open pull requests, at start', async () => {
    const repository = await both.github.repository('octo/unsent', { files: { '.github/glb-optimizer.yml': POLICY } });
    // Nowhere to send it, so there is no delivery to ask for again.
    both.app.setWebhookUrl(null);
    await repository.commit('art', { 'a.glb': model(201) });
    const pull = await repository.openPull({ head: 'art' });
    await both.github.settled();
    await both.running().stop();
    expect(pull.checkRuns()).toEqual([]);
    await both.restart();
    await until('the comment', () => pull.comments().length === 1);
  });
});

describe('/setup', () => {
  it('registers the App with the right addresses, once, and needs no restart', async () => {
    const fresh = await startApp(both.github, null, `${both.dataDir}/fresh`);
    try {
      const page = /http:\/\/localhost:\d+(\/setup\?token=\w+)/.exec(fresh.log())?.[1];
      expect((await fetch(`${fresh.url}/setup`)).status).toBe(403);
      expect((await fetch(`${fresh.url}/setup?token=guess`)).status).toBe(403);
      const form = await (await fetch(`${fresh.url}${page}`)).text();
      const action = unescaped(/action="([^"]+)"/.exec(form)?.[1] ?? '');
      // The Enterprise Server that GHE_HOST names, not github.com.
      expect(action.startsWith(`${both.github.url}/settings/apps/new?state=`)).toBe(true);
      const manifest = unescaped(/name="manifest" value="([^"]+)"/.exec(form)?.[1] ?? '');
      expect(JSON.parse(manifest)).toMatchObject({
        hook_attributes: { url: `${fresh.url}/api/github/webhooks` },
        default_permissions: { contents: 'write', pull_requests: 'write', checks: 'write' },
      });
      both.github.user('ada');
      const made = await fetch(action, { method: 'POST', body: new URLSearchParams({ manifest }) });
      expect(await made.text()).toContain('no restart is needed');
      expect((await fetch(`${fresh.url}${page}`)).status).toBe(404);
      const app = [...both.github.world.apps.values()].at(-1);
      if (app === undefined) throw new Error('no App was made');
      const payload = '{}';
      const signature = createHmac('sha256', app.webhookSecret ?? '')
        .update(payload)
        .digest('hex');
      const given = { event: 'ping', delivery: randomUUID(), signature };
      expect(await post(fresh.url, payload, given)).toBe(202);
      const { mode } = await stat(`${both.dataDir}/fresh/github/github-app.json`);
      expect(mode & 0o777).toBe(0o600);
    } finally {
      await fresh.stop();
    }
  });
});

function unescaped(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll('&#39;', "'");
}
