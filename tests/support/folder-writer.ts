import { createDatabase } from '../../platform/database.ts'
import { ZhikeError } from '../../platform/errors.ts'
import { createPgliteEngine } from '../../platform/pglite.ts'

/**
 * A process of its own that opens an embedded database and says on standard output what it has committed: `open`, then one number a
 * transaction. It refuses like the house does.
 */
const [folder = '', first = '0'] = process.argv.slice(2)
try {
  const database = createDatabase(await createPgliteEngine({ folder }))
  await database.executeText('create table if not exists written (n int primary key, filling text)')
  process.stdout.write('open\n')
  for (let n = Number(first); ; n++) {
    await database.transaction((tx) => database.executeText('insert into written values ($1, $2)', [n, 'x'.repeat(200)], tx))
    process.stdout.write(`${n}\n`)
    // Lets the line leave before the next transaction.
    await new Promise((resolve) => setImmediate(resolve))
  }
} catch (error) {
  process.stderr.write(error instanceof ZhikeError ? `${error.code}: ${error.message}\n` : `${String(error)}\n`)
  process.exit(1)
}
