import { createHashedEmbedder } from '../language/index.ts'
import { createSearchIndex } from '../knowledge-base/search.ts'
const e=createHashedEmbedder()
const things='订单 发票 退款 密码 会员 积分 优惠券 快递 账号 银行卡 手机号 地址 保修 尺码 颜色 库存 运费 预约 门店 合同 套餐 流量 宽带 路由器 空调 洗衣机 冰箱 电视 手机壳 充电器 耳机 电池 屏幕 行李 机票 酒店 签证 保险 理赔 贷款 利息 还款 课程 老师 考试 证书 挂号 体检 药品 水电费'.split(' ')
const acts='怎么修改 怎么取消 多久到账 如何申请 为什么失败 可以更换吗 在哪里查询 需要什么材料 怎么绑定 多少钱一个月 能不能转让 丢了怎么办 支持分期吗 怎么激活 到期了怎么续 显示异常'.split(' ')
const mods='个人 企业 线上 线下 海外 国内 新 旧 学生 家庭 夜间 节假日'.split(' ')
let n=0; const arts:any[]=[]
for(const t of things)for(const a of acts)for(const m of mods){ if(n>=10000)break; n++; const id='a'+n; const w=[`${m}${t}${a}`,`请问${t}的${m}版${a}`,`我的${m}${t}${a}，编号${n%97}`,`想问下${m}的${t}${a}呢`]
 arts.push({articleId:id,version:1,question:w[0],tiers:[],channels:[],validFrom:null,validTo:null,passages:[...w.map((text,i)=>({passageId:id+i,articleId:id,articleVersion:1,kind:i?'similar':'question',text,vector:e.embedNow(text)})),{passageId:id+'x',articleId:id,articleVersion:1,kind:'answer',text:`您好，关于${m}${t}，请在我的页面里选择${t}服务，按提示${a.slice(-2)}操作，一般需要${n%9+1}个工作日。如有疑问请联系人工客服。`,vector:null}]}) }
const ix=createSearchIndex({embedNow:e.embedNow,dimensions:256})
let t=performance.now(); const c0=process.cpuUsage(); ix.upsert(arts); const c1=process.cpuUsage(c0); console.log(arts.length,'load',performance.now()-t,'cpu',(c1.user+c1.system)/1e3, 'rss', process.memoryUsage().rss/1e6)
let worst=0,last=performance.now(),on=true; const tick=()=>{const now=performance.now(); worst=Math.max(worst,now-last); last=now; if(on) setImmediate(tick)}; setImmediate(tick)
t=performance.now(); const c=process.cpuUsage(); await ix.fit(); const u=process.cpuUsage(c); on=false; console.log('fit',performance.now()-t,'cpu',(u.user+u.system)/1e3,'worst slice',worst)
const times:number[]=[]; let ok=0; const now=new Date()
for(let i=0;i<2000;i++){const k=(i*37)%arts.length; const q=`你好，${mods[k%12]}${things[Math.floor(k/192)]}这个${acts[Math.floor(k/12)%16]}`; const s=performance.now(); const r=ix.search(q,{now}); times.push(performance.now()-s); if(r.hits[0]?.articleId==='a'+(k+1))ok++}
times.sort((a,b)=>a-b); console.log('ask p50',times[1000],'p95',times[1900],'right',ok/2000)
t=performance.now(); for(let i=0;i<200;i++) ix.upsert([arts[i]]); console.log('upsert one',(performance.now()-t)/200)
