/** A real Git repository in a temporary folder, for tests. It sees none of the machine's own Git settings. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Environment } from '../../app/git/git.ts';
import { type OpenOptions, openRepository } from '../../app/git/repository.ts';

const HOME = realpathSync(mkdtempSync(path.join(tmpdir(), 'glb-home-')));
process.on('exit', () => rmSync(HOME, { recursive: true, force: true }));

/** What git gets in tests: no global settings, a fixed author. */
export const TEST_ENVIRONMENT: Environment = {
  PATH: process.env.PATH,
  HOME,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};

/** A repository on disk, and the few things that tests do to it. */
export interface TestRepository extends Disposable {
  readonly directory: string;
  /** Runs git with all its hooks and filters, as a user would; gives its output without the last newline. */
  git(...args: readonly string[]): string;
  write(name: string, content: string | Uint8Array, mode?: number): void;
  /** Adds everything and commits; gives the commit. */
  commit(message: string): string;
}

/** An empty repository on branch `main`. */
export function makeRepository(...initArguments: readonly string[]): TestRepository {
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'glb repo ')));
  const repository = testRepository(directory);
  repository.git('init', '-q', '-b', 'main', ...initArguments, '.');
  return repository;
}

/** Tools for a repository that is there already. */
export function testRepository(directory: string): TestRepository {
  const git = (...args: readonly string[]) =>
    execFileSync('git', args, {
      cwd: directory,
      env: { ...TEST_ENVIRONMENT, GIT_TERMINAL_PROMPT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
    })
      .toString()
      .replace(/\n$/, '');
  return {
    directory,
    git,
    write(name, content, mode) {
      const file = path.join(directory, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
      if (mode !== undefined) chmodSync(file, mode);
    },
    commit(message) {
      git('add', '-A');
      git('commit', '-q', '--allow-empty', '-m', message);
      return git('rev-parse', 'HEAD');
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Opens it as the product does. */
export function open(directory: string, options: Partial<OpenOptions> = {}) {
  const signal = new AbortController().signal;
  return openRepository({ directory, environment: TEST_ENVIRONMENT, signal, ...options });
}
