// What views do to scores, float32 in quads of classes: a pixel's lie side by side, rows and columns at any distance.
struct Corners {
  const float4 *a, *b, *c, *d;
  float fa, fb, fc, fd;
};
// The four neighbours of a position of (H, W) in scores (h, w), and their shares.
__device__ __forceinline__ Corners corners(const float4* x, long long line, long long column, int row, int col, int h, int w, int H,
                                           int W, int aligned) {
  Blend y = neighbours(row, h, H, aligned), z = neighbours(col, w, W, aligned);
  const float4 *low = x + y.low * line, *high = x + y.high * line;
  Corners k = {low + z.low * column, low + z.high * column, high + z.low * column, high + z.high * column,
               (1 - y.share) * (1 - z.share), (1 - y.share) * z.share, y.share * (1 - z.share), y.share * z.share};
  return k;
}
__device__ __forceinline__ float4 blended(Corners k, int q) {
  return add(add(times(k.a[q], k.fa), times(k.b[q], k.fb)), add(times(k.c[q], k.fc), times(k.d[q], k.fd)));
}
__device__ __forceinline__ float of(float4 v, int j) { return j == 0 ? v.x : j == 1 ? v.y : j == 2 ? v.z : v.w; }
extern "C" {
// The class of the largest score, the first of equals, of a window (height, width) from (top, left) of scores resized
// to (H, W).
__global__ void largest(const float4* x, long long line, long long column, int n, int classes, int h, int w, int H, int W,
                        int aligned, int top, int left, int width, unsigned char* bytes, int* labels) {
  LOOP(i, n) {
    Corners k = corners(x, line, column, top + i / width, left + i % width, h, w, H, W, aligned);
    float most = 0;
    int best = -1;
    for (int q = 0; 4 * q < classes; q++) {
      float4 v = blended(k, q);
      for (int j = 0; j < 4 && 4 * q + j < classes; j++)
        if (best < 0 || of(v, j) > most) most = of(v, j), best = 4 * q + j;
    }
    if (bytes)
      bytes[i] = best;
    else
      labels[i] = best;
  }
}
// Softmax of such a window, added to a total whose rows and columns lie so many quads apart, or written there.
__global__ void softmax(const float4* x, long long line, long long column, int n, int classes, int h, int w, int H, int W,
                        int aligned, int top, int left, int width, float4* y, long long to_line, long long to_column, int more) {
  LOOP(i, n) {
    Corners k = corners(x, line, column, top + i / width, left + i % width, h, w, H, W, aligned);
    float4* to = y + i / width * to_line + i % width * to_column;
    float most = __uint_as_float(0xff800000u), sum = 0;
    for (int q = 0; 4 * q < classes; q++) {
      float4 v = blended(k, q);
      for (int j = 0; j < 4 && 4 * q + j < classes; j++) most = fmaxf(most, of(v, j));
    }
    for (int q = 0; 4 * q < classes; q++) {
      float4 v = blended(k, q);
      for (int j = 0; j < 4 && 4 * q + j < classes; j++) sum += expf(of(v, j) - most);
    }
    for (int q = 0; 4 * q < classes; q++) {
      float4 v = blended(k, q), p = more ? to[q] : quad(0);
      p.x += expf(v.x - most) / sum;
      p.y += 4 * q + 1 < classes ? expf(v.y - most) / sum : 0;
      p.z += 4 * q + 2 < classes ? expf(v.z - most) / sum : 0;
      p.w += 4 * q + 3 < classes ? expf(v.w - most) / sum : 0;
      to[q] = p;
    }
  }
}
// Scores resized to (H, W), one quad a thread.
__global__ void resize_scores(const float4* x, long long line, long long column, float4* y, int n, int C4, int h, int w, int H, int W,
                              int aligned) {
  LOOP(i, n) {
    int q = i % C4, p = i / C4;
    y[i] = blended(corners(x, line, column, p / W, p % W, h, w, H, W, aligned), q);
  }
}
}
