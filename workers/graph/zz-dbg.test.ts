import { it } from 'vitest';
import { openSession, runSession } from '/work/main/workers/runtime/sessions.ts';
import { nodeBackend } from '/work/main/workers/testing/node-backend.ts';
import { floatTensor, output } from '/work/main/workers/runtime/tensors.ts';
import { GraphBuilder, int, microsoft } from '/work/main/workers/graph/graph-builder.ts';
import { multiHeadAttention } from '/work/main/workers/graph/ops/multi-head-attention.ts';
it('dbg', async () => {
  const run = async (p: 'wasm'|'webgpu', N: number, S: number, H: number, d: number, mh: number, mval: number, withMask: boolean) => {
    const b = await nodeBackend(p);
    const g = new GraphBuilder('t', 'portable');
    const D = H*d;
    const q = g.input('q','float32',[N,S,D]), k = g.input('k','float32',[N,S,D]), v = g.input('v','float32',[N,S,D]);
    const one = Array.from({length:S*S},(_,i)=> (i%S > Math.floor(i/S) ? mval : 0));
    const vals = Array.from({length: mh}, () => one).flat();
    const mask = g.floats('m', vals, [1,mh,S,S],'float32');
    g.output('o', multiHeadAttention(g, withMask ? {query:q,key:k,value:v,bias:mask}:{query:q,key:k,value:v}, H));
    const s = await openSession(b, g.build(), [], {strict:true});
    let seed=1; const rnd = (n:number)=>Float32Array.from({length:n},()=>{seed=(seed*16807)%2147483647; return (seed/2147483647-0.5)*3;});
    const t=[0,1,2].map(()=>floatTensor(b, rnd(N*S*D),[N,S,D]));
    const r = await runSession(s,{q:t[0]!,k:t[1]!,v:t[2]!});
    const o = await output(r,'o').getData() as Float32Array;
    await s.release();
    return o;
  };
  for (const [N,S,H,d,mh,mval,wm] of [[1,77,1,8,1,-65504,true]] as const) {
    const a = await run('wasm',N,S,H,d,mh,mval,wm), b = await run('webgpu',N,S,H,d,mh,mval,wm);
    let m=0, at=0; const bad = new Set<string>(); const D=H*d;
    a.forEach((x,i)=>{const e=Math.abs(x-(b[i] ?? NaN)); if (e>1e-4) bad.add(`n${Math.floor(i/(S*D))}h${Math.floor((i%D)/d)}`); if(e>m){m=e;at=i;}});
    const firstPos = new Set<number>(); a.forEach((x,i)=>{ if (Math.abs(x-(b[i]??NaN))>1e-4) firstPos.add(Math.floor((i%(S*D))/D)); });
    console.log(JSON.stringify({N,S,H,d,mh,mval,wm}), 'max', m, [...bad].join(' '), 'pos', Math.min(...firstPos), Math.max(...firstPos), firstPos.size);
  }
}, 400000);
