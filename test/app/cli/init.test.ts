/** `init` on real repositories: what it says, what it writes, and what it leaves alone. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { workflowText } from '../../../app/cli/init/templates.ts';
import { parsePolicy } from '../../../src/index.ts';
import { run } from '../../doubles/cli.ts';
import { makeRepository, type TestRepository } from '../../doubles/repository.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FOX = readFileSync(path.join(ROOT, 'test/assets/fox.glb'));
const WORKFLOW = '.github/workflows/glb.yml';
const POLICY = '.github/glb-optimizer.yml';

const readIn = (repository: TestRepository, name: string) =>
  readFileSync(path.join(repository.directory, name), 'utf8');

/** A shop with one model, loaded by Babylon. */
function makeShop(): TestRepository {
  const shop = makeRepository();
  shop.write('package.json', '{ "dependencies": { "@babylonjs/core": "^9.0.0" } }');
  shop.write('public/fox.glb', FOX);
  shop.commit('Open');
  return shop;
}

describe('init', () => {
  it('says what is there and what it would save, and writes both files', async () => {
    using shop = makeShop();
    const ran = await run(['init', '--quiet'], path.join(shop.directory, 'public'));
    expect(ran.stderr).toBe('');
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toContain('1 .glb file, 163 kB');
    expect(ran.stdout).toContain('Loaded by: babylon (package.json names @babylonjs/core)');
    expect(ran.stdout).toMatch(/All of it 163 kB → \d+(\.\d+)? kB \(−\d\d(\.\d)? %\)/);
    expect(ran.stdout).toContain(`Wrote ${WORKFLOW}`);
    expect(readIn(shop, WORKFLOW)).toBe(workflowText('OWNER/glb-optimizer@v1'));
    expect(() => parsePolicy({ path: POLICY, text: readIn(shop, POLICY) })).not.toThrow();
    expect(readIn(shop, POLICY)).toContain('auto means here: babylon');
    // Written, not committed.
    expect(shop.git('status', '--porcelain')).toBe('?? .github/');
  });

  it('writes a policy whose every commented line is sound, and that says what holds anyway', async () => {
    using shop = makeShop();
    await run(['init', '--no-trial'], shop.directory);
    const lines = readIn(shop, POLICY).split('\n');
    const first = lines.findIndex((line) => line.startsWith('# target: auto'));
    const settings = lines
      .slice(first)
      .filter((line) => /^# +([a-z-]+:|- )/.test(line))
      .map((line) => line.slice(2));
    const text = settings.join('\n');
    expect(Object.keys(parse(text) as object)).toContain('overrides');
    expect(() => parsePolicy({ path: POLICY, text })).not.toThrow();
  });

  it('never writes over what is there, unless it is told to', async () => {
    using shop = makeShop();
    shop.write(WORKFLOW, 'mine');
    shop.write(POLICY, 'preset: small\n');
    const kept = await run(['init', '--no-trial'], shop.directory);
    expect(kept.exitCode).toBe(0);
    expect(kept.stdout).toContain(`Kept ${WORKFLOW}`);
    expect(kept.stdout).toContain(`Kept ${POLICY}`);
    expect([readIn(shop, WORKFLOW), readIn(shop, POLICY)]).toEqual(['mine', 'preset: small\n']);
    const forced = await run(['init', '--no-trial', '--force', '--uses', 'acme/glb@v1'], shop.directory);
    expect(forced.stdout).toContain(`Replaced ${WORKFLOW}`);
    expect(readIn(shop, WORKFLOW)).toContain('uses: acme/glb@v1');
  });

  it('adds no second policy beside one of another name, not even when it may write over files', async () => {
    using shop = makeShop();
    shop.write('.github/glb-optimizer.json', '{}');
    const ran = await run(['init', '--no-trial', '--force'], shop.directory);
    expect(ran.stdout).toContain('Kept .github/glb-optimizer.json');
    expect(existsSync(path.join(shop.directory, POLICY))).toBe(false);
  });

  it('counts what a pointer of Git LFS stands for, and says that it is one', async () => {
    using shop = makeRepository();
    shop.write('.gitattributes', '*.glb filter=lfs diff=lfs merge=lfs -text\n');
    const digest = 'a'.repeat(64);
    shop.write('hero.glb', `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize 52000000\n`);
    // As `git lfs` stores it: the pointer is the blob. Without the filter, Git takes the text as it is.
    shop.git('-c', 'filter.lfs.clean=', '-c', 'filter.lfs.required=false', 'add', '-A');
    shop.git('commit', '-qm', 'Add');
    const ran = await run(['init', '--quiet'], shop.directory);
    expect(ran.stdout).toContain('1 .glb file, 52.0 MB, all in Git LFS');
    expect(ran.stdout).not.toContain('Tried');
    expect(readIn(shop, POLICY)).toContain('1 of them in Git LFS');
  });

  it('serves a repository without commits and models, and answers in JSON', async () => {
    using shop = makeRepository();
    const ran = await run(['init', '--json'], shop.directory);
    expect(JSON.parse(ran.stdout)).toEqual({
      assetCount: 0,
      byteLength: 0,
      lfsCount: 0,
      targets: [],
      trial: null,
      files: [
        { path: WORKFLOW, outcome: 'written' },
        { path: POLICY, outcome: 'written' },
      ],
    });
  });

  it.each([
    ['an action without a version', ['--uses', 'acme/glb'], 'expected owner/repository@version'],
    ['one that would end the line', ['--uses', 'acme/glb@v1 }]\n- run: x'], 'this is no action'],
    ['a folder outside Git', ['--repo', '/'], 'not a Git repository'],
  ])('refuses %s', async (_sentence, words, message) => {
    using shop = makeRepository();
    const ran = await run(['init', ...words], shop.directory);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr.toLowerCase()).toContain(message.toLowerCase());
  });
});

describe('the workflow', () => {
  const text = workflowText('OWNER/glb-optimizer@v1');
  const workflow = parse(text) as { permissions: object; jobs: { glb: { steps: unknown[] } } };

  it('has a dozen lines, two permissions and one step', () => {
    expect(text.trimEnd().split('\n')).toHaveLength(12);
    expect(workflow.permissions).toEqual({ contents: 'write', 'pull-requests': 'write' });
    expect(workflow.jobs.glb.steps).toEqual([{ uses: 'OWNER/glb-optimizer@v1' }]);
  });

  it('is the one that the README shows', () => {
    expect(readFileSync(path.join(ROOT, 'README.md'), 'utf8')).toContain(`\`\`\`yaml\n${text}\`\`\``);
  });
});
