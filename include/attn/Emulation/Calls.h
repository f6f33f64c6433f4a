/*===- Calls.h - what an emulated kernel calls ---------------------*- C
-*-===*\
|*
|* The hardware operations of sm_80 and sm_90a as functions. A kernel gets its
|* `thread` as its first argument and hands it on; every function is called by
|* one GPU thread. Addresses of shared memory are 32-bit numbers, as on the GPU,
|* and are real addresses of the process. The PTX that each stands for is named
|* beside it.
|*
|* Covered by test/unittests/Emulation.
|*
\*===----------------------------------------------------------------------===*/

#ifndef ATTN_EMULATION_CALLS_H
#define ATTN_EMULATION_CALLS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- where am I ---------------------------------------------------------- */

/* %tid.x */
int32_t attn_emu_thread_id(void *thread);
/* %ctaid and %nctaid; dimension 0, 1 or 2 */
int32_t attn_emu_block_id(void *thread, int32_t dimension);
int32_t attn_emu_grid_size(void *thread, int32_t dimension);
/* address of the dynamic shared memory */
int32_t attn_emu_shared_base(void *thread);

/* ---- threads of a warp --------------------------------------------------- */

/* elect.sync: 1 in one thread of the warp */
int32_t attn_emu_elect(void *thread);
/* shfl.sync, all lanes; mode 0 idx, 1 up, 2 down, 3 bfly */
int32_t attn_emu_shfl(void *thread, int32_t mode, int32_t value, int32_t lane);
/* bar.warp.sync */
void attn_emu_warp_sync(void *thread);

/* ---- barriers ------------------------------------------------------------ */

/* bar.sync id, threads; bar.arrive id, threads */
void attn_emu_barrier_sync(void *thread, int32_t id, int32_t threads);
void attn_emu_barrier_arrive(void *thread, int32_t id, int32_t threads);
/* mbarrier.init.shared::cta.b64 */
void attn_emu_mbarrier_init(void *thread, int32_t address, int32_t count);
/* mbarrier.arrive.shared::cta.b64 */
void attn_emu_mbarrier_arrive(void *thread, int32_t address);
/* mbarrier.arrive.expect_tx.shared::cta.b64 */
void attn_emu_mbarrier_arrive_expect_tx(void *thread, int32_t address,
                                        int32_t bytes);
/* mbarrier.try_wait.parity until it succeeds */
void attn_emu_mbarrier_wait(void *thread, int32_t address, int32_t parity);
/* fence.mbarrier_init.release.cluster */
void attn_emu_fence_mbarrier_init(void *thread);
/* fence.proxy.async.shared::cta */
void attn_emu_fence_proxy_async(void *thread);

/* ---- shared memory, generic proxy ---------------------------------------- */

/* ld.shared and st.shared of 1, 2, 4, 8 or 16 bytes */
void attn_emu_load_shared(void *thread, int32_t address, void *data,
                          int32_t bytes);
void attn_emu_store_shared(void *thread, int32_t address, const void *data,
                           int32_t bytes);
/* ldmatrix.sync.aligned.m8n8.x{count}[.trans].shared.b16 */
void attn_emu_ldmatrix(void *thread, int32_t address, int32_t count,
                       int32_t transpose, int32_t *registers);
/* stmatrix.sync.aligned.m8n8.x{count}[.trans].shared.b16 */
void attn_emu_stmatrix(void *thread, int32_t address, int32_t count,
                       int32_t transpose, const int32_t *registers);

/* ---- asynchronous copies ------------------------------------------------- */

/* cp.async.cg.shared.global of 4, 8 or 16 bytes; those from `sourceBytes` on
   are zero */
void attn_emu_cp_async(void *thread, int32_t address, const void *source,
                       int32_t bytes, int32_t sourceBytes);
/* cp.async.commit_group; cp.async.wait_group */
void attn_emu_cp_async_commit(void *thread);
void attn_emu_cp_async_wait(void *thread, int32_t groups);
/* cp.async.bulk.tensor.{rank}d.shared::cluster.global.mbarrier */
void attn_emu_tma_load(void *thread, int32_t address, const void *map,
                       int32_t barrier, int32_t rank, const int32_t *origin);
/* cp.async.bulk.tensor.{rank}d.global.shared::cta.bulk_group */
void attn_emu_tma_store(void *thread, const void *map, int32_t address,
                        int32_t rank, const int32_t *origin);
/* cp.async.bulk.commit_group; cp.async.bulk.wait_group[.read] */
void attn_emu_bulk_commit(void *thread);
void attn_emu_bulk_wait(void *thread, int32_t groups, int32_t read);

/* ---- tensor cores -------------------------------------------------------- */

/* Element type of the factors: 0 f16, 1 bf16. Products are added in f32. */

/* mma.sync.aligned.m16n8k16.row.col.f32: c[4] += a[4] b[2] */
void attn_emu_mma_m16n8k16(void *thread, int32_t type, float *c,
                           const int32_t *a, const int32_t *b);
/* wgmma.fence.sync.aligned; wgmma.commit_group; wgmma.wait_group, which makes
   those of registers[count] usable that hold results of finished groups */
void attn_emu_wgmma_fence(void *thread);
void attn_emu_wgmma_commit(void *thread);
void attn_emu_wgmma_wait(void *thread, int32_t groups, float *registers,
                         int32_t count);
/* wgmma.mma_async.sync.aligned.m64n{n}k16.f32, A from shared memory or, four
   registers a, from registers. c[n/2] is read if `scaleD` is not 0, and then
   holds the result in flight: NaNs that only the wait that covers the product
   replaces by numbers. */
void attn_emu_wgmma_ss(void *thread, int32_t type, int32_t n, float *c,
                       int64_t a, int64_t b, int32_t scaleD, int32_t transposeA,
                       int32_t transposeB);
void attn_emu_wgmma_rs(void *thread, int32_t type, int32_t n, float *c,
                       const int32_t *a, int64_t b, int32_t scaleD,
                       int32_t transposeB);

/* ---- arithmetic ---------------------------------------------------------- */

/* Where a value in flight would be used, a fault is reported. */

/* ex2.approx.ftz.f32, rcp.approx.ftz.f32, tanh.approx.f32, lg2.approx.ftz */
float attn_emu_ex2(void *thread, float x);
float attn_emu_rcp(void *thread, float x);
float attn_emu_tanh(void *thread, float x);
float attn_emu_lg2(void *thread, float x);
/* cvt.rn.{f16x2,bf16x2}.f32 high, low */
int32_t attn_emu_pack(void *thread, int32_t type, float high, float low);
/* cvt.f32.{f16,bf16} of the low half */
float attn_emu_unpack(void *thread, int32_t type, int32_t bits);

/* ---- registers ----------------------------------------------------------- */

/* setmaxnreg.{inc,dec}.sync.aligned.u32 */
void attn_emu_setmaxnreg(void *thread, int32_t count, int32_t increase);

#ifdef __cplusplus
}
#endif

#endif /* ATTN_EMULATION_CALLS_H */
