import type { OpenResult } from '#server/ports/event-log.ts'
import { createEventInserter } from './event-inserter.ts'
import { APPEND_OUTCOMES, type AppendOutcome, type LogBatch, type LogBatchOutcome } from './log-batch.ts'
import { createLogRows, MARK_EVERY, type LogState } from './log-rows.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

export interface EventLogWriter {
  /** Writes a batch in one transaction. Each operation is accepted or refused on its own. */
  apply(batch: LogBatch): LogBatchOutcome
}

/** Beyond this many live logs the remembered states are forgotten and read again. */
const MAX_REMEMBERED = 20_000

export function createEventLogWriter(connection: SqliteConnection): EventLogWriter {
  const { prepare } = connection
  const rows = createLogRows(connection)
  const inserter = createEventInserter(connection)
  const readDataVersion = prepare('PRAGMA data_version')
  const insertLog = prepare('INSERT INTO log (generation_id, open_epoch) VALUES (?, ?)')
  const insertMark = prepare('INSERT INTO event_mark (log_no, seq, position) VALUES (?, ?, ?)')
  const updateLog = prepare(
    'UPDATE log SET open_epoch = ?, last_epoch = ?, last_seq = ?, last_position = ?, sealed = ? WHERE no = ?',
  )
  const dropEvents = prepare(
    `WITH RECURSIVE walk (position, before) AS (
      SELECT position, before FROM event WHERE position = ?
      UNION ALL
      SELECT event.position, event.before FROM walk JOIN event ON event.position = walk.before
    ) DELETE FROM event WHERE position IN (SELECT position FROM walk)`,
  )
  const dropMarks = prepare('DELETE FROM event_mark WHERE log_no = ?')
  const markDropped = prepare('UPDATE log SET dropped = 1, last_position = 0 WHERE no = ?')

  /** Valid for as long as no other connection commits: `data_version` tells. */
  const remembered = new Map<string, LogState>()
  let dataVersion: unknown
  const changed = new Set<LogState>()

  function apply(batch: LogBatch): LogBatchOutcome {
    try {
      return connection.write(() => {
        forgetWhatOthersChanged()
        inserter.begin(batch.version)
        const opens = batch.opens.map(open)
        for (const generationId of batch.drops) drop(generationId)
        const mustReachDisk = opens.some(({ ok }) => ok)
        const outcome: LogBatchOutcome = { opens, appends: [], lastSeqs: [], added: 0, mustReachDisk }
        appendAll(batch, outcome)
        inserter.flush()
        saveChanged()
        return outcome
      })
    } catch (error) {
      remembered.clear()
      changed.clear()
      throw error
    }
  }

  function forgetWhatOthersChanged(): void {
    const version = readDataVersion.get()?.['data_version']
    if (version !== dataVersion || remembered.size > MAX_REMEMBERED) remembered.clear()
    dataVersion = version
  }

  function stateOf(generationId: string): LogState | undefined {
    const known = remembered.get(generationId)
    if (known) return known
    const state = rows.find(generationId)
    if (state) remembered.set(generationId, state)
    return state
  }

  function open({ generationId, epoch }: { generationId: string; epoch: number }): OpenResult {
    const state = stateOf(generationId)
    if (!state) {
      insertLog.run(generationId, epoch)
      return { ok: true, lastSeq: 0 }
    }
    if (state.dropped) return { ok: false, reason: 'dropped' }
    if (state.sealed) return { ok: false, reason: 'sealed' }
    if (epoch < state.openEpoch) return { ok: false, reason: 'fenced' }
    state.openEpoch = epoch
    changed.add(state)
    return { ok: true, lastSeq: state.lastSeq }
  }

  function drop(generationId: string): void {
    const state = stateOf(generationId)
    if (!state?.sealed || state.dropped) return
    dropEvents.run(state.lastPosition)
    dropMarks.run(state.no)
    markDropped.run(state.no)
    remembered.delete(generationId)
  }

  function appendAll(batch: LogBatch, outcome: LogBatchOutcome): void {
    const types = batch.types.split('\n')
    const json = batch.json.split('\n')
    let from = 0
    for (const [index, generationId] of batch.generationIds.entries()) {
      const count = batch.counts[index] ?? 0
      const state = stateOf(generationId)
      const place = { epoch: batch.epochs[index] ?? 0, afterSeq: batch.afterSeqs[index] ?? 0 }
      const verdict = judge(state, place, json, from, count)
      if (state && verdict === 'ok') {
        append(state, place.epoch, types, json, from, count)
        outcome.added += count
      }
      const seals = count > 0 && types[from + count - 1] === 'end'
      if (seals && (verdict === 'ok' || verdict === 'repeated')) {
        outcome.mustReachDisk = true
        remembered.delete(generationId)
      }
      outcome.appends.push(APPEND_OUTCOMES.indexOf(verdict))
      outcome.lastSeqs.push(verdict === 'repeated' ? place.afterSeq + count : (state?.lastSeq ?? 0))
      from += count
    }
  }

  function judge(
    state: LogState | undefined,
    { epoch, afterSeq }: { epoch: number; afterSeq: number },
    json: string[],
    from: number,
    count: number,
  ): AppendOutcome {
    if (!state) return 'not-open'
    if (state.dropped) return 'dropped'
    if (count > 0 && afterSeq + count <= state.lastSeq && standsThere(state, epoch, afterSeq, json, from, count))
      return 'repeated'
    if (state.sealed) return 'sealed'
    if (epoch < state.openEpoch) return 'fenced'
    if (epoch > state.openEpoch) return 'not-open'
    return afterSeq === state.lastSeq ? 'ok' : 'conflict'
  }

  /** Whether exactly these events stand after `afterSeq` already. */
  function standsThere(
    state: LogState,
    epoch: number,
    afterSeq: number,
    json: string[],
    from: number,
    count: number,
  ): boolean {
    inserter.flush()
    for (let done = 0; done < count;) {
      const segment = rows.segment(state, afterSeq + done + 1)
      if (!segment) return false
      for (const event of segment.slice(0, count - done)) {
        if (event.epoch !== epoch || event.json !== json[from + done]) return false
        done++
      }
    }
    return true
  }

  function append(state: LogState, epoch: number, types: string[], json: string[], from: number, count: number): void {
    for (let index = from; index < from + count; index++) {
      const seq = ++state.lastSeq
      const type = types[index] ?? ''
      state.lastPosition = inserter.add(state.no, epoch, seq, type, json[index] ?? '', state.lastPosition)
      if (seq % MARK_EVERY === 0) insertMark.run(state.no, seq, state.lastPosition)
      if (type === 'end') state.sealed = true
    }
    if (count > 0) state.lastEpoch = epoch
    changed.add(state)
  }

  function saveChanged(): void {
    for (const state of changed) {
      const { no, openEpoch, lastEpoch, lastSeq, lastPosition, sealed } = state
      updateLog.run(openEpoch, lastEpoch, lastSeq, lastPosition, sealed ? 1 : 0, no)
    }
    changed.clear()
  }

  return { apply }
}
