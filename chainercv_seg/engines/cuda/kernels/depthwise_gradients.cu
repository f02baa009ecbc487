// Depthwise convolutions for training, channels first: the result, and the gradients with respect to maps and kernel.
//
// NUMBER is the type of the arrays, SUM the one in which is added up. Sums are taken in a fixed order: the same
// arrays give the same bits.
#ifdef HALF
#include <cuda_fp16.h>
#define LOAD(v) __half2float(v)
#define STORE(v) __float2half_rn(v)
#else
#define LOAD(v) ((SUM)(v))
#define STORE(v) ((NUMBER)(v))
#endif
#define LOOP(i, n) for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
#define THREADS 256
extern "C" {
// y (n values): (N, C, h, w) of x: (N, C, H, W) and kernel: (C, rows, columns).
__global__ void depthwise_forward(const NUMBER* x, const NUMBER* kernel, NUMBER* y, int n, int C, int H, int W, int h, int w,
                                  int rows, int columns, int sy, int sx, int py, int px, int dy, int dx) {
  LOOP(i, n) {
    int left = i % w, top = i / w % h, plane = i / (w * h);
    const NUMBER* map = x + (size_t)plane * H * W;
    const NUMBER* k = kernel + (size_t)(plane % C) * rows * columns;
    SUM s = 0;
    for (int u = 0; u < rows; u++) {
      int row = top * sy - py + u * dy;
      if (row < 0 || row >= H) continue;
      for (int v = 0; v < columns; v++) {
        int column = left * sx - px + v * dx;
        if (column >= 0 && column < W) s += LOAD(map[row * W + column]) * LOAD(k[u * columns + v]);
      }
    }
    y[i] = STORE(s);
  }
}
// gx (n values): (N, C, H, W) of gy: (N, C, h, w) and kernel.
__global__ void depthwise_data(const NUMBER* gy, const NUMBER* kernel, NUMBER* gx, int n, int C, int H, int W, int h, int w,
                               int rows, int columns, int sy, int sx, int py, int px, int dy, int dx) {
  LOOP(i, n) {
    int left = i % W, top = i / W % H, plane = i / (W * H);
    const NUMBER* map = gy + (size_t)plane * h * w;
    const NUMBER* k = kernel + (size_t)(plane % C) * rows * columns;
    SUM s = 0;
    for (int u = 0; u < rows; u++) {
      int row = top + py - u * dy;
      if (row < 0 || row % sy || row / sy >= h) continue;
      for (int v = 0; v < columns; v++) {
        int column = left + px - v * dx;
        if (column < 0 || column % sx || column / sx >= w) continue;
        s += LOAD(map[row / sy * w + column / sx]) * LOAD(k[u * columns + v]);
      }
    }
    gx[i] = STORE(s);
  }
}
// gw: (C, rows, columns) of x and gy, N maps each: a block for each of its n numbers.
__global__ void depthwise_weights(const NUMBER* x, const NUMBER* gy, NUMBER* gw, int n, int N, int C, int H, int W, int h, int w,
                                  int rows, int columns, int sy, int sx, int py, int px, int dy, int dx) {
  __shared__ SUM part[THREADS];
  for (int i = blockIdx.x; i < n; i += gridDim.x) {
    int v = i % columns, u = i / columns % rows, c = i / (columns * rows);
    int first = px - v * dx, from = first <= 0 ? 0 : (first + sx - 1) / sx;  // the columns whose neighbour is on the map
    int last = W - 1 + first, to = last < 0 ? 0 : min(w, last / sx + 1), width = max(to - from, 0);
    SUM s = 0;
    for (int p = threadIdx.x; p < N * h * width; p += blockDim.x) {
      int left = from + p % width, top = p / width % h, im = p / (width * h);
      int row = top * sy - py + u * dy, column = left * sx - first;
      if (row < 0 || row >= H) continue;
      size_t plane = (size_t)im * C + c;
      s += LOAD(gy[(plane * h + top) * w + left]) * LOAD(x[(plane * H + row) * W + column]);
    }
    part[threadIdx.x] = s;
    __syncthreads();
    for (int k = blockDim.x / 2; k; k /= 2) {
      if (threadIdx.x < k) part[threadIdx.x] += part[threadIdx.x + k];
      __syncthreads();
    }
    if (threadIdx.x == 0) gw[i] = STORE(part[0]);
    __syncthreads();
  }
}
}
