// Pooling, unpooling, means.
extern "C" {
// The largest of each window; the last ones may stick out.
__global__ void max_pool(const V* x, int parts, long long step, V* y, long long low, int n, int C4, int H, int W, int h, int w,
                         int window, int stride, int pad, int* overflow) {
  LOOP(i, n) {
    int c = i % C4, p = i / C4, left = p % w, top = p / w % h, im = p / (w * h);
    float4 best = quad(__uint_as_float(0xff800000u));
    for (int u = 0; u < window; u++)
      for (int v = 0; v < window; v++) {
        int row = top * stride - pad + u, column = left * stride - pad + v;
        if (row < 0 || column < 0 || row >= H || column >= W) continue;
        best = larger(best, get(x, parts, step, 0, (((long long)im * H + row) * W + column) * C4 + c, c, overflow));
      }
    put(y, low, i, best, overflow);
  }
}
// Numbers of (h, w) of a map of (H, W) where pooling took them from windows of 2 by 2 of a map (ph, pw), else 0.
__global__ void unpool2(const V* x, int parts, long long step, const float4* bias, const V* residual, int rparts,
                        long long rstep, const uchar4* codes, V* y, long long low, int n, int C4, int H, int W, int ph, int pw,
                        int h, int w, int positive, int* overflow) {
  LOOP(i, n) {
    int c = i % C4, p = i / C4, column = p % (2 * w), row = p / (2 * w) % (2 * h), im = p / (4 * w * h);
    long long j = (((long long)im * H + row / 2) * W + column / 2) * C4 + c;
    float4 v = get(x, parts, step, bias, j, c, overflow);
    if (residual) v = add(v, get(residual, rparts, rstep, 0, j, c, overflow));
    if (positive) v = relu(v);
    uchar4 at = codes[(((long long)im * ph + row / 2) * pw + column / 2) * C4 + c];
    int q = row % 2 * 2 + column % 2;
    put(y, low, i, make_float4(at.x == q ? v.x : 0, at.y == q ? v.y : 0, at.z == q ? v.z : 0, at.w == q ? v.w : 0), overflow);
  }
}
// Means of windows side by side, (h, w) of them, or of as many bins of the map (H, W), whose windows are cut to where
// they end; `height` and `width` are then the most that one has. A block of 32 by up to 32 threads makes 32 quads of one window: grid
// (quads / 32, windows of all images).
__global__ void means(const V* x, int parts, long long step, V* y, long long low, int windows, int C4, int H, int W, int h,
                      int w, int height, int width, int adaptive, int* overflow) {
  __shared__ float4 sums[32][32];
  for (int p = blockIdx.y; p < windows; p += gridDim.y) {
    int c = blockIdx.x * 32 + threadIdx.x, im = p / (w * h), j = p % w, k = p / w % h;
    int left = adaptive ? j * W / w : j * width, top = adaptive ? k * H / h : k * height;
    int wide = adaptive ? ((j + 1) * W + w - 1) / w - left : width;
    int n = wide * (adaptive ? ((k + 1) * H + h - 1) / h - top : height);
    float4 s = quad(0);
    if (c < C4)
      for (int i = threadIdx.y; i < n; i += blockDim.y) {
        long long at = ((long long)im * H + top + i / wide) * W + left + i % wide;
        s = add(s, get(x, parts, step, 0, at * C4 + c, c, overflow));
      }
    sums[threadIdx.y][threadIdx.x] = s;
    __syncthreads();
    for (int k = blockDim.y / 2; k; k /= 2) {
      if (threadIdx.y < k) sums[threadIdx.y][threadIdx.x] = add(sums[threadIdx.y][threadIdx.x], sums[threadIdx.y + k][threadIdx.x]);
      __syncthreads();
    }
    if (threadIdx.y == 0 && c < C4) {
      s = sums[0][threadIdx.x];
      float4 mean = make_float4(s.x / n, s.y / n, s.z / n, s.w / n);
      put(y, low, (long long)p * C4 + c, mean, overflow);
    }
    __syncthreads();
  }
}
}
