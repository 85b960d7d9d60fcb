import { expect, it } from 'vitest';
import { readCommand } from '../../../app/github/bot/command.ts';

it.each([
  ['/glb optimize', { kind: 'optimize', preset: null, path: null }],
  ['/glb optimize --preset small', { kind: 'optimize', preset: 'small', path: null }],
  ['/glb optimize --preset=small models/hero.glb', { kind: 'optimize', preset: 'small', path: 'models/hero.glb' }],
  ['/glb optimize models/a b.glb', { kind: 'optimize', preset: null, path: 'models/a b.glb' }],
  ['/glb optimize "models/a b.glb" --preset vram', { kind: 'optimize', preset: 'vram', path: 'models/a b.glb' }],
  ['/glb optimize --preset tiny', { kind: 'unclear' }],
  ['/glb optimize --force', { kind: 'unclear' }],
  ['/glb accept `a.glb`', { kind: 'accept', path: 'a.glb' }],
  ['/glb accept', { kind: 'accept', path: null }],
  ['Please:\r\n/glb undo\r\nThanks', { kind: 'undo' }],
  ['/glb', { kind: 'help' }],
  ['/glb undo everything', { kind: 'unclear' }],
  ['/glb dance', { kind: 'unclear' }],
  [`/glb optimize ${'x'.repeat(2000)}`, { kind: 'unclear' }],
])('%j is a command', (body, expected) => {
  expect(readCommand(body)).toMatchObject(expected);
});

it.each(['no command', '> /glb undo', ' /glb undo', 'try /glb undo', '```\n/glb undo\n```', '/globe undo', ''])(
  '%j is none',
  (body) => {
    expect(readCommand(body)).toBeUndefined();
  },
);
