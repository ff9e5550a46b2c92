import { createHash } from 'node:crypto'
import { CIRCUIT_OPEN, type GenerationError, type ProviderErrorKind } from '#protocol/provider-error.ts'
import type { ModelChoice } from '#server/domain/generation.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'

/** Failures in a row after which nobody is sent there for a while: one request's own tries are fewer. */
export const FAILURES_TO_OPEN = 5
/** Failures further apart than this are no row. */
const WINDOW_MS = 60_000
/** The first pause; each probe that fails doubles it, up to the longest. */
const FIRST_PAUSE_MS = 10_000
const LONGEST_PAUSE_MS = 60_000
/** When to look again while a probe is under way. */
const PROBE_CHECK_MS = 2_000
/** More than fail at any time; what is beyond is of people's keys that were tried once. */
const MAX_CIRCUITS = 1_000

/** Whom a request goes to, and with which key: the server's, or a user's own. */
interface Destination extends ModelChoice {
  credentials?: ProviderRequest['credentials']
}

/**
 * Spares a provider that fails again and again, and those who would wait for it. Kept by each worker process for itself.
 *
 * A circuit belongs to an instance and a key. What kept the instance from being reached (`network`) counts for all its
 * models; an answer that it failed itself, or that did not begin in time (`server`, `overloaded`, `timeout`), counts for the
 * model that was asked, because behind a gateway one fails while the next is well. Everything else is an answer too: a
 * refused key, a rate limit, a wrong request say that the provider is there.
 */
export interface CircuitBreakers {
  /** Leave to send a request. Whoever gets it has to say how it went. After a pause exactly one gets it: the probe. */
  enter(to: Destination): Entry
  /** Whether `enter` would refuse now. */
  isOpen(to: Destination): boolean
}

type Entry = { ok: true; leave(how: Experience): void } | { ok: false; error: GenerationError }

/** How a request went, as far as it tells anything; the first that is said counts. */
export type Experience = 'answered' | 'unknown' | { failed: ProviderErrorKind }

interface Circuit {
  failures: number
  failedAt: number
  kind: ProviderErrorKind
  /** Milliseconds UTC; undefined while it is closed. */
  openUntil: number | undefined
  pauseMs: number
  probing: boolean
}

export function createCircuitBreakers(clock: Pick<Clock, 'now'>): CircuitBreakers {
  const circuits = new Map<string, Circuit>()

  function refusal(to: Destination): GenerationError | undefined {
    for (const [name, what] of circuitsOf(to)) {
      const circuit = circuits.get(name)
      if (circuit?.openUntil === undefined) continue
      // A clock that was put back must not make the pause longer than it ever is.
      const leftMs = Math.min(circuit.openUntil - clock.now(), circuit.pauseMs)
      if (leftMs > 0) return openError(what, circuit, leftMs)
      if (circuit.probing) return openError(what, circuit, PROBE_CHECK_MS)
    }
    return undefined
  }

  function fail(name: string, kind: ProviderErrorKind, wasProbe: boolean): void {
    const at = clock.now()
    const known = circuits.get(name)
    const inRow = known !== undefined && (known.openUntil !== undefined || at - known.failedAt <= WINDOW_MS)
    const circuit: Circuit = inRow
      ? known
      : { failures: 0, failedAt: at, kind, openUntil: undefined, pauseMs: FIRST_PAUSE_MS, probing: false }
    circuit.failures += 1
    circuit.failedAt = at
    circuit.kind = kind
    if (wasProbe) {
      circuit.probing = false
      circuit.pauseMs = Math.min(2 * circuit.pauseMs, LONGEST_PAUSE_MS)
      circuit.openUntil = at + circuit.pauseMs
    } else if (circuit.openUntil === undefined && circuit.failures >= FAILURES_TO_OPEN) {
      circuit.openUntil = at + circuit.pauseMs
    }
    if (circuits.size >= MAX_CIRCUITS) forgetOldest()
    circuits.set(name, circuit)
  }

  function forgetOldest(): void {
    const [oldest] = circuits.keys()
    if (oldest !== undefined) circuits.delete(oldest)
  }

  function leave(names: readonly string[], probes: ReadonlySet<string>, how: Experience): void {
    const failedName = typeof how === 'object' ? names[how.failed === 'network' ? 0 : 1] : undefined
    // A model that fails by itself could be reached all the same.
    const reached = how === 'answered' || (typeof how === 'object' && how.failed !== 'network')
    for (const name of names) {
      if (name === failedName && typeof how === 'object') fail(name, how.failed, probes.has(name))
      else if (how === 'answered' || (reached && name === names[0])) circuits.delete(name)
      else if (probes.has(name)) release(name)
    }
  }

  /** The probe told nothing: the next one may go at once. */
  function release(name: string): void {
    const circuit = circuits.get(name)
    if (circuit) circuit.probing = false
  }

  return {
    enter(to) {
      const error = refusal(to)
      if (error) return { ok: false, error }
      const names = circuitsOf(to).map(([name]) => name)
      const probes = new Set<string>()
      for (const name of names) {
        const circuit = circuits.get(name)
        if (circuit?.openUntil === undefined) continue
        circuit.probing = true
        probes.add(name)
      }
      let left = false
      return {
        ok: true,
        leave(how) {
          if (!left) leave(names, probes, how)
          left = true
        },
      }
    },
    isOpen: (to) => refusal(to) !== undefined,
  }
}

/** What an error that ended a request says about its provider. */
export function experienceOf({ kind, retryable }: GenerationError): Experience {
  switch (kind) {
    case 'server':
    case 'overloaded':
    case 'network':
    case 'timeout':
      // What no repetition mends, such as a certificate that is not trusted, is no matter of patience.
      return retryable ? { failed: kind } : 'unknown'
    case 'cancelled':
    case 'incomplete':
    case 'bad-response':
    case 'internal':
    case 'worker-lost':
      return 'unknown'
    default:
      return 'answered'
  }
}

/** The circuit of the whole instance, then that of the model; each with what it is called. */
function circuitsOf({ provider, model, credentials }: Destination): [name: string, what: string][] {
  const key = credentials ? digest(`${credentials.baseUrl ?? ''}\n${credentials.apiKey}`) : ''
  return [
    [`${provider}\n${key}`, provider],
    [`${provider}\n${key}\n${model}`, `${provider}/${model}`],
  ]
}

/** A key does not lie about longer than it has to. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}

function openError(what: string, { failures, kind }: Circuit, leftMs: number): GenerationError {
  const retryAfterMs = Math.max(1, Math.ceil(leftMs))
  const seconds = Math.ceil(retryAfterMs / 1_000)
  const message = `${what} has failed ${failures} times in a row, the last time with "${kind}". It is left alone for ${seconds} s.`
  return { kind, message, providerCode: CIRCUIT_OPEN, retryable: true, retryAfterMs }
}
