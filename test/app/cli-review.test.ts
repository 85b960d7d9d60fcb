/** `pr` and `optimize` from beginning to end, without pictures: those have their own test. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Report, readReport } from '../../src/index.ts';
import { CLI, run } from '../doubles/cli.ts';
import { makeRepository, TEST_ENVIRONMENT, type TestRepository } from '../doubles/repository.ts';
import { gridCorners } from '../house-scene.ts';
import { startGlb } from '../make-glb.ts';

const FOX = fileURLToPath(new URL('../assets/fox.glb', import.meta.url));
const KNIGHT = fileURLToPath(new URL('../assets/kaykit-knight.glb', import.meta.url));

// Only lossless steps are proven without pictures.
const LOSSLESS = ['--no-render', '--preset', 'lossless', '--target', 'three', '--decoders', 'meshopt'];

function startBranch(): TestRepository {
  const repository = makeRepository();
  repository.commit('first');
  repository.git('switch', '-q', '-c', 'change');
  return repository;
}

const verdicts = (report: Report) => Object.fromEntries(report.assets.map(({ path, verdict }) => [path, verdict]));

describe('pr', () => {
  it('commits the good file beside a broken one, writes the report, and finds nothing to do the second time', async () => {
    using repository = startBranch();
    repository.write('models/fox & friends.glb', readFileSync(FOX), 0o755);
    repository.write('models/broken.glb', readFileSync(FOX).subarray(0, 1000));
    const head = repository.commit('models');
    const out = path.join(repository.directory, 'review');
    const first = await run(['pr', '--commit', '--out', out, '--json', ...LOSSLESS], repository.directory);
    expect(first.exitCode).toBe(1);
    const report = readReport(first.stdout);
    expect(verdicts(report)).toEqual({ 'models/broken.glb': 'refused', 'models/fox & friends.glb': 'improved' });
    expect(repository.git('rev-parse', 'HEAD^')).toBe(head);
    expect(report.job.commit).toBe(repository.git('rev-parse', 'HEAD'));
    expect(repository.git('diff', '--name-only', 'HEAD^')).toBe('models/fox & friends.glb');
    expect(repository.git('ls-tree', 'HEAD', 'models/fox & friends.glb')).toMatch(/^100755 /);
    expect(statSync(path.join(repository.directory, 'models/fox & friends.glb')).size).toBeLessThan(statSync(FOX).size);
    expect(repository.git('log', '-1', '--format=%(trailers:key=Glb-Optimizer-Asset,valueonly)')).toContain(
      'fox & friends.glb',
    );
    expect(repository.git('status', '--porcelain')).toBe('?? review/');
    expect(readdirSync(out).sort()).toEqual(expect.arrayContaining(['comment.md', 'report.html', 'report.json']));
    expect(readReport(readFileSync(path.join(out, 'report.json'), 'utf8'))).toEqual(report);
    expect(readFileSync(path.join(out, 'comment.md'), 'utf8')).toContain(
      `run \`git revert ${repository.git('rev-parse', '--short=12', 'HEAD')}\``,
    );

    rmSync(path.join(repository.directory, 'models/broken.glb'));
    const before = repository.commit('without the broken one');
    const second = await run(['pr', '--commit', ...LOSSLESS], repository.directory);
    expect(second).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/already optimized[\s\S]*Nothing to commit/),
    });
    expect(repository.git('rev-parse', 'HEAD')).toBe(before);
  });

  it('finds nothing to do the second time for a small file that has no mark', async () => {
    using repository = startBranch();
    const bench = startGlb();
    const POSITION = bench.accessor('VEC3', gridCorners(12).positions, { vertex: true, bounds: true });
    bench.json.meshes = [{ primitives: [{ attributes: { POSITION } }] }];
    bench.json.nodes = [{ mesh: 0 }];
    bench.json.scenes = [{ nodes: [0] }];
    repository.write('sheet.glb', bench.bytes());
    repository.commit('sheet');
    const first = await run(['pr', '--commit', '--json', ...LOSSLESS], repository.directory);
    expect([first.exitCode, verdicts(readReport(first.stdout))]).toEqual([0, { 'sheet.glb': 'improved' }]);
    expect(readFileSync(path.join(repository.directory, 'sheet.glb')).includes('glbo')).toBe(false);
    const head = repository.git('rev-parse', 'HEAD');
    const second = await run(['pr', '--commit', ...LOSSLESS], repository.directory);
    expect(second).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/already as small as we can make it[\s\S]*Nothing to commit/),
    });
    expect(repository.git('rev-parse', 'HEAD')).toBe(head);
  });

  it('says what it would do, and touches nothing, without --commit and --out', async () => {
    using repository = startBranch();
    repository.write('fox.glb', readFileSync(FOX));
    const head = repository.commit('fox');
    const { exitCode, stdout, stderr } = await run(['pr', '--base', 'main', ...LOSSLESS], repository.directory);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/fox\.glb +163 kB +→/);
    expect(stdout).toMatch(/--commit/);
    expect(stderr).toMatch(/Comparing change with main/);
    expect([repository.git('rev-parse', 'HEAD'), repository.git('status', '--porcelain')]).toEqual([head, '']);
  });

  it('claims no commit in the comment where none was asked for, and none where it was refused', async () => {
    using repository = startBranch();
    repository.write('fox.glb', readFileSync(FOX));
    repository.commit('fox');
    const comment = (name: string) => readFileSync(path.join(repository.directory, '.git', name, 'comment.md'), 'utf8');
    await run(['pr', '--out', '.git/asked', ...LOSSLESS], repository.directory);
    expect(comment('asked')).toContain('1 GLB file can be smaller');
    expect(comment('asked')).not.toMatch(/undo|revert/i);

    // Git works on something else by the time that there is something to commit.
    repository.write('.git/index.lock', '');
    const refused = await run(['pr', '--commit', '--out', '.git/refused', ...LOSSLESS], repository.directory);
    expect(refused.exitCode).not.toBe(0);
    expect(comment('refused')).not.toMatch(/undo|revert/i);
    expect(
      readReport(readFileSync(path.join(repository.directory, '.git/refused/report.json'), 'utf8')).job.commit,
    ).toBe(null);
  });

  it('does nothing where nothing changed', async () => {
    using repository = startBranch();
    const { exitCode, stdout } = await run(['pr', '--json', '--no-render'], repository.directory);
    expect([exitCode, readReport(stdout).assets]).toEqual([0, []]);
  });

  it('leaves a Git LFS pointer without its object unchanged, and says why', async () => {
    using repository = startBranch();
    repository.write('a.glb', `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 9000\n`);
    repository.commit('pointer');
    const { exitCode, stdout } = await run(['pr', '--json', '--commit', ...LOSSLESS], repository.directory);
    const [asset] = readReport(stdout).assets;
    expect([exitCode, asset?.verdict]).toEqual([0, 'unchanged']);
    expect(asset?.why).toMatch(/Git LFS/);
  });

  it('fails on an exceeded budget of the policy at the merge base, whatever the branch says', async () => {
    using repository = makeRepository();
    repository.write('.github/glb-optimizer.yml', 'budgets: { byteLength: 1 kB }\n');
    repository.commit('policy');
    repository.git('switch', '-q', '-c', 'change');
    repository.write('.github/glb-optimizer.yml', 'budgets: { byteLength: 1 GB }\n');
    repository.write('fox.glb', readFileSync(FOX));
    repository.commit('fox');
    const { exitCode, stdout } = await run(['pr', '--json', ...LOSSLESS], repository.directory);
    expect(exitCode).toBe(1);
    expect(readReport(stdout).assets[0]?.findings.map((found) => found.code)).toContain('BUDGET_EXCEEDED');
  });

  it('stops on Ctrl-C with 130 and leaves nothing half done', async () => {
    using repository = startBranch();
    repository.write('knight.glb', readFileSync(KNIGHT));
    const head = repository.commit('knight');
    const child = spawn(process.execPath, [CLI, 'pr', '--commit', '--out', 'review', ...LOSSLESS], {
      cwd: repository.directory,
      env: { ...TEST_ENVIRONMENT },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    child.stderr.once('data', () => child.kill('SIGINT'));
    expect(await ended).toBe(130);
    expect([repository.git('rev-parse', 'HEAD'), repository.git('status', '--porcelain')]).toEqual([head, '']);
    expect(existsSync(path.join(repository.directory, '.git/index.lock'))).toBe(false);
  });
});

describe('optimize', () => {
  it('writes beside, to a name and in place, and copies what is already small', async () => {
    const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'glb optimize ')));
    cpSync(FOX, path.join(folder, 'fox.glb'));
    const beside = await run(['optimize', 'fox.glb', ...LOSSLESS], folder);
    expect(beside).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/Wrote fox\.optimized\.glb/) });
    const small = readFileSync(path.join(folder, 'fox.optimized.glb'));
    expect(readFileSync(path.join(folder, 'fox.glb'))).toEqual(readFileSync(FOX));
    expect((await run(['optimize', 'fox.glb', '--in-place', ...LOSSLESS], folder)).exitCode).toBe(0);
    // Two processes, the same bytes.
    expect(readFileSync(path.join(folder, 'fox.glb'))).toEqual(small);
    const again = await run(['optimize', 'fox.glb', '-o', 'web/fox.glb', ...LOSSLESS], folder);
    expect(again.stdout).toMatch(/Wrote web\/fox\.glb \(a copy of the source\)/);
    expect(readFileSync(path.join(folder, 'web/fox.glb'))).toEqual(small);
    rmSync(folder, { recursive: true });
  });
});
