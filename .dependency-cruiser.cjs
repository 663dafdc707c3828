/** Who may import whom (house rules): through doors only, downward only, no cycles. */
const may = {
  platform: [],
  language: [],
  staff: [],
  customers: [],
  'knowledge-base': [],
  conversations: ['customers'],
  bot: ['conversations', 'customers', 'staff', 'knowledge-base'],
  adapters: [],
  wire: [],
  demo: [],
  migrations: [],
}
/** Every module may use these two, with the exceptions below. */
const COMMON = ['platform', 'language']
const exceptions = {
  platform: [],
  language: ['platform/(errors|outbound)\\.ts$'],
  adapters: ['platform/(errors|outbound|shared-token)\\.ts$', 'conversations/(channel|mailbox)\\.ts$', 'customers/(contact-directory|order-source)\\.ts$', 'staff/login-provider\\.ts$', 'service-desk/agent-notifier\\.ts$'],
  wire: [],
  demo: [],
  migrations: [],
}
const modules = [...Object.keys(may), 'server', 'web']
const anyModule = `^(${modules.join('|')})/`

const boundaries = Object.entries(may).map(([name, others]) => {
  const allowed = exceptions[name] ?? [...COMMON.flatMap((common) => (common === 'platform' ? ['platform/'] : [`${common}/index\\.ts$`])), ...others.map((other) => `${other}/index\\.ts$`)]
  return {
    name: `${name}-knows-only-its-own`,
    severity: 'error',
    from: { path: `^${name}/` },
    to: { path: anyModule, pathNot: [`^${name}/`, ...allowed.map((path) => `^${path}`)] },
  }
})

module.exports = {
  forbidden: [
    ...boundaries,
    { name: 'sql-in-stores', severity: 'error', from: { pathNot: '(store\\.ts$|^platform/|^migrations/)' }, to: { path: 'node_modules/kysely/' } },
    { name: 'web-knows-only-wire', severity: 'error', from: { path: '^web/' }, to: { path: anyModule, pathNot: '^(web|wire)/' } },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'through-doors',
      severity: 'error',
      from: { path: '^server/' },
      to: {
        path: '^(language|staff|customers|knowledge-base|conversations|bot|adapters)/',
        pathNot: ['/index\\.ts$', '^conversations/(channel|mailbox)\\.ts$'],
      },
    },
    { name: 'not-to-your-own-door', severity: 'error', from: { path: '^([^/]+)/[^/]+\\.ts$' }, to: { path: '^$1/index\\.ts$' } },
    { name: 'database-drivers-in-platform', severity: 'error', from: { pathNot: '^platform/' }, to: { path: 'node_modules/(pg|pg-boss|@electric-sql)/' } },
    { name: 'fastify-in-server', severity: 'error', from: { pathNot: '^server/' }, to: { path: 'node_modules/(fastify|@fastify)/', dependencyTypesNot: ['type-only'] } },
    { name: 'langchain-in-language', severity: 'error', from: { pathNot: '^language/' }, to: { path: 'node_modules/(langchain|@langchain)/' } },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    // swc reads no .tsx here; tests/unit/web/views.test.ts looks at what the views import.
    exclude: { path: '(^(dist|coverage)/|[.]tsx$)' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'], extensions: ['.ts', '.js', '.mjs', '.json'] },
  },
}
