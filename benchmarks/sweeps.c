/* The peers of benchmarks/sweeps.py: what hand-written C makes of the same ties.

   threshold: everyone who sees a share of at least their threshold acts, others do not; states in bytes.
   bits: the same, with states packed to bits; ties are streamed into a mask of bits, then counted.
   frontier: a cascade, at the cost of those who begin to act.
   ensemble: logit in many worlds, 64 of them to a line of memory; the probabilities of a person are tabulated.
   logit: act with probability logistic(a + b share), one Philox 4x32-10 draw for each person.
   weighted: the same with the mean by weight. Each runs `steps` times; returns how many act in the end. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void swap(uint8_t **a, uint8_t **b) { uint8_t *t = *a; *a = *b; *b = t; }

int64_t threshold(int64_t n, const int64_t *ptr, const int32_t *idx, const double *theta, uint8_t *s, int steps) {
    uint8_t *now = s, *next = malloc(n), *kept = next;
    for (int t = 0; t < steps; t++) {
#pragma omp parallel for schedule(static)
        for (int64_t i = 0; i < n; i++) {
            int32_t count = 0;
            for (int64_t e = ptr[i]; e < ptr[i + 1]; e++) count += now[idx[e]];
            int64_t k = ptr[i + 1] - ptr[i];
            next[i] = count >= theta[i] * (k > 1 ? k : 1);
        }
        swap(&now, &next);
    }
    int64_t total = 0;
    for (int64_t i = 0; i < n; i++) total += now[i];
    free(kept);
    return total;
}

int64_t bits(int64_t n, const int64_t *ptr, const int32_t *idx, const double *theta, const uint8_t *s, int steps) {
    int64_t words = (n + 63) / 64, ties = ptr[n], tie_words = (ties + 63) / 64;
    uint64_t *state = calloc(words, 8), *mask = malloc(tie_words * 8 + 8);
    for (int64_t i = 0; i < n; i++) state[i >> 6] |= (uint64_t)s[i] << (i & 63);
    for (int t = 0; t < steps; t++) {
#pragma omp parallel for schedule(static)
        for (int64_t w = 0; w < tie_words; w++) {
            uint64_t m = 0;
            int64_t high = ties - 64 * w < 64 ? ties - 64 * w : 64;
            for (int64_t b = 0; b < high; b++) {
                int32_t j = idx[64 * w + b];
                m |= (state[j >> 6] >> (j & 63) & 1) << b;
            }
            mask[w] = m;
        }
#pragma omp parallel for schedule(static)
        for (int64_t w = 0; w < words; w++) {
            uint64_t out = 0;
            for (int64_t i = 64 * w; i < 64 * w + 64 && i < n; i++) {
                int64_t count = 0, k = ptr[i + 1] - ptr[i];
                for (int64_t e = ptr[i]; e < ptr[i + 1];) {
                    int64_t left = ptr[i + 1] - e, room = 64 - (e & 63), take = left < room ? left : room;
                    uint64_t part = mask[e >> 6] >> (e & 63);
                    if (take < 64) part &= (1ULL << take) - 1;
                    count += __builtin_popcountll(part);
                    e += take;
                }
                out |= (uint64_t)(count >= theta[i] * (k > 1 ? k : 1)) << (i & 63);
            }
            state[w] = out;
        }
    }
    int64_t total = 0;
    for (int64_t w = 0; w < words; w++) total += __builtin_popcountll(state[w]);
    free(state), free(mask);
    return total;
}

/* An irreversible threshold rule: those who have just begun to act are counted at their neighbours, once. */
int64_t frontier(int64_t n, const int64_t *ptr, const int32_t *idx, const double *theta, uint8_t *s, int steps) {
    int32_t *count = calloc(n, 4), *now = malloc(n * 4), *next = malloc(n * 4), *swapped;
    int64_t many = 0, more = 0, total = 0;
    for (int64_t i = 0; i < n; i++)
        if (s[i]) now[many++] = (int32_t)i;
    for (int t = 0; t < steps; t++, many = more, more = 0, swapped = now, now = next, next = swapped) {
        if (t == 0)
            for (int64_t i = 0; i < n; i++)
                if (!s[i] && 0 >= theta[i] * (ptr[i + 1] - ptr[i])) s[i] = 1, next[more++] = (int32_t)i;
        for (int64_t f = 0; f < many; f++)
            for (int64_t e = ptr[now[f]]; e < ptr[now[f] + 1]; e++) {
                int32_t j = idx[e];
                if (!s[j] && ++count[j] >= theta[j] * (ptr[j + 1] - ptr[j])) s[j] = 1, next[more++] = j;
            }
        if (!more && !many) break;
    }
    for (int64_t i = 0; i < n; i++) total += s[i];
    free(count), free(now), free(next);
    return total;
}

