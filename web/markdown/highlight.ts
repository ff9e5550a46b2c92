import type { HighlightReply, HighlightRequest, LineRuns } from './highlight-messages.ts'

export interface Highlighting {
  /** The code so far; `complete` when no more follows. Only whole lines are coloured before that. */
  update: (code: string, complete: boolean) => void
  stop: () => void
}

export interface HighlightOptions {
  language: string
  /** Runs of the next lines, in order from the first line on. */
  onRuns: (runs: readonly LineRuns[]) => void
  /** The code was not continued but replaced: the runs begin again. */
  onRestart: () => void
  worker?: HighlightWorker | undefined
}

/** What is needed of a `Worker`. */
export interface HighlightWorker {
  postMessage: (request: HighlightRequest) => void
  addEventListener: (type: 'message', listener: (event: MessageEvent<HighlightReply>) => void) => void
}

/** Colours code as it is written, each line once. Without a worker the code stays plain. */
export function startHighlighting(options: HighlightOptions): Highlighting {
  const worker = options.worker ?? sharedWorker()
  let session = openSession(options)
  let sent = ''

  const restart = () => {
    closeSession(worker, session)
    session = openSession(options)
    sent = ''
    options.onRestart()
  }

  return {
    update(code, complete) {
      if (!worker || code === sent) return
      if (code.length < sent.length || code.slice(0, sent.length) !== sent) restart()
      const end = complete ? code.length : code.lastIndexOf('\n') + 1
      if (end <= sent.length) return
      worker.postMessage({ session, language: options.language, lines: code.slice(sent.length, end) })
      sent = code.slice(0, end)
    },
    stop: () => closeSession(worker, session),
  }
}

let nextSession = 1
const listeners = new Map<number, HighlightOptions['onRuns']>()

function openSession({ onRuns }: HighlightOptions): number {
  const session = nextSession
  nextSession += 1
  listeners.set(session, onRuns)
  return session
}

function closeSession(worker: HighlightWorker | undefined, session: number): void {
  listeners.delete(session)
  worker?.postMessage({ session, ended: true })
}

const listening = new WeakSet<HighlightWorker>()
let shared: HighlightWorker | undefined

/** One for the page, started at the first code that is looked at. */
function sharedWorker(): HighlightWorker | undefined {
  if (typeof Worker === 'undefined') return undefined
  shared ??= new Worker(new URL('./highlight-worker.ts', import.meta.url), { type: 'module', name: 'highlight' })
  listen(shared)
  return shared
}

function listen(worker: HighlightWorker): void {
  if (listening.has(worker)) return
  listening.add(worker)
  worker.addEventListener('message', ({ data }) => listeners.get(data.session)?.(data.runs))
}
