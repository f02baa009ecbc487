// How maps lie in memory: channels last, in quads of four; the first file of all.
//
// A map is read as the sum of so many parts (`parts`), one `step` quads behind the other, plus a bias: the sums of
// a convolution as cuDNN leaves them, a map of one part, or one of a high and a low part. High parts hold what fits
// into TF32, low parts the rest, so that three products on tensor cores make one of float32.
#ifdef HALF
typedef ushort4 V;  // the bits of four halves
#else
typedef float4 V;
#endif
#ifndef HOST
// CUDA's header for halves is not there where CuPy is installed alone.
__device__ __forceinline__ float from_half(unsigned short h) {
  float f;
  asm("{ cvt.f32.f16 %0, %1; }" : "=f"(f) : "h"(h));
  return f;
}
__device__ __forceinline__ unsigned short to_half(float f) {
  unsigned short h;
  asm("{ cvt.rn.f16.f32 %0, %1; }" : "=h"(h) : "f"(f));
  return h;
}
#endif
#define LOOP(i, n) for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)

__device__ __forceinline__ float4 quad(float v) { return make_float4(v, v, v, v); }
__device__ __forceinline__ float4 add(float4 a, float4 b) { return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w); }
__device__ __forceinline__ float4 times(float4 a, float b) { return make_float4(a.x * b, a.y * b, a.z * b, a.w * b); }
__device__ __forceinline__ float4 relu(float4 v) { return make_float4(fmaxf(v.x, 0), fmaxf(v.y, 0), fmaxf(v.z, 0), fmaxf(v.w, 0)); }
__device__ __forceinline__ float4 larger(float4 a, float4 b) {
  return make_float4(fmaxf(a.x, b.x), fmaxf(a.y, b.y), fmaxf(a.z, b.z), fmaxf(a.w, b.w));
}
__device__ __forceinline__ void fma4(float4& s, float4 a, float4 b) {
  s.x += a.x * b.x;
  s.y += a.y * b.y;
  s.z += a.z * b.z;
  s.w += a.w * b.w;
}
// Notes for good that a number does not fit into half precision: ReLU makes 0 of NaN, and scores would not tell.
__device__ __forceinline__ void note(float4 v, int* overflow) {
#ifdef HALF
  const float most = 65504;
  if (!(fabsf(v.x) <= most && fabsf(v.y) <= most && fabsf(v.z) <= most && fabsf(v.w) <= most)) *overflow = 1;
#endif
}
__device__ __forceinline__ float4 load(const V* m, long long i) {
#ifdef HALF
  V v = m[i];
  return make_float4(from_half(v.x), from_half(v.y), from_half(v.z), from_half(v.w));
#else
  return m[i];
#endif
}
// Quad i of a map, whose channels are those of quad c of the bias.
__device__ __forceinline__ float4 get(const V* m, int parts, long long step, const float4* bias, long long i, int c, int* overflow) {
  float4 v = load(m, i);
  note(v, overflow);
  for (int k = 1; k < parts; k++) v = add(v, load(m, i + k * step));
  return bias ? add(v, bias[c]) : v;
}
// Rounds to what TF32 holds, halves away from zero. Not by the instruction for it, which older GPUs lack.
__device__ __forceinline__ float tf32(float x) { return __uint_as_float((__float_as_uint(x) + 0x1000) & 0xffffe000u); }
// Writes quad i of a map; its low part `low` quads further if that is not 0.
__device__ __forceinline__ void put(V* m, long long low, long long i, float4 v, int* overflow) {
#ifdef HALF
  note(v, overflow);
  m[i] = make_ushort4(to_half(v.x), to_half(v.y), to_half(v.z), to_half(v.w));
#else
  if (!low) {
    m[i] = v;
    return;
  }
  float4 high = make_float4(tf32(v.x), tf32(v.y), tf32(v.z), tf32(v.w));
  m[i] = high;
  m[i + low] = make_float4(v.x - high.x, v.y - high.y, v.z - high.z, v.w - high.w);
#endif
}
