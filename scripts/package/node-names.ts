/** What CommonJS modules expect to find around them, for those that the bundle took in. The bundler puts it where it is missing. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// Every chunk lies in one folder, so that the place of one is the place of all.
export const __filename = fileURLToPath(import.meta.url);
export const __dirname = path.dirname(__filename);
