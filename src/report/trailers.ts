/** The trailers of our commit: they tell our own commits apart, and from them `/glb undo` restores the exact bytes. */

/** What a commit says about one file of it. */
export interface AssetTrailer {
  /** SHA-256 of the bytes we wrote. */
  readonly outputDigest: string;
  /** Git object id of the bytes before. */
  readonly sourceBlob: string;
  readonly path: string;
}

/** What a commit of ours says about itself. */
export interface CommitTrailers {
  /** The tool's version. */
  readonly version: string;
  readonly assets: readonly AssetTrailer[];
}

const VERSION_LINE = /^Glb-Optimizer-Version: (\S+)$/;
const ASSET_LINE = /^Glb-Optimizer-Asset: ([0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) (".*")$/;

/** The last paragraph of the commit message. A path with half a surrogate pair, which Git cannot have, is kept too. */
export function writeTrailers({ version, assets }: CommitTrailers): string {
  const lines = assets.map(
    ({ outputDigest, sourceBlob, path }) => `Glb-Optimizer-Asset: ${outputDigest} ${sourceBlob} ${quotePath(path)}`,
  );
  return [`Glb-Optimizer-Version: ${version}`, ...lines].join('\n');
}

/** The trailers of a commit message, or of what `git interpret-trailers --parse` made of it; undefined when it is not ours. */
export function readTrailers(message: string): CommitTrailers | undefined {
  const paragraph =
    message
      .trimEnd()
      .split(/\n\s*\n/)
      .at(-1) ?? '';
  let version: string | undefined;
  const assets: AssetTrailer[] = [];
  for (const line of paragraph.split('\n')) {
    version ??= VERSION_LINE.exec(line)?.[1];
    const [, outputDigest, sourceBlob, quoted] = ASSET_LINE.exec(line) ?? [];
    const path = quoted === undefined ? undefined : unquotePath(quoted);
    if (outputDigest === undefined || sourceBlob === undefined || path === undefined) continue;
    assets.push({ outputDigest, sourceBlob, path });
  }
  return version === undefined ? undefined : { version, assets };
}

/**
 * A path as a JSON string that is inert in a commit message: GitHub looks there for `@mentions`, for `#1` and `GH-1`
 * (even to close them), and for `[skip ci]`, which would switch off the checks of the whole push.
 */
export function quotePath(path: string): string {
  return JSON.stringify(path).replace(/[@#[\]\u007F-\u009F\p{Cf}\p{Zl}\p{Zp}]|(?<=gh)-(?=\d)/giu, (sign) =>
    [...sign].flatMap((character) => escapeUnits(character)).join(''),
  );
}

function escapeUnits(character: string): readonly string[] {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  );
}

function unquotePath(quoted: string): string | undefined {
  try {
    const path: unknown = JSON.parse(quoted);
    return typeof path === 'string' ? path : undefined;
  } catch {
    return undefined;
  }
}
