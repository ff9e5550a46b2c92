/** The process that opens the streams of a load, reads them and checks every token. */
import { answerEach } from '../bench-process.ts'
import { createConversations } from './create-conversations.ts'
import type { LoadPlan } from './load-plan.ts'
import { runLoad } from './load-run.ts'
import type { StreamTarget } from './open-stream.ts'
import { WIRE_FORMATS, type TargetKind } from './wire-format.ts'

export type LoadOrder =
  /** Makes what the plan's streams need before they start; answered with nothing. */
  | { order: 'prepare'; kind: TargetKind; port: number; plan: LoadPlan }
  /** Runs the plan; answered with a `LoadResult`. */
  | { order: 'run'; startMs: number }

let prepared: { plan: LoadPlan; targets: StreamTarget[] } | undefined

answerEach<LoadOrder>(async (message) => {
  if (message.order === 'prepare') {
    const { kind, port, plan } = message
    const format = WIRE_FORMATS[kind]
    const conversations = kind === 'ours' ? await createConversations(port, plan.streams.length) : []
    prepared = {
      plan,
      targets: plan.streams.map((_, index) => ({ port, format, conversationId: conversations[index] })),
    }
    return {}
  }
  if (!prepared) throw new Error('nothing is prepared')
  return await runLoad(prepared.plan, prepared.targets, message.startMs)
})
