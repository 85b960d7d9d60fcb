/**
 * The main job on a real repository: makes one in a temporary folder, commits models on a branch as an artist would,
 * runs `pr --commit --out` on it, and shows what came of it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ASSETS = fileURLToPath(new URL('../test/assets/', import.meta.url));
const CLI = fileURLToPath(new URL('../app/cli.ts', import.meta.url));

const folder = mkdtempSync(path.join(tmpdir(), 'glb-optimizer-demo-'));
const repository = path.join(folder, 'web-shop');
const out = path.join(folder, 'review');

/** Git as the artist has it, without whatever this machine's own settings would add. */
function git(...args: readonly string[]): string {
  const artist = ['-c', 'user.name=An Artist', '-c', 'user.email=artist@example.org'];
  const plain = ['-c', 'core.hooksPath=/dev/null', '-c', 'commit.gpgSign=false', '-c', 'core.autocrlf=false'];
  return execFileSync('git', [...artist, ...plain, ...args], { cwd: repository, encoding: 'utf8' }).trimEnd();
}

function add(asset: string, place: string): void {
  mkdirSync(path.dirname(path.join(repository, place)), { recursive: true });
  cpSync(path.join(ASSETS, asset), path.join(repository, place));
}

function commit(message: string): void {
  git('add', '--all');
  git('commit', '--quiet', '--message', message);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

mkdirSync(repository);
git('init', '--quiet', '--initial-branch=main');
writeFileSync(
  path.join(repository, 'package.json'),
  '{ "name": "web-shop", "dependencies": { "three": "^0.187.0" } }\n',
);
add('kenney-building-external-texture.glb', 'public/models/shop.glb');
add('Textures/colormap.png', 'public/models/Textures/colormap.png');
commit('Open the shop');

git('switch', '--quiet', '--create', 'new-season');
add('materials-variants-shoe.glb', 'public/models/products/shoe.glb');
add('kaykit-knight.glb', 'public/models/characters/knight.glb');
add('fox.glb', 'public/models/characters/fox.glb');
commit('Add the shoe, a knight to wear it, and his fox');

say(`An artist's branch, in ${repository}:\n`);
say(git('log', '--stat', '--format=%h %an: %s', 'main..'));
say('\n$ glb-optimizer pr --commit --out ../review\n');
const args = [CLI, 'pr', '--commit', '--out', out];
const ran = spawnSync(process.execPath, args, { cwd: repository, stdio: 'inherit' });
if (ran.status !== 0) {
  say(`\nglb-optimizer ended with ${ran.status ?? ran.signal}.`);
  process.exit(ran.status ?? 1);
}

say('\n── The comment that the pull request would get ──\n');
say(asText(readFileSync(path.join(out, 'comment.md'), 'utf8')));
say('\n── The commit ──\n');
say(git('log', '-1', '--stat'));
say('\n── To look at ──\n');
say(`The report with the interactive viewer:  ${path.join(out, 'report.html')}`);
say(`The comment as Markdown, its pictures:   ${path.join(out, 'comment.md')}, ${path.join(out, 'images')}`);
say(`The repository:                          ${repository}`);

/** Markdown without what only GitHub shows: hidden markers, folded parts, tags, pictures and entities. */
function asText(markdown: string): string {
  return markdown
    .replace(/<details>\s*<summary>([\s\S]*?)<\/summary>[\s\S]*?<\/details>/g, '▸ $1')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, '[picture: $1]')
    .replace(/<img\b[^>]*\balt="([^"]*)"[^>]*>/g, '[picture: $1]')
    .replace(/<\/?[a-z][^>]*>/gi, '')
    .replace(/&#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('\u200b', '')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
