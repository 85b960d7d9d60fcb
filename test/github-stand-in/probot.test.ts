/** A real Probot, as on an Enterprise Server: webhooks come in, the API answers, nothing knows that GitHub is not there. */
import { createServer } from 'node:http';
import { createNodeMiddleware, createProbot, ProbotOctokit } from 'probot';
import { expect, it } from 'vitest';
import { startGitHub } from './github.ts';

it('serves a Probot app through GHE_HOST: a hundred webhooks in a burst, one comment for each pull request', async () => {
  await using github = await startGitHub();
  const app = github.app();
  const env = {
    APP_ID: String(app.id),
    PRIVATE_KEY: app.privateKey,
    WEBHOOK_SECRET: app.webhookSecret,
    GHE_HOST: github.host,
    GHE_PROTOCOL: 'http',
    LOG_LEVEL: 'fatal' as const,
  };
  // Only the function reaches the clients of installations. [probot: `Octokit.defaults`]
  const Octokit = ProbotOctokit.defaults((options: object) => ({ ...options, throttle: { enabled: false } }));
  const probot = createProbot({ env, overrides: { Octokit } });
  const middleware = await createNodeMiddleware(
    (bot) => {
      bot.on('pull_request.opened', async (context) => {
        await context.octokit.rest.issues.createComment(
          context.issue({ body: `Seen ${context.payload.pull_request.head.sha}` }),
        );
      });
    },
    { probot, webhooksPath: '/hooks' },
  );
  const server = createServer((request, response) => void middleware(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  try {
    app.setWebhookUrl(`http://127.0.0.1:${address.port}/hooks`);
    const repository = await github.repository('acme/models');
    app.install('acme');
    const pulls = [];
    for (let index = 0; index < 5; index += 1) {
      await repository.commit(`change-${index}`, { [`${index}.glb`]: `${index}` });
      pulls.push(await repository.openPull({ head: `change-${index}` }));
    }
    await github.settled();
    expect(pulls.map((pull) => pull.comments().map(({ body }) => body))).toEqual(
      pulls.map((pull) => [`Seen ${pull.headSha}`]),
    );
    for (let index = 0; index < 100; index += 1) pulls[0]?.comment('ada', `Comment ${index}`);
    await github.settled();
    const comments = github
      .deliveries('issue_comment')
      .filter(({ payload }) => JSON.stringify(payload).includes('"Comment '));
    expect(comments).toHaveLength(100);
    expect(new Set(github.deliveries().map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
