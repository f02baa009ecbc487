// Lets a C++ compiler take the kernels: built-in types, functions and variables of CUDA's C++.
#undef _FORTIFY_SOURCE  // its longjmp refuses to change stacks
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <setjmp.h>
#include <ucontext.h>
using std::max;
using std::min;
#define __global__
#define __device__ static
#define __forceinline__ inline
#define HOST
#define __shared__ static
struct float4 { float x, y, z, w; };
struct ushort4 { unsigned short x, y, z, w; };
struct uchar4 { unsigned char x, y, z, w; };
static inline ushort4 make_ushort4(unsigned short x, unsigned short y, unsigned short z, unsigned short w) { return {x, y, z, w}; }
static inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
static inline uchar4 make_uchar4(unsigned char x, unsigned char y, unsigned char z, unsigned char w) { return {x, y, z, w}; }
struct Place { unsigned x, y, z; };
static Place threadIdx, blockIdx, blockDim, gridDim;
namespace host {
// The threads of a block take turns, each on a stack of its own: it runs up to its next barrier or to its end.
static jmp_buf turns, threads[1024];
static char stacks[1024][1 << 15];
static unsigned turn, begun;
static bool ended;
static const void* body;
static void (*call_body)();
static void give_way(bool end) {
  ended = end;
  if (!_setjmp(threads[turn])) _longjmp(turns, 1);
}
static void live() {
  for (;;) call_body(), give_way(true);
}
static void resume(unsigned t) {
  turn = t;
  if (_setjmp(turns)) return;
  if (t < begun) _longjmp(threads[t], 1);
  begun = t + 1;
  ucontext_t start;
  getcontext(&start);
  start.uc_stack.ss_sp = stacks[t];
  start.uc_stack.ss_size = sizeof stacks[t];
  start.uc_link = nullptr;
  makecontext(&start, live, 0);
  setcontext(&start);
}
}
static void __syncthreads() { host::give_way(false); }
template <class T, class F> static inline T same_bits(F from) { T to; std::memcpy(&to, &from, sizeof to); return to; }
static inline float __uint_as_float(unsigned u) { return same_bits<float>(u); }
static inline unsigned __float_as_uint(float f) { return same_bits<unsigned>(f); }
static inline float from_half(unsigned short h) { return (float)same_bits<_Float16>(h); }
static inline unsigned short to_half(float f) { return same_bits<unsigned short>((_Float16)f); }
namespace host {
// Calls a kernel for each thread; tells whether never one of a block ended while another waited at a barrier.
template <class F> static bool launch(Place grid, Place block, F kernel) {
  gridDim = grid, blockDim = block;
  const unsigned all = block.x * block.y * block.z;
  bool done[1024], together = true;
  body = &kernel;
  call_body = [] { (*(const F*)body)(); };
  for (unsigned bz = 0; bz < grid.z; bz++) for (unsigned by = 0; by < grid.y; by++) for (unsigned bx = 0; bx < grid.x; bx++) {
    blockIdx = {bx, by, bz};
    std::fill(done, done + all, false);
    for (unsigned left = all; left;) {
      const unsigned before = left;
      for (unsigned t = 0; t < all; t++) {
        if (done[t]) continue;
        threadIdx = {t % block.x, t / block.x % block.y, t / block.x / block.y};
        resume(t);
        if (ended) done[t] = true, left--;
      }
      if (left && left < before) together = false;
    }
  }
  return together;
}
}
