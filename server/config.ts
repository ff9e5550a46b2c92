import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { ModelOverrides } from '#server/domain/model-override.ts'
import type { Limits, LocalModelSettings, Settings } from '#server/domain/settings.ts'
import { harmlessEnvironment } from './domain/harmless-environment.ts'
import { createSettingReader, type Environment, type SettingReader } from './domain/setting-reader.ts'
import { readSecretKey } from './domain/secret-key.ts'
import { readModelsFile } from './models-file.ts'
import { readProviders } from './provider-settings.ts'

export type SettingsResult = { ok: true; settings: Settings } | { ok: false; problems: string[] }

/** The process environment over the `.env` file of the folder in which the server was started. */
export function readEnvironment(envFile = '.env'): Environment {
  let fromFile: Environment = {}
  try {
    fromFile = parseEnv(readFileSync(envFile, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  return { ...fromFile, ...process.env }
}

/** Checks every setting and names all that are wrong at once, each with what it should be. */
export function readSettings(environment: Environment): SettingsResult {
  const read = createSettingReader(environment)
  const host = read.text('HOST', '127.0.0.1')
  const allowOpen = read.flag('ALLOW_OPEN', false)
  if (!allowOpen && !isLoopback(host)) {
    read.problem(
      `HOST=${host} would let anyone on the network in, and there are no accounts. ` +
        `Leave HOST at 127.0.0.1, or set ALLOW_OPEN=1 if that is what you want.`,
    )
  }
  const settings: Settings = {
    host,
    port: read.integer('PORT', 8000, { min: 0, max: 65_535 }),
    dataDir: resolve(read.text('DATA_DIR', './data')),
    workers: read.integer('WORKERS', 1, { min: 1, max: 64 }),
    spareWorker: read.flag('SPARE_WORKER', true),
    defaultModel: read.text('DEFAULT_MODEL', 'demo/chat'),
    titleModel: read.text('TITLE_MODEL', 'same'),
    generationTimeoutMs: read.integer('GENERATION_TIMEOUT_MS', 30 * 60_000, { min: 1_000, max: 86_400_000 }),
    allowUnlistedModels: read.flag('ALLOW_UNLISTED_MODELS', false),
    allowOpen,
    allowedHosts: read.list('ALLOWED_HOSTS'),
    privateBaseUrls: readPrivateBaseUrls(read, host),
    secretKey: readMasterSecret(read),
    fallbackModels: read.list('FALLBACK_MODELS'),
    providers: readProviders(read),
    localModels: { ...readLocalFolders(read), environment: harmlessEnvironment(environment) },
    modelOverrides: readModelOverrides(read),
    demo: read.flag('DEMO', true),
    allowDemoFaults: read.flag('ALLOW_DEMO_FAULTS', false),
    maxFileBytes: read.integer('MAX_FILE_BYTES', 20 * 1024 * 1024, { min: 1, max: 1024 * 1024 * 1024 }),
    logLevel: read.choice('LOG_LEVEL', 'warn', ['fatal', 'error', 'warn', 'info', 'debug', 'silent']),
    limits: readLimits(read),
  }
  if (!settings.demo && settings.defaultModel.startsWith('demo/')) {
    read.problem(
      'DEMO=0 takes away the model that is asked by default. Set DEFAULT_MODEL to one of yours, or leave DEMO unset.',
    )
  }
  return read.problems.length > 0 ? { ok: false, problems: read.problems } : { ok: true, settings }
}

function readLimits(read: SettingReader): Limits {
  const positive = { min: 1, max: Number.MAX_SAFE_INTEGER }
  const duration = { min: 10, max: 86_400_000 }
  return {
    maxBodyBytes: read.integer('MAX_BODY_BYTES', 1024 * 1024, positive),
    maxMessageCharacters: read.integer('MAX_MESSAGE_CHARACTERS', 200_000, positive),
    maxModelsPerQuestion: read.integer('MAX_MODELS_PER_QUESTION', 8, positive),
    maxRunningPerUser: read.integer('MAX_RUNNING_PER_USER', 64, positive),
    maxOpenStreams: read.integer('MAX_OPEN_STREAMS', 4_096, positive),
    requestsPerMinute: read.integer('REQUESTS_PER_MINUTE', 1_200, positive),
    heartbeatMs: read.integer('HEARTBEAT_MS', 15_000, duration),
    disconnectGraceMs: read.integer('DISCONNECT_GRACE_MS', 5_000, { min: 0, max: 86_400_000 }),
    firstByteTimeoutMs: read.integer('FIRST_BYTE_TIMEOUT_MS', 120_000, duration),
    idleTimeoutMs: read.integer('IDLE_TIMEOUT_MS', 120_000, duration),
    connectTimeoutMs: read.integer('CONNECT_TIMEOUT_MS', 10_000, duration),
    maxResponseBytes: read.integer('MAX_RESPONSE_BYTES', 64 * 1024 * 1024, positive),
  }
}

/** On a server that only this machine reaches, a user is a person who sits at it. */
function readPrivateBaseUrls(read: SettingReader, host: string): Settings['privateBaseUrls'] {
  if (read.flag('ALLOW_PRIVATE_BASE_URLS', false)) return 'all'
  return isLoopback(host) ? 'loopback' : 'none'
}

function readModelOverrides(read: SettingReader): ModelOverrides {
  const file = read.optional('MODELS_FILE')
  if (file === undefined) return {}
  try {
    return readModelsFile(file)
  } catch (error) {
    read.problem(`MODELS_FILE=${file} ${(error as Error).message}.`)
    return {}
  }
}

/** Never repeated in a problem, as other wrong values are. */
function readMasterSecret(read: SettingReader): string | undefined {
  const secret = read.optional('SECRET_KEY')
  if (secret === undefined || readSecretKey(secret) !== undefined) return secret
  read.problem('SECRET_KEY is too short. Use 32 random bytes (openssl rand -base64 32), or 20 characters and more.')
  return undefined
}

function readLocalFolders(read: SettingReader): Pick<LocalModelSettings, 'modelsFolder' | 'runtimeFolder'> {
  const dataDir = read.text('DATA_DIR', './data')
  return {
    modelsFolder: resolve(read.text('MODELS_DIR', join(dataDir, 'models'))),
    runtimeFolder: resolve(read.text('LLAMA_RUNTIME_DIR', join(dataDir, 'runtime'))),
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
