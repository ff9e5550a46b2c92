import {
  answersTo,
  findMessage,
  getMessage,
  newName,
  waitingFor,
  whyHeld,
  type ConversationModel,
  type MessageModel,
  type TreeModel,
  type TurnModel,
} from './store-tree-model.fixture.ts'

/** Where a question goes whose sender named this; undefined when there is no such thing in the conversation. */
export function findPlace(
  model: TreeModel,
  conversation: ConversationModel,
  id: string | null,
): { after: string | null } | { waitsFor: string } | undefined {
  if (id === null) return { after: null }
  const turn = model.turns.find((each) => each.id === id && each.conversationId === conversation.id)
  if (turn?.state === 'queued') return { waitsFor: turn.anchorId }
  if (turn) return findPlace(model, conversation, turn.messageId ?? turn.anchorId)
  const message = findMessage(model, conversation, id)
  if (!message) return undefined
  if (message.generation) {
    const isWaitedFor = waitingFor(model, conversation, id).length > 0
    return isWaitedFor || message.generation.endedAt === null ? { waitsFor: id } : { after: id }
  }
  const answers = answersTo(model, id)
  const newest = answers.at(-1)
  if (!newest) return { after: id }
  const groupId = newest.generation?.groupId
  return groupId ? { waitsFor: id } : findPlace(model, conversation, newest.id)
}

/** The first turn that waits for this answer is sent; the rest waits for its answer. */
export function advance(model: TreeModel, conversation: ConversationModel, anchorId: string): boolean {
  const turn = waitingFor(model, conversation, anchorId)[0]
  if (!turn) return false
  const { id, text, models } = turn
  const questionId = newName(model)
  const asked = { id: questionId, conversationId: conversation.id, parentId: anchorId, text }
  model.messages.push({ ...asked, createdAt: model.now, generation: null })
  const groupId = models.length > 1 ? newName(model) : null
  const answerIds = models.map((name) => {
    const answer = { id: newName(model), parentId: questionId, generationId: newName(model), groupId, name }
    addAnswer(model, conversation, answer)
    return answer.id
  })
  Object.assign(turn, { state: 'sent', messageId: questionId })
  conversation.queue = conversation.queue.filter((waiting) => waiting !== id)
  const leafId = answerIds[0] ?? questionId
  follow(model, anchorId, groupId === null ? leafId : questionId)
  if (conversation.activeLeafId === anchorId) conversation.activeLeafId = leafId
  conversation.updatedAt = model.now
  return true
}

export function addAnswer(
  model: TreeModel,
  { id: conversationId }: ConversationModel,
  {
    id,
    parentId,
    generationId,
    groupId,
    name,
  }: Record<'id' | 'parentId' | 'generationId' | 'name', string> & {
    groupId: string | null
  },
): void {
  const times = { endedAt: null, cancelRequestedAt: null, pausedAt: null }
  const generation = { id: generationId, model: name, groupId, status: 'queued' as const, ...times, answer: null }
  model.messages.push({ id, conversationId, parentId, text: '', createdAt: model.now, generation })
}

export function follow(model: TreeModel, from: string, to: string): void {
  // One that was withdrawn stays where it would be: somebody may still name it.
  for (const turn of model.turns) if (turn.anchorId === from && turn.state !== 'sent') turn.anchorId = to
}

/** After an answer that failed or was stopped: what waits for it waits for a newer answer, which may be complete. */
export function followNewer(model: TreeModel, { id, parentId, generation }: MessageModel): string | undefined {
  const newest = parentId === null ? undefined : answersTo(model, parentId).at(-1)
  const groupId = newest?.generation?.groupId ?? null
  if (parentId === null || !newest || newest.id === id) return undefined
  if (groupId !== null && groupId === generation?.groupId) return undefined
  follow(model, id, groupId === null ? newest.id : parentId)
  return groupId === null && newest.generation?.status === 'completed' ? newest.id : undefined
}

export function continueQueue(
  model: TreeModel,
  conversation: ConversationModel,
): { sent: number; needsChoice: boolean } {
  const held = turnsOf(model, conversation).filter((turn) => whyHeld(model, turn) !== null)
  const anchors = new Set(held.filter((turn) => whyHeld(model, turn) !== 'comparison').map(({ anchorId }) => anchorId))
  for (const anchorId of anchors) advance(model, conversation, anchorId)
  return { sent: anchors.size, needsChoice: anchors.size === 0 && held.length > 0 }
}

/** Every answer on the way up to a question where turns wait for a choice is that choice. */
export function choose(model: TreeModel, conversation: ConversationModel, leafId: string): boolean {
  if (!findMessage(model, conversation, leafId)) return false
  Object.assign(conversation, { activeLeafId: leafId, updatedAt: model.now })
  const chosen: string[] = []
  for (let id: string | null = leafId; id !== null;) {
    const { parentId }: MessageModel = getMessage(model, id)
    if (parentId !== null && waitingFor(model, conversation, parentId).some((turn) => isUndecided(model, turn))) {
      follow(model, parentId, id)
      chosen.push(id)
    }
    id = parentId
  }
  for (const id of chosen) advanceIfComplete(model, conversation, id)
  return true
}

function isUndecided(model: TreeModel, turn: TurnModel): boolean {
  return whyHeld(model, turn) === 'comparison'
}

export function restore(model: TreeModel, conversation: ConversationModel): void {
  Object.assign(conversation, { deletedAt: null, updatedAt: model.now })
  const anchors = new Set(turnsOf(model, conversation).map(({ anchorId }) => anchorId))
  for (const anchorId of anchors) advanceIfComplete(model, conversation, anchorId)
}

function advanceIfComplete(model: TreeModel, conversation: ConversationModel, anchorId: string): void {
  if (getMessage(model, anchorId).generation?.status === 'completed') advance(model, conversation, anchorId)
}

function turnsOf(model: TreeModel, { queue }: ConversationModel): TurnModel[] {
  return queue.flatMap((id) => model.turns.find((turn) => turn.id === id) ?? [])
}
