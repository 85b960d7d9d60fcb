/**
 * The GitHub App without an account: starts a stand-in for GitHub and the App itself, opens a pull request with real
 * models, waits for what the App does, and prints it. Everything happens on this machine.
 */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startBoth, until } from '../test/e2e/github-app.ts';
import { gitHubPage } from '../test/report/github-page.ts';

const asset = (name: string) => readFileSync(new URL(`../test/assets/${name}`, import.meta.url));
const say = (text: string) => void process.stdout.write(`${text}\n`);
const folder = mkdtempSync(path.join(tmpdir(), 'glb-optimizer-github-'));

await using both = await startBoth({ isDrawn: true, isPublic: true });
const { github, app } = both;
say(`GitHub stand-in: ${github.url}\nThe App:         ${both.running().url} (glb-optimizer serve)\n`);

const repository = await github.repository('octo/web-shop', {
  files: {
    'package.json': '{ "name": "web-shop", "dependencies": { "three": "^0.187.0" } }\n',
    'public/hero.glb': asset('fox.glb'),
    'public/products/.gitattributes': '*.glb filter=lfs diff=lfs merge=lfs -text\n',
  },
});
app.install('octo');
await repository.commit('new-season', {
  'public/hero.glb': asset('kaykit-knight.glb'),
  'public/products/shoe.glb': { lfs: asset('materials-variants-shoe.glb') },
});
const pull = await repository.openPull({ head: 'new-season', title: 'New season' });
say(`octo/web-shop#${pull.number}: a knight replaces the fox, and a shoe comes into Git LFS.`);

const asked = pull.headSha;
let told = '';
const finished = await until(
  'the check run',
  () => {
    const check = pull.checkRuns(asked).at(-1);
    const state = `${check?.status ?? 'no check yet'} ${check?.title ?? ''}`;
    if (state !== told) say(`  check run: ${state}`);
    told = state;
    return check?.status === 'completed' ? check : undefined;
  },
  300_000,
);
say(`\nCheck run: ${finished.conclusion}. Commits on the branch, newest first:`);
for (const { sha, message, author } of await repository.log('new-season')) {
  say(`  ${sha.slice(0, 7)} ${author.name}: ${message.split('\n')[0]}`);
}
const [comment] = pull.comments();
say(`\nThe comment of ${comment?.author.login}:\n\n${comment?.body ?? 'none'}`);

// The stand-in ends with this script, so the pictures are kept beside the page.
mkdirSync(path.join(folder, 'images'));
let body = comment?.body ?? '';
for (const [count, [, url = '']] of [...body.matchAll(/\]\(<(http[^>]+)>\)/g)].entries()) {
  const answer = await fetch(url);
  if (answer.headers.get('content-type') !== 'image/webp') continue;
  const name = `images/${count}.webp`;
  writeFileSync(path.join(folder, name), Buffer.from(await answer.arrayBuffer()));
  body = body.replaceAll(url, name);
}
writeFileSync(path.join(folder, 'comment.md'), comment?.body ?? '');
writeFileSync(path.join(folder, 'comment.html'), gitHubPage(body));
say(`\nAs GitHub shows it: ${path.join(folder, 'comment.html')}`);
