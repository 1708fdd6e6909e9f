import express from 'express'
import * as z from 'zod'
import { zHeartbeatSettings, zLayers, zMatrixSize } from '../evidence/index.ts'
import { AssayError, ed25519FromDidKey, zCanonicalDid } from '../protocol/index.ts'
import { isMajority, zGenesis, zWitnessName } from '../registry/index.ts'

const DAY = 86_400

/** A number, or the digits that an environment variable or a flag holds. */
const number = z.preprocess(
  (value) => (typeof value === 'string' && /^[0-9]{1,15}$/.test(value) ? Number(value) : value),
  z.int(),
)
const flag = z.preprocess((value) => {
  if (value === 'true' || value === '1') return true
  return value === 'false' || value === '0' ? false : value
}, z.boolean())
const seconds = number.pipe(
  z
    .int()
    .min(1)
    .max(100 * 365 * DAY),
)

/** Scheme and host of a service as its clients know it: no path, no slash at the end. */
const zOrigin = z.url({ protocol: /^https?$/ }).refine((url) => new URL(url).origin === url, {
  message: 'must be scheme and host alone, in lower case, without a slash at the end',
})

const zOperators = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(/[\s,]+/).filter((did) => did !== '') : value),
  z.array(zCanonicalDid).max(100),
)

/** A witness elsewhere as text: `did:key:z6Mk…=0x…`. Its keys stay for the registry's whole life, so its DID holds its own. */
const zFoundingWitness = z.preprocess(
  (value) => {
    if (typeof value !== 'string') return value
    const [did, address, ...more] = value.split('=')
    return more.length > 0 ? value : { did, address }
  },
  zWitnessName.refine(({ did }) => isEd25519DidKey(did), { path: ['did'], message: 'must be an Ed25519 did:key' }),
)

const zFoundingWitnesses = z
  .preprocess(
    (value) => (typeof value === 'string' ? value.split(/[\s,]+/).filter((name) => name !== '') : value),
    z.array(zFoundingWitness).max(63),
  )
  .refine((witnesses) => isUnique(witnesses.map(({ did }) => did)), 'must not name a DID twice')
  .refine((witnesses) => isUnique(witnesses.map(({ address }) => address)), 'must not name an address twice')

const isUnique = (values: readonly string[]) => new Set(values).size === values.length

function isEd25519DidKey(did: string): boolean {
  try {
    return ed25519FromDidKey(did).length === 32
  } catch {
    return false
  }
}

/** Express would fail on a wrong name only once the service runs, and take a number of hops for the address 0.0.0.1. */
const zTrustProxy = z
  .union([z.literal(false), z.string().min(1)])
  .refine((proxies) => proxies === false || isProxies(proxies), {
    message: 'must be addresses, ranges (10.0.0.0/8) or loopback, linklocal, uniquelocal, with commas',
  })

function isProxies(text: string): boolean {
  if (text.split(',').some((name) => /^[0-9]*$/.test(name.trim()))) return false
  try {
    express().set('trust proxy', text)
    return true
  } catch {
    return false
  }
}

const LIFETIMES = ['hardwareLifetimeSeconds', 'uptimeLifetimeSeconds', 'reputationLifetimeSeconds'] as const

