import { open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { readGgufHeader, type GgufHeader, type GgufReading } from './gguf-header.ts'

export interface LocalModel {
  /** The name of its file without `.gguf`; with its folder before it where two have the same. */
  id: string
  name: string | undefined
  /** Of the first file where it is split into several. */
  path: string
  /** Another one when the file is replaced. */
  version: string
  contextLength: number | undefined
}

export interface FoundModels {
  models: LocalModel[]
  /** Files that call themselves GGUF and cannot be listed, each with the reason. */
  refused: string[]
}

/** Looks for models; what was read of a file that has not changed is not read again. */
export type FindModels = () => Promise<FoundModels>

const EXTENSION = '.gguf'
/** More are no collection of models. */
const MAX_FILES = 1_000
/** Enough for everything before the vocabulary, then more and more for files that are ordered otherwise. */
const HEAD_BYTES = [64 * 1024, 1024 * 1024, 32 * 1024 * 1024]
const PART = /^(.+)-(\d{5})-of-(\d{5})$/

/**
 * The GGUF files of a folder and of the folders in it. Of a model in several files only the first is looked at; the parts
 * of a model that look at images, and adapters, are no models.
 */
export function createFindModels(folder: string): FindModels {
  let known = new Map<string, GgufReading>()

  return async () => {
    const found: FoundModels = { models: [], refused: [] }
    const readings = new Map<string, GgufReading>()
    for (const path of await listFiles(folder)) {
      const file = await stat(path).catch(() => undefined)
      if (!file?.isFile()) continue
      const version = `${path}:${file.size}:${file.mtimeMs}`
      const reading = known.get(version) ?? (await readFileHeader(path, file.size))
      readings.set(version, reading)
      if (reading.kind === 'read') addModel(found, { path, version, folder }, reading.header)
      else found.refused.push(`${basename(path)}: ${reading.kind === 'refused' ? reading.reason : 'it ends too soon'}`)
    }
    known = readings
    return found
  }
}

/** Of the folder itself first, each in the order of their names. */
async function listFiles(folder: string): Promise<string[]> {
  const names = await namesIn(folder)
  const lists = await Promise.all(names.filter((name) => !isGguf(name)).map((name) => listFolder(join(folder, name))))
  const files = [...pathsOf(folder, names), ...lists.flat()]
  return files.slice(0, MAX_FILES)
}

async function listFolder(folder: string): Promise<string[]> {
  return pathsOf(folder, await namesIn(folder))
}

/** Nothing for what is no folder, or is not there. */
async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.')).sort()
}

function pathsOf(folder: string, names: readonly string[]): string[] {
  const there = new Set(names)
  return names.filter((name) => isGguf(name) && isWhole(name, there)).map((name) => join(folder, name))
}

function isGguf(name: string): boolean {
  return name.toLowerCase().endsWith(EXTENSION)
}

/** Of several files the first stands for all, once all are there. */
function isWhole(name: string, there: ReadonlySet<string>): boolean {
  const part = PART.exec(name.slice(0, -EXTENSION.length))
  if (!part) return true
  const [, model, number, count = ''] = part
  if (Number(number) !== 1) return false
  return Array.from({ length: Number(count) }, (_, index) => String(index + 1).padStart(5, '0')).every((each) =>
    there.has(`${model}-${each}-of-${count}${name.slice(-EXTENSION.length)}`),
  )
}

async function readFileHeader(path: string, size: number): Promise<GgufReading> {
  try {
    await using file = await open(path)
    for (const most of HEAD_BYTES) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(most, size)), { position: 0 })
      const reading = readGgufHeader(buffer.subarray(0, bytesRead))
      if (reading.kind !== 'needs-more' || most >= size) return reading
    }
    return { kind: 'refused', reason: 'its header is too long' }
  } catch (error) {
    return { kind: 'refused', reason: `it cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})` }
  }
}

function addModel(
  found: FoundModels,
  { path, version, folder }: { path: string; version: string; folder: string },
  header: GgufHeader,
): void {
  const file = basename(path).slice(0, -EXTENSION.length)
  if (header.architecture === 'clip' || header.type !== 'model' || /mmproj/i.test(file)) return
  const id = PART.exec(file)?.[1] ?? file
  const parent = dirname(path)
  const taken = found.models.some((model) => model.id === id)
  // One file and its like in parts: the same model.
  if (taken && parent === folder) return
  const { name, contextLength } = header
  found.models.push({ id: taken ? `${basename(parent)}/${id}` : id, name, path, version, contextLength })
}
