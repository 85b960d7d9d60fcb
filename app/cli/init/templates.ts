/** What `init` writes: a workflow of a dozen lines, and a policy in which everything is explained and nothing is set. */
import { clean } from '../../../src/index.ts';

/** The workflow's place in a repository. */
export const WORKFLOW_PATH = '.github/workflows/glb.yml';
/** The policy's. */
export const POLICY_PATH = '.github/glb-optimizer.yml';
/** Which action the workflow uses unless `--uses` names another, such as a fork or a mirror. */
export const ACTION_USES = 'OWNER/glb-optimizer@v1';

/** The workflow. Comments on any issue start it, so the job asks first; a comment must not cancel a review that runs. */
export function workflowText(uses: string): string {
  return `name: GLB
on:
  pull_request: { types: [opened, synchronize, reopened, ready_for_review], paths: ['**.glb', '.github/glb-optimizer.*'] }
  issue_comment: { types: [created] }
  workflow_dispatch:
permissions: { contents: write, pull-requests: write }
concurrency: { group: "glb-\${{ github.event.comment.id || github.event.number || github.ref }}", cancel-in-progress: true }
jobs:
  glb:
    if: github.event_name != 'issue_comment' || startsWith(github.event.comment.body, '/glb')
    runs-on: ubuntu-latest
    steps: [{ uses: ${uses} }]
`;
}

/** What the policy's comments tell of the repository. */
export interface PolicyFacts {
  /** Such as `three (package.json names three)`. */
  readonly target: string;
  /** GLBs in Git LFS, of all. */
  readonly lfsCount: number;
  readonly assetCount: number;
  /** The largest file, such as `12.3 MB (public/hero.glb)`; undefined without any. */
  readonly largest: string | undefined;
}

/** The policy: sound as it is, with every key and its default behind a `#`. */
export function policyText(facts: PolicyFacts, schemaUrl: string): string {
  const lfs =
    facts.lfsCount === 0
      ? 'none of them in Git LFS'
      : `${facts.lfsCount} of them in Git LFS: pointers stay pointers, and the new objects are uploaded first`;
  return `# yaml-language-server: $schema=${schemaUrl}
# How GLB Optimizer treats this repository. Every key is optional; what is behind a # is the default.
# Check it: glb-optimizer validate    Ask why: glb-optimizer explain <path>
#
# Found here: ${facts.assetCount} .glb files, ${lfs}.
${facts.largest === undefined ? '' : `# The largest: ${clean(facts.largest, 200)}.\n`}
# Who loads the files; auto means here: ${clean(facts.target, 200)}.
# universal | three | r3f | babylon | model-viewer | playcanvas | unity | godot | bevy | blender | auto
# target: auto

# Decoders that your app registers with its loader: meshopt, draco, ktx2.
# decoders: [meshopt]

# How far to go: lossless | balanced | small | vram
# preset: balanced

# What becomes of a smaller file: commit | report | pull-request
# mode: commit

# Whether the original stays beside it: none | suffix | folder
# keep-original: none

# Smaller savings are not worth a commit.
# min-saved: { bytes: 1024, ratio: 0.05 }

# 0 identical, 1 invisible, visible from 1.5 on.
# max-visual-difference: 1.5

# What a file may weigh; more fails the check.
# budgets: { byteLength: 5 MB, triangleCount: 200000, drawCallCount: 100, gpuByteLength: 64 MB, textureSize: 2048 }

# include: ['**/*.glb']
# exclude: ['fixtures/**']

# Other rules for some files.
# overrides:
#   - files: ['public/hero/**']
#     preset: small
`;
}
