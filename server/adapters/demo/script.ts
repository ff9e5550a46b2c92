import { FINISH_REASONS, type FinishReason } from '#protocol/events.ts'
import { PROVIDER_ERROR_KINDS, type ProviderErrorKind } from '#protocol/provider-error.ts'

/**
 * What the model `script` plays. Its directives follow its name, separated by semicolons:
 *
 *     demo/script;tokens=200;delay=20;stall=3000@10;fail=overloaded@50;retry-after=2;fail-times=1
 *
 * | directive       | meaning                                                                            | default |
 * |-----------------|------------------------------------------------------------------------------------|---------|
 * | `tokens=N`      | writes the tokens `t0 `, `t1 `, … `t<N-1> `, so that a reader can check each one   | 100     |
 * | `text=…`        | writes this text instead, percent-encoded                                          |         |
 * | `think=N`       | first thinks the tokens `r0 `, `r1 `, … `r<N-1> `                                  | 0       |
 * | `ttfb=MS`       | waits before the first token                                                       | 0       |
 * | `delay=MS`      | waits between tokens; 0 writes as fast as they are taken                           | 20      |
 * | `jitter=SHARE`  | varies each delay by up to this share of it, 0 to 1, seeded                        | 0       |
 * | `stall=MS@N`    | is silent for so long after N tokens of text; may be given several times           |         |
 * | `fail=KIND@N`   | fails after N tokens of text with an error of this kind; `@0`, before the first, may be left out. `fail=incomplete@N` is a stream that breaks off without its finish | |
 * | `retry-after=S` | seconds that the failure asks to wait, fractions allowed                           |         |
 * | `fail-times=K`  | only the first K tries of a generation fail; counted per process                   | always  |
 * | `finish=REASON` | finishes with another reason                                                       | `stop`  |
 * | `handle=1`      | gives a handle before the first token of text, with which it can be resumed        | 0       |
 * | `seed=N`        | seeds the jitter; otherwise the request's seed does, or the generation's id        |         |
 * | `crash=N`       | kills its own process after N tokens of text, where the operator allowed that      |         |
 * | `hog=N`         | takes memory after N tokens of text until its process dies, where that is allowed  |         |
 *
 * Counts of tokens start at the beginning of the text, also for an attempt that resumes.
 */
export interface Script {
  tokens: number
  text?: string
  think: number
  ttfbMs: number
  delayMs: number
  jitter: number
  stalls: { ms: number; afterTokens: number }[]
  failure?: { kind: ProviderErrorKind; afterTokens: number }
  retryAfterMs?: number
  failTimes: number
  finish: FinishReason
  handle: boolean
  seed?: number
  crashAfterTokens?: number
  hogAfterTokens?: number
}

/** Reads a model name such as `script;tokens=5`; a wrong directive is answered with a sentence that names it. */
export function parseScript(model: string): { ok: true; script: Script } | { ok: false; problem: string } {
  const [, ...directives] = model.split(';')
  const script: Script = {
    tokens: 100,
    think: 0,
    ttfbMs: 0,
    delayMs: 20,
    jitter: 0,
    stalls: [],
    failTimes: Infinity,
    finish: 'stop',
    handle: false,
  }
  for (const directive of directives) {
    if (!applyDirective(script, directive)) {
      return { ok: false, problem: `The demo script does not understand "${directive}".` }
    }
  }
  return { ok: true, script }
}

/** False when the directive is unknown or its value is not one. */
function applyDirective(script: Script, directive: string): boolean {
  const equals = directive.indexOf('=')
  const value = decode(directive.slice(equals + 1))
  if (equals < 0 || value === undefined) return false
  const apply = DIRECTIVES[directive.slice(0, equals)]
  return apply?.(script, value) ?? false
}

const DIRECTIVES: Record<string, (script: Script, value: string) => boolean> = {
  tokens: (script, value) => count(value, (tokens) => (script.tokens = tokens)),
  text: (script, value) => {
    script.text = value
    return true
  },
  think: (script, value) => count(value, (tokens) => (script.think = tokens)),
  ttfb: (script, value) => amount(value, (ms) => (script.ttfbMs = ms)),
  delay: (script, value) => amount(value, (ms) => (script.delayMs = ms)),
  jitter: (script, value) => amount(value, (share) => (script.jitter = Math.min(1, share))),
  stall: (script, value) => {
    const [ms = '', tokens = ''] = value.split('@')
    return amount(ms, (stallMs) => count(tokens, (afterTokens) => script.stalls.push({ ms: stallMs, afterTokens })))
  },
  fail: (script, value) => {
    const [name = '', tokens = '0'] = value.split('@')
    const kind = PROVIDER_ERROR_KINDS.find((known) => known === name)
    return kind !== undefined && count(tokens, (afterTokens) => (script.failure = { kind, afterTokens }))
  },
  'retry-after': (script, value) => amount(value, (seconds) => (script.retryAfterMs = seconds * 1000)),
  'fail-times': (script, value) => count(value, (times) => (script.failTimes = times)),
  finish: (script, value) => {
    const reason = FINISH_REASONS.find((known) => known === value)
    if (reason) script.finish = reason
    return reason !== undefined
  },
  handle: (script, value) => {
    script.handle = value === '1'
    return value === '0' || value === '1'
  },
  seed: (script, value) => count(value, (seed) => (script.seed = seed)),
  crash: (script, value) => count(value, (tokens) => (script.crashAfterTokens = tokens)),
  hog: (script, value) => count(value, (tokens) => (script.hogAfterTokens = tokens)),
}

function count(value: string, set: (count: number) => unknown): boolean {
  if (!/^\d{1,9}$/.test(value)) return false
  return set(Number(value)) !== false
}

function amount(value: string, set: (amount: number) => unknown): boolean {
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(value)) return false
  return set(Number(value)) !== false
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}
