// The picture of a complaint's clock: the spans that it is drawn from.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { NEVER } from '../src/core/links.js';
import { spansOf } from '../src/view/clock.js';

const link = (type, time, status, sla_deadline) => ({ type, time, status, sla_deadline });
/** The spans as `kind from to`. */
const shown = (end, ...timeline) => spansOf(timeline, end).map(({ kind, from, to }) => `${kind} ${from} ${to}`);

test('spansOf__deadline_to_come__runs_until_what_is_known', () =>
  assert.deepEqual(shown(300, link('CREATED', 100, 'OPEN', 1000)), ['running 100 300']));

test('spansOf__deadline_passed_and_not_recorded__is_late_from_the_deadline_on', () =>
  assert.deepEqual(shown(1500, link('CREATED', 100, 'OPEN', 1000)), ['running 100 1000', 'late 1000 1500']));

test('spansOf__known_up_to_the_deadline__is_not_late', () =>
  assert.deepEqual(shown(1000, link('CREATED', 100, 'OPEN', 1000)), ['running 100 1000']));

test('spansOf__escalated__stays_late_though_the_next_deadline_is_to_come', () =>
  assert.deepEqual(
    shown(1300, link('CREATED', 100, 'OPEN', 1000), link('ESCALATED', 1200, 'OPEN', 2000)),
    ['running 100 1000', 'late 1000 1200', 'late 1200 1300'],
  ));

test('spansOf__escalated_to_the_last_level__stays_late_without_a_deadline', () =>
  assert.deepEqual(
    shown(1300, link('CREATED', 100, 'OPEN', 1000), link('ESCALATED', 1200, 'OPEN', 0)),
    ['running 100 1000', 'late 1000 1200', 'late 1200 1300'],
  ));

test('spansOf__escalated_and_a_new_deadline__runs_again', () =>
  assert.deepEqual(
    shown(
      1500,
      link('CREATED', 100, 'OPEN', 1000),
      link('ESCALATED', 1100, 'OPEN', 2000),
      link('SLA_DEADLINE_SET', 1200, 'OPEN', 3000),
    ),
    ['running 100 1000', 'late 1000 1100', 'late 1100 1200', 'running 1200 1500'],
  ));

test('spansOf__held_and_resumed__stands_still_between', () =>
  assert.deepEqual(
    shown(
      900,
      link('CREATED', 100, 'OPEN', 1000),
      link('SLA_PAUSED', 300, 'ON_HOLD', 700),
      link('COMMENTED', 400, 'ON_HOLD', 700),
      link('SLA_RESUMED', 500, 'OPEN', 1200),
    ),
    ['running 100 300', 'stopped 300 400', 'stopped 400 500', 'running 500 900'],
  ));

test('spansOf__escalated_then_held_then_resumed__is_late_again', () =>
  assert.deepEqual(
    shown(
      900,
      link('CREATED', 100, 'OPEN', 200),
      link('ESCALATED', 300, 'OPEN', 1200),
      link('SLA_PAUSED', 400, 'ON_HOLD', 800),
      link('SLA_RESUMED', 500, 'OPEN', 1300),
    ),
    ['running 100 200', 'late 200 300', 'late 300 400', 'stopped 400 500', 'late 500 900'],
  ));

test('spansOf__resolved__stands_still_to_the_end', () =>
  assert.deepEqual(shown(900, link('CREATED', 100, 'OPEN', 1000), link('RESOLVED', 300, 'RESOLVED', 700)), [
    'running 100 300',
    'stopped 300 900',
  ]));

test('spansOf__deadline_in_the_past_when_a_link_is_recorded__is_late_only', () =>
  assert.deepEqual(shown(900, link('SLA_DEADLINE_SET', 500, 'OPEN', 400)), ['late 500 900']));

test('spansOf__no_deadline_or_one_that_never_comes__is_free', () => {
  for (const deadline of [0, NEVER])
    assert.deepEqual(shown(900, link('CREATED', 100, 'OPEN', deadline)), ['free 100 900']);
});

test('spansOf__links_of_one_second_or_nothing_known_after_the_last__have_no_span_of_no_length', () => {
  assert.deepEqual(shown(0, link('CREATED', 100, 'OPEN', 1000)), []);
  assert.deepEqual(shown(200, link('CREATED', 100, 'OPEN', 1000), link('COMMENTED', 100, 'OPEN', 1000)), [
    'running 100 200',
  ]);
  assert.deepEqual(shown(200), []);
});
