import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Static } from 'typebox'
import { Value } from 'typebox/value'
import { createAllowedOrigins, createDirectLine, spellings } from '../adapters/index.ts'
import { createBot, wordGreeting } from '../bot/index.ts'
import type { Channel, Conversations } from '../conversations/index.ts'
import { createConversations } from '../conversations/index.ts'
import { createCustomers } from '../customers/index.ts'
import { demoArticles, QUICK_QUESTIONS } from '../demo/demo.ts'
import { createKnowledgeBase } from '../knowledge-base/index.ts'
import { MIGRATIONS } from '../migrations/index.ts'
import { HOUSE } from '../platform/audit.ts'
import { type Calendar, everyDay, findCalendarFaults, isOpen, nextOpening } from '../platform/business-calendar.ts'
import type { Config } from '../platform/config.ts'
import { createDatabase, type Database } from '../platform/database.ts'
import { createEvents } from '../platform/events.ts'
import { createFiles } from '../platform/files.ts'
import { createJobs } from '../platform/jobs.ts'
import { createLog, type Log } from '../platform/log.ts'
import { migrate } from '../platform/migrate.ts'
import { createPostgresEngine } from '../platform/pg.ts'
import { createPgliteEngine } from '../platform/pglite.ts'
import { NO_PROBE, type Probe } from '../platform/probe.ts'
import { keepSecret } from '../platform/secrets.ts'
import { createSettings, holdSetting } from '../platform/settings.ts'
import { createStaff } from '../staff/index.ts'
import { LimitTableSchema, QuickQuestionsSchema, ServiceHoursSchema } from '../wire/settings.ts'
import { createApp, type HouseApp } from './app.ts'
import { createFrontDoor } from './front-door.ts'
import { createLimits, type LimitTable } from './limits.ts'
import { createStreams } from './live.ts'
import { createMetrics } from './metrics.ts'
import { registerPages } from './pages.ts'
import { registerArticles } from './routes/articles.ts'
import { registerConversations } from './routes/conversations.ts'
import { registerDirectLine } from './routes/direct-line.ts'
import { registerGaps } from './routes/gaps.ts'
import { registerHealth } from './routes/health.ts'
import { registerImports } from './routes/imports.ts'
import { registerKnowledge } from './routes/knowledge.ts'
import { registerSettings } from './routes/settings.ts'
import { registerStaff } from './routes/staff.ts'
import { databaseFailure, listenFailure } from './start-failure.ts'
import { registerSchedule } from './work.ts'

/** The whole house, wired in one place, top to bottom. One process with an embedded database is a whole house. */

export interface HouseOptions {
  config: Config
  log?: Log
  /** Channels beside the web chat. */
  channels?: readonly Channel[]
  /** Called at named places, so that tests may kill the process there. */
  probe?: Probe
  /** A database that is open already (tests); it is migrated and closed like an own one. */
  database?: Database
  version?: string
  /** The clock that service hours are read by. */
  now?: () => Date
}

export interface House {
  readonly app: HouseApp
  readonly database: Database
  readonly log: Log
  /** Base of every absolute link. */
  readonly url: string
  /** Printed once: the API token made on the very first start, null later. */
  readonly firstToken: string | null
  readonly webChatSecret: string
  readonly demoLoaded: number
  /** The entry for one request of a channel, for channels that bring their own route. */
  readonly accept: Conversations['accept']
  /**
   * Ends gracefully: /readyz turns 503, running work finishes, sockets close with 1001. Whatever is still running when
   * `ZHIKE_DRAIN_SECONDS` are over is left to its lease.
   */
  stop(): Promise<void>
}

type QuickQuestions = Static<typeof QuickQuestionsSchema>

/** How long a balancer gets to see /readyz at 503 before the port closes. */
const NOTICE_MS = 1_000
/** Work that waited longer than this says that this house does not serve. */
const STUCK_WORK_SECONDS = 30

async function openDatabase(config: Config, log: Log): Promise<Database> {
  if (config.databaseUrl !== null) return createDatabase(createPostgresEngine(config.databaseUrl, log))
  mkdirSync(config.dataDir, { recursive: true })
  return createDatabase(await createPgliteEngine({ folder: join(config.dataDir, 'database') }))
}

