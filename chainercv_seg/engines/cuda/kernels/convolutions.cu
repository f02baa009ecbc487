// What comes before and after cuDNN's convolutions.
extern "C" {
// Network inputs (N, 3, H, W), bytes or floats, as a map of one quad or more, normalized over neighbouring channels
// if reach is not negative. n: pixels of all images; hw: of one.
__global__ void image(const void* x, int bytes, V* y, long long low, int n, int hw, int C4, int reach, float k, float alpha,
                      float beta, int* overflow) {
  LOOP(p, n) {
    long long from = (long long)(p / hw) * 3 * hw + p % hw;
    float v[3], f[3];
    for (int c = 0; c < 3; c++) v[c] = bytes ? ((const unsigned char*)x)[from + c * hw] : ((const float*)x)[from + c * hw];
    for (int c = 0; c < 3; c++) {
      float squares = 0;
      for (int d = 0; d < 3; d++)
        if (reach >= 0 && (d > c ? d - c : c - d) <= reach) squares += v[d] * v[d];
      f[c] = reach < 0 ? v[c] : v[c] * powf(k + alpha * squares, -beta);
    }
    put(y, low, (long long)p * C4, make_float4(f[0], f[1], f[2], 0), overflow);
    for (int c = 1; c < C4; c++) put(y, low, (long long)p * C4 + c, quad(0), overflow);
  }
}
// Adds up the sums of a convolution, bias, a residual map and what small maps contribute, applies ReLU, and writes C4
// quads of each position into a map of T4, from quad `to` on.
__global__ void epilogue(const V* x, int parts, long long step, const float4* bias, const V* residual, int rparts,
                         long long rstep, const float4* more, V* y, long long low, int n, int C4, int T4, int to, int positive,
                         int* overflow) {
  LOOP(i, n) {
    int c = i % C4, p = i / C4;
    float4 v = get(x, parts, step, bias, i, c, overflow);
    if (residual) v = add(v, get(residual, rparts, rstep, 0, i, c, overflow));
    if (more) v = add(v, more[i]);
    put(y, low, (long long)p * T4 + to + c, positive ? relu(v) : v, overflow);
  }
}
// Does the same and keeps the first of the largest of each window of 2 by 2, and where it was; n: quads of the result.
__global__ void pool2(const V* x, int parts, long long step, const float4* bias, const V* residual, int rparts,
                      long long rstep, V* y, long long low, uchar4* codes, int n, int C4, int H, int W, int h, int w,
                      int positive, int* overflow) {
  LOOP(i, n) {
    int c = i % C4, p = i / C4, left = p % w, top = p / w % h, im = p / (w * h);
    float4 best = quad(0);
    uchar4 at = make_uchar4(0, 0, 0, 0);
    for (int q = 0; q < 4; q++) {
      int row = 2 * top + q / 2, column = 2 * left + q % 2;
      if (row >= H || column >= W) continue;
      long long j = (((long long)im * H + row) * W + column) * C4 + c;
      float4 v = get(x, parts, step, bias, j, c, overflow);
      if (residual) v = add(v, get(residual, rparts, rstep, 0, j, c, overflow));
      if (positive) v = relu(v);
      if (q == 0 || v.x > best.x) best.x = v.x, at.x = q;
      if (q == 0 || v.y > best.y) best.y = v.y, at.y = q;
      if (q == 0 || v.z > best.z) best.z = v.z, at.z = q;
      if (q == 0 || v.w > best.w) best.w = v.w, at.w = q;
    }
    codes[i] = at;
    put(y, low, i, best, overflow);
  }
}
// Copies C4 quads of each position, from quad `from` on, of both parts: a part of the channels for a sum of its own.
__global__ void cut(const V* x, long long step, V* y, long long low, int n, int C4, int X4, int from) {
  LOOP(i, n) {
    long long j = (long long)(i / C4) * X4 + from + i % C4;
    y[i] = x[j];
    y[i + low] = x[j + step];
  }
}
// Quads of the last map as float32.
__global__ void scores(const V* x, int parts, long long step, const float4* bias, const V* residual, int rparts,
                       long long rstep, const float4* more, float4* y, int n, int C4, int positive, int* overflow) {
  LOOP(i, n) {
    float4 v = get(x, parts, step, bias, i, i % C4, overflow);
    if (residual) v = add(v, get(residual, rparts, rstep, 0, i, i % C4, overflow));
    if (more) v = add(v, more[i]);
    y[i] = positive ? relu(v) : v;
  }
}
}
