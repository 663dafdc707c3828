import { readFileSync } from 'node:fs'
import { createHashedEmbedder } from '../language/index.ts'
import { createSearchIndex } from '../knowledge-base/search.ts'
import { featuresOf, calibrate, type Sample } from '../knowledge-base/confidence.ts'
;(globalThis as any).GRAB=[]
const e=createHashedEmbedder()
const rows=readFileSync('/work/shared/train/shop-paraphrases.zh.jsonl','utf8').trim().split('\n').map(l=>JSON.parse(l))
for (const [a,n] of [[0,2],[0,3],[2,4],[3,4],[4,3],[1,5]] as const) {
  const ix=createSearchIndex({embedNow:e.embedNow,dimensions:256})
  ix.upsert(rows.map((r:any)=>({articleId:String(r.group),version:1,question:r.texts[a]!,tiers:[],channels:[],validFrom:null,validTo:null,passages:r.texts.slice(a,a+n).map((text:string,i:number)=>({passageId:r.group+'-'+i,articleId:String(r.group),articleVersion:1,kind:i?'similar':'question',text,vector:e.embedNow(text)}))})))
  await ix.fit({trials:600})
}
const s=(globalThis as any).GRAB as Sample[]
const c=calibrate(s,{coefficients:new Array(13).fill(0),answerFrom:.5,askFrom:.25},1)
console.log(s.length, s.filter(x=>x.right).length, c.coefficients.map(v=>Math.round(v*10)/10).join(', '), c.answerFrom)
