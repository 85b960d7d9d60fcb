/** The plots over time. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { StatsPoint } from '../../src/report/service.ts';
import { formatBytes, formatCount, formatMs } from '../../src/units.ts';
import { el } from '../dom.ts';

const HEIGHT_PX = 190;

interface Line {
  readonly label: string;
  readonly colour: string;
  readonly of: (point: StatsPoint) => number | null;
}

/** Cards with plots, and what fills them; drawn anew when the width or the theme changes. */
export function createPlots(): { readonly element: HTMLElement; show(points: readonly StatsPoint[]): void } {
  const element = el('div', { class: 'plots' });
  const places = [
    plotOf('Bytes saved', formatBytes, [{ label: 'Saved', colour: '--good', of: ({ savedBytes }) => savedBytes }]),
    plotOf('Jobs', formatCount, [
      { label: 'Completed', colour: '--accent', of: ({ completed }) => completed },
      { label: 'Failed', colour: '--bad', of: ({ failed }) => failed },
    ]),
    plotOf('Median time', formatMs, [{ label: 'Median', colour: '--accent', of: ({ medianMs }) => medianMs }]),
  ];
  element.append(...places.map(({ card }) => card));
  let shown: readonly StatsPoint[] = [];
  const draw = () => {
    for (const place of places) place.draw(shown);
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  new ResizeObserver(draw).observe(element);
  return {
    element,
    show(points) {
      // The same numbers again would only make the cursor blink.
      if (JSON.stringify(points) === JSON.stringify(shown)) return;
      shown = points;
      draw();
    },
  };
}

function plotOf(title: string, text: (value: number) => string, lines: readonly Line[]) {
  const place = el('div', { class: 'plot', role: 'img' });
  const card = el('section', { class: 'card' }, el('h2', {}, title), place);
  let plot: uPlot | null = null;
  const draw = (points: readonly StatsPoint[]) => {
    plot?.destroy();
    plot = null;
    place.setAttribute('aria-label', describe(title, points, lines, text));
    place.replaceChildren();
    if (points.length < 2) place.append(el('p', { class: 'plot-empty quiet' }, 'A line needs two days.'));
    else if (place.clientWidth > 0) {
      const data: uPlot.AlignedData = [
        points.map(({ from }) => Date.parse(from) / 1000),
        ...lines.map(({ of }) => points.map(of)),
      ];
      plot = new uPlot(optionsOf(place, text, lines), data, place);
    }
  };
  return { card, draw };
}

function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
}

/** For who cannot see it: the last value of each line. */
function describe(
  title: string,
  points: readonly StatsPoint[],
  lines: readonly Line[],
  text: (value: number) => string,
): string {
  const last = points.at(-1);
  if (!last) return `${title}: nothing yet`;
  const values = lines.map(({ label, of }) => `${label} ${text(of(last) ?? 0)}`).join(', ');
  return `${title} over ${points.length} points; the last: ${values}`;
}

function optionsOf(place: HTMLElement, text: (value: number) => string, lines: readonly Line[]): uPlot.Options {
  const colour = (name: string) => getComputedStyle(place).getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--soft'),
    font: '12px Inter, sans-serif',
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: place.clientWidth,
    height: HEIGHT_PX,
    legend: { live: true },
    cursor: { y: false, points: { size: 7 } },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, most) * 1.1] } },
    axes: [
      { ...axis, values: (_plot, splits) => splits.map(dayOf) },
      { ...axis, size: 66, values: (_plot, splits) => splits.map((value) => text(value)) },
    ],
    series: [
      { value: (_plot, seconds) => (seconds === null ? '–' : dayOf(seconds)) },
      ...lines.map(({ label, colour: name }) => ({
        label,
        stroke: colour(name),
        width: 2,
        fill: `color-mix(in srgb, ${colour(name)} 14%, transparent)`,
        points: { show: false },
        value: (_plot: uPlot, value: number | null) => (value === null ? '–' : text(value)),
      })),
    ],
  };
}
