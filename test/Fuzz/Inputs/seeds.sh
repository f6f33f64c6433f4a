#!/usr/bin/env bash
# Writes the problems that inputs are made from into a folder:
#
#   seeds.sh FOLDER
#
# One line of attn-gen flags for each, small, so that what compiles runs quickly.
# A new operation is fuzzed as soon as it has lines here.
set -euo pipefail

folder=$1
number=0
while read -r flags; do
  number=$((number + 1))
  # shellcheck disable=SC2086
  attn-gen $flags >"$folder/problem-$number.mlir"
done <<'FLAGS'
--heads=2 --seq=9 --width=4
--heads=4 --kv-heads=2 --seq=7 --kv-seq=17 --width=8 --value-width=5 --causal --lse
--heads=2 --width=4 --dynamic --causal=top-left --lse
--heads=4 --kv-heads=1 --width=8 --dynamic --window=3,2 --dtype=bf16
--heads=2 --width=4 --dynamic --softcap=2 --sink --dtype=f16
--heads=2 --seq=5 --kv-seq=9 --width=4 --bias=h,t,s --scale=0.3
--heads=2 --width=4 --dynamic --bias=b,s --bias-dtype=i1 --lse
--heads=2 --width=4 --dynamic --score=alibi --causal
--heads=2 --width=4 --dynamic --score=learned-table:4
--heads=2 --width=4 --dynamic --score=tanh:2 --mask=document
--heads=2 --width=4 --dynamic --mask=prefix:3 --lse
--heads=2 --width=4 --dynamic --mask=chunked:4
--heads=2 --width=4 --dynamic --mask=dilated:3
--heads=2 --width=4 --dynamic --mask=strided:4,2
--heads=2 --width=4 --dynamic --mask=interval
--heads=2 --width=4 --dynamic --mask=length --causal
--heads=2 --seq=8 --width=4 --mask=block-diagonal:4 --score=relative
--heads=2 --width=4 --dynamic --layout=bthd --causal
--op=llama --heads=2 --kv-heads=1 --seq=6 --width=4 --causal
--op=linear --heads=2 --seq=9 --width=4 --value-width=5
--op=linear --heads=4 --kv-heads=2 --width=4 --dynamic --gate=head --initial-state --final-state --transition
--op=linear --heads=2 --width=4 --dynamic=batch,heads,seq --gate=row --read-before --bonus --scale=1 --dtype=bf16
--op=linear --heads=2 --width=4 --dynamic --gate=token --normalizer=max_exp --epsilon=1e-6 --final-state
--op=linear --heads=4 --kv-heads=1 --seq=7 --width=4 --gate=row --normalizer=key_sum --final-state --layout=bthd
--op=recurrent --heads=2 --seq=9 --width=4 --value-width=6 --correction=rank1 --gate=token --final-state --transition
--op=recurrent --heads=2 --width=4 --dynamic --correction=beta --gate=row --dtype=f16 --final-state
--op=recurrent --heads=2 --width=4 --dynamic --decay --varlen --initial-state
--op=recurrent --heads=2 --value-heads=4 --width=4 --dynamic --correction=beta --gate=head --chunk=2
--system=mamba2 --heads=2 --seq=6 --state-width=4 --value-width=4
--system=hyena:implicit=0 --seq=7 --kv-seq=5 --width=4 --initial-state --final-state
--system=longformer:2,1,2 --heads=2 --seq=9 --width=4
--system=native_sparse:size=4,stride=2,block=4,top=2,window=3 --heads=4 --kv-heads=2 --width=4 --dynamic
--system=moba:block=4,top=2 --heads=2 --seq=13 --width=4
--system=deepseek_sparse:top=3,index_heads=2,index_width=4 --heads=2 --width=4 --value-width=3 --dynamic
--system=streaming:2,4 --heads=2 --kv-heads=1 --seq=3 --kv-seq=8 --width=4 --initial-state --final-state
--system=h2o:2,3 --heads=2 --kv-heads=1 --width=4 --kv-seq=9 --dynamic=batch,seq --initial-state --final-state
--system=bigbird:block=4,random=1 --heads=2 --seq=22 --width=4
--system=mixture_of_transformers:modalities=2,model_width=6,hidden=5 --heads=1 --seq=4 --width=4
--system=flash_attention:cache=2,page=4 --heads=2 --kv-heads=1 --seq=2 --kv-seq=12 --width=4 --causal --initial-state --final-state
--system=flash_attention --heads=1 --width=4 --varlen=2 --dynamic=seq --causal
FLAGS
