import type { MillraceClient } from '#client/create-millrace-client.ts'
import type { MessageView } from '#protocol/api/messages.ts'

const revisions = new WeakMap<readonly MessageView[], number>()

/** Up to which revision of its conversation a list is complete; undefined when that is not known. */
export function completeTo(messages: readonly MessageView[]): number | undefined {
  return revisions.get(messages)
}

/**
 * The whole tree of a conversation. Of a list that is known already only what changed since is asked for. `current` is asked
 * once more at the end: what the page itself learned meanwhile stands.
 */
export async function loadMessages(
  client: Pick<MillraceClient, 'listMessages'>,
  conversationId: string,
  { current, signal }: { current: () => readonly MessageView[] | undefined; signal: AbortSignal },
): Promise<MessageView[]> {
  const known = current()
  const since = known && completeTo(known)
  const changed: MessageView[] = []
  let revision: number | undefined
  let after: string | undefined
  do {
    const page = await client.listMessages(conversationId, { after, since, signal })
    changed.push(...page.messages)
    revision ??= page.revision
    after = page.next ?? undefined
  } while (after !== undefined)
  const merged = mergeMessages(current() ?? [], changed)
  if (revision !== undefined) revisions.set(merged, revision)
  return merged
}

/** The same list with a change of the page's own; it is as complete as before. */
export function patchMessages(
  messages: readonly MessageView[],
  change: (messages: readonly MessageView[]) => MessageView[],
): MessageView[] {
  const changed = change(messages)
  const revision = completeTo(messages)
  if (revision !== undefined) revisions.set(changed, revision)
  return changed
}

/** Messages never change, except that an answer ends once, and that its display is held or goes on. */
function mergeMessages(known: readonly MessageView[], told: readonly MessageView[]): MessageView[] {
  const byId = new Map(known.map((message) => [message.id, message]))
  for (const message of told) {
    const before = byId.get(message.id)
    byId.set(message.id, before ? newer(before, message) : message)
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function newer(before: MessageView, told: MessageView): MessageView {
  const isOlder = before.answer !== null && told.answer === null
  if (isOlder || isSame(before, told)) return before
  return told
}

function isSame(a: MessageView, b: MessageView): boolean {
  const sameAnswer = (a.answer === null) === (b.answer === null)
  return (
    sameAnswer && a.generation?.status === b.generation?.status && a.generation?.pausedAt === b.generation?.pausedAt
  )
}
