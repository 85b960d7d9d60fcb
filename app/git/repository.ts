/** A local repository: where it is, and a git that runs none of its configured programs. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { BotError } from '../../src/index.ts';
import { type Environment, type GitPlace, gitEnvironment, gitFailed, gitText, splitRecords, tryGit } from './git.ts';

/** A repository on this machine. As a place, git runs at its top. */
export interface Repository extends GitPlace {
  /** Of the work tree, or of the bare repository itself. */
  readonly directory: string;
  readonly isBare: boolean;
  /** Holds HEAD and the index; each linked work tree has its own. */
  readonly gitDirectory: string;
  /** Holds objects, refs and Git LFS; shared by all linked work trees. */
  readonly commonDirectory: string;
}

/** What it takes to open a repository. */
export interface OpenOptions {
  /** The repository or any folder in it. */
  readonly directory: string;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** Finds the repository of a folder; throws `GIT_NOT_A_REPOSITORY`. */
export async function openRepository(options: OpenOptions): Promise<Repository> {
  const asked = path.resolve(options.directory);
  const isFolder = await stat(asked).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    throw new BotError('GIT_NOT_A_REPOSITORY', 'there is no such folder.', { at: options.directory });
  }
  const place = { directory: asked, environment: gitEnvironment(options.environment), signal: options.signal };
  const found = await tryGit(place, ['rev-parse', '--absolute-git-dir']);
  if (found.exitCode !== 0) throw notARepository(options.directory, found.stderr);
  const gitDirectory = path.resolve(found.stdout.toString().replace(/\n$/, ''));
  const safe = { ...place, environment: await withoutFilters(place) };
  const commonDirectory = path.resolve(asked, await gitText(safe, ['rev-parse', '--git-common-dir']));
  // Fails in a bare repository and inside `.git`: both can be read, neither has files to write.
  const top = await tryGit(safe, ['rev-parse', '--show-toplevel']);
  const isBare = top.exitCode !== 0;
  const directory = isBare ? gitDirectory : path.resolve(top.stdout.toString().replace(/\n$/, ''));
  return { ...safe, directory, isBare, gitDirectory, commonDirectory };
}

// Git runs clean and smudge filters when it compares or writes files. They are programs that the repository's config
// names, so each is set to nothing. Through the environment, because a name may hold an equals sign.
// [git-scm.com/docs/git-config GIT_CONFIG_COUNT, since git 2.31]
async function withoutFilters(place: GitPlace): Promise<Environment> {
  const found = await tryGit(place, ['config', '-z', '--name-only', '--get-regexp', '^filter\\.']);
  const names = new Set(splitRecords(found.stdout).map((key) => key.replace(/\.[^.]*$/, '')));
  const settings = [...names].flatMap((name) => [
    [`${name}.clean`, ''],
    [`${name}.smudge`, ''],
    [`${name}.process`, ''],
    [`${name}.required`, 'false'],
  ]);
  const first = Number(place.environment.GIT_CONFIG_COUNT ?? 0);
  const added = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${first + index}`, key],
    [`GIT_CONFIG_VALUE_${first + index}`, value],
  ]);
  return {
    ...place.environment,
    ...Object.fromEntries(added),
    GIT_CONFIG_COUNT: String(first + settings.length),
  };
}

function notARepository(at: string, stderr: string): BotError {
  if (/dubious ownership/.test(stderr)) {
    return new BotError('GIT_NOT_A_REPOSITORY', 'the repository belongs to another user, so git refuses to read it.', {
      at,
      hint: `If you trust it: \`git config --global --add safe.directory ${JSON.stringify(path.resolve(at))}\`.`,
    });
  }
  if (/not a git repository/i.test(stderr)) {
    return new BotError('GIT_NOT_A_REPOSITORY', 'this is not a Git repository.', {
      at,
      hint: 'Name one with --repo, or use `optimize` for files outside Git.',
    });
  }
  return gitFailed('rev-parse', stderr);
}

/** `owner/name` from the remote called origin, else the folder's name. */
export async function repositoryName(repository: Repository): Promise<string> {
  const { stdout } = await tryGit(repository, ['config', '--get', 'remote.origin.url']);
  // https://host/owner/name.git, ssh://git@host/owner/name, git@host:owner/name.git; never the user or a token before @.
  const remote = /^(?:[a-z+]+:\/\/[^/]+\/|[^/:]+@[^/:]+:)(?:.*\/)?([^/]+\/[^/]+?)(?:\.git)?\/?$/i;
  const name = remote.exec(stdout.toString().trim())?.[1];
  return name ?? path.basename(repository.directory).replace(/\.git$/, '');
}
