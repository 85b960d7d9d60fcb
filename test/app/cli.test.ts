import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { exitCodeOf, exitCodeOfReport } from '../../app/cli/exit-code.ts';
import { BotError } from '../../src/index.ts';
import { run as runIn } from '../doubles/cli.ts';
import { reportOf } from '../doubles/reports.ts';
import { makeRepository } from '../doubles/repository.ts';

const empty = realpathSync(mkdtempSync(path.join(tmpdir(), 'glb-cli-')));
afterAll(() => rmSync(empty, { recursive: true }));

const run = (words: readonly string[], cwd: string = empty) => runIn(words, cwd);

describe('help', () => {
  it('shows every command when nothing is asked, and that is wrong use', async () => {
    const { exitCode, stdout, stderr } = await run([]);
    expect([exitCode, stdout]).toEqual([2, '']);
    for (const name of ['optimize', 'pr', 'compare', 'render', 'inspect', 'validate', 'explain']) {
      expect(stderr).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    }
  });

  it.each(['optimize', 'pr', 'compare', 'render', 'inspect', 'validate', 'explain'])(
    'gives a reason and an example for %s, and every shared option is taken',
    async (name) => {
      const { exitCode, stdout, stderr } = await run([name, '--help']);
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^Use it /m);
      expect(stdout).toMatch(new RegExp(`^Examples?:\\n {2}\\$ glb-optimizer ${name}`, 'm'));
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(90);
      const shared = [
        '--json',
        '--quiet',
        '--preset=small',
        '--target=three',
        '--policy=x',
        '--no-render',
        '--concurrency=2',
      ];
      expect((await run([name, ...shared, '--decoders=none', '--max-visual-difference=0', '--help'])).exitCode).toBe(0);
    },
  );

  it('tells its version', async () => {
    expect(await run(['--version'])).toMatchObject({ exitCode: 0, stdout: 'glb-optimizer 0.1.0\n' });
  });
});

describe('wrong use', () => {
  it.each([
    [['frob'], /unknown command 'frob'/],
    [['optimise', 'a.glb'], /Did you mean optimize\?/],
    [['pr', '--bse', 'main'], /Did you mean --base\?/],
    [['optimize'], /missing required argument/],
    [['optimize', 'nowhere.glb'], /nowhere\.glb: there is no such file/],
    [['optimize', 'x/**/*.glb'], /matches no \.glb/],
    [['compare', 'one.glb'], /missing required argument/],
    [['inspect', 'nowhere.glb'], /there is no such file/],
    [['render', 'a.glb'], /--output/],
    [['render', 'a.glb', '-o', 'a.jpg'], /\.png or \.webp/],
    [['pr', '--preset', 'tiny'], /lossless, balanced, small, vram/],
    [['pr', '--target', 'quake'], /universal, three/],
    [['pr', '--concurrency', '0'], /from 1 to 64/],
    [['pr', '--concurrency', '1.5'], /from 1 to 64/],
    [['pr', '--decoders', 'zip'], /meshopt, draco, ktx2/],
    [['pr', '--max-visual-difference', ''], /from 0 on/],
    [['pr'], /not a Git repository.*--repo/],
    [['pr', '--repo', 'nowhere'], /no such folder/],
    [['validate'], /no policy here/],
    [['validate', 'nowhere.yml'], /nowhere\.yml/],
    [['pr', '--policy', 'nowhere.yml'], /not a Git repository/],
  ])('%j says what to do and ends with 2', async (words, message) => {
    const { exitCode, stdout, stderr } = await run(words);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at .*\.ts:\d/m);
  });

  it('gives the machine one JSON document, too', async () => {
    const { exitCode, stdout, stderr } = await run(['optimize', 'nowhere.glb', '--json']);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'FILE_NOT_FOUND', at: 'nowhere.glb' } });
    expect(stderr).toMatch(/there is no such file/);
  });

  it('does not let a file name steer the terminal', async () => {
    const { stderr } = await run(['optimize', 'a\u001b]0;gotcha\u0007.glb']);
    expect(stderr).toMatch(/^error: a.*gotcha/);
    expect([stderr.includes('\u001b'), stderr.includes('\u0007')]).toEqual([false, false]);
  });
});

describe('pr, before any work', () => {
  it('refuses a dirty tree with --commit, and names the file', async () => {
    using repository = makeRepository();
    repository.write('a.txt', 'a');
    repository.commit('first');
    repository.write('a.txt', 'b');
    const { exitCode, stderr } = await run(['pr', '--commit'], repository.directory);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/uncommitted changes: "a\.txt"/);
  });

  it.each([
    ['--head', 'main'],
    ['--base', 'nowhere'],
  ])('refuses %s %s', async (flag, ref) => {
    using repository = makeRepository();
    repository.commit('first');
    repository.git('switch', '-q', '-c', 'change');
    repository.commit('second');
    const { exitCode } = await run(['pr', '--commit', flag, ref], repository.directory);
    expect(exitCode).toBe(2);
  });
});

