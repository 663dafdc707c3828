(globalThis as any).DEBUGFIT=1
import { readFileSync } from 'node:fs'
import { createHashedEmbedder } from '../language/index.ts'
import { createSearchIndex } from '../knowledge-base/search.ts'
const e=createHashedEmbedder()
const rd=(p:string)=>readFileSync(p,'utf8').trim().split('\n').map(l=>JSON.parse(l))
for (const s of (process.env.SETS??'general-zh wallet-zh shop-zh bank-en shop-en').split(' ')) {
  const d=`/work/shared/eval/${s}`
  const kb=rd(`${d}/kb.jsonl`), qs=rd(`${d}/queries.jsonl`), oos=rd(`${d}/oos.jsonl`)
  const ix=createSearchIndex({embedNow:e.embedNow,dimensions:256})
  ix.upsert(kb.map((r:any)=>({articleId:r.id,version:1,question:r.question,tiers:[],channels:[],validFrom:null,validTo:null,passages:[['question',r.question],...(r.similar??[]).map((t:string)=>['similar',t]),['answer',r.answer??`答案 ${r.id}`]].map(([kind,text],i)=>({passageId:r.id+i,articleId:r.id,articleVersion:1,kind,text,vector:e.embedNow(text)}))})))
  await ix.fit()
  const now=new Date()
  const ins=qs.map((q:any)=>{const r=ix.search(q.text,{now,limit:5});return {c:r.confidence,f:r.explain.features['score'] as number,ok:r.hits[0]?.articleId===q.entry,r}})
  const outs=oos.map((q:any)=>{const r=ix.search(q.text,{now,limit:5});return {c:r.confidence,f:(r.explain.features['score']??0) as number,near:q.kind==='near'}})
  const auc=(k:'c'|'f',near?:boolean)=>{let a=0,n=0;for(const i of ins)for(const o of outs){if(near&&!o.near)continue;n++;a+=i[k]>o[k]?1:i[k]===o[k]?.5:0}return (100*a/n).toFixed(1)}
  const ex=ins[0]!.r.explain
  console.log(`== ${s} R@1 ${(100*ins.filter((x:any)=>x.ok).length/ins.length).toFixed(1)} answerFrom ${ex.answerFrom.toFixed(3)} AUC conf ${auc('c')} near ${auc('c',true)} raw ${auc('f')} near ${auc('f',true)}; conf right-vs-wrong`, (()=>{let a=0,n=0;for(const i of ins)if(i.ok)for(const o of ins)if(!o.ok){n++;a+=i.c>o.c?1:i.c===o.c?.5:0}return (100*a/n).toFixed(1)})())
  for(const t of [.3,.4,.5,.6,.7,.8]){const a=ins.filter((x:any)=>x.c>=t);const cal=ins.filter((x:any)=>Math.abs(x.c-t)<.05);console.log(`  ${t}: cov ${(100*a.length/ins.length).toFixed(0)} prec ${(100*a.filter((x:any)=>x.ok).length/a.length).toFixed(1)} oos ${(100*outs.filter((o:any)=>o.c>=t).length/outs.length).toFixed(1)} near ${(100*outs.filter((o:any)=>o.near&&o.c>=t).length/Math.max(1,outs.filter((o:any)=>o.near).length)).toFixed(1)}  calib ${(100*cal.filter((x:any)=>x.ok).length/Math.max(1,cal.length)).toFixed(0)}`)}
}
