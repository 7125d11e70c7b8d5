// The clock of a complaint as a picture: when it ran, when it stood still, when a deadline had passed.

import { NEVER } from '../core/links.js';
import { element, svg } from './dom.js';
import { words } from './words.js';

const WIDTH = 1000;

/** Spans of the clock: `kind`, `from`, `to`. `end`: Unix seconds, up to when anything is known. */
export function spansOf(timeline, end) {
  const spans = [];
  let isLate = false;
  timeline.forEach((entry, i) => {
    if (entry.type === 'ESCALATED') isLate = true;
    if (entry.type === 'SLA_DEADLINE_SET') isLate = false;
    const from = entry.time;
    const to = timeline[i + 1]?.time ?? Math.max(end, from);
    const add = (kind, start, stop) => stop > start && spans.push({ kind, from: start, to: stop });
    const deadline = entry.sla_deadline;
    if (entry.status !== 'OPEN') add('stopped', from, to);
    else if (isLate) add('late', from, to);
    else if (!deadline || deadline === NEVER) add('free', from, to);
    else {
      add('running', from, Math.min(to, deadline));
      add('late', Math.max(from, deadline), to);
    }
  });
  return spans;
}

/** Null where nothing lasted. */
export function clockPicture(timeline, end) {
  const spans = spansOf(timeline, end);
  const last = timeline.at(-1);
  if (!spans.length) return null;
  const isDue = last.status === 'OPEN' && last.sla_deadline && last.sla_deadline !== NEVER;
  const from = spans[0].from;
  const known = spans.at(-1).to;
  const to = Math.max(known, isDue ? Math.min(last.sla_deadline, known + 2 * (known - from)) : 0);
  const x = (time) => (WIDTH * (time - from)) / (to - from);
  const picture = svg('svg', {
    viewBox: `0 0 ${WIDTH} 36`,
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
    class: 'clock',
  });
  for (const span of spans) {
    const attributes = {
      class: span.kind,
      x: x(span.from),
      width: Math.max(2, x(span.to) - x(span.from)),
      y: 8,
      height: 20,
    };
    picture.append(svg('rect', attributes));
  }
  for (const place of new Set(timeline.map(({ time }) => Math.min(WIDTH - 3, Math.round(x(time)))))) {
    picture.append(svg('rect', { class: 'tick', x: place, width: 3, y: 2, height: 32 }));
  }
  if (isDue && last.sla_deadline <= to) {
    picture.append(
      svg('rect', { class: 'due', x: Math.min(WIDTH - 4, x(last.sla_deadline)), width: 4, y: 0, height: 36 }),
    );
  }
  const kinds = [...new Set(spans.map((span) => span.kind))];
  const legend = element('p', 'legend', ...kinds.map((kind) => element('span', `key ${kind}`, words(kind))));
  return element('figure', '', element('figcaption', '', words('clock-picture', { from, to })), picture, legend);
}
