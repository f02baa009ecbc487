// Depthwise convolutions; the kernel lies as (rows, columns, channels) in float32.
#define POSITIONS 4
extern "C" {
// Any kernel and stride, one position a thread.
__global__ void depthwise(const V* x, int parts, long long step, const float4* kernel, const float4* bias, V* y, long long low,
                          int n, int C4, int H, int W, int h, int w, int rows, int columns, int stride, int pad, int dilate,
                          int before, int after, int* overflow) {
  LOOP(i, n) {
    int c = i % C4, p = i / C4, left = p % w, top = p / w % h, im = p / (w * h);
    float4 s = bias[c];
    for (int u = 0; u < rows; u++) {
      int row = top * stride - pad + u * dilate;
      if (row < 0 || row >= H) continue;
      for (int v = 0; v < columns; v++) {
        int column = left * stride - pad + v * dilate;
        if (column < 0 || column >= W) continue;
        float4 t = get(x, parts, step, 0, (((long long)im * H + row) * W + column) * C4 + c, c, overflow);
        fma4(s, before ? relu(t) : t, kernel[(u * columns + v) * C4 + c]);
      }
    }
    put(y, low, i, after ? relu(s) : s, overflow);
  }
}
// Kernels of 3 by 3 with stride 1: POSITIONS of the result a thread, `dilate` apart in a row, which share what they
// read. groups: threads for a row and a quad of channels; n: those of all rows and quads.
__global__ void depthwise3(const V* x, int parts, long long step, const float4* kernel, const float4* bias, V* y, long long low,
                           int n, int C4, int H, int W, int h, int w, int groups, int pad, int dilate, int before, int after,
                           int* overflow) {
  LOOP(i, n) {
    int c = i % C4, p = i / C4, g = p % groups, top = p / groups % h, im = p / (groups * h);
    int first = g / dilate * POSITIONS * dilate + g % dilate;
    float4 s[POSITIONS];
#pragma unroll
    for (int k = 0; k < POSITIONS; k++) s[k] = bias[c];
    for (int u = 0; u < 3; u++) {
      int row = top - pad + u * dilate;
      if (row < 0 || row >= H) continue;
      float4 k0 = kernel[(u * 3 + 0) * C4 + c], k1 = kernel[(u * 3 + 1) * C4 + c], k2 = kernel[(u * 3 + 2) * C4 + c];
      long long line = ((long long)im * H + row) * W;
#pragma unroll
      for (int k = 0; k < POSITIONS + 2; k++) {
        int column = first - pad + k * dilate;
        if (column < 0 || column >= W) continue;
        float4 t = get(x, parts, step, 0, (line + column) * C4 + c, c, overflow);
        if (before) t = relu(t);
        if (k < POSITIONS) fma4(s[k < POSITIONS ? k : 0], t, k0);
        if (k >= 1 && k <= POSITIONS) fma4(s[k >= 1 && k <= POSITIONS ? k - 1 : 0], t, k1);
        if (k >= 2) fma4(s[k >= 2 ? k - 2 : 0], t, k2);
      }
    }
#pragma unroll
    for (int k = 0; k < POSITIONS; k++) {
      int left = first + k * dilate;
      if (left < w) put(y, low, (((long long)im * h + top) * w + left) * C4 + c, after ? relu(s[k]) : s[k], overflow);
    }
  }
}
}
