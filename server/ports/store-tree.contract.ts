import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { propertyRuns } from '#test/property-runs.ts'
import { performOnTree, type TreeAnswer, type TreeCall } from './store-tree-calls.fixture.ts'
import { treeChoice, type TreeChoice, type TreeWorld } from './store-tree-choices.fixture.ts'
import type { TreeModel } from './store-tree-model.fixture.ts'
import { predictTree } from './store-tree-predict.fixture.ts'
import { expectComplete, look, newReader, note, type TreeReader } from './store-tree-reader.fixture.ts'
import { nameIds, readTree, stateOf, type TreeState } from './store-tree-state.fixture.ts'
import { createTreeWitness, type TreeWitness } from './store-tree-witness.fixture.ts'
import type { Store } from './store.ts'

export interface StoreTreeSubject {
  /** The same store as one more process has it open. */
  start(): Promise<StoreProcess>
  newId(): string
  close(): Promise<void>
}

export interface StoreProcess {
  store: Store
  close(): Promise<void>
}

const runs = propertyRuns(30)
const CLIENTS = 3
const CONVERSATIONS = 2

/**
 * Compares conversations and their queues with a model of them, over random calls of three clients that see what they did
 * not refresh as it was, through two processes of which either is started anew now and then.
 */
export function describeStoreTreeContract(name: string, open: () => Promise<StoreTreeSubject>): void {
  describe(`conversation tree and turn queue, random calls: ${name}`, () => {
    let subject: StoreTreeSubject
    let processes: StoreProcess[]
    beforeAll(async () => {
      subject = await open()
      processes = [await subject.start(), await subject.start()]
    })
    afterAll(() => subject.close())

    test(
      'go as the model says, whoever calls what and however old their picture is',
      { timeout: runs.timeoutMs },
      async () => {
        await fc.assert(
          fc.asyncProperty(fc.commands([command], { maxCommands: 80, size: 'max' }), async (commands) => {
            const real = await startRun(subject, processes)
            const model = newModel(real)
            await fc.asyncModelRun(() => ({ model: { tree: model }, real }), commands)
            await finishRun(real)
          }),
          runs.parameters,
        )
      },
    )
  })
}

interface Run {
  subject: StoreTreeSubject
  processes: StoreProcess[]
  userId: string
  conversationIds: string[]
  clients: TreeReader[]
  witness: TreeWitness
  keyed: TreeWorld['keyed']
}

/** Replaced as a whole when ids are found out. */
interface Held {
  tree: TreeModel
}

type Command = fc.AsyncCommand<Held, Run>

async function startRun(subject: StoreTreeSubject, processes: StoreProcess[]): Promise<Run> {
  const userId = subject.newId()
  const conversationIds = Array.from({ length: CONVERSATIONS }, subject.newId)
  for (const id of conversationIds) await processes[0]?.store.createConversation({ id, userId, title: null, now: 1 })
  const clients = Array.from({ length: CLIENTS }, newReader)
  return { subject, processes, userId, conversationIds, clients, witness: createTreeWitness(), keyed: [] }
}

function newModel({ conversationIds }: Run): TreeModel {
  const times = { updatedAt: 1, deletedAt: null, answeredStep: 0, readStep: 0 }
  const conversations = conversationIds.map((id) => ({ id, title: null, activeLeafId: null, ...times, queue: [] }))
  return { now: 1, step: 0, conversations, messages: [], turns: [], keys: {}, names: 0 }
}

const anyProcess = fc.nat(1)
const anyClient = fc.nat(CLIENTS - 1)
const call = fc.record({ client: anyClient, isFresh: fc.boolean(), choice: treeChoice })
/** By a client that has just looked, or goes by what it saw before. */
type Call = { client: number; isFresh: boolean; choice: TreeChoice }
const command = fc.oneof(
  { weight: 60, arbitrary: fc.tuple(anyProcess, call).map((drawn) => callCommand(...drawn)) },
  { weight: 12, arbitrary: fc.tuple(call, call).map((drawn) => raceCommand(...drawn)) },
  {
    weight: 30,
    arbitrary: fc.tuple(anyProcess, anyClient, fc.integer({ min: 1, max: 3 })).map((drawn) => lookCommand(...drawn)),
  },
  // Opening takes as long as all the rest of a run.
  { weight: 1, arbitrary: fc.tuple(anyProcess, fc.nat(9)).map(([which, chance]) => restartCommand(which, chance)) },
)

/** A command that says what it did. */
function createCommand(
  run: (model: TreeModel, real: Run, say: (what: string) => void) => Promise<TreeModel | void>,
): Command {
  let done = 'nothing'
  return {
    check: () => true,
    async run(held, real) {
      done = 'nothing'
      held.tree.step++
      held.tree.now++
      held.tree = (await run(held.tree, real, (what) => (done = what))) ?? held.tree
    },
    toString: () => done,
  }
}

