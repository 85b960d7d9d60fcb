/** action.yml, the docs' tables and the parser agree on every name; a wrong value is named with what is allowed. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ACTION_INPUTS, ACTION_OUTPUTS, readActionSettings } from '../../../app/settings/action.ts';
import { makeSchemas } from '../../../scripts/write-schemas.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const read = (name: string) => readFileSync(path.join(ROOT, name), 'utf8');

interface Manifest {
  readonly inputs: Record<string, { default: string; description: string }>;
  readonly outputs: Record<string, { description: string }>;
  readonly runs: Record<string, string>;
}
const manifest = parse(read('action.yml')) as Manifest;

const SURROUNDINGS = {
  GITHUB_REPOSITORY: 'octo-org/web-shop',
  GITHUB_EVENT_NAME: 'pull_request',
  GITHUB_EVENT_PATH: '/event.json',
  RUNNER_TEMP: '/tmp/runner',
};

/** As a runner gives them: every input, those not given with the default of action.yml. */
function settingsWith(given: Readonly<Record<string, string>>) {
  const inputs = Object.entries(manifest.inputs).map(([name, input]) => {
    const value = given[name] ?? input.default.replace(/^\$\{\{.*\}\}$/, 'ghs_token');
    return [`INPUT_${name.toUpperCase()}`, value];
  });
  return readActionSettings({ env: { ...SURROUNDINGS, ...Object.fromEntries(inputs) } });
}

/** The names in the first column of the table under a heading. */
function tableNames(text: string, heading: string): string[] {
  const [, section = ''] = text.split(`\n${heading}\n`);
  const [table = ''] = section.split(/\n#/);
  return [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name ?? '');
}

describe('the names of inputs and outputs', () => {
  const inputs = ACTION_INPUTS.map(({ name }) => name);
  const outputs = Object.keys(ACTION_OUTPUTS);

  it('are the same in action.yml', () => {
    expect(Object.keys(manifest.inputs)).toEqual(inputs);
    expect(Object.keys(manifest.outputs)).toEqual(outputs);
  });

  it('are the same in the tables of docs/action.md', () => {
    expect(tableNames(read('docs/action.md'), '## Inputs')).toEqual(inputs);
    expect(tableNames(read('docs/action.md'), '## Outputs')).toEqual(outputs);
  });

  it('have the same defaults and values in action.yml and the parser', () => {
    for (const { name, default: value, allowed } of ACTION_INPUTS) {
      expect(manifest.inputs[name]?.default, name).toBe(value);
      if (typeof allowed === 'string' || name === 'viewer-artifact') continue;
      for (const one of allowed) expect(manifest.inputs[name]?.description, name).toContain(one);
    }
  });

  it('offer the presets and targets that a policy offers', () => {
    const allowedOf = (name: string) => ACTION_INPUTS.find((input) => input.name === name)?.allowed;
    const { properties } = makeSchemas()['policy.schema.json'] as { properties: Record<string, { enum?: string[] }> };
    for (const name of ['preset', 'target', 'mode']) expect(allowedOf(name), name).toEqual(properties[name]?.enum);
  });

  it('run on Node 24, from the bundle', () => {
    expect(manifest.runs).toEqual({ using: 'node24', main: 'dist/app/action.js' });
  });
});

describe('the parser of inputs', () => {
  it('leaves to the policy what is not given', () => {
    expect(settingsWith({}).inputs).toEqual({
      token: 'ghs_token',
      mode: undefined,
      policy: undefined,
      paths: [],
      flags: {},
      failOn: 'budget',
      images: 'branch',
      hasViewerArtifact: true,
    });
  });

  it('reads every input', () => {
    const { inputs } = settingsWith({
      token: 'ghp_other',
      mode: 'report',
      policy: 'config/glb.yml',
      preset: 'small',
      target: 'babylon',
      paths: 'public/**/*.glb\n\n  assets/*.glb  \n',
      'max-visual-difference': '0',
      'min-saved-percent': '12.5',
      'fail-on': 'never',
      images: 'none',
      'viewer-artifact': 'false',
    });
    expect(inputs).toEqual({
      token: 'ghp_other',
      mode: 'report',
      policy: 'config/glb.yml',
      paths: ['public/**/*.glb', 'assets/*.glb'],
      flags: { mode: 'report', preset: 'small', target: 'babylon', maxVisualDifference: 0, minSavedRatio: 0.125 },
      failOn: 'never',
      images: 'none',
      hasViewerArtifact: false,
    });
  });

  it.each([
    ['mode', 'comit', 'input mode: expected one of commit, report, pull-request, found "comit".'],
    ['preset', 'Small', 'input preset: expected one of lossless, balanced, small, vram, found "Small".'],
    ['target', 'gltf', 'input target: expected one of auto, universal, three,'],
    ['fail-on', 'true', 'input fail-on: expected one of budget, failed, never, found "true".'],
    ['images', 'bucket', 'input images: expected one of branch, none, found "bucket".'],
    ['viewer-artifact', 'yes', 'input viewer-artifact: expected one of true, false, found "yes".'],
    [
      'max-visual-difference',
      '1,5',
      'input max-visual-difference: expected a number from 0 on, such as 1.5, found "1,5".',
    ],
    ['max-visual-difference', '-1', 'found "-1".'],
    ['min-saved-percent', '101', 'input min-saved-percent: expected a number from 0 to 100, such as 5, found "101".'],
    ['min-saved-percent', '5%', 'found "5%".'],
    ['policy', '../policy.yml', 'input policy: expected the path of a file in the repository'],
    ['policy', '/etc/passwd', 'found "/etc/passwd".'],
    ['mode', '\n::error::x\u202e', 'found ":\uFFFD:error::x\uFFFD".'],
  ])('refuses %s: %j', (name, value, message) => {
    expect(() => settingsWith({ [name]: value })).toThrow(message);
  });

  it('names every wrong input at once', () => {
    const read = () => settingsWith({ mode: 'x', preset: 'y', 'min-saved-percent': 'z' });
    expect(read).toThrow(/input mode:[^\n]*\ninput preset:[^\n]*\ninput min-saved-percent:/);
  });

  it('never shows a token', () => {
    expect(() => settingsWith({ token: 'ghs_secret', mode: 'x' })).toThrow(/^(?!.*ghs_secret)/s);
  });
});
