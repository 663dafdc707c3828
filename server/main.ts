import { readConfig } from '../platform/config.ts'
import { ZhikeError } from '../platform/errors.ts'
import { startHouse } from './house.ts'

/** The process: start, print what a newcomer needs, stop on SIGTERM or SIGINT. */

async function main(): Promise<void> {
  const config = readConfig()
  const house = await startHouse({ config })
  const lines = [
    '',
    `  知客 zhike 已启动 is running at ${house.url}`,
    ...(config.role === 'worker' ? [] : [`  聊天页 chat      ${house.url}/chat`, `  接口文档 API     ${house.url}/docs`]),
    ...(house.demoLoaded > 0 ? [`  演示公司 demo    ${house.demoLoaded} 条知识已载入 articles loaded`] : []),
    ...(house.firstToken === null ? [] : [`  管理令牌 token   ${house.firstToken}   （只显示这一次 shown only once）`]),
    '',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)

  const stop = (signal: string) => {
    house.log.info({ signal }, 'stopping')
    // Whatever hangs is left to its lease: the process ends in time.
    setTimeout(() => {
      house.log.warn('stopped before everything was finished; leases hand the rest over')
      process.exit(0)
    }, config.drainMs).unref()
    house.stop().then(
      () => process.exit(0),
      (error) => {
        house.log.error({ err: error }, 'stopping failed')
        process.exit(1)
      },
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  // Never limp on: an unforeseen rejection ends the process, and whoever supervises it starts a whole one.
  process.on('unhandledRejection', (reason) => {
    house.log.fatal({ err: reason }, 'an unforeseen rejection; the process ends')
    process.exit(1)
  })
}

main().catch((error) => {
  const text = error instanceof ZhikeError ? `${error.code}: ${error.message}` : error instanceof Error ? error.stack : String(error)
  process.stderr.write(`zhike cannot start. ${text}\n`)
  process.exit(1)
})