function localUrl(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Builds, migrates, loads and listens; resolves when /readyz answers 200. */
export async function startHouse(options: HouseOptions): Promise<House> {
  const { config, probe = NO_PROBE, version = '0.1.0', now = () => new Date() } = options
  // Grows by what is generated below, so that it stays out of the log too.
  const secrets = [...config.secrets]
  const log = options.log ?? createLog(config.logLevel, secrets)
  for (const warning of config.warnings) log.warn(warning)
  const serves = config.role !== 'worker'
  const works = config.role !== 'web'

  const waiting = new Set(['database'])
  const door = createFrontDoor(() => [...waiting])
  const port = await door.listen(config.host, config.port).catch((error) => {
    throw listenFailure(error, config)
  })
  const closers: (() => Promise<void> | void)[] = [() => door.close(0)]
  const stopAll = async () => {
    for (const close of closers.splice(0).reverse())
      try {
        await close()
      } catch (error) {
        log.warn({ err: error }, 'a part of the house did not stop cleanly')
      }
  }
  try {
    const fail = (error: unknown) => {
      throw databaseFailure(error, config)
    }
    const database = options.database ?? (await openDatabase(config, log).catch(fail))
    closers.push(() => database.close())
    await migrate(database, MIGRATIONS).catch(fail)
    const events = createEvents(database, log)
    const jobs = createJobs(database, log, config.timeZone)
    const files = createFiles(database, config.dataDir)
    const settings = createSettings(database, events, log)
    const hours = holdSetting(
      settings,
      'desk.hours',
      everyDay(config.timeZone, ['09:00', '21:00']),
      (value): value is Calendar => Value.Check(ServiceHoursSchema, value) && findCalendarFaults(value).length === 0,
    )
    const quickQuestions = holdSetting(settings, 'chat.quick-questions', { 'zh-CN': [], en: [] }, (value): value is QuickQuestions =>
      Value.Check(QuickQuestionsSchema, value),
    )
    const metrics = createMetrics()
    const limits = createLimits()
    const staff = createStaff({ database, environmentToken: config.apiToken })
    const customers = createCustomers()
    const conversations = createConversations({
      database,
      customers,
      events,
      files,
      log,
      probe,
      owner: `${process.pid}-${randomUUID().slice(0, 8)}`,
      greet: (greeting, locale) => wordGreeting(greeting, locale, quickQuestions.value()),
      onFeedback: (tx, heard) => bot.hearFeedback(tx, heard),
    })
    const knowledgeBase = createKnowledgeBase({ database, events, jobs, log, probe, timeZone: config.timeZone })
    const bot = createBot({
      conversations,
      knowledgeBase,
      log,
      probe,
      calendar: hours.value,
      now,
      onTurn: (decision, tookMs) => metrics.turnSeconds.observe({ decision }, tookMs / 1000),
    })

    const url = config.publicUrl ?? localUrl(config.host, port)
    const webChatSecret = config.webChatSecret ?? (await keepSecret(database, config.dataDir, 'web-chat'))
    secrets.push(webChatSecret)
    const allowedOrigins = createAllowedOrigins(() => url, config.webChatOrigins)
    const mailbox = conversations.mailboxOf('web-chat')
    const directLine = createDirectLine({ mailbox, secret: webChatSecret, allowedOrigins, publicUrl: () => url })
    const streams = createStreams({ mailbox, translate: directLine.translate, log })
    for (const channel of [directLine, ...(options.channels ?? [])]) conversations.addChannel(channel)

    waiting.delete('database')
    waiting.add('knowledge base')
    const waitingFor = async (): Promise<string[]> => {
      if (waiting.size > 0) return [...waiting]
      try {
        const oldest = await conversations.oldestDueSeconds(['turn', 'route'])
        metrics.oldestWorkSeconds.set(oldest)
        // A process that only receives goes on receiving: what it stores is safe, and the workers' own /readyz tells of them.
        return works && oldest > STUCK_WORK_SECONDS ? ['work that is not taken'] : []
      } catch {
        return ['database']
      }
    }

    const app = await createApp({
      log,
      server: door.server,
      staff,
      limits,
      registry: metrics.registry,
      trustedProxies: config.trustedProxies,
      allowedOrigins: config.webChatOrigins.flatMap(spellings),
      version,
    })
    registerHealth(app, { waitingFor, metrics })
    if (serves) {
      registerArticles(app, { knowledgeBase })
      registerKnowledge(app, { knowledgeBase })
      registerImports(app, { knowledgeBase })
      registerGaps(app, { knowledgeBase })
      registerConversations(app, { conversations })
      registerStaff(app, { staff })
      registerSettings(app, { settings, limits, database, hours, quickQuestions })
      registerDirectLine(app.fastify, {
        directLine,
        streams,
        allowedOrigins,
        accept: conversations.accept,
        readState: async (conversationId) => {
          const at = now()
          const open = isOpen(hours.value(), at)
          const opensAt = open ? null : (nextOpening(hours.value(), at)?.toISOString() ?? null)
          return { ...(await conversations.standing('web-chat', conversationId)), waitMinutes: null, open, opensAt }
        },
        readFile: (conversationId, fileId) => conversations.readFile('web-chat', conversationId, fileId),
        limits,
      })
      await registerPages(
        app.fastify,
        fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../dist/web/chat' : '../web/chat', import.meta.url)),
        config.demo === 'on' || (config.demo === 'auto' && !config.production),
      )
    }
    registerSchedule(jobs, { conversations, database, files, knowledgeBase })

    await events.start()
    closers.push(() => events.stop())
    await jobs.start({ work: works })
    closers.push(() => jobs.stop(config.drainMs / 2))
    const unfollow = await settings.follow('limits', (value) => {
      if (Value.Check(LimitTableSchema, value)) limits.set(value as LimitTable)
    })
    closers.push(unfollow)
    closers.push(await hours.follow())
    closers.push(await quickQuestions.follow())
    await knowledgeBase.start()
    closers.push(() => knowledgeBase.stop())
    if (works) await knowledgeBase.resume()

    const demoLoaded = (await wantsDemo()) ? await loadDemo() : 0
    const firstToken = config.apiToken === null ? await staff.createFirstToken() : null
    if (firstToken !== null) secrets.push(firstToken)

    await conversations.start({ deliver: works })
    closers.push(() => conversations.stop())
    if (works) {
      bot.start()
      closers.push(() => bot.stop())
    }

    // The first question pays for the dictionaries: the house does, not a customer.
    await knowledgeBase.ask({ question: '您好', limit: 1 })
    await app.fastify.ready()
    closers.push(() => app.fastify.close())
    door.handOver(app.listener)
    waiting.delete('knowledge base')
    log.info({ url, role: config.role, database: database.engine, version }, 'zhike serves')

    /** Decided once: a fresh database is one where it never was. `loading` says that a start was killed in the middle. */
    async function wantsDemo(): Promise<boolean> {
      const state = await settings.read('demo')
      if (state === 'loaded') return false
      if (config.demo === 'on' || state === 'loading') return config.demo !== 'off'
      if (state !== null) return false
      if (config.demo === 'auto' && database.engine === 'pglite' && !config.production) return true
      await settings.write(HOUSE, 'demo', 'declined')
      return false
    }

    async function loadDemo(): Promise<number> {
      await settings.write(HOUSE, 'demo', 'loading')
      const { created } = await knowledgeBase.importRows(HOUSE, demoArticles())
      // An admin may have been faster.
      if ((await settings.read('chat.quick-questions')) === null)
        await quickQuestions.change(HOUSE, { 'zh-CN': [...QUICK_QUESTIONS['zh-CN']], en: [...QUICK_QUESTIONS.en] })
      await settings.write(HOUSE, 'demo', 'loaded')
      return created
    }

    let stopping: Promise<void> | null = null
    return {
      app,
      database,
      log,
      url,
      firstToken,
      webChatSecret,
      demoLoaded,
      accept: conversations.accept,
      stop() {
        stopping ??= (async () => {
          waiting.add('draining')
          const noticeMs = Math.min(NOTICE_MS, config.drainMs / 4)
          if (noticeMs > 0) await new Promise((resolve) => setTimeout(resolve, noticeMs))
          streams.closeAll()
          // Requests under way still need the rest of the house.
          await door.close(config.drainMs / 2)
          await stopAll()
        })()
        return stopping
      },
    }
  } catch (error) {
    await stopAll()
    throw error
  }
}
