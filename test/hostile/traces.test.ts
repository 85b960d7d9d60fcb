/** All hostile inputs in one branch, through the real command: each gets its entry, and nothing is written but the report. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readReport } from '../../src/index.ts';
import { run } from '../doubles/cli.ts';
import { makeRepository } from '../doubles/repository.ts';
import { CLASSES } from './classes.ts';

/** Every file in a folder and below, with the digest of its bytes. */
function contentsOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const place = (entry: (typeof files)[number]) => path.join(entry.parentPath, entry.name);
  const digest = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
  return Object.fromEntries(files.map((file) => [path.relative(folder, place(file)), digest(place(file))]));
}

it('leaves nothing but the report: not in the repository, not in the home, not among temporary files', {
  timeout: 300_000,
}, async () => {
  const inputs = CLASSES.flatMap(([, list]) => list);
  const around = mkdtempSync(path.join(tmpdir(), 'glb traces '));
  const [temporary, home] = [path.join(around, 'temporary'), path.join(around, 'home')];
  for (const folder of [temporary, home]) mkdirSync(folder);
  using repository = makeRepository();
  try {
    repository.commit('first');
    repository.git('switch', '-q', '-c', 'change');
    const nameOf = (place: number) => `models/${String(place).padStart(3, '0')}.glb`;
    for (const [place, input] of inputs.entries()) repository.write(nameOf(place), await input.bytes());
    repository.commit('models');
    const before = contentsOf(repository.directory);

    const ran = await run(
      ['pr', '--out', 'report', '--no-render', '--json', '--target', 'three'],
      repository.directory,
      { TMPDIR: temporary, TEMP: temporary, TMP: temporary, HOME: home },
    );

    expect(ran.exitCode, ran.stderr.slice(-2000)).toBe(1);
    const { assets } = readReport(ran.stdout);
    expect(assets.map((asset) => asset.path)).toEqual(inputs.map((_, place) => nameOf(place)));
    // One bad file stops no other: each is refused for its own reason, or handled.
    const answers = assets.map(({ verdict, findings }) => (verdict === 'refused' ? findings[0]?.code : verdict));
    for (const [place, { name, expected }] of inputs.entries()) {
      // Git knows a pointer before anybody opens it.
      const code =
        name.includes('LFS pointer') || expected === 'handled' ? /^(improved|needs-review|unchanged)$/ : expected.code;
      expect(answers[place], name).toMatch(code);
    }

    const after = Object.entries(contentsOf(repository.directory));
    const isReport = ([name]: readonly [string, string]) => /^report[\\/](report\.(json|html)|comment\.md)$/.test(name);
    expect(Object.fromEntries(after.filter((entry) => !isReport(entry)))).toEqual(before);
    expect(after.filter(isReport)).toHaveLength(3);
    expect([readdirSync(temporary), readdirSync(home)]).toEqual([[], []]);
  } finally {
    rmSync(around, { recursive: true });
  }
});
