import { startBenchProcess } from '../bench-process.ts'
import type { BenchmarkOptions } from '../benchmark-options.ts'
import { atMost, figure, micros, printFindings, times, type Finding } from '../finding.ts'
import { spreadOf } from '../percentile.ts'
import { DECODE_WIRES, type DecodeWire } from './decode-bodies.ts'
import type { DecodeOrder, DecodeResult } from './decode-client.ts'
import type { DecodeLoad } from './decode-upstream.ts'

const UPSTREAM = new URL('decode-upstream.ts', import.meta.url)
const CLIENT = new URL('decode-client.ts', import.meta.url)
const CAP_MS = 120_000
const LIMIT = 1.5

/** How the streams come: as fast as they are read, or as models write. */
const LOADS = [
  { name: 'bulk', streams: 32, atOnce: 4, tokens: 4_000, rate: 0 },
  { name: 'paced', streams: 100, atOnce: 100, tokens: 250, rate: 50 },
] as const

/**
 * Goal G8: processor time per chunk of decoding, as a ratio to fetch, event parser and JSON.parse. Floor and ours take turns
 * in one run, each in a process of its own that has warmed up. Every token is checked; one that is lost voids the run.
 */
export async function runDecodeBenchmark({ quick, only, signal }: BenchmarkOptions): Promise<boolean> {
  const rounds = quick ? 2 : 7
  await using upstream = startBenchProcess(UPSTREAM)
  const findings: Finding[] = []
  for (const load of LOADS) {
    for (const wire of DECODE_WIRES) {
      if (only.length > 0 && !only.includes(wire.kind) && !only.includes(load.name)) continue
      const { port } = await upstream.ask<{ port: number }>(
        { tokens: load.tokens, rate: load.rate } satisfies DecodeLoad,
        CAP_MS,
      )
      findings.push(...(await measure(wire, load, { port, rounds, signal })))
    }
  }
  printFindings(findings)
  return findings.every(({ reached }) => reached !== false)
}

async function measure(
  { kind, goal }: DecodeWire,
  { name, streams, atOnce, tokens }: (typeof LOADS)[number],
  { port, rounds, signal }: { port: number; rounds: number; signal: AbortSignal },
): Promise<Finding[]> {
  await using floor = startBenchProcess(CLIENT)
  await using ours = startBenchProcess(CLIENT)
  const spent = { floor: [] as number[], ours: [] as number[] }
  for (let round = 0; round <= rounds; round++) {
    for (const target of ['floor', 'ours'] as const) {
      signal.throwIfAborted()
      const order: DecodeOrder = { target, kind, port, streams, atOnce, tokens }
      const result = await (target === 'floor' ? floor : ours).ask<DecodeResult>(order, CAP_MS)
      if (result.wrong > 0)
        throw new Error(`${target}, ${goal}, ${name}: ${result.wrong} of ${streams} texts are wrong`)
      // The first round is the warm-up.
      if (round > 0) spent[target].push(result.microsPerToken)
    }
  }
  const ratio = middle(spent.ours.map((micros, round) => micros / (spent.floor[round] ?? NaN)))
  return [
    figure('G8', `${goal}, ${name}: floor`, micros(middle(spent.floor))),
    figure('G8', `${goal}, ${name}: ours`, micros(middle(spent.ours))),
    atMost('G8', `${goal}, ${name}: CPU per chunk`, ratio, LIMIT, times),
  ]
}

function middle(values: readonly number[]): number {
  return spreadOf(values).p50
}
