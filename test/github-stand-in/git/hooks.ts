/** The hooks of the stand-in's repositories: they ask for permission and tell what was pushed. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

const HOOKS = {
  update: `#!/bin/sh
case "$STAND_IN_DENIED" in *" $1 "*) echo "GH006: Protected branch update failed for $1." >&2; exit 1;; esac
case "$2$STAND_IN_MAY_CREATE" in 0000000000000000000000000000000000000000no) echo "refusing to create $1" >&2; exit 1;; esac
case "$1" in refs/heads/*|refs/tags/*) ;; *) echo "deny updating a hidden ref" >&2; exit 1;; esac
`,
  'post-receive': `#!/bin/sh
cat > "$STAND_IN_PUSHED"
`,
};

/** Writes the hooks that ask for permission and tell what was pushed. */
export async function writeHooks(directory: string): Promise<void> {
  await mkdir(path.join(directory, 'hooks'), { recursive: true });
  for (const [name, text] of Object.entries(HOOKS))
    await writeFile(path.join(directory, 'hooks', name), text, { mode: 0o755 });
}
