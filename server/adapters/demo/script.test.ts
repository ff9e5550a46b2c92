import { expect, test } from 'vitest'
import { parseScript } from './script.ts'

test('a script without directives writes a hundred tokens', () => {
  expect(parseScript('script')).toMatchObject({ ok: true, script: { tokens: 100, delayMs: 20, finish: 'stop' } })
})

test('every directive is understood', () => {
  const model =
    'script;tokens=7;text=a%3Bb%20c;think=3;ttfb=500;delay=0.5;jitter=0.2;stall=3000@10;stall=1@2;fail=overloaded@50;' +
    'retry-after=1.5;fail-times=2;finish=length;handle=1;seed=9;crash=4;hog=5'
  expect(parseScript(model)).toEqual({
    ok: true,
    script: {
      tokens: 7,
      text: 'a;b c',
      think: 3,
      ttfbMs: 500,
      delayMs: 0.5,
      jitter: 0.2,
      stalls: [
        { ms: 3000, afterTokens: 10 },
        { ms: 1, afterTokens: 2 },
      ],
      failure: { kind: 'overloaded', afterTokens: 50 },
      retryAfterMs: 1500,
      failTimes: 2,
      finish: 'length',
      handle: true,
      seed: 9,
      crashAfterTokens: 4,
      hogAfterTokens: 5,
    },
  })
})

test.each([
  'tokens',
  'tokens=',
  'tokens=-1',
  'tokens=1e9',
  'stall=5',
  'fail=tired@3',
  'text=%',
  'handle=yes',
  'speed=1',
])('the wrong directive %s is named', (directive) => {
  const parsed = parseScript(`script;tokens=3;${directive}`)
  expect(parsed).toEqual({ ok: false, problem: `The demo script does not understand "${directive}".` })
})

test('an empty directive is not ignored', () => {
  expect(parseScript('script;').ok).toBe(false)
})
