// Lets a C++ compiler take the kernels: built-in types, functions and variables of CUDA's C++.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ucontext.h>
#include <vector>
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
// The threads of a block take turns: each runs up to its next barrier.
static ucontext_t turns;
static std::vector<ucontext_t> fibers;
static std::vector<char> stacks;
static unsigned fiber;
static const void* body;
static void (*call_body)();
static inline void __syncthreads() { swapcontext(&fibers[fiber], &turns); }
template <class T, class F> static inline T same_bits(F from) { T to; std::memcpy(&to, &from, sizeof to); return to; }
static inline float __uint_as_float(unsigned u) { return same_bits<float>(u); }
static inline unsigned __float_as_uint(float f) { return same_bits<unsigned>(f); }
static inline float from_half(unsigned short h) { return (float)same_bits<_Float16>(h); }
static inline unsigned short to_half(float f) { return same_bits<unsigned short>((_Float16)f); }
// Calls a kernel for each thread, one after the other, or in turns where those of a block wait for each other.
template <class F> static void launch(Place grid, Place block, bool together, F kernel) {
  gridDim = grid, blockDim = block;
  const unsigned all = block.x * block.y * block.z, room = 1 << 15;
  body = &kernel;
  call_body = [] { (*(const F*)body)(); };
  if (together) fibers.resize(all), stacks.resize((size_t)all * room);
  auto place = [&](unsigned t) { threadIdx = {t % block.x, t / block.x % block.y, t / block.x / block.y}; };
  for (unsigned bz = 0; bz < grid.z; bz++) for (unsigned by = 0; by < grid.y; by++) for (unsigned bx = 0; bx < grid.x; bx++) {
    blockIdx = {bx, by, bz};
    if (!together) {
      for (unsigned t = 0; t < all; t++) place(t), kernel();
      continue;
    }
    std::vector<bool> done(all);
    static unsigned ended;
    for (unsigned t = 0; t < all; t++) {
      getcontext(&fibers[t]);
      fibers[t].uc_stack.ss_sp = &stacks[(size_t)t * room];
      fibers[t].uc_stack.ss_size = room;
      fibers[t].uc_link = &turns;
      makecontext(&fibers[t], (void (*)()) + [] { call_body(); ended = 1; }, 0);
    }
    for (unsigned left = all; left;)
      for (unsigned t = 0; t < all; t++) {
        if (done[t]) continue;
        fiber = t, ended = 0;
        place(t);
        swapcontext(&turns, &fibers[t]);
        if (ended) done[t] = true, left--;
      }
  }
}
