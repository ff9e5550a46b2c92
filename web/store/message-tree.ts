import type { MessageView } from '#protocol/api/messages.ts'

/** A message on the path that is shown, with its place among its versions. */
export interface PathEntry {
  message: MessageView
  /** Ids of all versions of this message, oldest first; the message itself among them. */
  versions: readonly string[]
}

/**
 * The path through the tree that is shown: from the root to the active leaf and on along the newest children. A leaf that
 * is not in the tree (yet) gives the newest path.
 */
export function activePath(messages: readonly MessageView[], leafId: string | null): PathEntry[] {
  const byId = new Map(messages.map((message) => [message.id, message]))
  const children = childrenOf(messages)
  const chosen = new Set(ancestorsOf(byId, leafId))
  const path: PathEntry[] = []
  let siblings = children.get(null) ?? []
  while (siblings.length > 0) {
    const message: MessageView = siblings.find(({ id }) => chosen.has(id)) ?? siblings.at(-1)!
    path.push({ message, versions: siblings.map(({ id }) => id) })
    siblings = children.get(message.id) ?? []
  }
  return path
}

/** The newest leaf below a message: where one comes out when one chooses that version. */
export function newestLeafBelow(messages: readonly MessageView[], id: string): string {
  const children = childrenOf(messages)
  let leaf = id
  for (let next = children.get(leaf)?.at(-1); next; next = children.get(leaf)?.at(-1)) leaf = next.id
  return leaf
}

function childrenOf(messages: readonly MessageView[]): Map<string | null, MessageView[]> {
  const children = new Map<string | null, MessageView[]>()
  const known = new Set(messages.map(({ id }) => id))
  for (const message of messages) {
    const parentId = message.parentId !== null && known.has(message.parentId) ? message.parentId : null
    const siblings = children.get(parentId)
    if (siblings) siblings.push(message)
    else children.set(parentId, [message])
  }
  return children
}

function ancestorsOf(byId: ReadonlyMap<string, MessageView>, leafId: string | null): string[] {
  const ids: string[] = []
  for (let message = leafId === null ? undefined : byId.get(leafId); message;) {
    ids.push(message.id)
    message = message.parentId === null ? undefined : byId.get(message.parentId)
  }
  return ids
}
