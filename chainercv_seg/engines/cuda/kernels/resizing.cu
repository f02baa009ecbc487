// Bilinear resizing, and small maps that stay small.
struct Blend {
  int low, high;
  float share;
};
// Of position i of `size` the neighbours among `length`, and the share of the upper one: with corners on corners, or
// edges on edges, where positions are centres.
__device__ __forceinline__ Blend neighbours(int i, int length, int size, int aligned) {
  int steps = size > 1 ? size - 1 : 1, at = size > 1 ? i * (length - 1) : 0;
  if (!aligned) {
    steps = 2 * size;
    at = min(max((2 * i + 1) * length - size, 0), (length - 1) * steps);
  }
  Blend b;
  b.low = min(at / steps, max(length - 2, 0));
  b.high = min(b.low + 1, length - 1);
  b.share = (at - b.low * steps) / (float)steps;
  return b;
}
extern "C" {
// Resizes (h, w) to (H, W) into a map of T4 quads, from quad `to` on.
__global__ void resize(const V* x, int parts, long long step, V* y, long long low, int n, int C4, int h, int w, int H, int W,
                       int T4, int to, int aligned, int* overflow) {
  LOOP(i, n) {
    int c = i % C4, p = i / C4, im = p / (W * H);
    Blend r = neighbours(p / W % H, h, H, aligned), k = neighbours(p % W, w, W, aligned);
    const long long base = (long long)im * h * w;
    float4 s = times(get(x, parts, step, 0, (base + r.low * w + k.low) * C4 + c, c, overflow), (1 - r.share) * (1 - k.share));
    s = add(s, times(get(x, parts, step, 0, (base + r.low * w + k.high) * C4 + c, c, overflow), (1 - r.share) * k.share));
    s = add(s, times(get(x, parts, step, 0, (base + r.high * w + k.low) * C4 + c, c, overflow), r.share * (1 - k.share)));
    s = add(s, times(get(x, parts, step, 0, (base + r.high * w + k.high) * C4 + c, c, overflow), r.share * k.share));
    put(y, low, (long long)p * T4 + to + c, s, overflow);
  }
}
// Makes all numbers 0.
__global__ void clear(V* y, int n, int* overflow) { LOOP(i, n) put(y, 0, i, quad(0), overflow); }
// Moves channels of a map of X4 quads to where they belong in one of Y4 quads, one number a thread: for channels that
// are not whole quads.
__global__ void move_channels(const V* x, int parts, long long step, V* y, long long low, int n, int C, int X4, int Y4, int to,
                              int* overflow) {
  LOOP(i, n) {
    int c = i % C, p = i / C, d = to + c;
    float4 v = get(x, parts, step, 0, (long long)p * X4 + c / 4, c / 4, overflow);
    float f = c % 4 == 0 ? v.x : c % 4 == 1 ? v.y : c % 4 == 2 ? v.z : v.w;
    long long j = (long long)p * 4 * Y4 + d;
#ifdef HALF
    ((unsigned short*)y)[j] = to_half(f);
#else
    float high = low ? tf32(f) : f;
    ((float*)y)[j] = high;
    if (low) ((float*)y)[j + 4 * low] = f - high;
#endif
  }
}
// The first half of what a convolution of k by k makes of a small map (h, w) that is resized to (H, W): x holds what
// each tap makes of it, (N, h, w, k, k, channels); y is (N, h, k, width, channels), resized and moved along rows, where
// (height, width) is the size of the result.
__global__ void spread_columns(const V* x, int parts, long long step, float4* y, int n, int C4, int w, int W, int width, int k,
                               int pad, int aligned, int* overflow) {
  LOOP(i, n) {
    int c = i % C4, column = i / C4 % width, u = i / (C4 * width) % k, row = i / (C4 * width * k);
    float4 s = quad(0);
    for (int v = 0; v < k; v++) {
      int at = column + v - pad;
      if (at < 0 || at >= W) continue;
      Blend b = neighbours(at, w, W, aligned);
      long long tap = (u * k + v) * C4 + c, size = (long long)k * k * C4, line = (long long)row * w;
      s = add(s, times(get(x, parts, step, 0, (line + b.low) * size + tap, c, overflow), 1 - b.share));
      s = add(s, times(get(x, parts, step, 0, (line + b.high) * size + tap, c, overflow), b.share));
    }
    y[i] = s;
  }
}
// The second half: (N, height, width, channels), resized and moved along columns, added to what other maps contribute.
__global__ void spread_rows(const float4* x, float4* y, int n, int C4, int h, int H, int height, int width, int k, int pad,
                            int aligned, int more) {
  LOOP(i, n) {
    int c = i % C4, column = i / C4 % width, row = i / (C4 * width) % height, im = i / (C4 * width * height);
    float4 s = more ? y[i] : quad(0);
    for (int u = 0; u < k; u++) {
      int at = row + u - pad;
      if (at < 0 || at >= H) continue;
      Blend b = neighbours(at, h, H, aligned);
      s = add(s, times(x[((((long long)im * h + b.low) * k + u) * width + column) * C4 + c], 1 - b.share));
      s = add(s, times(x[((((long long)im * h + b.high) * k + u) * width + column) * C4 + c], b.share));
    }
    y[i] = s;
  }
}
}
