import { readConfig } from '../platform/config.ts'
import { ZhikeError } from '../platform/errors.ts'
import { type House, startHouse } from './house.ts'

/** The process: start, print what a newcomer needs, stop on SIGTERM or SIGINT. */

/** Resolves with the first signal that asks to stop; listens from the very beginning, so that a start can be stopped too. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'))
    process.once('SIGINT', () => resolve('SIGINT'))
  })
}

function greet(house: House, role: string): void {
  const lines = [
    '',
    `  知客 zhike 已启动 is running at ${house.url}`,
    ...(role === 'worker' ? [] : [`  聊天页 chat      ${house.url}/chat`, `  接口文档 API     ${house.url}/docs`]),
    ...(house.demoLoaded > 0 ? [`  演示公司 demo    ${house.demoLoaded} 条知识已载入 articles loaded`] : []),
    ...(house.firstToken === null ? [] : [`  管理令牌 token   ${house.firstToken}   （只显示这一次 shown only once）`]),
    '',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

async function main(): Promise<void> {
  const config = readConfig()
  const stopped = stopSignal()
  // Never limp on: an unforeseen rejection ends the process, and whoever supervises it starts a whole one.
  process.on('unhandledRejection', (reason) => {
    process.stderr.write(`zhike ends: an unforeseen rejection. ${reason instanceof Error ? reason.stack : String(reason)}\n`)
    process.exit(1)
  })
  // Whatever hangs is left to its lease: the process ends in time.
  void stopped.then(() => setTimeout(() => process.exit(0), config.drainMs).unref())

  const house = await startHouse({ config })
  greet(house, config.role)
  house.log.info({ signal: await stopped }, 'stopping')
  await house.stop()
  process.exit(0)
}

main().catch((error) => {
  const text = error instanceof ZhikeError ? `${error.code}: ${error.message}` : error instanceof Error ? error.stack : String(error)
  process.stderr.write(`zhike cannot start. ${text}\n`)
  process.exit(1)
})
