/*
 * What people say that no service desk's Articles are about: negatives for the confidence of every base. Written for this
 * project. A base that is about one of these still answers: its own wordings outweigh a hundred lines.
 */
export const everydayQuestions: readonly string[] = (
  '今天晚上吃什么好呢|明天会不会下雨|帮我讲个笑话|唐朝一共有多少个皇帝|怎么学会游泳|世界上最高的山是哪座|猫为什么喜欢抓沙发|周末去哪里爬山比较好|' +
  '红烧肉怎么做才不腻|最近有什么好看的电影|你觉得人生的意义是什么|高考数学怎么复习|孩子不爱吃饭怎么办|吉他初学者先练什么|地球离月亮有多远|为什么天空是蓝色的|' +
  '跑步膝盖疼是怎么回事|给我写一首关于春天的诗|北京到上海坐高铁要几个小时|养一只金毛要注意什么|面试的时候怎么介绍自己|感冒了能不能喝咖啡|怎么把照片做成动图|' +
  '二战是哪一年结束的|女朋友生气了怎么哄|考研和工作怎么选|怎样才能睡得好一点|这个周末有球赛吗|光合作用的公式是什么|阳台上适合种什么花|驾照科目二有什么技巧|' +
  '你会唱歌吗|你今年几岁了|你吃饭了没有|我今天心情不太好|陪我聊聊天吧|你喜欢什么颜色|无聊死了|股票今天涨了吗|如何做一份好的简历|端午节为什么要吃粽子|' +
  '鲁迅的原名叫什么|番茄和西红柿有什么区别|怎么种多肉植物|圆周率后面是多少|我家的狗拉肚子了|长城有多长|手机掉进水里先做什么|宇宙有没有边界|减肥期间晚上能吃香蕉吗|' +
  '火星上有水吗|怎么给女儿起名字|天蝎座的人性格怎么样|梦见蛇是什么意思|如何快速背单词|蒙古包里面是什么样的|象棋里马怎么走|空气里氧气占多少|' +
  'what is the capital of australia|tell me a joke|how do i bake sourdough bread|who won the world cup in 1998|will it rain tomorrow afternoon|' +
  'why do cats purr|how tall is mount everest|what should i cook for dinner tonight|recommend a good science fiction novel|how many planets are there|' +
  'write me a poem about autumn|what is the meaning of life|how do i train for a marathon|translate good morning into italian|when did the roman empire fall|' +
  'my dog keeps barking at night|how old are you|do you like music|what time is it in tokyo|how can i sleep better|best hiking trails near the lake|' +
  'how do plants grow without soil|who painted the mona lisa|is coffee bad for the heart|i feel lonely today|sing me a song|what is the square root of two|' +
  'how to change a flat tyre|does my horoscope look good|how do i learn the guitar|set an alarm for six|turn off the kitchen lights|play some jazz please|how far away is the moon|' +
  'what language do they speak in brazil|remind me to water the plants|what are the rules of chess|how do vaccines work|flip a coin'
).split('|')
