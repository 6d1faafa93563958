/* One dense network, trained alone: batch norm, activations, dropout, softmax with cross-entropy, four optimizers.

   Every sum of floats has one written order, so that the same bits come out whatever the compiler, its optimization,
   the width of a vector and the machine:

     products accumulate over the inner index, from its first to its last, with one fused multiply-add each;
     sums over the examples of a mini-batch go from its first to its last;
     sums over the classes go by a tree of PAD leaves; losses are added up in doubles, in the order of the examples;
     lanes of a vector are units, which never meet but in a product.

   There is no libm and no contraction but what is written as `fused`. Rows are padded with zeros to a multiple of PAD
   units; what pads a row stays zero, and adds nothing to any product.

   Letters: B examples of a mini-batch, D inputs, I inputs and H units of a layer, C classes; arrays are row-major. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAD 16
#define ROUNDED(n) (((n) + PAD - 1) / PAD * PAD)
#define INLINE static inline __attribute__((always_inline))
#define ROWS 6 /* of a tile of products */
#if defined(_WIN32)
#define EXPORTED __attribute__((dllexport)) /* without it, what MinGW links in is exported too */
#else
#define EXPORTED
#endif

/* ---- vectors: LANES floats of one register, WIDE registers beside each other in a tile */

#if defined(__AVX512F__)
#define LANES 16
#define WIDE 4
#elif defined(__AVX2__) && defined(__FMA__)
#define LANES 8
#define WIDE 2
#else
#define LANES 4
#define WIDE 4
#endif

typedef float vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t ints __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef uint32_t words __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

INLINE vec load(const float *p) { return *(const vec *)p; }
INLINE void store(float *p, vec v) { *(vec *)p = v; }
INLINE vec all(float a) { return (vec){0} + a; }
INLINE vec where(ints mask, vec yes, vec no) { return (vec)(((ints)yes & mask) | ((ints)no & ~mask)); }

INLINE ints existing(int64_t c, int64_t width) /* which of LANES columns from c on are no padding */
{
    ints lanes;
    for (int i = 0; i < LANES; i++) lanes[i] = i;
    return lanes < ((ints){0} + (int32_t)(width - c));
}

#if defined(__x86_64__) && !defined(__FMA__)
/* a * b + c, rounded once: the product is exact in double; the sum is rounded to odd there, so that rounding it again
   to float goes the right way (Boldo and Melquiond 2008, IEEE Trans. Computers 57). */
