// Loaded into every measured process: leaves its resource usage behind at exit.
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  const file = process.env.BENCH_USAGE_FILE;
  if (file !== undefined) writeFileSync(file, JSON.stringify(process.resourceUsage()));
});
