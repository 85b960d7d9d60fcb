import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../../../app/files/make-folder.ts';
import { writeWhole } from '../../../app/files/write-file.ts';

describe('makeFolder', () => {
  it('makes a folder and those above it, as often as it is asked, by several at once', async () => {
    const folder = path.join(mkdtempSync(path.join(tmpdir(), 'make-folder-')), 'a', 'b', 'c');
    await Promise.all([makeFolder(folder), makeFolder(folder)]);
    await makeFolder(folder);
    expect(statSync(folder).isDirectory()).toBe(true);
  });

  it('throws what the system says where a file is in the way', async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'make-folder-')), 'file');
    writeFileSync(file, '');
    await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(path.join(file, 'a', 'b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.runIf(process.platform === 'linux')('ends where no folder can be made', async () => {
    await expect(makeFolder('/proc/no-such/folder')).rejects.toMatchObject({ code: 'ENOENT' });
    const write = writeWhole('/proc/no-such/file', 'x');
    await expect(write).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
    await expect(write).rejects.toThrow('no folder can be made there');
  });
});