/** How a service is set up. Every setting has a default that suits one machine; times are in seconds. */
export const zServiceConfig = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1'),
    /** 0 takes any free one. */
    port: number.pipe(z.int().min(0).max(65_535)).default(8787),
    /** What clients call this service by. With https its DIDs are did:web, else did:key. Default: where it listens. */
    publicUrl: zOrigin.optional(),
    /** Folder of the embedded database, its KMS secret and the operator's key. */
    dataFolder: z.string().min(1).default('./assay-data'),
    /** `postgres://…`: PostgreSQL instead of the embedded database. */
    databaseUrl: z.string().min(1).optional(),
    /** 64 hex digits that encrypt the stored keys. Required with `databaseUrl`. */
    kmsSecret: z.string().optional(),
    /** DIDs that may revoke. */
    operators: zOperators.default([]),
    /** Refuses development keys. */
    production: flag.default(false),
    /** Lets a service with did:key listen beyond the loopback. */
    allowDidKey: flag.default(false),
    /** Proxies in front, as Express' `trust proxy` takes them (addresses or names, with commas). */
    trustProxy: zTrustProxy.default(false),
    logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),

    slotSeconds: number.pipe(zHeartbeatSettings.shape.slotSeconds).default(60),
    slotsPerEpoch: number.pipe(zHeartbeatSettings.shape.slotsPerEpoch).default(1440),
    replyWindowMs: number.pipe(zHeartbeatSettings.shape.replyWindowMs).default(2000),

    /** The interval of the registry's roots. Fixed in the registry's genesis at the first start. */
    intervalSeconds: number.pipe(zGenesis.shape.intervalSeconds).default(300),
    /** The step on which requests and expiries end. Fixed in the registry's genesis at the first start. */
    stepSeconds: number.pipe(zGenesis.shape.stepSeconds).default(3600),
    /** Witnesses elsewhere, beside the service's own. Fixed in the registry's genesis at the first start. */
    witnesses: zFoundingWitnesses.optional(),
    /** How many witnesses must sign a root, more than half of all. Fixed at the first start. Default: just more than half. */
    witnessThreshold: number.pipe(zGenesis.shape.witnessThreshold).optional(),
    /** How far clocks may differ. */
    skewSeconds: number.pipe(z.int().min(0).max(3600)).default(120),
    /** How long a holder may take to answer a proof request. */
    requestLifetimeSeconds: number.pipe(z.int().min(1).max(3600)).default(300),

    /** Issues credentials of self-reported claims alone, which anyone can ask for without end. */
    allowSelfReported: flag.default(false),

    /** How long credentials live, whatever the epoch. Holders renew after half of it. */
    hardwareLifetimeSeconds: seconds.default(30 * DAY),
    uptimeLifetimeSeconds: seconds.default(7 * DAY),
    reputationLifetimeSeconds: seconds.default(7 * DAY),

    /** The timed matrix challenge: side of the matrices, chained products (17 billion operations), seconds to the deadline. */
    measurementSize: number.pipe(zMatrixSize).default(1024),
    measurementLayers: number.pipe(zLayers).default(8),
    measurementSeconds: number.pipe(z.int().min(1).max(600)).default(60),

    /** From one address. */
    requestsPerMinute: number.pipe(z.int().min(1)).default(600),
    /** Heartbeat connections from one address. */
    connectionsPerAddress: number.pipe(z.int().min(1)).default(64),
    /** Unanswered timed challenges of one agent key. */
    openChallengesPerAgent: number.pipe(z.int().min(1)).default(2),
  })
  .refine(({ replyWindowMs, slotSeconds }) => replyWindowMs < slotSeconds * 1000, {
    path: ['replyWindowMs'],
    message: 'must fit the slot',
  })
  .refine(({ stepSeconds, requestLifetimeSeconds }) => requestLifetimeSeconds <= stepSeconds, {
    path: ['requestLifetimeSeconds'],
    message: 'must not exceed the step: wallets refuse requests that live longer',
  })
  .refine((config) => LIFETIMES.every((name) => 4 * config.stepSeconds <= config[name]), {
    path: ['stepSeconds'],
    message: 'must be a quarter of the shortest lifetime of credentials at most',
  })
  .refine(({ witnesses, witnessThreshold }) => witnesses !== undefined || witnessThreshold === undefined, {
    path: ['witnessThreshold'],
    message: 'counts the witnesses elsewhere too: give them as well (witnesses)',
  })
  .refine(({ witnesses = [], witnessThreshold: k }) => k === undefined || isMajority(k, witnesses.length + 1), {
    path: ['witnessThreshold'],
    message: "must be more than half of the witnesses, the service's own included, and not more than all",
  })
  .refine(({ databaseUrl, kmsSecret }) => databaseUrl === undefined || kmsSecret !== undefined, {
    path: ['kmsSecret'],
    message: 'is required with a database server (ASSAY_KMS_SECRET, 64 hexadecimal digits)',
  })
  .refine(({ production, publicUrl }) => !production || publicUrl?.startsWith('https://') === true, {
    path: ['publicUrl'],
    message: 'must be an https URL in production, because the DIDs of a service in production are did:web',
  })
  .refine((config) => config.allowDidKey || isLoopback(config.host) || usesDidWeb(config), {
    path: ['host'],
    message:
      'goes beyond this machine, and the service has did:key DIDs, which can never rotate: give an https publicUrl, or allow it (allowDidKey)',
  })

export type ServiceConfig = z.output<typeof zServiceConfig>
export type ServiceSettings = z.input<typeof zServiceConfig>

/** Whether the roles' DIDs are did:web: they are when clients come over https. */
export function usesDidWeb({ publicUrl }: { publicUrl?: string | undefined }): boolean {
  return publicUrl?.startsWith('https://') === true
}

/** @throws AssayError `configInvalid`, saying which setting and why, never its value */
export function parseConfig(settings: unknown): ServiceConfig {
  const parsed = zServiceConfig.safeParse(settings)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'settings'} ${ruleOf(issue)}`)
  throw new AssayError('configInvalid', `The configuration is not valid: ${issues.join('; ')}`)
}

/** What a setting must be, in words. */
function ruleOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_big' && issue.origin !== 'array') return `must be at most ${issue.maximum}`
  if (issue.code === 'too_small' && issue.origin !== 'array') return `must be at least ${issue.minimum}`
  if (issue.code === 'invalid_type' && /^(number|int)$/.test(issue.expected)) return 'must be a whole number'
  return issue.message
}

/** Names that do not follow from the setting's: those that other programs use, and the folder's. */
const NAMES: Record<string, string> = { dataFolder: 'ASSAY_DATA', databaseUrl: 'DATABASE_URL' }

/** The environment variable of a setting: `slotSeconds` is ASSAY_SLOT_SECONDS. */
export function variableOf(setting: string): string {
  return NAMES[setting] ?? `ASSAY_${setting.replace(/[A-Z]/g, '_$&').toUpperCase()}`
}

/**
 * Settings as given (by flags, say), else from the environment, else the defaults. NODE_ENV=production is production.
 * @throws AssayError `configInvalid`
 */
export function readConfig(given: ServiceSettings, env: Record<string, string | undefined>): ServiceConfig {
  const settings: Record<string, unknown> = env.NODE_ENV === 'production' ? { production: true } : {}
  for (const setting of Object.keys(zServiceConfig.shape)) {
    const value = env[variableOf(setting)]
    if (value !== undefined && value !== '') settings[setting] = value
  }
  const flags = Object.entries(given).filter(([, value]) => value !== undefined)
  return parseConfig({ ...settings, ...Object.fromEntries(flags) })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
