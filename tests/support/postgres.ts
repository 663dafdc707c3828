import { execFile, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/**
 * A throw-away PostgreSQL with pgvector for tests: its own folder and free port, loopback only, trust authentication
 * (so for tests only), gone after `stop`. `npm run test:setup` installs the programs.
 */
export interface TestPostgres {
  /** The maintenance database `postgres`, as its owner. */
  readonly url: string
  /** Data folder; `server.log` in it is the server's own log. */
  readonly dir: string
  readonly port: number
  /** A fresh database with pgvector in it; the name is made up when not given. Returns its url. */
  createDatabase(name?: string): Promise<string>
  /** Ends the server but keeps the data: `fast` cuts every connection, `immediate` is a crash. For fault tests. */
  halt(mode?: 'fast' | 'immediate'): Promise<void>
  /** Brings a halted server back on the same port with the same data. */
  resume(): Promise<void>
  /** Ends the server and removes its folder. May be called twice. */
  stop(): Promise<void>
}

interface PostgresOptions {
  /** Default true; false is faster and loses data only in a power cut, which no test has. */
  readonly fsync?: boolean
  /** More `-c name=value` settings. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Filtered index scans return too few rows before this version. */
const MIN_PGVECTOR = [0, 8, 0] as const

const run = promisify(execFile)

interface Programs {
  readonly bin: string
  readonly asRoot: boolean
}

function atLeast(version: string, min: readonly number[]): boolean {
  const parts = version.split('.').map(Number)
  for (const [index, wanted] of min.entries()) {
    const part = parts[index] ?? 0
    if (part !== wanted) return part > wanted
  }
  return true
}

function binFolders(): string[] {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  return [...versions.map((version) => join(debian, version, 'bin')), ...(process.env.PATH ?? '').split(delimiter)]
}

function pgvectorOf(bin: string): string | null {
  // Debian keeps pg_config in a -dev package; its share folder follows from the version in the path.
  const debian = /^\/usr\/lib\/postgresql\/(\d+)\/bin$/.exec(bin)
  const share = debian
    ? `/usr/share/postgresql/${debian[1]}`
    : spawnSync(join(bin, 'pg_config'), ['--sharedir'], { encoding: 'utf8' }).stdout?.trim()
  if (!share) return null
  const control = join(share, 'extension', 'vector.control')
  if (!existsSync(control)) return null
  return /default_version\s*=\s*'([^']+)'/.exec(readFileSync(control, 'utf8'))?.[1] ?? null
}

function find(): Programs | { missing: string } {
  const bins = binFolders().filter((bin) => existsSync(join(bin, 'initdb')) && existsSync(join(bin, 'pg_ctl')))
  if (bins.length === 0) return { missing: 'PostgreSQL is not installed; npm run test:setup brings it' }
  const bin = bins.find((folder) => atLeast(pgvectorOf(folder) ?? '0', MIN_PGVECTOR))
  if (!bin) return { missing: `pgvector ${MIN_PGVECTOR.join('.')} or newer is not installed; npm run test:setup brings it` }
  const asRoot = process.getuid?.() === 0
  // The server refuses to run as root, so its account must exist.
  if (asRoot && spawnSync('id', ['postgres']).status !== 0) return { missing: 'the account "postgres" does not exist on this machine' }
  return { bin, asRoot }
}

/** True when a server can be started here; otherwise the reason in one sentence. */
export function postgresAvailable(): true | { readonly missing: string } {
  const found = find()
  return 'missing' in found ? found : true
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

/** Starts a server in a temporary folder. @throws when PostgreSQL or pgvector is missing, or the server does not come up in 60 s. */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  const found = find()
  if ('missing' in found) throw new Error(found.missing)
  const { bin, asRoot } = found

  const as = (program: string, args: readonly string[]) =>
    asRoot
      ? run('setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', join(bin, program), ...args], { cwd: '/' })
      : run(join(bin, program), [...args], { cwd: '/' })

  const dir = mkdtempSync(join(tmpdir(), 'zhike-postgres-'))
  chmodSync(dir, 0o700)
  if (asRoot) await run('chown', ['postgres:postgres', dir])
  let running = false

  const psql = async (database: string, ...statements: string[]) => {
    const commands = statements.flatMap((statement) => ['-c', statement])
    const args = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', '-d', database, '-qAtX', '-v', 'ON_ERROR_STOP=1', ...commands]
    return (await run(join(bin, 'psql'), args, { env: { ...process.env, PGOPTIONS: '-c client_min_messages=warning' } })).stdout.trim()
  }

  const up = async () => {
    try {
      await as('pg_ctl', ['-D', dir, '-w', '-t', '60', '-l', join(dir, 'server.log'), 'start'])
    } catch (cause) {
      const log = join(dir, 'server.log')
      throw new Error(`PostgreSQL did not start: ${existsSync(log) ? readFileSync(log, 'utf8').slice(-2000) : 'it wrote no log'}`, {
        cause,
      })
    }
    running = true
  }

  const down = async (mode: 'fast' | 'immediate') => {
    if (!running) return
    running = false
    await as('pg_ctl', ['-D', dir, '-w', '-t', '60', '-m', mode, 'stop'])
  }

  // A test run that is killed must not leave a server behind.
  const lastResort = () => {
    if (!running) return
    const pid = Number(readFileSync(join(dir, 'postmaster.pid'), 'utf8').split('\n')[0])
    if (pid > 1) process.kill(pid, 'SIGQUIT')
    rmSync(dir, { recursive: true, force: true })
  }

  let port = await freePort()
  const url = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`

  try {
    await as('initdb', ['-D', dir, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'])
    // Another process may take the port between the look and the start: look again, a few times.
    for (let attempt = 1; ; attempt += 1) {
      const settings: Record<string, string> = {
        listen_addresses: '127.0.0.1',
        port: String(port),
        unix_socket_directories: dir,
        max_connections: '200',
        fsync: options.fsync === false ? 'off' : 'on',
        ...options.settings,
      }
      const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`)
      // A file, not the command line: a resumed server reads the same. postgresql.auto.conf is read last.
      writeFileSync(join(dir, 'postgresql.auto.conf'), `${lines.join('\n')}\n`)
      try {
        await up()
        break
      } catch (error) {
        if (attempt === 3 || !String(error).includes('Address already in use')) throw error
        port = await freePort()
      }
    }
    process.once('exit', lastResort)
    // template1 is what new databases are copied from, so each has the extension already; creating it also proves that it loads.
    await psql('template1', 'create extension vector')
    const version = await psql('template1', `select extversion from pg_extension where extname = 'vector'`)
    if (!atLeast(version, MIN_PGVECTOR)) throw new Error(`pgvector is ${version}, older than ${MIN_PGVECTOR.join('.')}`)
  } catch (error) {
    await down('immediate').catch(() => {})
    process.off('exit', lastResort)
    rmSync(dir, { recursive: true, force: true })
    throw error
  }

  return {
    url: url('postgres'),
    dir,
    port,
    createDatabase: async (name = `zhike_${randomBytes(6).toString('hex')}`) => {
      if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) throw new Error(`"${name}" is no plain database name`)
      await psql('postgres', `create database ${name}`)
      return url(name)
    },
    halt: async (mode = 'fast') => down(mode),
    resume: async () => {
      if (!running) await up()
    },
    stop: async () => {
      process.off('exit', lastResort)
      await down('immediate')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