static double draw(uint32_t key0, uint32_t key1, uint32_t stream, uint32_t step, uint32_t person) {
    uint32_t c0 = person, c1 = 0, c2 = step, c3 = stream;
    for (int r = 0; r < 10; r++) {
        uint64_t p0 = (uint64_t)0xD2511F53 * c0, p1 = (uint64_t)0xCD9E8D57 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ key0, c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ key1, c3 = (uint32_t)p0;
        key0 += 0x9E3779B9, key1 += 0xBB67AE85;
    }
    return ((c0 >> 5) * 67108864.0 + (c1 >> 6)) * 1.1102230246251565e-16;
}

int64_t logit(int64_t n, const int64_t *ptr, const int32_t *idx, const double *weights, double a, double b,
              uint64_t seed, uint32_t stream, uint8_t *s, int steps) {
    uint8_t *now = s, *next = malloc(n), *kept = next;
    for (int t = 1; t <= steps; t++) {
#pragma omp parallel for schedule(static)
        for (int64_t i = 0; i < n; i++) {
            double sum = 0.0, total = 0.0;
            if (weights) {
                for (int64_t e = ptr[i]; e < ptr[i + 1]; e++) sum += weights[e] * now[idx[e]], total += weights[e];
            } else {
                int32_t count = 0;
                for (int64_t e = ptr[i]; e < ptr[i + 1]; e++) count += now[idx[e]];
                sum = count, total = ptr[i + 1] - ptr[i];
            }
            double share = total > 0 ? sum / total : 0.0, p = 1.0 / (1.0 + exp(-(a + b * share)));
            next[i] = draw((uint32_t)seed, seed >> 32, stream, t, (uint32_t)i) < p;
        }
        swap(&now, &next);
    }
    int64_t total = 0;
    for (int64_t i = 0; i < n; i++) total += now[i];
    free(kept);
    return total;
}

int64_t ensemble(int64_t n, const int64_t *ptr, const int32_t *idx, double a, double b, const uint64_t *seeds,
                 uint32_t stream, uint8_t *s, int steps, int64_t groups) {
    int64_t total = 0, most = 0;
    for (int64_t i = 0; i < n; i++) most = ptr[i + 1] - ptr[i] > most ? ptr[i + 1] - ptr[i] : most;
#pragma omp parallel for schedule(static) reduction(+ : total)
    for (int64_t g = 0; g < groups; g++) {
        uint8_t *now = s + g * n * 64, *next = malloc(n * 64), *kept = next;
        double *p = malloc((most + 1) * sizeof(double)), u[64];
        uint32_t key0[64], key1[64];
        for (int w = 0; w < 64; w++) key0[w] = (uint32_t)seeds[64 * g + w], key1[w] = seeds[64 * g + w] >> 32;
        for (int t = 1; t <= steps; t++) {
            for (int64_t i = 0; i < n; i++) {
                uint16_t count[64] = {0};
                int64_t k = ptr[i + 1] - ptr[i];
                for (int64_t e = ptr[i]; e < ptr[i + 1]; e++)
                    for (int w = 0; w < 64; w++) count[w] += now[(int64_t)idx[e] * 64 + w];
                for (int64_t c = 0; c <= k; c++) p[c] = 1.0 / (1.0 + exp(-(a + b * (k ? (double)c / k : 0.0))));
                for (int w = 0; w < 64; w++) u[w] = draw(key0[w], key1[w], stream, t, (uint32_t)i);
                for (int w = 0; w < 64; w++) next[i * 64 + w] = u[w] < p[count[w]];
            }
            swap(&now, &next);
        }
        for (int64_t i = 0; i < n * 64; i++) total += now[i];
        free(kept), free(p);
    }
    return total;
}
