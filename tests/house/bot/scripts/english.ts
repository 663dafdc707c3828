import { bot, rates, type Script, says, sends, silence, taps } from './script.ts'

const script = (title: string, steps: Script['steps'], at?: string): Script => ({
  title,
  script: 'en',
  locale: 'en-GB',
  ...(at === undefined ? {} : { at }),
  steps: [bot('courtesy', { has: ['Hello', 'assistant'], buttons: ['When will my order ship?'] }), ...steps],
})
const HUMAN = ['Talk to a human']

export const ENGLISH: readonly Script[] = [
  script('a question is answered', [says('when will my order ship'), bot('answer', { has: '48 hours', from: ['en-ship'] })]),
  script('a question under the greeting is tapped', [taps('When will my order ship?'), bot('answer', { from: ['en-ship'] })]),
  script('hello, thanks, praise and laughter', [
    says('hello'),
    bot('courtesy', { has: 'AI assistant' }),
    says('thank you so much'),
    bot('courtesy', { has: 'welcome' }),
    says('great job'),
    bot('courtesy', { has: 'kind' }),
    says('lol'),
    bot('courtesy', { has: 'smile' }),
    says('👍'),
    bot('courtesy', { has: 'kind' }),
    says('bye'),
    bot('courtesy', { has: 'Goodbye' }),
  ]),
  script('two questions in one breath get one answer', [
    says('hi', 'when will my order ship', 'how long is the warranty'),
    bot('answer', { has: ['48 hours', 'one year'] }),
  ]),
  script('after two misses a human is offered, and the tap keeps the language', [
    says('please explain quantum gravity'),
    bot('courtesy', { has: ['no reliable answer', 'Talk to a human'], buttons: HUMAN }),
    says('write me a poem about the sea'),
    bot('courtesy', { has: ['still no reliable answer', 'need not repeat'], buttons: HUMAN }),
    taps('Talk to a human'),
    bot('handoff', { has: 'you are number 1', buttons: ['Back to the bot'] }),
    says('one of two parcels is missing'),
    bot('queue', { has: ['kept', 'you are number 1'] }),
    taps('Back to the bot'),
    bot('courtesy', { has: 'back with the bot' }),
  ]),
  script(
    'at night the handoff says when people are back, and a message with an address is confirmed',
    [
      says('I want to talk to a human'),
      bot('handoff', { has: ['outside our service hours', 'tomorrow at 9:00 (GMT+8)', 'phone number or e-mail'] }),
      says('My mug arrived broken, write to jane@example.com'),
      bot('queue', { has: ['contact details are kept', 'tomorrow at 9:00'] }),
      says('it is the blue one'),
      silence(),
    ],
    '2026-03-03T22:15:00+08:00',
  ),
  script('abuse is met calmly', [
    says('you stupid bot'),
    bot('courtesy', { has: 'sorry', buttons: HUMAN }),
    says('fuck you'),
    bot('courtesy', { has: 'listening', lacks: 'sorry', buttons: HUMAN }),
    says('how do I return an item'),
    bot('answer', { from: ['en-return'] }),
  ]),
  script('a voice message and a picture', [
    sends('audio/ogg'),
    bot('courtesy', { has: ['voice message', 'kept'], buttons: HUMAN }),
    sends('image/png'),
    bot('courtesy', { has: ['picture', 'kept'], buttons: HUMAN }),
  ]),
  script('an answer that did not help', [
    says('how long is the warranty'),
    bot('answer', { from: ['en-warranty'] }),
    rates(false),
    bot('courtesy', { has: ['did not help', 'Talk to a human'], buttons: HUMAN }),
  ]),
  script('the bot says that it is one', [says('are you a real person'), bot('courtesy', { has: 'AI assistant', buttons: HUMAN })]),
]
