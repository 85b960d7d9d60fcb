/** Writes a report into a folder: `report.json`, `comment.md`, `report.html` and `images/`. */
import path from 'node:path';
import {
  BotError,
  commentOf,
  type Publisher,
  type Report,
  type ReportImage,
  type ReportModel,
  writeReport,
} from '../../src/index.ts';
import { writeWhole } from './write-file.ts';

/** Makes `report.html`: one file that needs no other. */
export type WriteReportHtml = (
  report: Report,
  models: readonly ReportModel[],
  images: readonly ReportImage[],
) => string | Promise<string>;

/** Publishes into the folder, which is made when it is missing. `report.json` comes last: it says that the rest is there. */
export function folderPublisher(folder: string, writeReportHtml: WriteReportHtml): Publisher {
  return {
    async publish({ report, images, models }) {
      for (const image of images) await writeWhole(imagePlace(folder, image.name), await image.content.read());
      await writeWhole(path.join(folder, 'comment.md'), commentOf(report));
      await writeWhole(path.join(folder, 'report.html'), await writeReportHtml(report, models, images));
      await writeWhole(path.join(folder, 'report.json'), writeReport(report));
      return { commit: null };
    },
  };
}

function imagePlace(folder: string, name: string): string {
  const place = path.join(folder, name);
  const relative = path.relative(path.join(folder, 'images'), place);
  if (relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative)) return place;
  throw new BotError('INTERNAL', 'a picture would be written outside of images/', { at: name });
}