function callCommand(which: number, { client, isFresh, choice }: Call): Command {
  return createCommand(async (model, real, say) => {
    if (isFresh) await lookAgain(model, real, which, client, CONVERSATIONS)
    const made = choice(worldOf(model, real, client))
    if (!made) return
    say(`${which}: client ${client}: ${JSON.stringify(made)}`)
    return settleOn(model, real, [{ call: made, client, answer: await perform(model, real, which, made) }])
  })
}

/** Two clients call at the same time: whatever comes first, it is as if they had called one after the other. */
function raceCommand(first: Call, second: Call): Command {
  return createCommand(async (model, real, say) => {
    const calls = [first, second].flatMap(({ client, choice }) => {
      const made = choice(worldOf(model, real, client))
      return made ? [{ client, call: made }] : []
    })
    say(calls.map((each) => `client ${each.client}: ${JSON.stringify(each.call)}`).join(' while '))
    if (calls.length < 2) return
    const answers = await Promise.all(calls.map((each, which) => perform(model, real, which, each.call)))
    return settleOn(
      model,
      real,
      calls.map((each, index) => ({ ...each, answer: answers[index] as TreeAnswer })),
    )
  })
}

function lookCommand(which: number, client: number, limit: number): Command {
  return createCommand(async (model, real, say) => {
    say(`client ${client} looks`)
    await expectComplete(await lookAgain(model, real, which, client, limit), storeOf(real, which), real.userId)
  })
}

async function lookAgain(
  model: TreeModel,
  real: Run,
  which: number,
  client: number,
  limit: number,
): Promise<TreeReader> {
  const reader = clientOf(real, client)
  await look(reader, storeOf(real, which), real.userId, limit)
  // What this step will do comes after the look.
  reader.step = model.step - 1
  return reader
}

function restartCommand(which: number, chance: number): Command {
  return createCommand(async (_model, real, say) => {
    if (chance > 0) return
    say(`process ${which} starts anew`)
    await real.processes[which]?.close()
    real.processes[which] = await real.subject.start()
  })
}

interface Made {
  call: TreeCall
  client: number
  answer: TreeAnswer
}

/** The model after these calls in whichever order agrees with their answers and with what the store holds now. */
async function settleOn(model: TreeModel, real: Run, made: readonly Made[]): Promise<TreeModel> {
  for (const { call: each, answer } of made) real.witness.saw(each, answer)
  const turnIds = made.flatMap(({ answer }) =>
    'response' in answer && !answer.repeated && 'queued' in answer.response ? [answer.response.queued.id] : [],
  )
  const known = [...model.turns.map(({ id }) => id), ...turnIds]
  const shown = await readTree(storeOf(real, model.step % 2), real.userId, known.toSorted())
  const inOrder = outcomeOf(model, shown.state, made)
  const outcome = made.length === 1 || inOrder.isAsShown ? inOrder : outcomeOf(model, shown.state, made.toReversed())
  if (!outcome.isAsShown) expect(outcome.actual).toEqual(outcome.expected)
  real.witness.check(
    shown,
    made.map((each) => each.call),
  )
  for (const { client, answer } of made) noteAnswer(clientOf(real, client), answer)
  return outcome.model
}

/** What the model says of these calls in this order, beside what the store says. */
function outcomeOf(before: TreeModel, shown: TreeState, order: readonly Made[]) {
  const after = structuredClone(before)
  const answers = order.map((each) => predictTree(after, each.call))
  const { model, also } = nameIds(after, answers, shown)
  const state = stateOf(model)
  state.turns.sort((a, b) => (a.id < b.id ? -1 : 1))
  const expected = plain({ answers: also, state })
  const actual = plain({ answers: order.map(({ answer }) => answer), state: shown })
  return { model, expected, actual, isAsShown: isDeepStrictEqual(actual, expected) }
}

/** Without what is undefined: names are given in text. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

/** Whoever sends is told what became of it. */
function noteAnswer(reader: TreeReader, answer: TreeAnswer): void {
  if (!('response' in answer)) return
  if ('queued' in answer.response) return note(reader, answer.response.queued.id)
  note(reader, answer.response.message.id)
  for (const { messageId } of answer.response.generations) note(reader, messageId)
}

function perform(model: TreeModel, real: Run, which: number, made: TreeCall): Promise<TreeAnswer> {
  return performOnTree(storeOf(real, which), real.userId, made, model.now)
}

function worldOf(model: TreeModel, real: Run, client: number): TreeWorld {
  return { model, client: clientOf(real, client), newId: real.subject.newId, keyed: real.keyed }
}

function clientOf({ clients }: Run, client: number): TreeReader {
  const found = clients[client]
  if (!found) throw new Error(`There is no client ${client}.`)
  return found
}

function storeOf({ processes }: Run, which: number): Store {
  const found = processes[which]
  if (!found) throw new Error(`There is no process ${which}.`)
  return found.store
}

/** Every client comes back, however long it was away. */
async function finishRun(real: Run): Promise<void> {
  for (const [index, reader] of real.clients.entries()) {
    const store = storeOf(real, index % 2)
    await look(reader, store, real.userId, 1 + index)
    await expectComplete(reader, store, real.userId)
    const revisions = await store.readRevisions([real.userId])
    expect(revisions.get(real.userId)).toBe(reader.upTo)
  }
}
