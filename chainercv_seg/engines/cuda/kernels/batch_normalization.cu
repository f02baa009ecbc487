// Batch normalization in training with the ReLU after it, channels first: maps (N, C, area), of which each direction
// reads what it needs twice and writes one.
//
// Sums of a channel are taken in S pieces and the pieces added up in double precision, in a fixed order: the same maps
// give the same bits.
#define LOOP(i, n) for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
#define THREADS 256
// Adds up two numbers of all threads of a block into a piece.
__device__ void add_up(float a, float b, float* piece) {
  __shared__ float part[2][THREADS];
  part[0][threadIdx.x] = a;
  part[1][threadIdx.x] = b;
  __syncthreads();
  for (int k = blockDim.x / 2; k; k /= 2) {
    if (threadIdx.x < k) {
      part[0][threadIdx.x] += part[0][threadIdx.x + k];
      part[1][threadIdx.x] += part[1][threadIdx.x + k];
    }
    __syncthreads();
  }
  if (threadIdx.x == 0) {
    piece[0] = part[0][0];
    piece[1] = part[1][0];
  }
  __syncthreads();
}
extern "C" {
// pieces (C, S, 2): sums of x - its channel's first number, and of the squares of that.
__global__ void moments(const float* x, float* pieces, int n, int N, int C, int area, int S) {
  for (int b = blockIdx.x; b < n; b += gridDim.x) {
    int c = b / S, s = b % S, size = N * area;
    int from = (long long)size * s / S, to = (long long)size * (s + 1) / S;
    float middle = x[(size_t)c * area], a = 0, q = 0;
    for (int p = from + threadIdx.x; p < to; p += blockDim.x) {
      float v = x[((size_t)(p / area) * C + c) * area + p % area] - middle;
      a += v;
      q += v * v;
    }
    add_up(a, q, pieces + 2 * b);
  }
}
// mean and biased variance (C) of pieces.
__global__ void finish_moments(const float* x, const float* pieces, float* mean, float* var, int C, int area, int S, int count) {
  LOOP(c, C) {
    double a = 0, q = 0;
    for (int s = 0; s < S; s++) {
      a += pieces[2 * (c * S + s)];
      q += pieces[2 * (c * S + s) + 1];
    }
    a /= count;
    q = q / count - a * a;
    mean[c] = (float)(x[(size_t)c * area] + a);
    var[c] = (float)(q > 0 ? q : 0);
  }
}
__global__ void normalize(const float* x, const float* mean, const float* factor, const float* beta, float* y, int n, int C, int area,
                          int relu) {
  LOOP(i, n) {
    int c = i / area % C;
    float v = (x[i] - mean[c]) * factor[c] + beta[c];
    y[i] = relu && !(v > 0) ? 0 : v;
  }
}
// pieces (C, S, 2): sums of gy, and of gy times the normalized x; with relu only where the result is positive.
__global__ void gradient_sums(const float* x, const float* gy, const float* mean, const float* factor, const float* beta,
                              const float* inverse, float* pieces, int n, int N, int C, int area, int S, int relu) {
  for (int b = blockIdx.x; b < n; b += gridDim.x) {
    int c = b / S, s = b % S, size = N * area;
    int from = (long long)size * s / S, to = (long long)size * (s + 1) / S;
    float a = 0, q = 0;
    for (int p = from + threadIdx.x; p < to; p += blockDim.x) {
      size_t i = ((size_t)(p / area) * C + c) * area + p % area;
      float d = x[i] - mean[c];
      float g = relu && !(d * factor[c] + beta[c] > 0) ? 0 : gy[i];
      a += g;
      q += g * (d * inverse[c]);
    }
    add_up(a, q, pieces + 2 * b);
  }
}
__global__ void finish_gradient_sums(const float* pieces, float* gbeta, float* ggamma, int C, int S) {
  LOOP(c, C) {
    double a = 0, q = 0;
    for (int s = 0; s < S; s++) {
      a += pieces[2 * (c * S + s)];
      q += pieces[2 * (c * S + s) + 1];
    }
    gbeta[c] = (float)a;
    ggamma[c] = (float)q;
  }
}
__global__ void normalize_gradient(const float* x, const float* gy, const float* mean, const float* factor, const float* beta,
                                   const float* inverse, const float* gbeta, const float* ggamma, float* gx, int n, int C, int area,
                                   int count, int relu) {
  LOOP(i, n) {
    int c = i / area % C;
    float d = x[i] - mean[c];
    float g = relu && !(d * factor[c] + beta[c] > 0) ? 0 : gy[i];
    gx[i] = factor[c] * (g - (gbeta[c] + d * inverse[c] * ggamma[c]) / count);
  }
}
}
