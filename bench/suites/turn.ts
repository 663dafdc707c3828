import type { Asked } from '../lib/corpus.ts'
import { inParallel } from '../lib/http.ts'
import { type Round, timeRound, toRow } from '../lib/measure.ts'
import type { Contender, Stage } from '../lib/stage.ts'
import { type Customer, openCustomer } from '../lib/web-chat.ts'
import type { Suite } from './suite.ts'

/** The durable answered Turn: a post on Direct Line until the stored reply is on the customer's stream. */

const CONCURRENCY = [1, 32]
/** Turns of one conversation, as in the sizing of a normal day. */
const TURNS_EACH = 8
/** Customers of the comparison of statements. */
const COMPARED = 6

/** Statements outside of a Turn: opening a conversation, the clock of the house, the pool's own. */
const NOT_OF_A_TURN =
  /pgboss|greeting|^(?:begin|commit|rollback|set |listen |show |deallocate)|pg_advisory|update work set lease_until|with customer as|insert into (?:customers|identities|addresses)|from identities|coalesce\(extract|sender, text, activity, sent_at|audit_|settings|min\(due_at\)|c\.last_message_at|imports/i

let people = 0
const openCustomers = async (contender: Contender, count: number): Promise<Customer[]> => {
  const customers: Customer[] = []
  await inParallel(count, 8, async () => {
    customers.push(await openCustomer(contender.client, contender.webChatSecret, `bench-${process.pid}-${people++}`))
  })
  return customers
}

/** Says one question and checks the reply. @throws when it is not the approved answer */
async function take(customer: Customer, one: Asked): Promise<number> {
  const reply = await customer.say(one.question)
  if (reply.text !== one.answer || reply.kind !== 'answer')
    throw new Error(`"${one.question}" got the wrong reply: ${JSON.stringify(reply).slice(0, 300)}`)
  return reply.ms
}

/** `concurrency` customers at a time, each with a fresh conversation of eight Turns; opening them is not timed. */
async function round(contender: Contender, stage: Stage, concurrency: number, turns: number): Promise<Round> {
  const customers = await openCustomers(contender, Math.ceil(turns / TURNS_EACH))
  try {
    return await timeRound(contender, async () => {
      const times: number[] = []
      await inParallel(customers.length, concurrency, async (at) => {
        for (let n = 0; n < TURNS_EACH; n++)
          times.push(await take(customers[at] as Customer, stage.asked[(at * TURNS_EACH + n) % stage.asked.length] as Asked))
      })
      return { times, errors: 0 }
    })
  } finally {
    for (const customer of customers) customer.close()
  }
}

/** Statements a Turn of some conversations one after the other, by text. */
async function statementsATurn(contender: Contender, stage: Stage): Promise<Map<string, number> | null> {
  const customers = await openCustomers(contender, COMPARED)
  // What the opening left to do (greetings read, hints flushed) is not counted.
  await new Promise((resolve) => setTimeout(resolve, 100))
  await contender.takeStatements()
  for (const [at, customer] of customers.entries())
    for (let n = 0; n < TURNS_EACH; n++) await take(customer, stage.asked[(at * TURNS_EACH + n) % stage.asked.length] as Asked)
  await new Promise((resolve) => setTimeout(resolve, 100))
  const counted = await contender.takeStatements()
  for (const customer of customers) customer.close()
  if (!counted) return null
  return new Map([...counted].filter(([text]) => !NOT_OF_A_TURN.test(text)).map(([text, calls]) => [text, calls / COMPARED / TURNS_EACH]))
}

/** The bare program must do what the house does: the same texts, each about as often. @returns what differs. */
function compareStatements(house: ReadonlyMap<string, number>, bare: ReadonlyMap<string, number>): string[] {
  return [...new Set([...house.keys(), ...bare.keys()])].flatMap((text) => {
    const [ours, theirs] = [house.get(text) ?? 0, bare.get(text) ?? 0]
    // Claims and hints to other processes come together or apart by chance.
    return Math.abs(ours - theirs) <= (text.includes('pg_notify') ? 1.2 : 0.35)
      ? []
      : [`${ours.toFixed(2)} against ${theirs.toFixed(2)} a Turn: ${text}`]
  })
}

export const turnSuite: Suite = {
  name: 'turn',
  pglite: true,
  async run(stage, { rounds, quick }) {
    const notes: string[] = []
    const failures: string[] = []
    const count = (contender: Contender, concurrency: number) => {
      const full = concurrency === 1 ? 160 : 640
      return contender.databasePid === null || quick ? full / 2 : full
    }
    // Right before fast: every contender answers rightly, and the bare one does not skip a statement.
    const statements = new Map<string, Map<string, number> | null>()
    for (const contender of stage.contenders) {
      await round(contender, stage, 8, contender.databasePid === null ? 80 : quick ? 400 : 800)
      statements.set(contender.name, await statementsATurn(contender, stage))
    }
    const [house, bare] = [statements.get('house'), statements.get('bare')]
    if (house && bare) {
      const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((total, calls) => total + calls, 0).toFixed(1)
      notes.push(`${stage.size} Articles: statements a Turn, begin and commit aside: house ${sum(house)}, bare ${sum(bare)}`)
      const differences = compareStatements(house, bare)
      if (differences.length > 0)
        failures.push(`the bare program is not the same Turn any more, mend bench/limits/bare-turn.ts:\n  ${differences.join('\n  ')}`)
    }
    const taken = new Map<string, Round[]>()
    for (let n = 0; n < rounds; n++)
      for (const concurrency of CONCURRENCY)
        for (const contender of stage.contenders) {
          // The embedded database is reported, not compared: one round tells.
          if (contender.databasePid === null && n > 0 && quick) continue
          const key = `${contender.name} ${concurrency}`
          taken.set(key, [...(taken.get(key) ?? []), await round(contender, stage, concurrency, count(contender, concurrency))])
        }
    const rows = CONCURRENCY.flatMap((concurrency) =>
      stage.contenders.map((contender) =>
        toRow('turn', stage.size, contender, concurrency, taken.get(`${contender.name} ${concurrency}`) ?? []),
      ),
    )
    return { rows, notes, failures }
  },
}