INLINE float fma1(float a, float b, float c)
{
    double product = (double)a * b, sum = product + c, back = sum - product;
    double lost = (product - (sum - back)) + (c - back);
    union { double value; int64_t bits; } odd = {sum};
    if (lost - lost == 0 && lost != 0 && !(odd.bits & 1)) odd.bits += (lost > 0) == (sum > 0) ? 1 : -1;
    return (float)odd.value;
}
#else
INLINE float fma1(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
#endif

#if defined(__clang__) && (defined(__FMA__) || !defined(__x86_64__))
INLINE vec fused(vec a, vec b, vec c) { return __builtin_elementwise_fma(a, b, c); }
#elif defined(__AVX512F__)
#include <immintrin.h>
INLINE vec fused(vec a, vec b, vec c) { return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
INLINE vec fused(vec a, vec b, vec c) { return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
#elif defined(__ARM_NEON)
#include <arm_neon.h>
INLINE vec fused(vec a, vec b, vec c) { return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }
#else
INLINE vec fused(vec a, vec b, vec c)
{
    for (int i = 0; i < LANES; i++) a[i] = fma1(a[i], b[i], c[i]);
    return a;
}
#endif

#if defined(__clang__)
INLINE vec root(vec a) { return __builtin_elementwise_sqrt(a); }
#elif defined(__AVX512F__)
INLINE vec root(vec a) { return (vec)_mm512_sqrt_ps((__m512)a); }
#elif defined(__AVX2__) && defined(__FMA__)
INLINE vec root(vec a) { return (vec)_mm256_sqrt_ps((__m256)a); }
#else
INLINE vec root(vec a)
{
    for (int i = 0; i < LANES; i++) a[i] = __builtin_sqrtf(a[i]);
    return a;
}
#endif

/* ---- functions of our own; NaN stays NaN, so that what diverges is seen to */

/* exp by x = n ln 2 + r and a polynomial in r, as in Cephes; within [-80, 80]. */
INLINE vec exponential(vec x)
{
    vec kept = where(x < all(-80), all(-80), x);
    kept = where(kept > all(80), all(80), kept);
    vec shifted = fused(kept, all(1.44269504f), all(12582912.f)), n = shifted - all(12582912.f);
    vec r = fused(n, all(2.12194440e-4f), fused(n, all(-0.693359375f), kept));
    vec p = fused(all(1.9875691500e-4f), r, all(1.3981999507e-3f));
    p = fused(p, r, all(8.3334519073e-3f));
    p = fused(p, r, all(4.1665795894e-2f));
    p = fused(p, r, all(1.6666665459e-1f));
    p = fused(p, r, all(5.0000001201e-1f));
    p = fused(p, r * r, r) + all(1);
    return where(x == x, (vec)((ints)p + ((ints)shifted << 23)), x);
}

INLINE vec hyperbolic_tangent(vec x)
{
    vec kept = where(x < all(-15), all(-15), x);
    kept = where(kept > all(15), all(15), kept);
    vec e = exponential(kept + kept), large = (e - all(1)) / (e + all(1)), square = kept * kept;
    /* Near 0, where the difference loses its digits: x - x^3/3 + 2 x^5/15 - 17 x^7/315. */
    vec p = fused(square, all(-17.f / 315), all(2.f / 15));
    p = fused(square, fused(p, square, all(-1.f / 3)), all(1)) * kept;
    return where((kept < all(0.15f)) & (kept > all(-0.15f)), p, large);
}

/* log x = e ln 2 + 2 artanh((m - 1) / (m + 1)); x normal and above 0. */
static double logarithm(float x)
{
    union { float value; int32_t bits; } u = {x};
    int exponent = ((u.bits >> 23) & 255) - 127;
    u.bits = (u.bits & 0x7fffff) | 0x3f800000;
    double m = u.value;
    if (m > 1.41421356) m *= 0.5, exponent++;
    double s = (m - 1) / (m + 1), q = s * s;
    double p = ((((q * (1.0 / 11) + 1.0 / 9) * q + 1.0 / 7) * q + 1.0 / 5) * q + 1.0 / 3) * q;
    return exponent * 0.69314718055994531 + 2 * (s + s * p);
}

/* The mixer of SplitMix64 (Steele, Lea and Flood 2014, OOPSLA): random bits by place, without a state. */
static uint64_t mixed(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

#define GOLDEN 0x9e3779b97f4a7c15u

INLINE words mixed32(words x) /* the mixer of MurmurHash3 */
{
    x = (x ^ (x >> 16)) * 0x85ebca6bu;
    x = (x ^ (x >> 13)) * 0xc2b2ae35u;
    return x ^ (x >> 16);
}

/* ---- what Python passes: see kernel.py, which has the same fields in the same order */

enum { RELU, LEAKY_RELU, TANH, SIGMOID };
enum { SGD, MOMENTUM, RMSPROP, ADAM };
#define LEAK 0.01f

typedef struct {
    const float *inputs, *validation_inputs; /* (n, D) */
    const int32_t *labels, *validation_labels;
    int64_t n, validation_n;
    const int64_t *widths;              /* layers + 1: true ones, inputs and classes included */
    const int64_t *weights, *scales, *shifts; /* where a layer's begin in `parameters`; shifts are biases without batch norm */
    int64_t layers;                     /* of products */
    float *parameters, *first, *second; /* and the optimizer's averages */
    float *means, *variances;           /* running ones, where the shifts are */
    int64_t batch, batch_norm, activation, optimizer;
    double beta1, beta2, epsilon, l2, keep, batch_norm_epsilon, dropout;
    double *powers;                     /* beta1 and beta2 to the number of steps */
    uint64_t seed;
    volatile int32_t *stop;
} Training;

typedef struct { /* of dropout: bits of a place that make at least `least` keep it */
    uint32_t key, again, least;
    float scale;
} Mask;

typedef struct {
    float *z, *a, *dropped, *d; /* (B, H) of each layer: z - mean, activation, after dropout; gradient */
    float *inverse, *slope;     /* 1 / sqrt(variance + epsilon), and times the scale */
    Mask mask;
} Layer;

typedef struct { /* of a step */
    float alpha, beta1, beta2, rest1, rest2, epsilon, l2;
} Rates;

typedef struct {
    const Training *t;
    Layer *layer;
    float *rows, *transposed, *vector; /* gathered inputs; a weight; a gradient of one row */
    Rates rates;
    int32_t *order;
} Work;

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most_rows(const Training *t) { return t->batch > 64 ? t->batch : 64; } /* of any mini-batch */
static int64_t fan_in(const Training *t, int64_t l) { return l ? ROUNDED(t->widths[l]) : t->widths[0]; }
static int64_t units(const Training *t, int64_t l) { return ROUNDED(t->widths[l + 1]); }

/* ---- one step of an optimizer for the parameters at p, whose gradient is g; with L2 for weights, 0 for others */

INLINE vec kept_normal(vec x) /* what is below 1e-30 is 0, by value: subnormal numbers cost a hundred times more */
{
    return where((x > all(1e-30f)) | (x < all(-1e-30f)) | (x != x), x, all(0));
}

INLINE void step(int optimizer, Rates s, float *w, float *first, float *second, vec g)
{
    g = fused(all(s.l2), load(w), g);
    if (optimizer == SGD) {
        store(w, fused(all(-s.alpha), g, load(w)));
        return;
    }
    vec along = g;
    if (optimizer != RMSPROP) {
        along = kept_normal(fused(all(s.beta1), load(first), all(s.rest1) * g));
        store(first, along);
    }
    if (optimizer == MOMENTUM) {
        store(w, fused(all(-s.alpha), along, load(w)));
        return;
    }
    vec square = kept_normal(fused(all(s.beta2), load(second), all(s.rest2) * g * g));
    store(second, square);
    store(w, fused(all(-s.alpha), along / (root(square) + all(s.epsilon)), load(w)));
}

#define FOR_OPTIMIZER(t, call) \
    switch ((t)->optimizer) { \
    case SGD: { enum { O = SGD }; call; break; } \
    case MOMENTUM: { enum { O = MOMENTUM }; call; break; } \
    case RMSPROP: { enum { O = RMSPROP }; call; break; } \
    default: { enum { O = ADAM }; call; break; } \
    }

/* The averages' factors, with Adam's bias corrections moved into alpha and epsilon (Kingma and Ba 2015, section 2). */
static void prepare_step(Work *k, double alpha)
{
    const Training *t = k->t;
    double epsilon = t->epsilon;
    t->powers[0] *= t->beta1, t->powers[1] *= t->beta2;
    if (t->optimizer == ADAM) {
        double correction = __builtin_sqrt(1 - t->powers[1]);
        alpha = alpha * correction / (1 - t->powers[0]), epsilon *= correction;
    }
    k->rates = (Rates){alpha, t->beta1, t->beta2, 1 - t->beta1, 1 - t->beta2, epsilon, t->l2};
}

/* Step (rows, n) parameters from place p on, in rows of ldp, along their gradient g in rows of ldg. */
static void step_block(const Training *t, Rates s, int64_t p, int64_t ldp, const float *g, int64_t ldg, int64_t rows, int64_t n)
{
    float *w = t->parameters + p, *first = t->first + p, *second = t->second + p;
    FOR_OPTIMIZER(t, for (int64_t r = 0; r < rows; r++) for (int64_t i = r * ldp; i < r * ldp + n; i += LANES)
                         step(O, s, w + i, first + i, second + i, load(g + r * (ldg - ldp) + i)))
}

static void step_vector(const Work *k, int64_t p, const float *g, int64_t n) /* scales, shifts and biases are not penalized */
{
    Rates s = k->rates;
    s.l2 = 0;
    step_block(k->t, s, p, n, g, n, 1, n);
}

/* ---- products: c (m, n) = a (m, k) b (k, n); a's element (i, j) is at a[i * row + j * column] */

typedef struct {
    int64_t n, k, row, column;
    const float *a, *b;
} Product;

INLINE void sum_tile(int rows, int wide, const Product *q, int64_t i, int64_t j, float *c, int64_t ldc)
{
    vec sums[ROWS][WIDE], b[WIDE];
    const float *a = q->a + i * q->row;
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++) sums[r][v] = all(0);
    for (int64_t x = 0; x < q->k; x++) {
        for (int v = 0; v < wide; v++) b[v] = load(q->b + x * q->n + j + LANES * v);
        for (int r = 0; r < rows; r++) {
            vec own = all(a[r * q->row + x * q->column]);
            for (int v = 0; v < wide; v++) sums[r][v] = fused(own, b[v], sums[r][v]);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++) store(c + r * ldc + LANES * v, sums[r][v]);
}

#define TILES_OF(wide) \
    case wide * 8 + 6: sum_tile(6, wide, q, i, j, c, ldc); break; \
    case wide * 8 + 5: sum_tile(5, wide, q, i, j, c, ldc); break; \
    case wide * 8 + 4: sum_tile(4, wide, q, i, j, c, ldc); break; \
    case wide * 8 + 3: sum_tile(3, wide, q, i, j, c, ldc); break; \
    case wide * 8 + 2: sum_tile(2, wide, q, i, j, c, ldc); break; \
    case wide * 8 + 1: sum_tile(1, wide, q, i, j, c, ldc); break;

/* The products of `rows` rows from i on and `wide` vectors of columns from j on, into c with rows of ldc. */
static void tile(int rows, int wide, const Product *q, int64_t i, int64_t j, float *c, int64_t ldc)
{
    switch (wide * 8 + rows) {
        TILES_OF(WIDE)
#if WIDE * LANES > PAD
        TILES_OF(3)
        TILES_OF(2)
        TILES_OF(1)
#endif
    }
}

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define SHUFFLES
#endif
#endif

/* Write (m, n), both multiples of PAD, as (n, m). */
static void transpose(int64_t m, int64_t n, const float *from, float *to)
{
#if defined(SHUFFLES)
    /* A square of LANES rows, by as many rounds of perfect shuffles as LANES has binary digits. */
    for (int64_t i = 0; i < m; i += LANES)
        for (int64_t j = 0; j < n; j += LANES) {
            vec rows[LANES], next[LANES];
            for (int r = 0; r < LANES; r++) rows[r] = load(from + (i + r) * n + j);
            for (int round = LANES; round > 1; round /= 2) {
                for (int r = 0; r < LANES / 2; r++) {
                    vec a = rows[r], b = rows[r + LANES / 2];
#if LANES == 16
                    next[2 * r] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
                    next[2 * r + 1] =
                        __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#elif LANES == 8
                    next[2 * r] = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
                    next[2 * r + 1] = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#else
                    next[2 * r] = __builtin_shufflevector(a, b, 0, 4, 1, 5);
                    next[2 * r + 1] = __builtin_shufflevector(a, b, 2, 6, 3, 7);
#endif
                }
                memcpy(rows, next, sizeof rows);
            }
            for (int r = 0; r < LANES; r++) store(to + (j + r) * m + i, rows[r]);
        }
#else
    for (int64_t j = 0; j < n; j++)
        for (int64_t i = 0; i < m; i++) to[j * m + i] = from[i * n + j];
#endif
}

/* Tiles of as many rows as each other, to one. */
#define FOR_TILES(m, n) \
    for (int64_t j = 0, wide; wide = least(WIDE, ((n) - j) / LANES), j < (n); j += wide * LANES) \
        for (int64_t i = 0, rows, left = ((m) + ROWS - 1) / ROWS; \
             rows = left ? ((m) - i + left - 1) / left : 0, i < (m); i += rows, left--)

static void multiply(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *b, float *c)
{
    Product q = {n, k, lda, 1, a, b};
    FOR_TILES(m, n) tile((int)rows, (int)wide, &q, i, j, c + i * n + j, n);
}

/* The products (B, H) of a layer for x (B, I). */
static void multiply_layer(const Training *t, int64_t l, int64_t B, const float *x, float *z)
{
    multiply(B, units(t, l), fan_in(t, l), x, fan_in(t, l), t->parameters + t->weights[l], z);
}

/* Step the weights of a layer along x^T d, with x (B, I) in rows of lda and d (B, H): tile by tile, so that no
   gradient goes through memory. */
static void step_weights(const Work *k, int64_t l, int64_t B, const float *x, int64_t lda, const float *d)
{
    int64_t I = fan_in(k->t, l), H = units(k->t, l);
    Product q = {H, B, 1, lda, x, d};
    float gradient[ROWS * WIDE * LANES];
    FOR_TILES(I, H) {
        tile((int)rows, (int)wide, &q, i, j, gradient, WIDE * LANES);
        step_block(k->t, k->rates, k->t->weights[l] + i * H + j, H, gradient, WIDE * LANES, rows, wide * LANES);
    }
}

/* ---- a hidden layer */

INLINE vec activated(int activation, vec x)
{
    switch (activation) {
    case RELU: return where(x < all(0), all(0), x);
    case LEAKY_RELU: return where(x < all(0), all(LEAK) * x, x);
    case TANH: return hyperbolic_tangent(x);
    default: return fused(hyperbolic_tangent(x * all(0.5f)), all(0.5f), all(0.5f));
    }
}

INLINE vec slope_at(int activation, vec a) /* of the activation, from its value */
{
    switch (activation) {
    case RELU: return where(a > all(0), all(1), all(0));
    case LEAKY_RELU: return where(a > all(0), all(1), all(LEAK));
    case TANH: return fused(-a, a, all(1));
    default: return a * (all(1) - a);
    }
}

#define FOR_ACTIVATION(t, call) \
    switch ((t)->activation) { \
    case RELU: { enum { A = RELU }; call; break; } \
    case LEAKY_RELU: { enum { A = LEAKY_RELU }; call; break; } \
    case TANH: { enum { A = TANH }; call; break; } \
    default: { enum { A = SIGMOID }; call; break; } \
    }

/* Of a layer in the mini-batch that begins at a place of an epoch's order. */
static Mask mask_of(const Training *t, int64_t epoch, int64_t l, int64_t place)
{
    uint64_t key = mixed(mixed(mixed(t->seed * 4 + 2) + (uint64_t)epoch * GOLDEN) + (uint64_t)(l + 1) * GOLDEN);
    key = mixed(key + (uint64_t)(place + 1) * GOLDEN);
    return (Mask){(uint32_t)key, (uint32_t)(key >> 32), (uint32_t)(t->dropout * 16777216 + 0.5), 1 / (1 - t->dropout)};
}

/* 0 or 1 / (1 - rate) for LANES units from `unit` on, of an example of a mini-batch. */
INLINE vec masked(const Mask *mask, int64_t example, int64_t unit)
{
    words place;
    for (int i = 0; i < LANES; i++) place[i] = (uint32_t)(example * 65536 + unit + i);
    words bits = mixed32(mixed32(place * 0x9e3779b1u + mask->key) ^ mask->again);
    return where((ints)(bits >> 8) >= ((ints){0} + (int32_t)mask->least), all(mask->scale), all(0));
}

/* Batch norm over the mini-batch (Ioffe and Szegedy 2015, algorithm 1), or the bias; then activation and dropout. */
INLINE void forward(int activation, const Work *k, int64_t l, int64_t B)
{
    const Training *t = k->t;
    const Layer y = k->layer[l]; /* a copy, which no store can change */
    const Mask mask = y.mask;
    const int64_t dropped = t->dropout > 0, normalized = t->batch_norm;
    int64_t H = units(t, l);
    for (int64_t c = 0; c < H; c += LANES) {
        int64_t at = t->shifts[l] + c;
        vec slope = all(1), shift = load(t->parameters + at), sum = all(0), squares = all(0), n = all(B);
        ints exist = existing(c, t->widths[l + 1]);
        if (normalized) {
            for (int64_t i = 0; i < B; i++) sum += load(y.z + i * H + c);
            vec mean = sum / n;
            for (int64_t i = 0; i < B; i++) {
                vec centred = load(y.z + i * H + c) - mean;
                store(y.z + i * H + c, centred);
                squares = fused(centred, centred, squares);
            }
            vec variance = squares / n, keep = all(t->keep);
            store(t->means + at, fused(keep, load(t->means + at) - mean, mean));
            store(t->variances + at, fused(keep, load(t->variances + at) - variance, variance));
            vec inverse = all(1) / root(variance + all(t->batch_norm_epsilon));
            slope = load(t->parameters + t->scales[l] + c) * inverse;
            store(y.inverse + c, inverse);
            store(y.slope + c, slope);
        }
        for (int64_t i = 0; i < B; i++) {
            vec x = load(y.z + i * H + c);
            vec a = activated(activation, fused(x, slope, shift));
            if (activation == SIGMOID) a = where(exist, a, all(0));
            store(y.a + i * H + c, a);
            if (dropped) store(y.dropped + i * H + c, a * masked(&mask, i, c));
        }
    }
}

/* Turn d, the gradient of what forward gave, into the one of the products, and step scale and shift. With sums over
   the examples, dz = gamma / sqrt(s2 + eps) * (d - sum(d) / B - zn * sum(d * zn) / B) (the same paper, section 3). */
INLINE void backward(int activation, Work *k, int64_t l, int64_t B)
{
    const Training *t = k->t;
    const Layer y = k->layer[l]; /* a copy, which no store can change */
    const Mask mask = y.mask;
    const int64_t dropped = t->dropout > 0, normalized = t->batch_norm;
    int64_t H = units(t, l);
    float *scale_gradient = k->vector, *shift_gradient = k->vector + H;
    for (int64_t c = 0; c < H; c += LANES) {
        vec sum = all(0), along = all(0), n = all(B);
        for (int64_t i = 0; i < B; i++) {
            vec d = load(y.d + i * H + c);
            if (dropped) d *= masked(&mask, i, c);
            d *= slope_at(activation, load(y.a + i * H + c));
            store(y.d + i * H + c, d);
            sum += d;
            if (normalized) along = fused(d, load(y.z + i * H + c), along);
        }
        store(shift_gradient + c, sum);
        if (!normalized) continue;
        vec inverse = load(y.inverse + c), slope = load(y.slope + c);
        along *= inverse;
        store(scale_gradient + c, along);
        vec share = sum / n, part = along * inverse / n;
        for (int64_t i = 0; i < B; i++) {
            vec d = load(y.d + i * H + c) - fused(load(y.z + i * H + c), part, share);
            store(y.d + i * H + c, d * slope);
        }
    }
}

/* ---- the output */

/* The sum of PAD numbers by a tree: each of the first half and its fellow in the second, and so on. */
INLINE float sum_of(const float *x)
{
    float half[PAD / 2];
    for (int i = 0; i < PAD / 2; i++) half[i] = x[i] + x[i + PAD / 2];
    for (int n = PAD / 4; n; n /= 2)
        for (int i = 0; i < n; i++) half[i] += half[i + n];
    return half[0];
}

/* Turn a row of logits into (p - y) / B, with B as its inverse `share`, which is the gradient of the mean loss; return
   the loss -log p[label], and count it as a hit where the label has the highest logit, of equals the first. */
static double softmax(float *row, int64_t C, int32_t label, float share, int64_t *hits)
{
    int64_t padded = ROUNDED(C);
    float logit = row[label], most = row[0], broken[PAD] = {0}, totals[PAD] = {0};
    for (int64_t c = 1; c < C; c++) most = row[c] > most ? row[c] : most;
    int64_t first = 0;
    while (first < label && row[first] < logit) first++;
    *hits += first == label && logit == most;
    for (int64_t c = 0; c < padded; c += LANES) {
        vec x = load(row + c), powers = exponential(x - all(most));
        powers = where(existing(c, C), powers, all(0));
        store(row + c, powers);
        store(totals + c % PAD, load(totals + c % PAD) + powers);
        store(broken + c % PAD, load(broken + c % PAD) + x * all(0)); /* NaN where one is no finite number */
    }
    float total = sum_of(totals), inverse = share / total;
    double loss = logarithm(total) - (double)(logit - most) + (double)sum_of(broken);
    for (int64_t c = 0; c < padded; c += LANES) store(row + c, load(row + c) * all(inverse));
    row[label] -= share;
    return loss;
}

static void add_bias(const Training *t, float *logits, int64_t B)
{
    int64_t l = t->layers - 1, C = units(t, l);
    for (int64_t i = 0; i < B; i++)
        for (int64_t c = 0; c < C; c += LANES)
            store(logits + i * C + c, load(logits + i * C + c) + load(t->parameters + t->shifts[l] + c));
}

/* ---- a mini-batch, an epoch, the validation part */

static const float *output_of(const Work *k, int64_t l)
{
    return k->t->dropout > 0 ? k->layer[l].dropped : k->layer[l].a;
}

static double train_batch(Work *k, int64_t epoch, int64_t place, int64_t B, double alpha, int64_t *hits)
{
    const Training *t = k->t;
    int64_t D = t->widths[0], last = t->layers - 1, C = units(t, last);
    const float *x = k->rows;
    for (int64_t i = 0; i < B; i++) memcpy(k->rows + i * D, t->inputs + k->order[place + i] * D, 4 * D);
    for (int64_t l = 0; l < last; l++) {
        if (t->dropout > 0) k->layer[l].mask = mask_of(t, epoch, l, place);
        multiply_layer(t, l, B, x, k->layer[l].z);
        FOR_ACTIVATION(t, forward(A, k, l, B))
        x = output_of(k, l);
    }
    float *d = k->layer[last].d, share = 1 / (float)B;
    double loss = 0;
    multiply_layer(t, last, B, x, d);
    add_bias(t, d, B);
    for (int64_t i = 0; i < B; i++) {
        int32_t label = t->labels[k->order[place + i]];
        loss += softmax(d + i * C, t->widths[t->layers], label, share, hits);
    }
    if (!(loss - loss == 0)) return loss;
    prepare_step(k, alpha);
    for (int64_t l = last; l >= 0; l--) {
        int64_t H = units(t, l), I = fan_in(t, l);
        d = k->layer[l].d;
        if (l < last) {
            FOR_ACTIVATION(t, backward(A, k, l, B))
        } else {
            for (int64_t c = 0; c < H; c += LANES) {
                vec sum = all(0);
                for (int64_t i = 0; i < B; i++) sum += load(d + i * H + c);
                store(k->vector + H + c, sum);
            }
        }
        if (l) { /* the gradient of the layer below, by the weights as they were */
            transpose(I, H, t->parameters + t->weights[l], k->transposed);
            multiply(B, I, H, d, H, k->transposed, k->layer[l - 1].d);
        }
        step_weights(k, l, B, l ? output_of(k, l - 1) : k->rows, I, d);
        if (l < last && t->batch_norm) step_vector(k, t->scales[l], k->vector, H);
        step_vector(k, t->shifts[l], k->vector + H, H);
    }
    return loss;
}

/* A permutation of the examples, by Fisher and Yates. */
static void shuffle(const Training *t, int64_t epoch, int32_t *order)
{
    uint64_t key = mixed(mixed(t->seed * 4 + 1) + (uint64_t)epoch * GOLDEN);
    for (int64_t i = 0; i < t->n; i++) order[i] = (int32_t)i;
    for (int64_t i = t->n - 1; i > 0; i--) {
        int64_t j = (int64_t)(((mixed(key + (uint64_t)i * GOLDEN) >> 32) * (uint64_t)(i + 1)) >> 32);
        int32_t other = order[j];
        order[j] = order[i], order[i] = other;
    }
}

static int train_epoch(Work *k, int64_t epoch, double alpha, double *curve)
{
    const Training *t = k->t;
    int64_t seen = 0, hits = 0, fewest = 1 + (t->batch_norm && t->layers > 1);
    double loss = 0;
    shuffle(t, epoch, k->order);
    for (int64_t place = 0; place < t->n && t->n - place >= fewest && loss - loss == 0; place += t->batch) {
        int64_t B = least(t->n - place, t->batch);
        if (*t->stop) return 0;
        loss += train_batch(k, epoch, place, B, alpha, &hits);
        seen += B;
    }
    curve[0] = loss / (double)seen, curve[1] = (double)hits / (double)seen;
    return 1;
}

/* Products (B, H) of a hidden layer become its outputs at test time, by the running averages. */
INLINE void finish(int activation, const Training *t, int64_t l, int64_t B, float *a)
{
    int64_t H = units(t, l), at = t->shifts[l];
    for (int64_t c = 0; c < H; c += LANES) {
        vec mean = all(0), slope = all(1), shift = load(t->parameters + at + c);
        ints exist = existing(c, t->widths[l + 1]);
        if (t->batch_norm) {
            mean = load(t->means + at + c);
            slope = load(t->parameters + t->scales[l] + c) / root(load(t->variances + at + c) + all(t->batch_norm_epsilon));
        }
        for (int64_t i = 0; i < B; i++) {
            vec y = activated(activation, fused(load(a + i * H + c) - mean, slope, shift));
            store(a + i * H + c, activation == SIGMOID ? where(exist, y, all(0)) : y);
        }
    }
}

/* At test time, by the running averages. */
static int validate(Work *k, double *curve)
{
    const Training *t = k->t;
    int64_t hits = 0, last = t->layers - 1, rows = most_rows(t);
    double loss = 0;
    for (int64_t place = 0; place < t->validation_n; place += rows) {
        int64_t B = least(t->validation_n - place, rows);
        const float *x = t->validation_inputs + place * t->widths[0];
        if (*t->stop) return 0;
        for (int64_t l = 0; l < last; l++) {
            float *a = k->layer[l].a;
            multiply_layer(t, l, B, x, a);
            FOR_ACTIVATION(t, finish(A, t, l, B, a))
            x = a;
        }
        float *logits = k->layer[last].d;
        multiply_layer(t, last, B, x, logits);
        add_bias(t, logits, B);
        for (int64_t i = 0; i < B; i++)
            loss += softmax(logits + i * units(t, last), t->widths[t->layers], t->validation_labels[place + i], 1, &hits);
    }
    curve[2] = loss / (double)t->validation_n, curve[3] = (double)hits / (double)t->validation_n;
    return 1;
}

/* Numbers of one piece of memory for all that a training needs, beginning at `at`; NULL only counts. */
static int64_t divide(Work *k, float *at)
{
    const Training *t = k->t;
    int64_t used = 0, B = most_rows(t), widest = PAD, largest = 0;
#define TAKE(pointer, n) do { if (at) (pointer) = at + used; used += ROUNDED(n); } while (0)
    TAKE(k->rows, B * t->widths[0]);
    for (int64_t l = 0; l < t->layers; l++) {
        int64_t H = units(t, l);
        Layer none = {0}, *y = at ? &k->layer[l] : &none;
        TAKE(y->z, B * H);
        TAKE(y->a, B * H);
        TAKE(y->d, B * H);
        if (t->dropout > 0) TAKE(y->dropped, B * H);
        TAKE(y->inverse, H);
        TAKE(y->slope, H);
        if (H > widest) widest = H;
        if (l && fan_in(t, l) * H > largest) largest = fan_in(t, l) * H;
    }
    TAKE(k->transposed, largest);
    TAKE(k->vector, 2 * widest);
#undef TAKE
    return used;
}

/* Train for so many epochs from `epoch` on, with a learning rate each; write four numbers an epoch to `curves`. The
   loss that is no finite number ends it after its epoch. Return the epochs that are done; -1: not enough memory. */
EXPORTED int64_t NAME(train)(const Training *t, int64_t epoch, int64_t epochs, const double *alphas, double *curves)
{
    Work k = {.t = t, .layer = calloc((size_t)t->layers, sizeof(Layer))};
    size_t bytes = (size_t)divide(&k, NULL) * 4;
    char *memory = malloc(bytes + 64);
    int64_t done = -1;
    k.order = malloc((size_t)t->n * 4);
    if (memory && k.order && k.layer) {
        float *aligned = (float *)(memory + 64 - (uintptr_t)memory % 64);
        memset(aligned, 0, bytes);
        divide(&k, aligned);
        for (done = 0; done < epochs; done++) {
            double *curve = curves + 4 * done;
            if (!train_epoch(&k, epoch + done, alphas[done], curve) || !validate(&k, curve)) break;
            if (!(curve[0] - curve[0] == 0 && curve[2] - curve[2] == 0)) { done++; break; }
        }
    }
    free(k.order);
    free(k.layer);
    free(memory);
    return done;
}

#ifdef FIRST /* of the variants: which of them this processor and its system can run */
#if defined(__x86_64__)
#include <cpuid.h>
#endif
EXPORTED int hpsearch_variant(void)
{
#if defined(__x86_64__)
    unsigned a, b, c, d, kept, high;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_FMA) || !(c & bit_OSXSAVE)) return 0;
    __asm__("xgetbv" : "=a"(kept), "=d"(high) : "c"(0)); /* the registers that the system keeps for a process */
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2) || (kept & 6) != 6) return 0;
    return (b & bit_AVX512F) && (kept & 0xe6) == 0xe6 ? 2 : 1;
#else
    return 0;
#endif
}
#endif