describe('policy', () => {
  const root = path.join(empty, 'policy');
  mkdirSync(path.join(root, '.github'), { recursive: true });
  mkdirSync(path.join(root, 'public/hero'), { recursive: true });
  const file = path.join(root, '.github/glb-optimizer.yml');
  const policy =
    "preset: balanced\nexclude: ['fixtures/**']\noverrides:\n  - files: ['public/hero/**']\n    preset: small\n";

  it('is found from a folder below, and explained with line and column', async () => {
    writeFileSync(file, policy);
    const { exitCode, stdout } = await run(['explain', 'hero/a.glb', '--json'], path.join(root, 'public'));
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      path: 'public/hero/a.glb',
      selection: { kind: 'assigned', rule: { name: 'overrides[0]', preset: 'small' } },
    });
    const said = await run(['explain', 'public/hero/a.glb'], root);
    expect(said.stdout).toMatch(/preset +small +overrides\[0\] \(.github\/glb-optimizer.yml:5:\d+\)/);
    expect((await run(['explain', 'fixtures/a.glb'], root)).stdout).toMatch(/Left alone: excluded by fixtures/);
    expect((await run(['explain', 'public/a.original.glb'], root)).stdout).toMatch(/Optimized: /);
    writeFileSync(file, `keep-original: suffix\n${policy}`);
    expect((await run(['explain', 'public/a.original.glb'], root)).stdout).toMatch(
      /Left alone: kept as the original of public\/a\.glb/,
    );
  });

  it('that is sound is 0, one with errors 1, with line and column', async () => {
    writeFileSync(file, policy);
    expect(await run(['validate'], root)).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/sound/) });
    writeFileSync(file, 'preset: tiny\n');
    const said = await run(['validate'], root);
    expect(said.exitCode).toBe(1);
    expect(said.stdout).toMatch(/^\.github\/glb-optimizer\.yml:1:9 preset: expected one of/);
    const asJson = await run(['validate', '--json'], root);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ valid: false, errors: [{ line: 1, column: 9, key: 'preset' }] });
  });

  it('may be there only once', async () => {
    writeFileSync(file, policy);
    writeFileSync(path.join(root, '.github/glb-optimizer.json'), '{}');
    const { exitCode, stderr } = await run(['explain', 'a.glb'], root);
    rmSync(path.join(root, '.github/glb-optimizer.json'));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/only one can be right/);
  });
});

describe('the exit code', () => {
  const budget = { code: 'BUDGET_EXCEEDED', severity: 'error' as const, pointer: '', message: '' };

  it.each([
    ['0 for files that are smaller, unchanged or to be looked at', ['improved', 'unchanged', 'needs-review'], [], 0],
    ['1 for a refused file', ['improved', 'refused'], [], 1],
    ['1 for an exceeded budget', ['improved'], [budget], 1],
    ['0 for a budget that only warns', ['improved'], [{ ...budget, severity: 'warning' as const }], 0],
    ['0 for complaints of the validator', ['unchanged'], [{ ...budget, code: 'VALIDATOR_X' }], 0],
    ['3 for our own failure, whatever else there is', ['refused', 'failed'], [budget], 3],
  ] as const)('is %s', (_sentence, verdicts, findings, expected) => {
    const assets = verdicts.map((verdict) => ({ path: `${verdict}.glb`, verdict, findings: [...findings] }));
    expect(exitCodeOfReport(reportOf(assets))).toBe(expected);
  });

  it.each([
    ['2 for wrong use', new BotError('GIT_DIRTY', ''), 2],
    ['3 for a failure', new BotError('GIT_FAILED', ''), 3],
    ['3 for a fault of ours', new Error('x'), 3],
    ['130 when stopped', new BotError('CANCELLED', ''), 130],
  ])('is %s', (_sentence, thrown, expected) => {
    expect(exitCodeOf(thrown)).toBe(expected);
  });
});

describe('what the user can mend', () => {
  it('is a port that is taken: serve says so and ends, worker and all', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      const { port } = other.address() as AddressInfo;
      const { exitCode, stderr } = await runIn(['serve'], empty, {
        DATA_DIR: path.join(empty, 'data'),
        PORT: `${port}`,
      });
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`127.0.0.1:${port}: another program listens there already.`);
      expect(stderr).not.toContain('fault of glb-optimizer');
    } finally {
      other.close();
    }
  });

  it('is a folder for data that is a file: serve says so and ends', async () => {
    writeFileSync(path.join(empty, 'place'), '');
    const { exitCode, stderr } = await runIn(['serve'], empty, { DATA_DIR: path.join(empty, 'place/data'), PORT: '0' });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('the folder cannot be made')]);
    expect(stderr).not.toContain('fault of glb-optimizer');
  });

  it('is a folder for the report that is a file', async () => {
    copyFileSync(fileURLToPath(new URL('../assets/fox.glb', import.meta.url)), path.join(empty, 'fox.glb'));
    const words = ['compare', 'fox.glb', 'fox.glb', '--out', 'fox.glb', '--no-render'];
    const { exitCode, stderr } = await run(words);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('a part of its path is a file, not a folder')]);
    expect(stderr).not.toContain('fault of glb-optimizer');
  });

  it('is a Git LFS pointer in the place of a file, and a policy that is not there', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
    writeFileSync(path.join(empty, 'pointer.glb'), pointer);
    const looked = await run(['inspect', 'pointer.glb']);
    expect([looked.exitCode, looked.stderr]).toEqual([2, expect.stringContaining('git lfs pull')]);
    const checked = await run(['validate', 'nowhere.yml']);
    expect([checked.exitCode, checked.stderr]).toEqual([2, 'error: nowhere.yml: there is no such file.\n']);
  });
});
