/** What the tables of the report page say. */
import { describe, expect, it } from 'vitest';
import { statRows } from '../../viewer/stats-table.ts';
import { stepSavings } from '../../viewer/steps-list.ts';
import { savedText, scoreWord, splitPath } from '../../viewer/words.ts';
import { makeAsset, makeStats, SCENE } from '../report/make-report.ts';

describe('the numbers', () => {
  it('says before, after and change, and that nothing changed by saying nothing', () => {
    expect(statRows(SCENE).slice(0, 2)).toEqual([
      { name: 'File', before: '51.9 MB', after: '4.43 MB', change: '−91.5 %', tone: 'good' },
      { name: 'GPU memory', before: '420 MB', after: '64.0 MB', change: '−84.8 %', tone: 'good' },
    ]);
    expect(statRows(SCENE).find(({ name }) => name === 'Triangles')).toMatchObject({ change: '', tone: 'quiet' });
  });

  it('says of a growth that it is one', () => {
    const asset = makeAsset({ after: makeStats({ drawCallCount: 4 }) });
    expect(statRows(asset).find(({ name }) => name === 'Draw calls')).toMatchObject({
      change: '+300.0 %',
      tone: 'warn',
    });
  });

  it('knows of a refused file only its size', () => {
    expect(statRows(makeAsset({ verdict: 'refused' })).map(({ name }) => name)).toEqual(['File']);
  });

  it('gives each step what it saved over the step before, and nothing to what was not kept', () => {
    expect(stepSavings(SCENE).map(({ name, savedBytes }) => [name, savedBytes])).toEqual([
      ['dedup', 700_000],
      ['simplify', 0],
      ['textures', 41_900_000],
      ['meshopt', 4_870_000],
    ]);
  });

  it.each([
    [0, 'identical'],
    [1, 'invisible'],
    [1.2, 'barely visible'],
    [1.51, 'visible'],
  ])('calls D %d %s', (score, word) => {
    expect(scoreWord(score).word).toBe(word);
  });

  it('takes paths apart and says nothing about savings that are not there', () => {
    expect(splitPath('a/b/c.glb')).toEqual({ folder: 'a/b/', name: 'c.glb' });
    expect(splitPath('c.glb')).toEqual({ folder: '', name: 'c.glb' });
    expect(savedText(makeAsset())).toBe('');
    expect(savedText(SCENE)).toBe('−91.5 %');
  });
});
