// The second part: the whole sample table from cached builds, with different numbers of jobs.

import { sample, table } from "./measure.mjs";

const shown = (value, digits = 0) => (value === undefined ? "unknown" : value.toFixed(digits));

export async function whole(settings) {
  const rows = [["Jobs", "Cells as expected", "Wall time", "Cells/s", "Peak memory of swapcheck", "CPU of swapcheck", "CPU including children"]];
  for (const jobs of settings.jobs) {
    const { wall, peak, own, all, report } = await sample(settings, jobs === "default" ? [] : ["--jobs", jobs]);
    const cells = report.cells.length;
    const unexpected = report.cells.filter((cell) => !cell.as_expected);
    for (const { variant, scenario, verdict } of unexpected) {
      console.error(`bench: not as expected with ${jobs} jobs: ${variant} ${scenario} (${verdict})`);
    }
    console.error(`bench: whole table, ${jobs} jobs: ${wall.toFixed(1)} s`);
    rows.push([
      jobs,
      `${cells - unexpected.length} of ${cells}`,
      `${wall.toFixed(1)} s`,
      (cells / wall).toFixed(2),
      `${shown(peak)} MB`,
      `${shown(own, 1)} s`,
      `${shown(all, 1)} s`,
    ]);
  }
  return (
    "The whole sample table from cached builds, once for each number of jobs. The memory is the peak resident size of " +
    `swapcheck's own process, without the browser and the servers.\n\n${table(rows)}\n`
  );
}
